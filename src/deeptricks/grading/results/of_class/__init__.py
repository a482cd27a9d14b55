"""A class's results, for the teacher: a page for each assignment, and one over all of them."""
