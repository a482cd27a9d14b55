"""The unread half of the clinic: every set-up can be built and takes one step."""

import re
from pathlib import Path

import pytest
import torch

from tests.practice.clinic.unread_cases import all_cases
from tests.practice.clinic.unread_verify import ordinary

CASES = all_cases()
KEYS = {"model", "batches", "loss", "optimizer", "steps", "val_batches", "step", "evaluate"}
CODES = [
    "data.not_normalized",
    "data.target_scale",
    "data.nonfinite",
    "data.degenerate",
    "data.label_mismatch",
    "data.label_range",
    "data.not_shuffled",
    "data.imbalance",
    "data.train_val_mismatch",
    "data.leakage",
    "data.layout",
    "model.output_activation",
    "model.batch_mixing",
    "model.detached",
    "model.unregistered",
    "model.frozen",
    "model.vanishing",
    "model.exploding",
    "model.underpowered",
    "model.dropout",
    "model.batchnorm",
    "loss.activation_twice",
    "loss.activation_missing",
    "loss.broadcast",
    "loss.unsuitable",
    "loss.sign",
    "optimizer.lr_too_high",
    "optimizer.lr_too_low",
    "optimizer.missing_params",
    "optimizer.weight_decay",
    "loop.no_zero_grad",
    "loop.no_update",
    "loop.train_in_eval_mode",
    "loop.eval_in_train_mode",
    "loop.clipping",
    "loop.schedule",
    "loop.graph_grows",
    "init.symmetric",
    "init.scale",
    "init.dead_units",
]
RAISE = {  # these raise in the first step: what is to be diagnosed
    "cancer: no sigmoid before BCE",
    "deep_norm: batches of one",
    "plain_conv: classes 1 to 10",
}


def test_the_clinic_is_as_large_as_was_agreed():
    broken = [c for c in CASES if c.right]
    well = [c for c in CASES if not c.right]
    assert len(broken) >= 42
    assert len(well) >= 38
    assert sum(c.odd for c in well) >= len(well) / 2
    assert len({c.name for c in CASES}) == len(CASES)


def test_every_code_has_a_patient_and_no_patient_another_code():
    assert len(CODES) == 40
    assert {c.right[0] for c in CASES if c.right} == set(CODES)
    assert {code for c in CASES for code in c.right} <= set(CODES)


def test_no_case_says_more_than_its_builder_knows():
    """A fault is a string that its builder compares with: a misspelled one changes nothing."""
    for case in CASES:
        if case.right:
            module = case.make.args[0].__module__.split(".")[-1]
            source = Path(__file__).with_name("clinic") / f"{module}.py"
            fault = re.escape(f'"{case.make.keywords["fault"]}"')
            assert len(re.findall(fault, source.read_text("utf-8"))) >= 2, case.name


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_a_set_up_can_be_built_and_takes_one_step(case):
    setup = case.make(0)
    assert set(setup) == KEYS
    assert 60 <= setup["steps"] <= 600
    torch.manual_seed(0)
    x, y = next(iter(setup["batches"]))
    step = setup["step"] or ordinary(setup)
    if case.name in RAISE:
        with pytest.raises((IndexError, RuntimeError, ValueError)):
            step(x, y)
        return
    value = step(x, y)
    assert torch.as_tensor(value).numel() == 1
    if setup["val_batches"] is not None and setup["evaluate"]:
        assert isinstance(setup["evaluate"](setup["val_batches"]), float)
