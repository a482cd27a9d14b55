"""A package of its own, so that no library's `tests` can be found in its place."""
