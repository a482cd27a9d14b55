"""What a reader takes along: the book as one PDF, and the site as one archive."""
