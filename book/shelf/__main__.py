"""Makes what a reader takes along from the built book; what is up to date stays as it is.

python -m book.shelf [pdf] [offline] [--site _build/html]      default: both
"""

import argparse
import sys
from pathlib import Path

from book.build import SITE
from book.shelf.offer import offer

THINGS = ("pdf", "offline")


def main(arguments: list[str]) -> int:
    """Returns 1 where the book is not built, or nothing is there to print it with."""
    parser = argparse.ArgumentParser(prog="python -m book.shelf", description=__doc__)
    parser.add_argument("things", nargs="*", metavar="pdf, offline")
    parser.add_argument("--site", type=Path, default=SITE)
    options = parser.parse_args(arguments)
    if wrong := [thing for thing in options.things if thing not in THINGS]:
        parser.error(f"what to make is {wrong[0]!r}; it must be pdf or offline")
    for thing in options.things or THINGS:
        try:
            path, made = _maker(thing)(options.site.resolve())
        except (FileNotFoundError, RuntimeError, ValueError) as error:
            print(error, file=sys.stderr)
            return 1
        size = f"{path.stat().st_size / 1e6:.1f} MB"
        print(f"{path}: {size}" + ("" if made else ", up to date"), flush=True)
    offer(options.site.resolve())
    return 0


def _maker(thing: str):
    """Imported here: the archive needs no browser, nor what drives one."""
    if thing == "pdf":
        from book.shelf.pdf import make
    else:
        from book.shelf.offline import make
    return make


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
