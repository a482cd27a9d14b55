"""Averages of the iterates: what they forget is noise."""
