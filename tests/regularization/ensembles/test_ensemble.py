"""Ensembles: equal to averages by hand and to scikit-learn's, and modules like any other."""

import copy
import io
import itertools
import pickle

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.ensemble import VotingClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import LabelEncoder
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.functional import cross_entropy, nll_loss, one_hot

from deeptricks.regularization import Ensemble
from deeptricks.regularization.ensembles.ensemble import MEANS

EXACT = {"rtol": 0, "atol": 1e-12}


def network(seed, dtype=torch.float64):
    torch.manual_seed(seed)
    parts = nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 4)
    return nn.Sequential(*parts).to(dtype)


def several(count=3, mean="probabilities", dtype=torch.float64):
    return Ensemble([network(seed, dtype) for seed in range(count)], mean).eval()


def inputs(rows=6):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(rows, 3, generator=generator, dtype=torch.float64)


def by_hand(members, x, mean):
    p = np.stack([torch.softmax(member(x), dim=1).detach().numpy() for member in members])
    if mean == "probabilities":
        return p.mean(axis=0)
    if mean == "geometric":
        product = p.prod(axis=0) ** (1 / len(p))
        return product / product.sum(axis=1, keepdims=True)
    return np.mean([np.eye(4)[each.argmax(axis=1)] for each in p], axis=0)


@pytest.mark.parametrize("mean", MEANS)
def test_mean_by_hand(mean):
    ensemble, x = several(mean=mean), inputs(40)
    answer = ensemble(x).exp().detach()
    np.testing.assert_allclose(answer, by_hand(ensemble, x, mean), rtol=0, atol=1e-12)
    torch.testing.assert_close(answer.sum(dim=1), torch.ones(40, dtype=torch.float64), **EXACT)
    assert mean in repr(ensemble)


def test_the_three_means_differ():
    x = inputs(200)
    answers = [several(mean=mean)(x).exp() for mean in MEANS]
    for one, other in itertools.combinations(answers, 2):
        assert (one - other).abs().max() > 1e-3


def test_geometric_mean_is_the_softmax_of_the_mean_logits():
    ensemble, x = several(mean="geometric"), inputs()
    logits = torch.stack([member(x) for member in ensemble]).mean(dim=0)
    torch.testing.assert_close(ensemble(x), torch.log_softmax(logits, dim=1), **EXACT)


@pytest.mark.parametrize("mean", MEANS)
def test_one_member_is_itself(mean):
    member, x = network(0).eval(), inputs()
    expected = torch.log_softmax(member(x), dim=1)
    if mean == "votes":
        expected = one_hot(expected.argmax(dim=1), 4).double().log()
    torch.testing.assert_close(Ensemble([member], mean)(x), expected, **EXACT)


@pytest.mark.parametrize("mean", ["probabilities", "geometric"])
def test_members_all_alike_are_one(mean):
    member, x = network(0).eval(), inputs()
    both = Ensemble([member, copy.deepcopy(member)], mean)(x)
    torch.testing.assert_close(both, torch.log_softmax(member(x), dim=1), **EXACT)


@pytest.mark.parametrize("mean", MEANS)
def test_losses_take_its_outputs_as_logits(mean):
    ensemble, x = several(mean=mean), inputs()
    y = ensemble(x).argmax(dim=1)
    answer = ensemble(x)
    torch.testing.assert_close(cross_entropy(answer, y), nll_loss(answer, y), **EXACT)
    own = -answer.gather(1, y[:, None]).mean()
    torch.testing.assert_close(nll_loss(answer, y), own, **EXACT)


