"""What pyproject.toml cannot say: on PyPI the links of the README are not relative to anything."""

import re
import tomllib
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)\s]+)")  # [text](CHANGELOG.md)


def absolute(text: str, repository: str) -> str:
    """Make each link to a file of ours one into the repository."""
    return LINK.sub(rf"{repository.rstrip('/')}/blob/main/\1", text)


if __name__ == "__main__":
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    setup(
        long_description=absolute(
            (ROOT / "README.md").read_text("utf-8"), project["urls"]["Repository"]
        ),
        long_description_content_type="text/markdown",
    )
