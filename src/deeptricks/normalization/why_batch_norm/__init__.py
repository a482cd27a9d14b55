"""What batch norm does to the loss and to a layer's inputs: measured, and undone by noise."""
