"""Curvature products: equal to the matrices by autograd's own hand, and to what theory says."""

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from deeptricks.optimization import (
    conjugate_gradient,
    gauss_newton_matrix,
    gauss_newton_vector_product,
    hessian,
    hessian_vector_product,
    jacobian_vector_product,
)
from deeptricks.optimization.second_order.flat_vector import (
    flatten,
    rows_of,
    unflatten,
    unit_vectors,
)

CLASSES, SAMPLES = 3, 7
LOSSES = {
    "least squares": lambda outputs: (outputs - targets()[0]).square().mean(),
    "cross entropy": lambda outputs: functional.cross_entropy(outputs, targets()[1]),
}


def targets():
    generator = torch.Generator().manual_seed(99)
    numbers = torch.randn(SAMPLES, CLASSES, generator=generator, dtype=torch.float64)
    return numbers, torch.randint(0, CLASSES, (SAMPLES,), generator=generator)


def small_net(seed=0, layers=(4, 5, CLASSES), activation=torch.tanh):
    """(parameters of odd shapes, the function from them to the outputs)."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    x = normal(SAMPLES, layers[0])
    parameters = []
    for fan_in, fan_out in itertools.pairwise(layers):
        parameters += [normal(fan_out, fan_in).requires_grad_(), normal(fan_out).requires_grad_()]

    def outputs(*parameters):
        h = x
        for weight, bias in zip(parameters[::2], parameters[1::2], strict=True):
            h = (h if h is x else activation(h)) @ weight.T + bias
        return h

    return parameters, outputs


def random_vector(parameters, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in parameters]


def exact_hessian(outputs, loss, parameters):
    flat = flatten([p.detach() for p in parameters])
    of_flat = lambda w: loss(outputs(*unflatten(w, parameters)))  # noqa: E731
    return torch.autograd.functional.hessian(of_flat, flat)


def exact_gauss_newton(outputs, loss, parameters):
    """JᵀH_L J from the two matrices, each formed by torch.autograd.functional."""
    flat = flatten([p.detach() for p in parameters])
    of_flat = lambda w: outputs(*unflatten(w, parameters)).flatten()  # noqa: E731
    J = torch.autograd.functional.jacobian(of_flat, flat)
    of_outputs = lambda z: loss(z.reshape(SAMPLES, CLASSES))  # noqa: E731
    return J.T @ torch.autograd.functional.hessian(of_outputs, of_flat(flat)) @ J


def same(ours, expected):
    torch.testing.assert_close(ours, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("layers", [(4, 5, CLASSES), (2, CLASSES), (3, 4, 2, CLASSES)])
def test_products_equal_the_matrices(name, layers):
    parameters, outputs = small_net(layers=layers)
    vector = random_vector(parameters)
    out = outputs(*parameters)
    loss = LOSSES[name](out)
    H = exact_hessian(outputs, LOSSES[name], parameters)
    G = exact_gauss_newton(outputs, LOSSES[name], parameters)
    product = hessian_vector_product(loss, parameters, vector)
    same(flatten(product), H @ flatten(vector))
    assert [p.shape for p in product] == [p.shape for p in parameters]
    assert not any(p.requires_grad for p in product)
    product = gauss_newton_vector_product(out, loss, parameters, vector)
    same(flatten(product), G @ flatten(vector))
    assert [p.shape for p in product] == [p.shape for p in parameters]
    assert not any(p.requires_grad for p in product)
    same(hessian(loss, parameters), H)
    same(gauss_newton_matrix(out, loss, parameters), G)
    assert all(p.grad is None for p in parameters)


def test_jacobian_product_is_the_derivative_along_the_vector():
    parameters, outputs = small_net()
    vector = random_vector(parameters)
    _, expected = torch.autograd.functional.jvp(outputs, tuple(parameters), tuple(vector))
    same(jacobian_vector_product(outputs(*parameters), parameters, vector), expected)


@pytest.mark.parametrize("product", ["hessian", "gauss_newton"])
def test_batch_of_vectors_equals_one_after_the_other(product):
    parameters, outputs = small_net()
    out = outputs(*parameters)
    loss = LOSSES["cross entropy"](out)
    vectors = [random_vector(parameters, seed) for seed in range(3)]
    together = [torch.stack(tensors) for tensors in zip(*vectors, strict=True)]

    def multiply(vector, batched):
        if product == "hessian":
            return hessian_vector_product(loss, parameters, vector, batched=batched)
        return gauss_newton_vector_product(out, loss, parameters, vector, batched=batched)

    expected = [flatten(multiply(vector, False)) for vector in vectors]
    result = multiply(together, True)
    same(rows_of(result), torch.stack(expected))


@given(st.integers(0, 10_000), st.sampled_from(sorted(LOSSES)))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_gauss_newton_never_curves_down_where_the_hessian_does(seed, name):
    parameters, outputs = small_net(seed)
    out = outputs(*parameters)
    loss = LOSSES[name](out)
    vector = random_vector(parameters, seed + 1)
    product = gauss_newton_vector_product(out, loss, parameters, vector)
    assert flatten(vector).dot(flatten(product)) >= -1e-12
    assert torch.linalg.eigvalsh(gauss_newton_matrix(out, loss, parameters))[0] > -1e-12
    lowest = torch.linalg.eigvalsh(hessian(loss, parameters))[0]
    assert lowest < -1e-4  # the two matrices are not the same thing


@pytest.mark.parametrize("name", LOSSES)
def test_linear_outputs_make_both_products_one(name):
    parameters, outputs = small_net(layers=(4, CLASSES))
    vector = random_vector(parameters)
    out = outputs(*parameters)
    loss = LOSSES[name](out)
    ours = gauss_newton_vector_product(out, loss, parameters, vector)
    same(flatten(ours), flatten(hessian_vector_product(loss, parameters, vector)))


def test_zero_residuals_make_both_products_one():
    parameters, outputs = small_net()
    vector = random_vector(parameters)
    out = outputs(*parameters)
    loss = (out - out.detach()).square().sum()
    ours = gauss_newton_vector_product(out, loss, parameters, vector)
    same(flatten(ours), flatten(hessian_vector_product(loss, parameters, vector)))


def test_straight_lines_do_not_curve():
    w, unused = (torch.ones(2, 3, dtype=torch.float64, requires_grad=True) for _ in range(2))
    vector = [torch.ones(2, 3, dtype=torch.float64)] * 2
    many = [torch.ones(4, 2, 3, dtype=torch.float64)] * 2
    loss = 3 * w.sum()
    assert flatten(hessian_vector_product(loss, [w, unused], vector)).tolist() == [0] * 12
    out = 2 * w
    loss = out.sum()
    product = gauss_newton_vector_product(out, loss, [w, unused], vector)
    assert flatten(product).tolist() == [0] * 12
    batch = hessian_vector_product(loss, [w, unused], many, batched=True)
    assert [tensor.shape for tensor in batch] == [(4, 2, 3)] * 2
    loss = w.square().sum()
    product = hessian_vector_product(loss, [w, unused], vector)
    assert flatten(product).tolist() == [2] * 6 + [0] * 6


def test_linear_only_in_some_parameters():
    w = torch.tensor([2.0], requires_grad=True)
    b = torch.tensor([5.0], requires_grad=True)
    loss = (w**3).sum() + b.sum()
    product = hessian_vector_product(loss, [w, b], [torch.ones(1), torch.ones(1)])
    assert [p.item() for p in product] == [12.0, 0.0]
    assert hessian(loss, [w, b]).tolist() == [[12.0, 0.0], [0.0, 0.0]]


def test_parameters_without_dimensions():
    a, b = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (2.0, 3.0))
    loss = a**2 * b
    assert hessian(loss, [a, b]).tolist() == [[6.0, 4.0], [4.0, 0.0]]
    one = torch.tensor(1.0, dtype=torch.float64)
    assert [p.item() for p in hessian_vector_product(loss, [a, b], [one, one])] == [10.0, 4.0]
    outputs = torch.stack([a * b, a])
    G = gauss_newton_matrix(outputs, outputs.square().sum() / 2, [a, b])  # JᵀJ
    assert G.tolist() == [[10.0, 6.0], [6.0, 4.0]]


def test_generators_and_float32():
    net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2))
    out = net(torch.ones(5, 4))
    loss = out.square().mean()
    vector = [torch.ones_like(p) for p in net.parameters()]
    product = hessian_vector_product(loss, net.parameters(), iter(vector))
    assert [p.dtype for p in product] == [torch.float32] * 4
    listed = hessian_vector_product(loss, list(net.parameters()), vector)
    torch.testing.assert_close(product, listed)


def test_bad_input():
    parameters, outputs = small_net()
    vector = random_vector(parameters)
    out = outputs(*parameters)
    loss = LOSSES["least squares"](out)
    with pytest.raises(ValueError, match=r"loss must be a scalar .* got shape \(7, 3\)"):
        hessian_vector_product(out, parameters, vector)
    with pytest.raises(ValueError, match="requires_grad=False"):
        hessian_vector_product(loss.detach(), parameters, vector)
    with pytest.raises(ValueError, match="vector must have the shapes of parameters"):
        hessian_vector_product(loss, parameters, vector[:-1])
    with pytest.raises(ValueError, match="vector must have the shapes of parameters"):
        gauss_newton_vector_product(out, loss, parameters, vector[::-1])
    with pytest.raises(ValueError, match="vector must have the shapes of parameters"):
        hessian_vector_product(loss, parameters, vector, batched=True)
    for arguments in [(parameters[0], vector), (parameters, vector[0])]:
        with pytest.raises(TypeError, match="must be a sequence of tensors"):
            hessian_vector_product(loss, *arguments)
    with pytest.raises(ValueError, match="loss must be computed from outputs"):
        gauss_newton_vector_product(outputs(*parameters), loss, parameters, vector)


def test_unit_vectors_are_the_identity():
    like = [torch.zeros(2, 3), torch.zeros(()), torch.zeros(4)]
    units = unit_vectors(like)
    assert [u.shape for u in units] == [(11, 2, 3), (11,), (11, 4)]
    assert torch.equal(rows_of(units), torch.eye(11))
    numbers = torch.arange(11.0)
    assert torch.equal(flatten(unflatten(numbers, like)), numbers)


def system(seed, size=6, condition=100.0):
    """A symmetric positive definite matrix with eigenvalues 1 … condition, and a right side."""
    generator = torch.Generator().manual_seed(seed)
    Q, _ = torch.linalg.qr(torch.randn(size, size, generator=generator, dtype=torch.float64))
    A = Q @ torch.diag(torch.linspace(1, condition, size, dtype=torch.float64)) @ Q.T
    b = torch.randn(size, generator=generator, dtype=torch.float64)
    return A, [b[:4].reshape(2, 2), b[4:]]


@given(st.integers(0, 10_000), st.floats(0, 10))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_conjugate_gradient_solves_in_as_many_steps_as_entries(seed, damping):
    A, right_side = system(seed)
    product = lambda v: unflatten(A @ flatten(v), right_side)  # noqa: E731
    solution = conjugate_gradient(product, right_side, tolerance=0.0, damping=damping)
    assert [s.shape for s in solution] == [(2, 2), (2,)]
    expected = torch.linalg.solve(A + damping * torch.eye(6), flatten(right_side))
    torch.testing.assert_close(flatten(solution), expected, rtol=1e-7, atol=1e-9)


def test_each_step_is_the_best_in_its_krylov_space():
    A, right_side = system(0)
    b = flatten(right_side)
    product = lambda v: unflatten(A @ flatten(v), right_side)  # noqa: E731
    for steps in range(1, 6):
        x = flatten(conjugate_gradient(product, right_side, steps, tolerance=0.0))
        K, _ = torch.linalg.qr(
            torch.stack([torch.linalg.matrix_power(A, i) @ b for i in range(steps)], 1)
        )
        best = K @ torch.linalg.solve(K.T @ A @ K, K.T @ b)
        torch.testing.assert_close(x, best, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("tolerance", [0.5, 1e-2, 1e-6])
def test_conjugate_gradient_stops_at_the_tolerance_and_not_before(tolerance):
    A, right_side = system(3, size=40)
    b, products = flatten(right_side), []

    def product(v):
        products.append(v)
        return unflatten(A @ flatten(v), right_side)

    def residual(x):
        return (b - A @ flatten(x)).norm() / b.norm()

    assert residual(conjugate_gradient(product, right_side, 50, tolerance)) <= tolerance
    used = len(products)
    assert used < 50
    if used > 1:
        shorter = conjugate_gradient(product, right_side, used - 1, tolerance)
        assert residual(shorter) > tolerance


def test_conjugate_gradient_of_nothing_and_of_bad_input():
    zero = [torch.zeros(3)]
    assert conjugate_gradient(lambda v: v, zero)[0].tolist() == [0, 0, 0]
    one = [torch.ones(3)]
    with pytest.raises(
        ValueError, match=r"must be positive definite.* curvature is -2: raise damping"
    ):
        conjugate_gradient(lambda v: [-2 * v[0]], one)
    assert conjugate_gradient(lambda v: [-2 * v[0]], one, damping=3.0)[0].tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="must be positive definite"):
        conjugate_gradient(lambda v: [v[0] * torch.nan], one)
    with pytest.raises(ValueError, match="must be positive definite"):
        conjugate_gradient(lambda v: [0 * v[0]], one)
    with pytest.raises(ValueError, match="steps must be a whole number of at least 1, got 0"):
        conjugate_gradient(lambda v: v, one, steps=0)
    for name in ("tolerance", "damping"):
        for wrong in (-1.0, float("nan")):
            with pytest.raises(ValueError, match=f"{name} must be a finite number of at least 0"):
                conjugate_gradient(lambda v: v, one, **{name: wrong})
