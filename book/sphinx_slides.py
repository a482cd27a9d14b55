"""With the pages come the decks that are cut from them; each page has a link to its own."""

from pathlib import Path

from book.slides.write import write


def _cut(app, exception):
    if not exception and app.builder.format == "html":
        write(Path(app.outdir), Path(app.srcdir))


def setup(app):
    app.connect("build-finished", _cut, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
