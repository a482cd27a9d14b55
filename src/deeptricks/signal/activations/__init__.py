"""Activations: what a unit makes of the sum of its inputs."""
