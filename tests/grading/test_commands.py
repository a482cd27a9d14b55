"""Without the extra `teach`, the kit says what it needs."""

import subprocess
import sys

import pytest

WITHOUT = """
import sys
sys.modules["{module}"] = None  # an import of it fails as if it were not there
import deeptricks.grading.__main__ as commands
commands.main(["release", "--help"])
"""


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("nbformat", "deeptricks.grading needs nbformat, which is not installed"),
        ("rapidfuzz", "the command release needs rapidfuzz, which is not installed"),
    ],
)
def test_a_missing_requirement_is_named_with_its_cure(module, said):
    code = WITHOUT.format(module=module)
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert ran.returncode != 0
    assert said in ran.stderr
    assert "pip install 'deeptricks[teach]'" in ran.stderr
