"""Weights find their place by name; what does not fit is said, all of it, before anything moves."""

import pytest
import torch
from torch import nn

from deeptricks.practice import load_by_name


def network(outputs=2):
    body = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    return nn.ModuleDict({"body": body, "head": nn.Linear(4, outputs)})


def values(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(model, state):
    return all(torch.equal(value, state[name]) for name, value in model.state_dict().items())


def test_everything_by_name():
    model, state = network(), network().state_dict()
    report = load_by_name(model, dict(reversed(state.items())))  # not by order
    assert same(model, state)
    assert report.complete
    assert report.loaded == tuple(state)
    assert str(report) == "loaded: 9"


def test_one_report_of_all_that_does_not_fit_and_nothing_moved():
    model, state = network(), network(5).state_dict()
    del state["body.0.bias"]
    state["extra"] = torch.zeros(1)
    before = values(model)
    with pytest.raises(ValueError, match="nothing was changed") as caught:
        load_by_name(model, state)
    told = str(caught.value)
    for part in ("body.0.bias", "extra", "head.weight (2, 4) ≠ (5, 4)", "head.bias (2,) ≠ (5,)"):
        assert part in told
    assert same(model, before)


def test_not_strict_takes_what_fits():
    model, state = network(), network(5).state_dict()
    before = values(model)
    report = load_by_name(model, state, strict=False)
    assert [name for name, *_ in report.mismatched] == ["head.weight", "head.bias"]
    assert not report.complete
    assert torch.equal(model["body"][0].weight, state["body.0.weight"])
    assert torch.equal(model["head"].weight, before["head.weight"])


def test_skip_keeps_the_model_s_own():
    model, state = network(), network(5).state_dict()
    before = values(model)
    report = load_by_name(model, state, skip=("head.*",))
    assert report.complete
    assert report.skipped == ("head.weight", "head.bias")
    assert torch.equal(model["head"].bias, before["head.bias"])
    with pytest.raises(ValueError, match=r"heads\.\*"):
        load_by_name(model, state, skip=("heads.*",))
    with pytest.raises(TypeError, match="skip"):
        load_by_name(model, state, skip="head.*")


@pytest.mark.parametrize(
    "rename",
    [{"module.": "", "fc.": "head."}, lambda n: n.replace("module.", "").replace("fc.", "head.")],
)
def test_rename(rename):
    model, state = network(), network().state_dict()
    offered = {("module." + n).replace("module.head", "fc"): value for n, value in state.items()}
    assert load_by_name(model, offered, rename=rename).complete
    assert same(model, state)


def test_two_names_may_not_become_one():
    with pytest.raises(ValueError, match="rename"):
        load_by_name(network(), network().state_dict(), rename=lambda name: "head.bias")


@pytest.mark.parametrize(("prefix", "cure"), [("module.", "{'module.': ''}")])
def test_nothing_sensible_is_an_error_that_tells_the_cure(prefix, cure):
    model, state = network(), network().state_dict()
    offered = {prefix + name: value for name, value in state.items()}
    with pytest.raises(ValueError, match="nothing to load") as caught:
        load_by_name(model, offered, strict=False)
    assert cure in str(caught.value)
    load_by_name(model, offered, rename=eval(cure))
    with pytest.raises(ValueError, match="nothing to load") as caught:
        load_by_name(model["body"], {n.removeprefix("body."): t for n, t in ()}, strict=False)
    back = {"": "body."}
    inner = {n.removeprefix("body."): t for n, t in state.items() if n.startswith("body.")}
    with pytest.raises(ValueError, match="nothing to load") as caught:
        load_by_name(model, inner, strict=False)
    assert repr(back) in str(caught.value)
    report = load_by_name(model, inner, rename=back, strict=False)
    assert len(report.loaded) == 7


def test_a_checkpoint_one_level_too_high():
    checkpoint = {"epoch": 3, "state_dict": network().state_dict()}
    with pytest.raises(TypeError, match=r"state\['state_dict'\]"):
        load_by_name(network(), checkpoint)
    with pytest.raises(TypeError, match="list"):
        load_by_name(network(), [1])


def test_another_precision_is_converted():
    model, state = network(), network().double().state_dict()
    load_by_name(model, state)
    assert model["head"].weight.dtype == torch.float32
    assert torch.equal(model["head"].weight, state["head.weight"].float())
