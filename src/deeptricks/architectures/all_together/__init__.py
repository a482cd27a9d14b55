"""One small network in which every trick of the book has its place."""
