"""Projections, and the hook that makes any optimizer keep to them."""

import copy

import pytest
import torch
from torch import nn

from deeptricks.regularization import Constraint, binary, frobenius_ball, max_norm
from tests.forbidden import forbidden

EXACT = {"rtol": 0, "atol": 1e-12}
PROJECTIONS = {
    "max norm": lambda w: max_norm(w, 0.7),
    "ball": lambda w: frobenius_ball(w, 0.7),
    "binary": binary,
}
OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, 0.1),
    "momentum": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9),
    "Adam": lambda p: torch.optim.Adam(p, 0.1),
    "AdamW": lambda p: torch.optim.AdamW(p, 0.1),
}


def weight(*shape, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=draw, dtype=torch.float64)


@pytest.mark.parametrize("shape", [(4, 3), (4, 2, 3, 3), (1, 5)])
def test_max_norm_against_the_framework(shape):
    w = weight(*shape)
    w[0] *= 0.01
    found = max_norm(w, 0.8)
    torch.testing.assert_close(found, torch.renorm(w, 2, 0, 0.8), rtol=0, atol=1e-6)
    lengths = found.flatten(1).norm(dim=1)
    assert (lengths <= 0.8 + 1e-12).all()
    assert torch.equal(found[0], w[0])  # one that was short enough is left as it was
    with forbidden("renorm"):
        max_norm(w, 0.8)


def test_ball():
    w = weight(4, 3)
    torch.testing.assert_close(frobenius_ball(w, 0.5).norm(), torch.tensor(0.5).double(), **EXACT)
    torch.testing.assert_close(frobenius_ball(w, 0.5) / 0.5, w / w.norm(), **EXACT)
    assert torch.equal(frobenius_ball(w, 100), w)
    torch.testing.assert_close(
        frobenius_ball(w, 0.5), torch.renorm(w[None], 2, 0, 0.5)[0], rtol=0, atol=1e-6
    )


def test_binary_is_the_nearest_of_all_signs_and_scales():
    w = weight(6)
    found = binary(w)
    assert len(found.abs().unique()) == 1
    best = float("inf")
    for code in range(64):
        signs = torch.tensor([1.0 if code >> k & 1 else -1.0 for k in range(6)]).double()
        scale = (w @ signs / 6).clamp(min=0)
        best = min(best, (w - scale * signs).square().sum().item())
    assert (w - found).square().sum().item() == pytest.approx(best, abs=1e-12)
    assert binary(torch.tensor([0.0, -2.0])).tolist() == [1.0, -1.0]


@pytest.mark.parametrize("name", PROJECTIONS)
def test_a_projection_changes_nothing_the_second_time(name):
    project, w = PROJECTIONS[name], weight(4, 3)
    once = project(w)
    torch.testing.assert_close(project(once), once, **EXACT)
    assert not torch.equal(once, w)


@pytest.mark.parametrize("name", ["max norm", "ball"])
def test_a_projection_goes_to_the_nearest_point(name):
    """No point of the set is nearer: for a convex set, ⟨w − P, v − P⟩ ≤ 0 for every v in it."""
    project, w = PROJECTIONS[name], weight(4, 3)
    for seed in range(1, 50):
        inside = project(weight(4, 3, seed=seed))
        assert ((w - project(w)) * (inside - project(w))).sum() <= 1e-12


@pytest.mark.parametrize("name", PROJECTIONS)
def test_odd_inputs(name):
    project = PROJECTIONS[name]
    for dtype in (torch.float16, torch.bfloat16, torch.float32):
        assert project(weight(4, 3).to(dtype)).dtype == dtype
    assert torch.equal(project(torch.zeros(4, 3)), torch.zeros(4, 3))
    odd = weight(3, 8).T[::2]
    torch.testing.assert_close(project(odd), project(odd.contiguous()), **EXACT)
    stacked = torch.func.vmap(project)(torch.stack([weight(4, 3), 9 * weight(4, 3)]))
    torch.testing.assert_close(stacked[1], project(9 * weight(4, 3)), **EXACT)
    if name != "binary":  # of nothing, no mean
        assert project(torch.zeros(0, 3)).shape == (0, 3)


