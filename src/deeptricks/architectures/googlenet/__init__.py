"""Many filter sizes in one layer, 1 × 1 convolutions before them, no fully connected layers."""
