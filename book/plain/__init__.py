"""Chapters for Colab, VS Code, GitHub and Kaggle: plain Markdown, every reference resolved."""
