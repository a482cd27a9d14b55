"""The learning rate over time: formulas, the shells that apply them, and how to find the first."""
