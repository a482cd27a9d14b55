import pytest

from deeptricks.practice.debugging.probe_loop import first_steps

from .patients import with_step
from .ready import said


def step_with(sign):
    def change(model, optimizer, loss):
        def step(x, y):
            optimizer.zero_grad()
            value = loss(model(x), y)
            (sign * value).backward()
            optimizer.step()
            return value.item()

        return step

    return change


@pytest.mark.parametrize(("sign", "codes"), [(1, []), (-1, ["loss.sign"])])
def test_a_step_that_climbs_the_loss_handed_over(sign, codes):
    assert said(first_steps, with_step(step_with(sign))) == codes
