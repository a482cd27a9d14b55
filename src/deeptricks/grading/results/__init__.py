"""What people see of a graded submission: gradebook, formgrader, feedback, table."""
