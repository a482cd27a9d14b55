"""L-BFGS: the framework's iterates and state, and what is exactly true of the algorithm."""

import copy
import io
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from deeptricks.optimization import LBFGS, two_loop_recursion
from deeptricks.optimization.second_order.flat_vector import flatten

FRAMEWORK = torch.optim.LBFGS
KEYS = {
    *("func_evals", "n_iter", "d", "t", "old_dirs", "old_stps", "ro", "H_diag", "al"),
    *("prev_flat_grad", "prev_loss"),
}


def generator(seed):
    generator = torch.Generator().manual_seed(seed)
    return lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)


def quadratic(seed):
    normal = generator(seed)
    A = normal(12, 12)
    A = A @ A.T + 0.01 * torch.eye(12)
    w = normal(12)
    return [w], lambda w: 0.5 * w @ A.to(w.dtype) @ w


def rosenbrock(seed):
    normal = generator(seed)

    def loss(*parameters):
        x = flatten(parameters)
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    return [normal(2, 2), normal(3), normal(1)[0]], loss


def net(seed):
    normal = generator(seed)
    x, y = normal(40, 5), torch.arange(40) % 3
    shapes = [(6, 5), (6,), (3, 6), (3,)]

    def loss(a, b, c, d):
        h = torch.tanh(x.to(a.dtype) @ a.T + b)
        return functional.cross_entropy(h @ c.T + d, y)

    return [0.5 * normal(*shape) for shape in shapes], loss


PROBLEMS = {"quadratic": quadratic, "rosenbrock": rosenbrock, "net": net}
SEARCHES = [None, "strong_wolfe"]


def closure_of(optimizer, loss):
    """What `step` asks for: it counts its calls in `calls`."""
    parameters = optimizer.param_groups[0]["params"]

    def closure():
        optimizer.zero_grad()
        closure.calls += 1
        value = loss(*parameters)
        value.backward()
        return value

    closure.calls = 0
    return closure


def run(kind, start, loss, steps, dtype=torch.float64, **options):
    """(the weights and the returned loss of each call, optimizer)."""
    parameters = [p.to(dtype).requires_grad_() for p in copy.deepcopy(start)]
    optimizer = kind(parameters, **options)
    closure = closure_of(optimizer, loss)
    path = []
    for _ in range(steps):
        returned = optimizer.step(closure).detach()
        path.append(flatten([*(p.detach() for p in parameters), returned]))
    assert closure.calls == state_of(optimizer)["func_evals"]
    return torch.stack(path), optimizer


def state_of(optimizer):
    return optimizer.state[optimizer.param_groups[0]["params"][0]]


def same(ours, expected):
    """Equal, NaN and infinities too: tensors, numbers, or lists of them."""
    if isinstance(expected, list):
        assert len(ours) == len(expected)
        for one, other in zip(ours, expected, strict=True):
            same(one, other)
    elif expected is None:
        assert ours is None
    else:
        tensors = [torch.as_tensor(value, dtype=torch.float64) for value in (ours, expected)]
        torch.testing.assert_close(*tensors, rtol=1e-12, atol=0, equal_nan=True)


def same_state(ours, theirs):
    ours, theirs = state_of(ours), state_of(theirs)
    assert set(ours) == set(theirs)
    for key, expected in theirs.items():
        same(ours[key], expected)


def check_runs(problem, seed, steps, **options):
    start, loss = PROBLEMS[problem](seed)
    ours, mine = run(LBFGS, start, loss, steps, **options)
    theirs, framework = run(FRAMEWORK, start, loss, steps, **options)
    same(ours, theirs)
    same_state(mine, framework)
    return ours, mine


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("seed", range(3))
def test_hundred_single_moves_equal_the_framework(problem, search, seed):
    options = {"lr": [1, 0.1, 0.5][seed], "tolerance_grad": 0, "tolerance_change": -1}
    history = [100, 3, 1][seed]
    check_runs(problem, seed, 100, max_iter=1, history_size=history, max_eval=30,
               line_search_fn=search, **options)  # fmt: skip


