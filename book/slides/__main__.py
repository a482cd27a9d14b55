"""Cuts the decks from the pages of the built book.

python -m book.slides [site]     default: _build/html
"""

import sys
from pathlib import Path

from book.build import SITE
from book.slides.write import PARTS, write


def main(arguments: list[str]) -> int:
    site = Path(arguments[0]) if arguments else SITE
    try:
        written = write(site)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    for path in written:
        print(path.relative_to(site))
    print(f"Open {site / PARTS / 'index.html'} in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
