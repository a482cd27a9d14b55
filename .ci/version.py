"""What a tag must be: v and the version, which stands in pyproject.toml and CITATION.cff.

python .ci/version.py v0.1.0      prints version=0.1.0, or says what differs and fails
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def problems(tag: str, root: Path = ROOT) -> list[str]:
    """Where the version is not the one that the tag names."""
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    cited = re.search(r"^version: (\S+)$", (root / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    found = []
    if tag != f"v{version}":
        found.append(f"the tag is {tag}, pyproject.toml has version {version}: expected v{version}")
    if cited is None or cited[1] != version:
        found.append(f"CITATION.cff has version {cited and cited[1]}, pyproject.toml {version}")
    return found


if __name__ == "__main__":
    if wrong := problems(*sys.argv[1:2]):
        sys.exit("\n".join(wrong))
    print(f"version={sys.argv[1].removeprefix('v')}")
