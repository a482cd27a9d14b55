"""Residual networks: a layer adds to what came before instead of replacing it."""
