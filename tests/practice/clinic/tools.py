"""The tools of the clinic by name."""

TOOLS = ("checkup", "torch_audit", "torchdiag", "torchmortem")


def load(name):
    """Return a tool; called in the process that runs it."""
    if name == "checkup":
        from deeptricks.practice import checkup

        return checkup
    from . import rivals

    return rivals.load(name)
