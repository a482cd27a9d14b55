"""GoogLeNet against torchvision's, against the paper's table by hand, and what it costs."""

import pytest
import torch
from torch.nn.functional import avg_pool2d, conv2d, linear, local_response_norm, max_pool2d

from deeptricks.architectures import GoogLeNet, layer_costs, multiply_adds, parameters
from deeptricks.architectures.googlenet.googlenet import LEAST
from tests.architectures.googlenet.test_inception import by_hand as inception_by_hand
from tests.architectures.published import torchvision_models

# Table 1 of the paper, rows of the nine modules: output, multiply–adds in millions.
TABLE = {
    "3a": (256, 28, 128), "3b": (480, 28, 304), "4a": (512, 14, 73), "4b": (512, 14, 88),
    "4c": (512, 14, 100), "4d": (528, 14, 119), "4e": (832, 14, 170), "5a": (832, 7, None),
    "5b": (1024, 7, 71),
}  # fmt: skip


def on_meta(**kwargs):
    with torch.device("meta"):
        return GoogLeNet(init_weights=False, **kwargs)


@pytest.mark.parametrize(
    ("form", "heads", "count"),
    [
        ("torchvision", False, 6_624_904),
        ("torchvision", True, 13_004_888),
        ("paper", False, 6_998_552),
        ("paper", True, 13_378_280),
    ],
)
def test_parameters(form, heads, count):
    assert parameters(on_meta(form=form, aux_logits=heads)) == count


@pytest.mark.parametrize(
    ("form", "count"), [("torchvision", 1_498_376_192), ("paper", 1_582_671_872)]
)
def test_multiply_adds(form, count):
    model = on_meta(form=form)
    assert multiply_adds(model, (3, 224, 224)) == count
    heads = multiply_adds(model.aux1, (512, 14, 14)) + multiply_adds(model.aux2, (528, 14, 14))
    assert heads == 8_372_224


def test_the_papers_table():
    costs = layer_costs(on_meta(form="paper"), (3, 224, 224))
    for name, (channels, side, millions) in TABLE.items():
        rows = [c for c in costs if c.name.startswith(f"inception{name}.") and c.kind == "Conv2d"]
        last = [c for c in rows if not c.name.endswith(("branch2.0.conv", "branch3.0.conv"))]
        assert sum(c.output_shape[0] for c in last) == channels
        assert {c.output_shape[1:] for c in rows} == {(side, side)}
        spent = sum(c.multiply_adds for c in rows)
        assert millions is None or abs(spent / 1e6 - millions) < 1, name


@pytest.mark.parametrize("heads", [True, False])
def test_names_and_shapes_of_torchvision(heads):
    with torch.device("meta"):
        theirs = torchvision_models().GoogLeNet(aux_logits=heads, init_weights=False)
    shapes = [
        [(k, v.shape) for k, v in m.state_dict().items()]
        for m in (on_meta(aux_logits=heads), theirs)
    ]
    assert shapes[0] == shapes[1]


@pytest.fixture(scope="module")
def pair():
    """Ours and torchvision's with the same random weights, no dropout, double precision."""
    torch.manual_seed(0)
    quiet = {"num_classes": 3, "dropout": 0.0, "dropout_aux": 0.0, "transform_input": True}
    theirs = torchvision_models().GoogLeNet(**quiet, init_weights=False).double()
    ours = GoogLeNet(**quiet, init_weights=False).double()
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


def test_training_equals_torchvision(pair):
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(2, 3, 71, 64, generator=draw, dtype=torch.float64)
    inputs = [x.clone().requires_grad_() for _ in pair]
    outputs = [model.train()(i) for model, i in zip(pair, inputs, strict=True)]
    assert outputs[0]._fields == outputs[1]._fields
    for name in outputs[0]._fields:
        torch.testing.assert_close(
            getattr(outputs[0], name), getattr(outputs[1], name), rtol=0, atol=1e-10
        )
    for out in outputs:
        (out.logits.square().sum() + 0.3 * out[1].square().sum() + out[2].sum()).backward()
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad, rtol=1e-8, atol=1e-10)
    for (name, p), q in zip(pair[0].named_parameters(), pair[1].parameters(), strict=True):
        scale = q.grad.abs().max().item()
        assert (p.grad - q.grad).abs().max().item() <= 1e-9 * scale + 1e-12, name
    for p, q in zip(pair[0].buffers(), pair[1].buffers(), strict=True):
        torch.testing.assert_close(p, q, rtol=0, atol=1e-12)


