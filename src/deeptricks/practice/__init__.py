"""What is done around a network: finding what is wrong with it, searching, transferring."""

# What is wrong with a network.
from deeptricks.practice.debugging.assert_healthy import assert_healthy
from deeptricks.practice.debugging.checkup import checkup
from deeptricks.practice.debugging.training_watch import TrainingWatch

__all__ = ["TrainingWatch", "assert_healthy", "checkup"]
