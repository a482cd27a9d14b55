"""When to stop a training, what to keep of it, and why stopping resembles a penalty."""
