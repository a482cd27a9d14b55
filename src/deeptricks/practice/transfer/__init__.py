"""Weights of another network: loaded by name, frozen, and trained further."""
