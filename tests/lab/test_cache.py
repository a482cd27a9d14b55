"""A sweep with a cache goes on where it was interrupted."""

import joblib
import numpy as np
import pandas as pd
import pytest

from deeptricks.lab.runs import ExperimentError, sweep


def counted(seed, a, folder):
    """Leaves a file for each call; breaks where the file `break` is in the folder."""
    calls = folder / f"{a} {seed}"
    calls.write_text(calls.read_text() + "x" if calls.exists() else "x")
    if (a, seed) == (1, 5) and (folder / "break").exists():
        raise RuntimeError("the power failed")
    return {"sum": a + seed}


def calls(folder):
    return {path.name: len(path.read_text()) for path in folder.glob("* *")}


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_sweep_goes_on(tmp_path, workers):
    cache, settings = tmp_path / "cache", [{"a": a, "folder": tmp_path} for a in range(3)]
    (tmp_path / "break").touch()
    with joblib.parallel_config(backend="loky", n_jobs=workers):
        with pytest.raises(ExperimentError, match="the power failed"):
            sweep(counted, settings, [4, 5], cache=cache)
        begun = calls(tmp_path)
        (tmp_path / "break").unlink()
        table = sweep(counted, settings, [4, 5], cache=cache)
        again = sweep(counted, settings, [4, 5], cache=cache)
    assert table["sum"].tolist() == [4, 5, 5, 6, 6, 7]
    pd.testing.assert_frame_equal(again, table)
    assert begun["1 5"] == 1
    if workers == 1:
        assert begun == {"0 4": 1, "0 5": 1, "1 4": 1, "1 5": 1}
        assert calls(tmp_path) == {**begun, "1 5": 2, "2 4": 1, "2 5": 1}


def test_another_text_is_another_experiment(tmp_path):
    def experiment(seed):
        return seed

    first = sweep(experiment, {}, [3], cache=tmp_path)["value"]

    def experiment(seed):
        return -seed

    assert [*first, *sweep(experiment, {}, [3], cache=tmp_path)["value"]] == [3, -3]
    assert sweep(experiment, {}, [3])["value"].tolist() == [-3]


def test_numpys_numbers_become_pythons():
    def experiment(seed, a):
        assert (type(seed), type(a)) == (int, int)
        return a * seed

    table = sweep(experiment, {"a": np.arange(3)}, np.arange(1, 3))
    assert table["value"].tolist() == [0, 0, 1, 2, 2, 4]
    listed = sweep(experiment, [{"a": np.int64(2)}], [np.int64(1)])
    assert listed["value"].tolist() == [2]
