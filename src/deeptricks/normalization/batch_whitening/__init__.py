"""Batch norm that also removes the correlations: whitening inside the network."""
