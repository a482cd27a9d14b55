"""The relatives of batch norm: other numbers share a mean."""
