"""The clinic itself: its cases are complete and repeatable, its judge sees what was altered."""

import random

import numpy as np
import pytest
import torch
from torch import nn

from tests.practice.clinic.cases import Case, cases
from tests.practice.clinic.judge import Verdict, judge, judge_case, line, subset, table
from tests.practice.clinic.parts import loader, setup
from tests.practice.clinic.state import altered, photograph

CODES = {
    "data": "not_normalized target_scale nonfinite degenerate label_mismatch label_range "
    "not_shuffled imbalance train_val_mismatch leakage layout",
    "model": "output_activation batch_mixing detached unregistered frozen vanishing exploding "
    "underpowered dropout batchnorm",
    "loss": "activation_twice activation_missing broadcast unsuitable sign",
    "optimizer": "lr_too_high lr_too_low missing_params weight_decay",
    "loop": "no_zero_grad no_update train_in_eval_mode eval_in_train_mode clipping schedule "
    "graph_grows",
    "init": "symmetric scale dead_units",
}
ALL = {f"{family}.{code}" for family, codes in CODES.items() for code in codes.split()}
SEEN = cases("seen")


def step_of(made):
    """The author's step, or the ordinary one."""

    def ordinary(x, y):
        made["optimizer"].zero_grad()
        value = made["loss"](made["model"](x), y)
        value.backward()
        made["optimizer"].step()
        return value

    return made["step"] or ordinary


def first(made):
    return next(iter(made["batches"]))


def flat(value):
    """The tensors of nested tuples."""
    return [value] if isinstance(value, torch.Tensor) else [t for v in value for t in flat(v)]


def test_each_code_has_a_broken_case_and_no_other_code_is_used():
    assert len(ALL) == 40
    assert {code for case in SEEN for code in case.codes} == ALL
    assert {case.codes[0] for case in SEEN if case.kind == "broken"} == ALL


def test_there_are_as_many_cases_as_promised():
    kinds = [case.kind for case in SEEN]
    assert kinds.count("broken") >= 44
    assert kinds.count("healthy") >= 34
    assert all(case.says and (case.kind == "healthy") == (not case.codes) for case in SEEN)


@pytest.mark.parametrize("case", SEEN, ids=lambda case: case.name)
def test_a_set_up_is_repeatable_and_takes_a_step(case):
    made, again = case.make(3), case.make(3)
    assert not altered(photograph(made), photograph(again))
    torch.manual_seed(0)
    x, y = first(made)
    torch.manual_seed(0)
    for a, b in zip(flat((x, y)), flat(first(again)), strict=True):
        torch.testing.assert_close(a, b, equal_nan=True, rtol=0, atol=0)
    assert 60 <= made["steps"] <= 600
    if "(raises)" not in case.says:
        value = torch.as_tensor(step_of(made)(x, y))
        assert value.numel() == 1
        if made["val_batches"] is not None:
            first({"batches": made["val_batches"]})


@pytest.mark.parametrize("name", [c.name for c in SEEN if "(raises)" in c.says])
def test_what_is_said_to_raise_raises(name):
    made = next(c for c in SEEN if c.name == name).make(0)
    batches = iter(made["batches"])

    def two_steps():
        for _ in range(2):
            step_of(made)(*next(batches))

    with pytest.raises((RuntimeError, IndexError)):
        two_steps()


def test_a_seed_draws_other_weights():
    case = SEEN[0]
    a, b = (next(iter(case.make(seed)["model"].parameters())) for seed in (0, 1))
    assert not torch.equal(a, b)


# ---------------------------------------------------------------- the judge


