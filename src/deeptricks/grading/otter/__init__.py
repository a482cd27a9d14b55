"""The same assignments for Gradescope, by otter-grader."""
