"""What lab shows, caught before it reaches a screen."""

import matplotlib.pyplot as plt
import pytest

from deeptricks.lab import display


@pytest.fixture(autouse=True)
def figures_closed():
    yield
    plt.close("all")


@pytest.fixture
def shown(monkeypatch):
    """The mime bundles published so far, as a running notebook would receive them."""
    bundles = []
    monkeypatch.delenv("DEEPTRICKS_PAGE", raising=False)
    monkeypatch.setattr(display, "get_ipython", lambda: object())
    monkeypatch.setattr(display, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


@pytest.fixture
def for_page(monkeypatch):
    """As while a notebook is executed for the book. Ask for it after `shown`."""
    monkeypatch.setenv("DEEPTRICKS_PAGE", "1")
