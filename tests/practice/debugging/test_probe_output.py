import pytest
import torch
from torch.nn import functional

from deeptricks.practice.debugging.probe_output import check_activations, check_label_range

from .patients import cut, network, rows, well
from .ready import said

X, Y = rows()


@pytest.mark.parametrize("bias", [0.5, -2.0])
@pytest.mark.parametrize(("high", "codes"), [(255, ["data.label_range"]), (1, [])])
def test_masks_of_0_and_255_wherever_the_outputs_lie_at_the_start(high, codes, bias):
    model = network(8, 1)
    with torch.no_grad():
        model[2].weight.mul_(0.01)
        model[2].bias.fill_(bias)
    y = high * (Y > 1).float()[:, None]
    loss = functional.binary_cross_entropy_with_logits
    assert said(check_label_range, well(model, batches=cut(X, y), loss=loss)) == codes


def of_shares(output, y):
    return functional.nll_loss(output.softmax(1), y)


@pytest.mark.parametrize(
    ("loss", "codes"),
    [(of_shares, ["loss.activation_missing"]), (functional.cross_entropy, [])],
)
def test_a_probability_whose_logarithm_was_forgotten(loss, codes):
    assert said(check_activations, well(loss=loss)) == codes
