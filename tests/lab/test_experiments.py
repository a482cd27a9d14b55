"""What a sweep takes and what an experiment may return."""

import numpy as np
import pytest
import torch

from deeptricks.lab.runs import ExperimentError, seeds, sweep
from deeptricks.lab.spread import summary


def product(seed, a, b=1):
    return seed + 10 * a + 100 * b


def test_settings_may_be_a_list():
    table = sweep(product, [{"a": 1}, {"a": 2, "b": 3}], [0])
    assert table["value"].tolist() == [110, 320]
    assert table["b"].isna().tolist() == [True, False]


def test_no_settings_are_one_setting():
    assert sweep(lambda seed: seed, {}, [4, 5])["value"].tolist() == [4, 5]


def test_settings_may_be_objects():
    table = sweep(lambda seed, f: f(4), {"f": [np.sqrt, abs]}, [0])
    assert table["f"].tolist() == [np.sqrt, abs]
    assert summary(table, "f")["value"].tolist() == ["2.0", "4.0"]


@pytest.mark.parametrize(
    "number", [2, 2.0, np.float32(2), np.array(2.0), torch.tensor(2.0), torch.tensor(2)]
)
def test_results_become_python_numbers(number):
    table = sweep(lambda seed: {"x": number}, {}, [0])
    assert table["x"].tolist() == [2.0]
    assert table["x"].dtype.kind in "if"


def test_nan_is_a_result():
    assert sweep(lambda seed: float("nan"), {}, [0])["value"].isna().all()


@pytest.mark.parametrize("result", [None, "2", [1.0], torch.ones(2), {"x": [1]}, 1j])
def test_what_is_no_number_is_refused(result):
    with pytest.raises(ExperimentError, match="must return numbers"):
        sweep(lambda seed: result, {}, [0])


@pytest.mark.parametrize("name", ["seed", "a"])
def test_a_result_may_not_hide_an_argument(name):
    with pytest.raises(ExperimentError, match="names of its arguments"):
        sweep(lambda seed, a: {name: 1.0}, {"a": [1]}, [0])


def test_results_of_different_kinds_are_refused():
    with pytest.raises(ValueError, match=r"experiment\(seed=1\) returned \['y'\], others \['x'\]"):
        sweep(lambda seed: {"y" if seed else "x": 1.0}, {}, [0, 1])


@pytest.mark.parametrize(
    ("settings", "chosen", "error", "complaint"),
    [
        ({"a": [1]}, 3, TypeError, r"runs.seeds\(3\)"),
        ({"a": [1]}, [], ValueError, "seeds must be at least one"),
        ({"a": [1]}, [0, 1, 0], ValueError, "all different"),
        ({"a": "pca"}, [0], TypeError, r"settings\['a'\] must be a list of values, got 'pca'"),
        ({"a": 1}, [0], TypeError, r"settings\['a'\] must be a list"),
        ({"a": []}, [0], ValueError, "settings are empty"),
        ([], [0], ValueError, "settings are empty"),
        ({"seed": [1]}, [0], ValueError, "must not hold 'seed'"),
    ],
)
def test_bad_arguments_are_named(settings, chosen, error, complaint):
    with pytest.raises(error, match=complaint):
        sweep(product, settings, chosen)


def test_seeds_are_shifted_by_the_environment(monkeypatch):
    monkeypatch.delenv("DEEPTRICKS_SEED_OFFSET", raising=False)
    assert seeds(3) == [0, 1, 2]
    monkeypatch.setenv("DEEPTRICKS_SEED_OFFSET", "100")
    assert seeds(3) == [100, 101, 102]
    monkeypatch.setenv("DEEPTRICKS_SEED_OFFSET", "many")
    with pytest.raises(ValueError, match="SEED_OFFSET must be a whole number, got 'many'"):
        seeds(3)
    with pytest.raises(ValueError, match="n must be"):
        seeds(0)
