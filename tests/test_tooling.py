"""What stands around the code: the make targets of the README, CI, workflows, licenses."""

import re
import shutil
import subprocess
import tomllib
from importlib import util
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def make(*arguments):
    """Run make without doing anything and return what it would do."""
    return subprocess.run(
        ["make", "--dry-run", "--no-print-directory", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make ([a-z-]+)", README, re.M))))
def test_the_readme_names_real_targets(target):
    outcome = make(target)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.parametrize("target", ["book", "test"])
def test_the_readme_gives_the_plain_commands_behind(target):
    plain = [
        line.strip("\t ;\\")
        for line in make(target).stdout.splitlines()
        if line.startswith(".venv/bin/python -m")
    ]
    assert plain
    for command in plain:
        assert command in README


def test_links_of_the_readme_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)", README)
    assert targets
    assert [t for t in targets if "://" not in t and not (ROOT / t).exists()] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_are_sound(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert {"name", True, "permissions", "jobs"} <= set(workflow)  # YAML reads `on` as true
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] <= 90, name
        needed = job.get("needs", [])
        for other in [needed] if isinstance(needed, str) else needed:
            assert other in workflow["jobs"], f"{name} waits for {other}"
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), f"{name}: {step}"
            for script in re.findall(r"\.ci/[\w.]+|tests/[\w/]+\.py", step.get("run", "")):
                assert (ROOT / script).exists(), f"{name} calls {script}"


def test_the_deselected_test_exists():
    """The weekly run leaves one test out by name; under another name it would fail there."""
    text = (ROOT / ".github/workflows/weekly.yml").read_text("utf-8")
    for file, name in re.findall(r"--deselect (\S+)::(\w+)", text):
        assert f"def {name}(" in (ROOT / file).read_text("utf-8")


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
@pytest.mark.parametrize("script", [".ci/run", "binder/postBuild", "binder/start"])
def test_scripts_can_be_read_and_run(script):
    assert (ROOT / script).stat().st_mode & 0o111, "not executable"
    subprocess.run(["bash", "-n", ROOT / script], check=True)


def test_ci_calls_the_test_command_of_the_readme():
    lines = (ROOT / ".ci/run").read_text("utf-8").splitlines()
    assert {"make test", "make lint"} <= set(lines)
    assert lines[-1] == "make test"  # its closing line is what CI reads


def test_the_citation_names_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert citation["version"] == project["version"]
    assert citation["license"] == [project["license"], "CC-BY-4.0"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_licenses_are_whole():
    code, text = ((ROOT / name).read_text("utf-8") for name in ("LICENSE", "LICENSE-TEXT"))
    assert "Redistributions in binary form must reproduce" in code
    for section in range(1, 9):
        assert f"\nSection {section} -- " in text
    for license in (code, text):
        assert "2026, the Deep Tricks authors" in license


CHAPTER = """{"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "outputs": [],
"execution_count": 1, "source": "%s"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"""


def test_colab_run_switches_the_set_up_cell_on(tmp_path):
    spec = util.spec_from_file_location("colab_run", ROOT / ".ci/colab.py")
    colab = util.module_from_spec(spec)
    spec.loader.exec_module(colab)
    path = tmp_path / "chapter.ipynb"
    asked = r"%pip install --quiet \"deeptricks[chapters] @ git+https://git.example/o/r\"\nx = 1"
    path.write_text(CHAPTER % asked)
    source = colab.prepared(path, "/checkout").cells[0].source
    assert source.startswith(colab.PRETEND)
    assert source.endswith('%pip install --quiet "/checkout[chapters]"\nx = 1')
    assert "git.example" in colab.prepared(path, None).cells[0].source
    path.write_text(CHAPTER % "import torch")
    with pytest.raises(ValueError, match="does not set up Colab"):
        colab.prepared(path, None)