def as_network(classifier):
    """The same perceptron in torch."""
    layers = []
    for weight, bias in zip(classifier.coefs_, classifier.intercepts_, strict=True):
        linear = nn.Linear(*weight.shape, dtype=torch.float64)
        linear.weight.data, linear.bias.data = torch.tensor(weight.T), torch.tensor(bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


@pytest.fixture(scope="module")
def fitted():
    X, y = load_digits(return_X_y=True)
    X, y = X / 16, y
    kinds = {"hidden_layer_sizes": (8,), "max_iter": 8}
    names = [(str(i), MLPClassifier(random_state=i, **kinds)) for i in range(4)]
    for _, each in names:
        each.max_iter = 8
        with pytest.warns(UserWarning, match="Maximum iterations"):
            each.fit(X[:300], y[:300])
    return names, X, y


@pytest.mark.parametrize(("mean", "voting"), [("probabilities", "soft"), ("votes", "hard")])
def test_equal_to_scikit_learn(fitted, mean, voting):
    names, X, y = fitted
    theirs = VotingClassifier(names, voting=voting)
    theirs.estimators_ = [each for _, each in names]
    theirs.le_ = LabelEncoder().fit(y)
    theirs.classes_ = theirs.le_.classes_
    ours = Ensemble([as_network(each) for _, each in names], mean)(torch.tensor(X)).detach()
    np.testing.assert_array_equal(ours.argmax(dim=1), theirs.predict(X))  # ties too
    if mean == "probabilities":
        np.testing.assert_allclose(ours.exp(), theirs.predict_proba(X), rtol=0, atol=1e-12)
    else:
        top = ours.topk(2, dim=1).values
        assert (top[:, 0] == top[:, 1]).sum() > 10  # there were ties


def test_equal_to_stacked_networks_of_the_framework():
    ensemble, x = several(), inputs()
    state = stack_module_state(list(ensemble))
    base = network(0).eval()
    logits = vmap(lambda s, b: functional_call(base, (s, b), (x,)))(*state)
    mean = torch.softmax(logits, dim=2).mean(dim=0)
    torch.testing.assert_close(ensemble(x).exp(), mean, **EXACT)


@pytest.mark.parametrize("mean", ["probabilities", "geometric"])
def test_gradients(mean):
    ensemble, x = several(mean=mean), inputs(2).requires_grad_()
    assert torch.autograd.gradcheck(ensemble, (x,))
    loss = cross_entropy(ensemble(x), torch.tensor([0, 3]))
    loss.backward()
    assert all((p.grad != 0).any() for p in ensemble.parameters() if p.dim() > 1)


def test_gradient_of_the_mean_log_loss_is_that_of_the_members():
    """Of the geometric mean the logits get 1/K of g − y: each member the same, not its own."""
    logits = torch.randn(3, 2, 4, dtype=torch.float64, requires_grad=True)
    y = torch.tensor([0, 3])
    log_g = MEANS["geometric"](torch.log_softmax(logits, dim=2))
    nll_loss(log_g, y, reduction="sum").backward()
    expected = (log_g.exp().detach() - one_hot(y, 4)) / 3
    torch.testing.assert_close(logits.grad, expected.expand(3, -1, -1), **EXACT)


def test_tiny_probabilities_stay_finite():
    class Sure(nn.Module):
        def __init__(self, way):
            super().__init__()
            self.way = way

        def forward(self, x):
            return self.way * torch.tensor([[0.0, 2000.0]]).expand(len(x), -1)

    for mean in ("probabilities", "geometric"):
        answer = Ensemble([Sure(1.0), Sure(-1.0)], mean)(torch.zeros(3, 1))
        torch.testing.assert_close(answer.exp(), torch.full((3, 2), 0.5))
        alike = Ensemble([Sure(1.0), Sure(1.0)], mean)(torch.zeros(3, 1))
        torch.testing.assert_close(alike, torch.tensor([[-2000.0, 0.0]]).expand(3, -1))


def test_state_dict_both_ways():
    ensemble, other = several(), several().double()
    for p in other.parameters():
        p.data.zero_()
    other.load_state_dict(ensemble.state_dict())
    x = inputs()
    torch.testing.assert_close(other(x), ensemble(x), rtol=0, atol=0)
    keys = [f"members.{i}.{key}" for i in range(3) for key in network(0).state_dict()]
    assert list(ensemble.state_dict()) == keys
    alone = network(7)
    prefix = "members.1."
    state = ensemble.state_dict().items()
    alone.load_state_dict({k.removeprefix(prefix): v for k, v in state if k.startswith(prefix)})
    torch.testing.assert_close(alone.eval()(x), ensemble.members[1](x), rtol=0, atol=0)


def test_members_are_held_not_copied():
    members = [network(0), network(1)]
    ensemble = Ensemble(iter(members))
    assert list(ensemble) == members
    assert len(ensemble) == 2
    apart = copy.deepcopy(ensemble)
    with torch.no_grad():
        members[0][4].weight[0] += 1
    x = inputs()
    ensemble.eval(), apart.eval()
    assert (ensemble(x) - apart(x)).abs().max() > 1e-3
    again = pickle.loads(pickle.dumps(ensemble))
    torch.testing.assert_close(again(x), ensemble(x), rtol=0, atol=0)
    buffer = io.BytesIO()
    torch.save(ensemble.state_dict(), buffer)
    apart.load_state_dict(torch.load(io.BytesIO(buffer.getvalue()), weights_only=True))
    torch.testing.assert_close(apart(x), ensemble(x), rtol=0, atol=0)


def test_mode_reaches_the_members():
    ensemble, x = several(), inputs()
    torch.testing.assert_close(ensemble(x), ensemble(x), rtol=0, atol=0)
    ensemble.train()
    assert all(module.training for module in ensemble.modules())
    assert (ensemble(x) - ensemble(x)).abs().max() > 1e-3  # dropout
    assert all(member[1].num_batches_tracked == 2 for member in ensemble)


def test_first_members():
    ensemble, x = several(4, "geometric"), inputs()
    ensemble.members[1][3].train()
    few = ensemble.first(2)
    assert few.mean == "geometric"
    assert not few.training
    assert list(few) == list(ensemble)[:2]
    assert few.members[1][3].training  # modes are left alone
    few.eval()
    np.testing.assert_allclose(
        few(x).exp().detach(), by_hand(few, x, "geometric"), rtol=0, atol=1e-12
    )


def test_members_of_other_kinds_and_ensembles_of_ensembles():
    x = inputs()
    wide = nn.Sequential(nn.Linear(3, 40), nn.Tanh(), nn.Linear(40, 4)).double()
    inner = several(2)
    nested = Ensemble([inner, wide])
    expected = (inner(x).exp() + torch.softmax(wide(x), dim=1)) / 2
    torch.testing.assert_close(nested(x).exp(), expected, **EXACT)


def test_maps_of_classes():
    """Outputs (N, C, H, W), as of a segmentation: classes along axis 1."""
    torch.manual_seed(0)
    members = [nn.Conv2d(3, 4, 1) for _ in range(3)]
    x = torch.randn(2, 3, 5, 6)
    for mean in MEANS:
        answer = Ensemble(members, mean)(x)
        assert answer.shape == (2, 4, 5, 6)
        torch.testing.assert_close(answer.exp().sum(dim=1), torch.ones(2, 5, 6))


@pytest.mark.parametrize("mean", MEANS)
def test_odd_inputs(mean):
    ensemble, x = several(mean=mean), inputs()
    assert ensemble(x[:0]).shape == (0, 4)
    sparse = torch.stack([x, x], dim=2)[:, :, 0]
    assert not sparse.is_contiguous()
    torch.testing.assert_close(ensemble(sparse), ensemble(x), **EXACT)
    torch.testing.assert_close(ensemble(x[:1]), ensemble(x)[:1], **EXACT)
    narrow = ensemble.to(torch.bfloat16)(x.to(torch.bfloat16))
    assert narrow.dtype == torch.bfloat16
    assert ensemble.to("meta")(x.to("meta").bfloat16()).device.type == "meta"


def test_under_vmap():
    ensemble, x = several(), torch.stack([inputs(), inputs() + 1])
    for mean in MEANS:
        ensemble.mean = mean
        torch.testing.assert_close(vmap(ensemble)(x)[1], ensemble(x[1]), **EXACT)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu():
    ensemble, x = several(), inputs()
    here = ensemble(x)
    torch.testing.assert_close(ensemble.cuda()(x.cuda()).cpu(), here, **EXACT)


def test_bad_arguments():
    with pytest.raises(ValueError, match="members must hold at least one network, got none"):
        Ensemble([])
    with pytest.raises(TypeError, match=r"members must be of type nn\.Module, got function"):
        Ensemble([lambda x: x])
    with pytest.raises(ValueError, match=r"mean must be one of probabilities, .*, got 'median'"):
        Ensemble([network(0)], "median")
    odd = Ensemble([nn.Linear(3, 4), nn.Linear(3, 5)])
    with pytest.raises(ValueError, match=r"one shape \(N, C, …\), got \[\(2, 4\), \(2, 5\)\]"):
        odd(torch.zeros(2, 3))
    with pytest.raises(ValueError, match=r"one shape \(N, C, …\), got \[\(4,\)\]"):
        Ensemble([nn.Linear(3, 4)])(torch.zeros(3))
    with pytest.raises(ValueError, match="count must be a whole number of at least 1, got 0"):
        several().first(0)
    with pytest.raises(ValueError, match="count must be at most 3, the members, got 4"):
        several().first(4)
