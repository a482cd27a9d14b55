"""Features are what the layers put out: pooled, in evaluation mode, no further than needed."""

import joblib
import pytest
import torch
from torch import nn

from deeptricks.practice import features


class Counting(nn.Module):
    """Counts its calls; fails if told to."""

    def __init__(self):
        super().__init__()
        self.calls, self.broken = 0, False

    def forward(self, x):
        self.calls += 1
        if self.broken:
            raise RuntimeError("broken")
        return x


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Dropout(0.5), nn.Conv2d(3, 4, 3), Counting(),
        nn.Flatten(), nn.Linear(16, 2),
    )  # fmt: skip


X = torch.randn(7, 1, 6, 6)


def test_equal_to_the_forward_written_out():
    model = network()
    found = features(model, X, ("3", "1", "6"), batch_size=3)
    model.eval()
    first = model[1](model[0](X))
    second = model[3](first)
    assert list(found) == ["3", "1", "6"]
    torch.testing.assert_close(found["1"], first.mean((2, 3)))
    torch.testing.assert_close(found["3"], second.mean((2, 3)))
    torch.testing.assert_close(found["6"], model(X))
    assert not any(value.requires_grad for value in found.values())


def test_another_pool():
    found = features(network(), X, ("0",), pool=lambda output: output.amax((2, 3)))
    torch.testing.assert_close(found["0"], network()[0](X).amax((2, 3)))


def test_leaves_the_model_as_it_was():
    model = network()
    model[3].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    modes = [part.training for part in model.modules()]
    features(model, X, ("3",))
    model[4].broken = True
    with pytest.raises(RuntimeError, match="broken"):
        features(model, X, ("6",))
    assert [part.training for part in model.modules()] == modes
    assert not any(part._forward_hooks for part in model.modules())
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name])


def test_runs_no_further_than_the_deepest_layer():
    model = network()
    features(model, X, ("0", "3"))
    assert model[4].calls == 0
    features(model, X, ("0", "5"), batch_size=3)
    assert model[4].calls == 3


def test_a_shared_layer_counts_the_first_time():
    layer = nn.Linear(3, 3)
    x = torch.randn(2, 3)
    last = nn.Linear(3, 2)
    model = nn.Sequential(layer, layer, last)
    torch.testing.assert_close(features(model, x, ("0",))["0"], layer(x))
    found = features(model, x, ("0", "2"))  # here it is called again before all have answered
    torch.testing.assert_close(found["0"], layer(x))
    torch.testing.assert_close(found["2"], model(x))


@pytest.mark.parametrize("wrap", [str, lambda folder: joblib.Memory(folder, verbose=0)])
def test_cached_until_weights_or_inputs_change(tmp_path, wrap):
    model, cache = network(), wrap(tmp_path)
    ask = {"at": ("5",), "cache": cache}
    first = features(model, X, **ask)["5"]
    assert torch.equal(features(network(), X, **ask)["5"], first)
    assert model[4].calls == 1
    model[4].calls = 0
    assert torch.equal(features(model, X.clone(), batch_size=2, **ask)["5"], first)
    assert model[4].calls == 0
    assert not torch.equal(features(model, X + 1, **ask)["5"], first)
    with torch.no_grad():
        model[1].running_mean += 1  # a buffer counts too
    assert not torch.equal(features(model, X, **ask)["5"], first)
    assert model[4].calls == 2
    features(model, X, at=("4", "5"), cache=cache)
    assert model[4].calls == 3


def test_bad_arguments():
    model = network()
    with pytest.raises(ValueError, match="'9'"):
        features(model, X, ("9",))
    with pytest.raises(ValueError, match="at"):
        features(model, X, "3")
    with pytest.raises(ValueError, match="at"):
        features(model, X, ())
    with pytest.raises(ValueError, match="batch_size"):
        features(model, X, ("3",), batch_size=0)
    model.register_module("never", nn.Linear(1, 1))
    model.forward = lambda x: model[0](x)
    with pytest.raises(ValueError, match="never"):
        features(model, X, ("0", "never"))
