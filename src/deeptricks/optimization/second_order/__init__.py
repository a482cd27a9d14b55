"""Curvature: Newton, Gauss–Newton, conjugate gradients, and L-BFGS, which learns it on the way."""
