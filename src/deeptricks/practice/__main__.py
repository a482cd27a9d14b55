"""``python -m deeptricks.practice my_training.py``: see `deeptricks.practice.debugging.command`."""

import sys

from deeptricks.practice.debugging.command import main

if __name__ == "__main__":
    sys.exit(main())
