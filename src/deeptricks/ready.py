"""Is this machine ready for the book and its assignments? `python -m deeptricks.ready`.

It tries what a first day fails at, one thing after the other, and says what to do about each. It
lies beside the parts and not in `lab`, which needs all that is looked for here; so nothing of that
is imported before its check.
"""

import importlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

PYTHON = (3, 11)
NOT_HERE = (
    "{missing} cannot be imported by {python}. Install them there:\n"
    '    "{python}" -m pip install {missing}'
)
NOT_INSTALLED = (
    "The package of the book is not installed in {python}. In the book's folder:\n"
    '    "{python}" -m pip install ".[chapters]" jupyterlab'
)
MODULES = {"ipython": "IPython", "scikit-learn": "sklearn"}  # where the name of import is another


class NotReadyError(Exception):
    """What is missing, and what to do about it."""


def python() -> str:
    """Return the version and the place of this Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON:
        asked = ".".join(map(str, PYTHON))
        raise NotReadyError(
            f"This is Python {version}; {asked} or newer is needed. Install one from python.org, "
            f"and make the environment again with it."
        )
    return f"{version}, {sys.executable}"


def packages() -> str:
    """Return the versions of what the package needs, each of which has been imported."""
    missing, old, found = [], [], []
    for name, lowest in needed():
        try:
            importlib.import_module(MODULES.get(name, name).replace("-", "_"))
            version = metadata.version(name)
        except Exception:  # also a library of the system's that does not load (Windows, macOS)
            missing.append(name)
            continue
        found.append(f"{name} {version}")
        if numbers(version) < numbers(lowest):
            old.append(f"{name}>={lowest}")
    if missing or old:
        wanted = " ".join([*missing, *(f'"{one}"' for one in old)])
        raise NotReadyError(NOT_HERE.format(missing=wanted, python=sys.executable))
    return ", ".join(one for one in found if one.split()[0] in ("numpy", "torch", "scikit-learn"))


def needed() -> Iterator[tuple[str, str]]:
    """Yield (name, lowest version) of each package that `deeptricks` itself asks for."""
    try:
        asked = metadata.requires("deeptricks") or []
    except metadata.PackageNotFoundError:
        raise NotReadyError(NOT_INSTALLED.format(python=sys.executable)) from None
    for line in asked:
        if "extra ==" not in line and (found := re.match(r"([\w.-]+)\s*>=\s*([\w.]+)", line)):
            yield found[1].lower(), found[2]


def numbers(version: str) -> list[int]:
    """Return the leading numbers of a version: [2, 13] of "2.13.0+cpu" without its zeros."""
    found = [int(part) for part in re.findall(r"\d+", version.split("+")[0])]
    while found and not found[-1]:
        found.pop()
    return found


def training() -> str:
    """Return how far a loss falls in twenty steps."""
    torch = importlib.import_module("torch")
    torch.manual_seed(0)
    digits = importlib.import_module("sklearn.datasets").load_digits()
    x, y = torch.tensor(digits.data / 16, dtype=torch.float32), torch.tensor(digits.target).long()
    model = torch.nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    losses = []
    for _ in range(20):
        loss = torch.nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    if not losses[-1] < losses[0] / 2:
        raise NotReadyError(
            f"PyTorch is there, and its arithmetic goes wrong (loss {losses[0]:.2f}, then "
            f"{losses[-1]:.2f}). Install it anew: pip install --force-reinstall torch"
        )
    return f"20 steps on the digits, loss {losses[0]:.2f} to {losses[-1]:.2f}"


def data() -> str:
    """Return the folder for data sets, in which a file could be written."""
    folder = Path(importlib.import_module("deeptricks.lab.download").root())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            return str(folder)
    except OSError as error:
        raise NotReadyError(
            f"{folder} cannot be written ({error.strerror}). Name another folder in the "
            f"environment variable DEEPTRICKS_DATA."
        ) from None


def notebooks() -> str:
    """Return the version of JupyterLab, or where this notebook runs."""
    if "google.colab" in sys.modules:
        return "Colab"
    if "VSCODE_PID" in os.environ:
        return "VS Code"
    try:
        return f"JupyterLab {metadata.version('jupyterlab')}"
    except metadata.PackageNotFoundError:
        raise NotReadyError(NOT_HERE.format(missing="jupyterlab", python=sys.executable)) from None


CHECKS: tuple[Callable[[], str], ...] = (python, packages, training, data, notebooks)


def main() -> int:
    """Run the checks up to the first that fails; 0 if none does."""
    for check in CHECKS:
        try:
            print(f"{check.__name__:10} ok   {check()}", flush=True)
        except NotReadyError as wrong:
            print(f"{check.__name__:10} NO   {wrong}\n\nYou are not ready yet: see above.")
            return 1
    print("\nYou are ready.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
