"""Augmentation: changed copies of the images, drawn anew for each batch."""