@pytest.mark.parametrize("problem", ["rosenbrock", "net"])
@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_iter": 7, "history_size": 2},
        {"max_iter": 5, "max_eval": 3, "lr": 0.3},
        {"max_iter": 100, "max_eval": 1000, "history_size": 5},
        {"tolerance_grad": 1e-2},
        {"tolerance_change": 1e-2, "max_iter": 3},
        {"tolerance_grad": 0, "tolerance_change": 0},
        {"lr": torch.tensor(0.5)},
        {"lr": torch.tensor([0.5])},
        {"max_iter": 1},
        {"max_iter": 4, "max_eval": 1},
    ],
    ids=str,
)
def test_options_equal_the_framework(problem, search, options):
    check_runs(problem, 5, 3, line_search_fn=search, **options)


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("search", SEARCHES)
def test_single_precision_equals_the_framework(problem, search):
    check_runs(problem, 0, 5, dtype=torch.float32, line_search_fn=search)


def test_without_a_search_it_can_explode_as_the_framework_does():
    path, _ = check_runs("rosenbrock", 1, 10, lr=50, tolerance_change=-1)
    assert not path.isfinite().all()


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("call", [1, 3])
def test_values_that_are_not_finite(search, bad, call):
    """The loss and its gradient break at one evaluation, or from one evaluation on."""
    for last in (call, 10**6):
        start, loss = rosenbrock(2)

        def spoilt(*parameters, loss=loss, last=last):
            spoilt.calls += 1
            return loss(*parameters) * (bad if call <= spoilt.calls <= last else 1)

        results = []
        for kind in (LBFGS, FRAMEWORK):
            spoilt.calls = 0
            results.append(run(kind, start, spoilt, 4, line_search_fn=search))
        same(results[0][0], results[1][0])
        same_state(results[0][1], results[1][1])


@pytest.mark.parametrize("lie", ["uphill", "barely", "noise", "kink", "nan far away"])
def test_failing_line_search(lie):
    """Gradients that are not of the loss: the search cannot find what it looks for."""

    def loss(w):
        straight = w.square().sum()
        if lie == "uphill":  # the value rises where the gradient falls
            return straight.detach() * 2 - straight
        if lie == "barely":  # it falls, by a millionth of what the gradient promises
            return straight - straight.detach() * (1 - 1e-6)
        if lie == "noise":
            return straight + torch.sin(1e9 * w.detach()).sum()
        if lie == "kink":
            return straight + 100 * (w - 0.3).abs().sum()
        return straight if straight < 5 else straight * math.nan

    start = [generator(3)(4)]
    for allowed in (None, 3, 60):
        options = {"line_search_fn": "strong_wolfe", "max_eval": allowed, "tolerance_change": -1}
        ours, mine = run(LBFGS, start, loss, 3, lr=10, **options)
        theirs, framework = run(FRAMEWORK, start, loss, 3, lr=10, **options)
        same(ours, theirs)
        same_state(mine, framework)


def test_move_below_tolerance_ends_a_call_though_the_loss_still_falls():
    start, steep = [torch.tensor([3e-7, 1e-7], dtype=torch.float64)], lambda w: 1e14 * (w @ w)
    for kind in (LBFGS, FRAMEWORK):
        path, optimizer = run(kind, start, steep, 1, lr=1e-10)
        assert state_of(optimizer)["n_iter"] == 1
        assert steep(optimizer.param_groups[0]["params"][0]) < path[0, 2] - 1e-3


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("there", ["ours first", "theirs first"])
@pytest.mark.parametrize("copied", [False, True])
def test_state_moves_both_ways(search, there, copied):
    """After some calls the other class takes over from a checkpoint, in a file or not."""
    start, loss = rosenbrock(4)
    options = {"line_search_fn": search, "history_size": 4, "max_iter": 3, "lr": 0.1}
    options |= {"tolerance_change": -1, "tolerance_grad": 0}
    first, second = (LBFGS, FRAMEWORK) if there == "ours first" else (FRAMEWORK, LBFGS)
    for before in (0, 1, 4):
        expected, _ = run(FRAMEWORK, start, loss, before + 5, **options)
        if before:
            _, one = run(first, start, loss, before, **options)
        else:
            one = first([p.clone().requires_grad_() for p in start], **options)
        weights = one.param_groups[0]["params"]
        other = second([p.detach().clone().requires_grad_() for p in weights])
        checkpoint = one.state_dict()
        if copied:
            buffer = io.BytesIO()
            torch.save(checkpoint, buffer)
            buffer.seek(0)
            checkpoint = torch.load(buffer)
        other.load_state_dict(checkpoint)
        assert other.state_dict()["param_groups"] == one.state_dict()["param_groups"]
        closure = closure_of(other, loss)
        for row in expected[before:]:
            returned = other.step(closure).detach()
            got = flatten([*(p.detach() for p in other.param_groups[0]["params"]), returned])
            same(got, row)


