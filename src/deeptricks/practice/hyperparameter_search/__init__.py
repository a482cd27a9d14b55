"""Which settings to train with: spaces, policies, and how policies compare."""