def patient(seed=0):
    """A set-up in which everything can be altered."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    log = {"steps": 0}
    made = setup(
        net,
        loader(torch.randn(20, 3), torch.randn(20, 1), 10, generator=torch.Generator()),
        nn.MSELoss(),
        torch.optim.Adam(net.parameters(), lr=0.1),
    )

    def step(x, y):
        log["steps"] += 1
        return step_of({**made, "step": None})(x, y)

    return {**made, "step": step}


WELL = Case("healthy.patient", patient, (), "healthy", "nothing")


def drawn_from_loader(s):
    next(iter(s["batches"]))
    torch.set_rng_state(STATE)


STATE = torch.get_rng_state()

PLANTED = {
    "weights": lambda s: s["model"][0].weight.data.add_(1e-6),
    "buffers": lambda s: s["model"][1].running_mean.add_(1e-6),
    "gradients": lambda s: setattr(s["model"][0].weight, "grad", torch.zeros(4, 3)),
    "requires_grad": lambda s: s["model"][0].bias.requires_grad_(False),
    "modes": lambda s: s["model"][1].eval(),
    "hooks": lambda s: s["model"][0].register_forward_hook(lambda *a: None),
    "hooks of parameters": lambda s: s["model"][0].bias.register_hook(lambda g: g),
    "methods": lambda s: setattr(s["model"][2], "forward", s["model"][2].forward),
    "plain attributes": lambda s: setattr(s["model"][1], "momentum", 0.2),
    "closures": lambda s: s["step"].__closure__[0].cell_contents.update(steps=7),
    "own generators": lambda s: s["batches"].generator.manual_seed(5),
    "optimizer groups": lambda s: s["optimizer"].param_groups[0].update(lr=0.2),
    "optimizer state": lambda s: s["optimizer"].state.update({s["model"][0].weight: {"step": 1}}),
    "hooks of the optimizer": lambda s: s["optimizer"].register_step_post_hook(lambda *a: None),
    "methods of the optimizer": lambda s: setattr(s["optimizer"], "step", s["optimizer"].step),
}


@pytest.mark.parametrize("what", PLANTED)
def test_the_judge_sees_what_is_altered(what):
    def tool(**made):
        PLANTED[what](made)
        return []

    assert judge_case(WELL, tool).altered == [what]


@pytest.mark.parametrize(
    "draw",
    [lambda: torch.rand(1), random.random, lambda: np.random.rand()],
    ids=["torch", "random", "numpy"],
)
def test_the_judge_sees_a_random_number_drawn(draw):
    def tool(**made):
        draw()
        return []

    assert judge_case(WELL, tool).altered == ["random states"]


def test_a_tool_that_looks_and_leaves_all_as_it_was_is_cleared():
    def tool(model, loss, batches, **rest):
        state = torch.get_rng_state()
        list(model.parameters())
        torch.rand(3)
        torch.set_rng_state(state)
        return []

    verdict = judge_case(WELL, tool)
    assert verdict.altered == []
    assert not verdict.error


def test_what_a_tool_raises_is_an_error_of_the_tool():
    def tool(**made):
        raise KeyError("x")

    verdict = judge_case(WELL, tool)
    assert verdict.error == "KeyError: 'x'"
    assert not verdict.detected


class Finding:
    def __init__(self, code):
        self.code = code


class Report:
    def __init__(self, *codes):
        self.findings = [Finding(code) for code in codes]


def test_ranks_are_counted_over_different_codes():
    case = Case("data.x", patient, ("data.layout", "data.leakage"), "broken", "x")
    said = ["model.frozen", "model.frozen", "init.scale", "data.leakage"]
    verdict = judge_case(case, lambda **made: Report(*said))
    assert verdict.detected
    assert not verdict.within(1)
    assert not verdict.within(2)
    assert verdict.within(3)  # the second "frozen" says nothing new
    assert line(verdict).startswith("#3")


def test_a_message_of_a_rival_may_stand_for_several_codes():
    verdict = Verdict("data.x", "broken", ("data.layout",), ["init.scale|data.layout"])
    assert verdict.within(1)
    longer, shorter = "data.layout", "data.lay"
    assert not Verdict("data.x", "broken", (shorter,), [longer]).within(1)
    assert not Verdict("data.x", "broken", (longer,), [shorter]).within(1)


def test_the_table_counts_the_ill_and_the_healthy_apart():
    verdicts = [
        Verdict("a", "broken", ("c.a",), ["c.a"]),
        Verdict("b", "broken", ("c.b",), ["c.a", "c.c", "c.b"]),
        Verdict("c", "broken", ("c.c",), [], error="E"),
        Verdict("d", "healthy", (), ["c.a"], altered=["modes"]),
        Verdict("e", "healthy", ()),
    ]
    counted = table(verdicts)
    assert counted["detected"] == (2, 3)
    assert counted["right code first"] == (1, 3)
    assert counted["among the first three"] == (2, 3)
    assert counted["false alarms"] == (1, 2)
    assert counted["errors"] == (1, 5)
    assert counted["left altered"] == (1, 5)


def test_a_part_of_the_cases_is_drawn_by_rule():
    assert [c.name for c in subset(SEEN, 7)] == [c.name for c in SEEN[::7]]
    assert all(c.name.startswith("loop.") for c in cases("seen", "loop."))
    chosen = subset(cases("seen", "loop."), 5)
    verdicts = list(judge(lambda **made: [], chosen))
    assert [v.name for v in verdicts] == [c.name for c in chosen]
