"""Decorrelate the features: rotation onto the principal directions, and whitening."""
