"""Gradient flow: how gradients vanish and explode on their way back, and how they are clipped."""