def test_evaluation_equals_torchvision(pair):
    x = torch.randn(1, 3, 65, 80, dtype=torch.float64)
    with torch.no_grad():
        ours, theirs = (model.eval()(x) for model in pair)
    assert isinstance(ours, torch.Tensor)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def table_by_hand(x, w):
    """The rows of table 1 from top to bottom, the heads beside them; no module is called."""

    def block(x, name, stride=1, padding=0):
        weight, bias = w[f"{name}.conv.weight"], w[f"{name}.conv.bias"]
        return conv2d(x, weight, bias, stride, padding).clamp(min=0)

    def module(x, name):
        start = f"inception{name}."
        return inception_by_hand(x, {k[len(start) :]: v for k, v in w.items()
                                     if k.startswith(start)}, 5)  # fmt: skip

    def halve(x):
        return max_pool2d(x, 3, 2, ceil_mode=True)

    def head(x, name):
        x = block(avg_pool2d(x, 5, 3), f"{name}.conv").flatten(1)
        x = linear(x, w[f"{name}.fc1.weight"], w[f"{name}.fc1.bias"]).clamp(min=0)
        return linear(x, w[f"{name}.fc2.weight"], w[f"{name}.fc2.bias"])

    x = local_response_norm(halve(block(x, "conv1", 2, 3)), 5, 1e-4, 0.75, 1.0)
    x = local_response_norm(block(block(x, "conv2"), "conv3", 1, 1), 5, 1e-4, 0.75, 1.0)
    x = module(module(halve(x), "3a"), "3b")
    fourth = x = module(halve(x), "4a")
    for name in ("4b", "4c", "4d"):
        x = module(x, name)
    seventh = x
    x = halve(module(x, "4e"))
    x = module(module(x, "5a"), "5b").mean((2, 3))
    return linear(x, w["fc.weight"], w["fc.bias"]), head(seventh, "aux2"), head(fourth, "aux1")


def test_the_papers_form_by_hand():
    torch.manual_seed(2)
    model = GoogLeNet(3, form="paper", dropout=0.0, dropout_aux=0.0)
    x = torch.randn(1, 3, 224, 224) * 50  # where local response norm does something
    with torch.no_grad():
        outputs = model(x)
        expected = table_by_hand(x, model.state_dict())
    for ours, theirs in zip(outputs, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_without_heads_training_gives_plain_logits():
    model = on_meta(aux_logits=False, num_classes=4)
    assert model.train()(torch.zeros(2, 3, 32, 32, device="meta")).shape == (2, 4)


def test_weights_as_they_start():
    torch.manual_seed(0)
    model = GoogLeNet(10, aux_logits=False)
    assert abs(model.inception3a.branch2[1].conv.weight.std().item() / 0.01 - 1) < 0.02
    assert (model.conv1.bn.weight == 1).all()
    model = GoogLeNet(10, form="paper")
    weight = model.inception3a.branch2[1].conv.weight
    assert weight.abs().max() <= (3 / (96 * 9)) ** 0.5
    assert abs(weight.var().item() * 96 * 9 - 1) < 0.02
    assert (model.conv1.conv.bias == 0.2).all()
    assert (model.aux1.fc1.bias == 0.2).all()
    assert not model.fc.bias.any()
    assert not model.aux1.fc2.bias.any()


@pytest.mark.parametrize("form", LEAST)
def test_the_least_image(form):
    """One pixel fewer is refused, since torch itself could not run it."""
    model, least = on_meta(form=form).eval(), LEAST[form]
    assert model(torch.zeros(0, 3, least, least, device="meta")).shape == (0, 1000)
    small = torch.zeros(1, 3, least, least - 1, device="meta")
    with pytest.raises(ValueError, match=f"at least {least} × {least} pixels"):
        model(small)


def test_refuses():
    with pytest.raises(ValueError, match="form must be one of torchvision, paper, got 'caffe'"):
        on_meta(form="caffe")
    with pytest.raises(ValueError, match="num_classes must be"):
        on_meta(num_classes=0)
    with pytest.raises(ValueError, match="dropout_aux must be in"):
        on_meta(dropout_aux=1.5)
