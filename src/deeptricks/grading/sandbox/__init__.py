"""A student's code, run where it can do no harm, for the values that come out."""
