"""A deck of slides for each chapter, cut from its finished page: `python -m book.slides`."""
