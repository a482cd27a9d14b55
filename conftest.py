"""For the whole test suite: notebooks are tests, compared with a replay of their one execution."""

pytest_plugins = ["book.nbval_replay", "book.unchanged"]
