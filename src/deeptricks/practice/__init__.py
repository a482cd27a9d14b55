"""What is done around a network: finding what is wrong with it, searching, transferring."""

from deeptricks.practice.debugging.checkup import checkup

__all__ = ["checkup"]
