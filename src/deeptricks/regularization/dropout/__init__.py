"""Noise that multiplies: units and weights dropped in training, and what their average is."""
