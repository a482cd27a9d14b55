"""Stochastic gradients and momentum: how far a noisy step goes, and what memory adds."""
