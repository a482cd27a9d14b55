"""Initialization: the weights that a network begins with."""
