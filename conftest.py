"""For the whole test suite: notebooks are tests, compared with a replay of their one execution."""

pytest_plugins = ["book.nbval_replay", "book.unchanged", "pytester"]

LONG = ("tests/benchmarks", "tests/grading", "tests/book")


def pytest_collection_modifyitems(items):
    """Chapters and what takes long first, so that two processes end at about the same time."""
    items.sort(key=lambda item: not item.nodeid.startswith(("chapters", *LONG)))
