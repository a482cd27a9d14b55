"""Several networks that answer as one, and what their disagreement is worth."""
