"""The capstone: every part of the package in one recipe, and a report card of what it reaches."""
