import torch

from deeptricks.practice.debugging.reference import told


def numbers(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def test_a_linear_answer_is_told_by_both():
    x = numbers(600, 5)
    linear, nonlinear = told(x, x[:, :1] - x[:, 1:2])
    assert linear > 0.99
    assert nonlinear > 0.9


def test_a_product_is_told_by_the_nonlinear_one_only():
    x = numbers(900, 4)
    linear, nonlinear = told(x, x[:, :1] * x[:, 1:2])
    assert linear < 0.05
    assert nonlinear > 0.5


def test_nothing_is_told_of_noise():
    assert max(told(numbers(600, 5), numbers(600, 1, seed=1))) < 0.05
