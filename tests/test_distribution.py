"""What `pip install deeptricks` brings: all that it reads, nothing else, words PyPI can show."""

import importlib.util
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LARGEST = 1_000_000  # bytes; a data set or a picture that slipped in would be seen
INGREDIENTS = ("pyproject.toml", "setup.py", "MANIFEST.in", *("README.md", "LICENSE"))
BESIDE = {*INGREDIENTS, "CHANGELOG.md", "CITATION.cff", "PKG-INFO", "setup.cfg"}


def copied(folder):
    """A tree to build from, with tests and a chapter that must stay out of what is built."""
    hidden = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", folder / "src", ignore=hidden)
    for name in (*INGREDIENTS, "CHANGELOG.md", "CITATION.cff"):
        shutil.copy(ROOT / name, folder)
    for name in ("tests/test_house.py", "chapters/index.md", "_toc.yml"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def build(root):
    """The source distribution of a tree, and the wheel that is made of it."""
    folder = root / "dist"
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, root]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return next(folder.glob("*.tar.gz")), next(folder.glob("*.whl"))


def needed(root):
    """Every file of the package: code and what the code reads."""
    found = (p for p in (root / "src" / "deeptricks").rglob("*") if p.is_file())
    return {p.relative_to(root / "src").as_posix() for p in found if p.suffix != ".pyc"}


def in_wheel(wheel):
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


def in_source(archive):
    with tarfile.open(archive) as opened:
        names = [m.name.split("/", 1)[1] for m in opened if m.isfile()]
    return {name for name in names if ".egg-info/" not in name}


def described(wheel):
    """What PyPI reads of a wheel: the fields, and the description as the body."""
    opened = zipfile.ZipFile(wheel)
    (metadata,) = (n for n in opened.namelist() if n.endswith(".dist-info/METADATA"))
    return message_from_string(opened.read(metadata).decode())


def faults(root, source, wheel):
    """All that is wrong with what was built from a tree."""
    files = needed(root)
    yield from (f"the wheel lacks {name}" for name in sorted(files - in_wheel(wheel)))
    yield from (f"the wheel has {name}" for name in sorted(in_wheel(wheel) - files))
    expected = {f"src/{name}" for name in files} | BESIDE
    yield from (f"the source lacks {name}" for name in sorted(expected - in_source(source)))
    yield from (f"the source has {name}" for name in sorted(in_source(source) - expected))
    for path in (source, wheel):
        if path.stat().st_size > LARGEST:
            yield f"{path.name} has {path.stat().st_size} bytes"
    text = described(wheel).get_payload()
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not target.startswith(("https://", "#")):
            yield f"a link that leads nowhere on PyPI: {target}"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = copied(tmp_path_factory.mktemp("tree"))
    return root, *build(root)


def test_all_that_the_package_reads_is_inside_and_nothing_else(built):
    assert list(faults(*built)) == []


def test_pypi_can_show_it(built):
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *built[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    about = described(built[2])
    assert about["Description-Content-Type"].startswith("text/markdown")
    repository = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]
    assert f"({repository['Repository']}/blob/main/CHANGELOG.md)" in about.get_payload()
    assert all((ROOT / p).exists() for p in re.findall(r"/blob/main/([\w./-]+)", str(about)))


def test_one_version_and_one_license_everywhere(built):
    about = described(built[2])
    assert module(".ci/version.py").problems(f"v{about['Version']}") == []
    assert about["License-Expression"] == "BSD-3-Clause"
    assert "BSD-3-Clause" in (ROOT / "CITATION.cff").read_text()
    assert (ROOT / "LICENSE").read_text().startswith("BSD 3-Clause License")
    assert f"## {about['Version']}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_address_is_of_one_repository():
    urls = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]
    ours = urls["Repository"].rstrip("/")
    assert all(urls[name].startswith(f"{ours}/") for name in ("Changelog", "Issues"))


def test_a_tag_that_is_not_the_version_is_refused(tmp_path):
    for name in ("pyproject.toml", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    version = module(".ci/version.py")
    assert "the tag is v9.9" in version.problems("v9.9", tmp_path)[0]
    cited = tmp_path / "CITATION.cff"
    cited.write_text(cited.read_text().replace("version: 0", "version: 7"))
    assert "CITATION.cff" in version.problems("v0.1.0", tmp_path)[-1]


def module(path):
    """A script that is no module of a package."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_faults_are_seen(tmp_path):
    """Planted in one tree, for a build takes its time: a template and a file missing, a test and a
    chapter shipped, a link that is left relative."""
    root = copied(tmp_path)
    plant(root, "pyproject.toml", '"**/*.jinja"', '"**/*.none"')
    plant(root, "MANIFEST.in", "CITATION.cff\nprune tests", "\ngraft chapters")
    plant(root, "setup.py", "return LINK.sub", 'return text + "[x](x.md)" or LINK.sub')
    seen = "\n".join(faults(root, *build(root)))
    for fault in (
        "the wheel lacks deeptricks/grading/results/of_class/base.html.jinja",
        "the source lacks CITATION.cff",
        "the source has tests/test_house.py",
        "the source has chapters/index.md",
        "a link that leads nowhere on PyPI: x.md",
    ):
        assert fault in seen


def plant(root, file, old, new):
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new))