@pytest.mark.parametrize("search", SEARCHES)
def test_complex_parameters_equal_the_framework(search):
    normal = generator(6)
    target = torch.complex(normal(3, 2), normal(3, 2))
    start = [torch.complex(normal(3, 2), normal(3, 2)), normal(4)]

    def loss(z, w):
        return ((z - target) ** 2 + w.sum()).abs().square().sum() + (w**4).sum()

    results = []
    for kind in (LBFGS, FRAMEWORK):
        parameters = [p.clone().requires_grad_() for p in start]
        optimizer = kind(parameters, line_search_fn=search, lr=0.1)
        path = [optimizer.step(closure_of(optimizer, loss)).item() for _ in range(5)]
        path += [torch.view_as_real(parameters[0].detach()), parameters[1].detach()]
        results.append((path, optimizer))
    for ours, theirs in zip(results[0][0], results[1][0], strict=True):
        same(ours, theirs)
    same_state(results[0][1], results[1][1])
    assert state_of(results[0][1])["d"].numel() == 2 * 6 + 4
    assert results[0][0][4] < results[0][0][0]


@pytest.mark.parametrize("search", SEARCHES)
def test_missing_and_sparse_gradients(search):
    weights = generator(7)(5, 3)
    index = torch.tensor([0, 2, 2])
    results = []
    for kind in (LBFGS, FRAMEWORK):
        table, unused = weights.clone().requires_grad_(), torch.ones(2, requires_grad=True)
        optimizer = kind([unused, table], line_search_fn=search, max_iter=5)

        def closure(optimizer=optimizer, table=table):
            optimizer.zero_grad()
            loss = (functional.embedding(index, table, sparse=True) ** 2).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        optimizer.step(closure)
        assert unused.tolist() == [1, 1]
        assert torch.equal(table[1], weights[1])
        results.append(table.detach())
    same(results[0], results[1])


def test_weights_that_are_not_contiguous():
    """The framework refuses their gradients; ours counts entries in the order of their shape."""
    weights, loss = generator(8)(3, 4), lambda w: (w - 1).square().sum() ** 2
    ours = weights.T.clone(memory_format=torch.preserve_format).requires_grad_()
    assert not ours.is_contiguous()
    theirs = weights.T.contiguous().requires_grad_()
    for parameter, kind in [(ours, LBFGS), (theirs, FRAMEWORK)]:
        optimizer = kind([parameter])
        optimizer.step(closure_of(optimizer, loss))
    same(ours, theirs)


def test_state_holds_the_frameworks_keys():
    start, loss = rosenbrock(0)
    _, optimizer = run(LBFGS, start, loss, 2, history_size=3)
    state = state_of(optimizer)
    assert set(state) == KEYS
    assert len(optimizer.state) == 1
    assert len(state["al"]) == len(state["old_dirs"]) == 3
    assert [len(state[key]) for key in ("old_stps", "ro")] == [3, 3]


def test_what_only_a_step_can_refuse():
    weights = [torch.zeros(2, requires_grad=True)]
    for kind in (LBFGS, FRAMEWORK):
        optimizer = kind(weights, line_search_fn="armijo")
        with pytest.raises(RuntimeError, match="strong_wolfe"):
            optimizer.step(closure_of(optimizer, lambda w: (w - 1).square().sum()))
    optimizer = LBFGS(weights)
    optimizer.add_param_group({"params": [torch.zeros(1, requires_grad=True)]})
    with pytest.raises(ValueError, match="too many values"):
        optimizer.step(closure_of(optimizer, lambda w: (w - 1).square().sum()))


def test_error_in_the_closure_comes_through():
    for kind in (LBFGS, FRAMEWORK):
        optimizer = kind([torch.ones(2, requires_grad=True)])

        def closure(optimizer=optimizer):
            raise ArithmeticError("mine")

        with pytest.raises(ArithmeticError, match="mine"):
            optimizer.step(closure)


