"""Why the scale of the features matters to gradient descent, and the scalers that cure it."""
