"""Dropping what belongs together: channels, blocks, clusters, layers; and two softer tricks."""