@pytest.mark.parametrize("search", SEARCHES)
def test_returns_the_first_loss_with_gradients_on_and_rests_at_the_minimum(search):
    w = torch.ones(3, dtype=torch.float64, requires_grad=True)
    optimizer = LBFGS([w], line_search_fn=search)
    closure = closure_of(optimizer, lambda w: w.square().sum())
    with torch.no_grad():
        first = optimizer.step(closure)
    assert first == 3
    assert first.requires_grad
    assert w.detach().abs().max() < 1e-7
    before, calls = w.detach().clone(), closure.calls
    optimizer.step(closure)
    assert torch.equal(w.detach(), before)
    assert closure.calls == calls + 1


@pytest.mark.parametrize("search", SEARCHES)
def test_copy_goes_on_where_the_original_stands(search):
    start, loss = rosenbrock(9)
    _, optimizer = run(LBFGS, start, loss, 2, line_search_fn=search)
    other = copy.deepcopy(optimizer)
    for each in (optimizer, other):
        each.step(closure_of(each, loss))
    same_state(optimizer, other)


def pairs(seed, size, count):
    """Steps and changes of a random positive definite quadratic."""
    normal = generator(seed)
    A = normal(size, size)
    A = A @ A.T + 0.1 * torch.eye(size)
    steps = [normal(size) for _ in range(count)]
    return steps, [A @ s for s in steps], normal(size)


@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(0, 6), st.floats(0.01, 100))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_two_loops_equal_the_dense_formula(seed, size, count, scale):
    """Nocedal and Wright, equation 6.17, with every matrix written out."""
    steps, changes, vector = pairs(seed, size, count)
    identity = torch.eye(size, dtype=torch.float64)
    inverse = scale * identity
    for s, y in zip(steps, changes, strict=True):
        rho = 1 / y.dot(s)
        left = identity - rho * torch.outer(s, y)
        inverse = left @ inverse @ left.T + rho * torch.outer(s, s)
    rho = [1 / y.dot(s) for s, y in zip(steps, changes, strict=True)]
    before = vector.clone()
    product, weights = two_loop_recursion(vector, steps, changes, rho, scale)
    torch.testing.assert_close(product, inverse @ vector, rtol=1e-7, atol=1e-7)
    assert len(weights) == count
    assert torch.equal(vector, before)
    if count:  # the last change is mapped to the last step
        product, _ = two_loop_recursion(changes[-1], steps, changes, rho, scale)
        torch.testing.assert_close(product, steps[-1], rtol=1e-7, atol=1e-7)


@given(st.integers(0, 10_000), st.integers(2, 10))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_exact_line_search_ends_a_quadratic_in_as_many_steps_as_weights(seed, size):
    """Nocedal and Wright, theorem 6.4 and section 7.2: with the scale fixed, as BFGS; with N pairs.

    With exact steps the directions are conjugate, so that after N of them nothing is left.
    """
    normal = generator(seed)
    Q, _ = torch.linalg.qr(normal(size, size))
    A = Q @ torch.diag(torch.linspace(1, 20, size, dtype=torch.float64)) @ Q.T
    w, minimum = normal(size), normal(size)
    steps, changes, rho, directions = [], [], [], []
    start = (w - minimum).norm()
    for _ in range(size):
        gradient = A @ (w - minimum)
        direction = -two_loop_recursion(gradient, steps, changes, rho, 1.0)[0]
        length = -gradient.dot(direction) / (direction @ A @ direction)
        steps.append(length * direction)
        changes.append(A @ steps[-1])
        rho.append(1 / changes[-1].dot(steps[-1]))
        directions.append(direction / direction.norm())
        w = w + steps[-1]
        if (w - minimum).norm() <= 1e-9 * start:
            break
    assert (w - minimum).norm() <= 1e-9 * start
    D = torch.stack(directions)
    conjugate = D @ A @ D.T
    assert (conjugate - torch.diag(conjugate.diag())).abs().max() < 1e-6


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("search", SEARCHES)
def test_on_a_gpu(search):
    results = []
    for kind in (LBFGS, FRAMEWORK):
        w = torch.full((3,), 2.0, device="cuda", requires_grad=True)
        optimizer = kind([w], line_search_fn=search)
        optimizer.step(closure_of(optimizer, lambda w: (w**4 + w**2).sum()))
        results.append(w.detach())
    torch.testing.assert_close(*results)
