"""The landing page offers what lies on the shelf already, also when it was just made anew."""

from pathlib import Path

from book.shelf.offer import LANDING, offer


def _offer(app, exception):
    site = Path(app.outdir)
    if not exception and app.builder.format == "html" and (site / LANDING).exists():
        offer(site)


def setup(app):
    app.connect("build-finished", _offer, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
