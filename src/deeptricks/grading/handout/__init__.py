"""From the master to what students get: its marks, its faults, its leaks, nbgrader's part."""
