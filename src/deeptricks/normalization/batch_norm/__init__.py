"""Batch normalization, on one process and on several."""