def moved(optimizer, parameters, steps=5):
    """Steps with gradients that depend on where the weights are."""
    for step in range(steps):
        for k, p in enumerate(parameters):
            p.grad = (p - weight(*p.shape, seed=20 + k)).detach() * (step + 1) ** 0.5
        optimizer.step()


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_every_step_of_any_optimizer_is_projected_and_otherwise_its_own(kind):
    w, v, free = (nn.Parameter(weight(4, 3)) for _ in "abc")
    optimizer, plain = OPTIMIZERS[kind]([w, free]), OPTIMIZERS[kind]([v])
    Constraint(optimizer, PROJECTIONS["max norm"], [w])
    assert w.detach().norm(dim=1).max() <= 0.7 + 1e-12  # from the start
    with torch.no_grad():
        v.copy_(max_norm(v, 0.7))
    for step in range(5):
        for p in (w, v):
            p.grad = (p - 3 * weight(4, 3, seed=step)).detach()
        optimizer.step()
        plain.step()
        with torch.no_grad():
            v.copy_(max_norm(v, 0.7))
    torch.testing.assert_close(w, v, **EXACT)
    assert free.detach().norm(dim=1).max() > 0.7


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_latent_weights_are_those_of_a_straight_through_gradient(kind):
    """The optimizer moves u by the gradient taken at P(u)."""
    w, u = (nn.Parameter(weight(4, 3)) for _ in "ab")
    optimizer, plain = OPTIMIZERS[kind]([w]), OPTIMIZERS[kind]([u])
    constraint = Constraint(optimizer, binary, [w], latent=True)
    for step in range(5):
        target = weight(4, 3, seed=step)
        at = binary(u.detach())
        torch.testing.assert_close(w.detach(), at, **EXACT)
        w.grad, u.grad = (w - target).detach(), at - target
        optimizer.step()
        plain.step()
        torch.testing.assert_close(constraint.latent(w), u.detach(), **EXACT)
    assert not torch.equal(binary(weight(4, 3)).sign(), w.sign())  # something was learned


def test_without_latent_weights_small_steps_lead_nowhere():
    w = nn.Parameter(weight(4, 3))
    optimizer = torch.optim.SGD([w], 1e-3)
    Constraint(optimizer, binary, [w])
    before = w.detach().sign()
    moved(optimizer, [w], steps=50)
    assert torch.equal(w.detach().sign(), before)


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_checkpoint_holds_the_latent_weights(kind):
    w = nn.Parameter(weight(4, 3))
    optimizer = OPTIMIZERS[kind]([w])
    Constraint(optimizer, binary, [w], latent=True)
    moved(optimizer, [w], 3)
    stored = copy.deepcopy((w.detach(), optimizer.state_dict()))
    moved(optimizer, [w], 3)
    again = nn.Parameter(stored[0])
    other = OPTIMIZERS[kind]([again])
    Constraint(other, binary, [again], latent=True)
    other.load_state_dict(stored[1])
    moved(other, [again], 3)
    torch.testing.assert_close(again, w, **EXACT)


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_weight_without_a_gradient_waits(kind):
    w, other = (nn.Parameter(weight(4, 3)) for _ in "ab")
    optimizer = OPTIMIZERS[kind]([w, other])
    constraint = Constraint(optimizer, binary, [w, other], latent=True)
    for p in (other, w):
        p.grad = torch.ones_like(p)
        optimizer.step()
        if p is other:
            torch.testing.assert_close(constraint.latent(w), weight(4, 3), **EXACT)
    assert not torch.equal(constraint.latent(w), weight(4, 3))


def test_hooks_are_removed():
    w = nn.Parameter(weight(4, 3))
    optimizer = torch.optim.SGD([w], 1.0)
    constraint = Constraint(optimizer, PROJECTIONS["ball"], [w])
    constraint.remove()
    w.grad = -10 * torch.ones_like(w)
    optimizer.step()
    assert w.detach().norm() > 0.7


def test_the_framework_calls_the_closure_with_the_constraint_too():
    w = nn.Parameter(weight(4, 3))
    optimizer = torch.optim.LBFGS([w], max_iter=2)
    Constraint(optimizer, PROJECTIONS["ball"], [w])

    def closure():
        optimizer.zero_grad()
        loss = (w - 3).square().sum()
        loss.backward()
        return loss

    for _ in range(5):
        optimizer.step(closure)
    assert w.detach().norm().item() == pytest.approx(0.7)


def test_bad_arguments():
    w, stranger = (nn.Parameter(weight(4, 3)) for _ in "ab")
    optimizer = torch.optim.SGD([w], 0.1)
    for weights in ([], [stranger]):
        with pytest.raises(ValueError, match="weights must be at least one of the parameters"):
            Constraint(optimizer, binary, weights)
    for project in (max_norm, frobenius_ball):
        with pytest.raises(ValueError, match="limit must be a finite number above 0, got 0"):
            project(w, 0)
    Constraint(optimizer, binary, [w], latent=True)
    with pytest.raises(ValueError, match="a closure would take its gradients at the latent"):
        optimizer.step(lambda: 0.0)
