"""A training loop, stopped at its first step, becomes a set-up that does what the loop does."""

import textwrap

import pytest
import torch

from deeptricks.practice.debugging.interception import until_first_step
from deeptricks.practice.debugging.loop_setup import setup_of_loop
from deeptricks.practice.debugging.loop_source import UnreadableError
from deeptricks.practice.debugging.program import as_module, read_program

HEAD = """
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
X, Y = torch.randn(60, 4), torch.randint(0, 3, (60,))
loader = [(X[i : i + 20], Y[i : i + 20]) for i in range(0, 60, 20)]
net = nn.Linear(4, 3)
criterion = nn.CrossEntropyLoss()
opt = torch.optim.SGD(net.parameters(), lr=0.5)
"""


def caught_in(tmp_path, body, head=HEAD):
    path = tmp_path / "training.py"
    path.write_text(head + textwrap.dedent(body))
    program = read_program(path)
    with as_module(program, "__main__", []) as module:
        return until_first_step(lambda: program.run(module)), module


SCALED = """
class Trainer:
    def __init__(self):
        self.scaler = torch.amp.GradScaler("cpu")
{name} = {made}
for epoch in range(4):
    for x, y in loader:
        opt.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = criterion(net(x), y)
        {scaler}.scale(loss).backward()
        {scaler}.step(opt)
        {scaler}.update()
"""


@pytest.mark.parametrize(
    ("name", "made", "scaler"),
    [("s", 'torch.amp.GradScaler("cpu")', "s"), ("trainer", "Trainer()", "trainer.scaler")],
)
def test_a_scaler_of_mixed_precision_forgets_where_it_was_stopped(tmp_path, name, made, scaler):
    """Else it takes the gradients of the next step, scaled up, for scaled down already."""
    caught, _ = caught_in(tmp_path, SCALED.format(name=name, made=made, scaler=scaler))
    setup, _ = setup_of_loop(caught)
    before = setup["model"].weight.detach().clone()
    x, y = next(iter(setup["batches"]))
    setup["step"](x, y)
    moved = (setup["model"].weight - before).norm()
    assert 0 < moved < 1  # a step along the gradient itself at a rate of 0.5


def test_a_closure_is_named(tmp_path):
    body = """
        opt = torch.optim.LBFGS(net.parameters())
        for epoch in range(4):
            def closure():
                opt.zero_grad()
                loss = criterion(net(X), Y)
                loss.backward()
                return loss
            opt.step(closure)
    """
    caught, _ = caught_in(tmp_path, body)
    with pytest.raises(UnreadableError, match="handed a closure: in a `setup`, give a `step`"):
        setup_of_loop(caught)


def trained(setup, epochs=1):
    """The weights after the set-up's own steps."""
    torch.manual_seed(1)
    for _ in range(epochs):
        for x, y in setup["batches"]:
            setup["step"](x, y)
    return setup["model"].weight.detach().clone()


LOOPS = {
    "plain": """
        for epoch in range(4):
            for x, y in loader:
                opt.zero_grad()
                out = net(x)
                loss = criterion(out, y)
                loss.backward()
                opt.step()
        """,
    "nothing has a name": """
        for epoch in range(4):
            for i, (x, y) in enumerate(loader):
                opt.zero_grad()
                criterion(net(x), y).backward()
                opt.step()
                if i == 0:
                    continue
        """,
    "in a function, prepared batches": """
        def train(model, data, optimizer, epochs):
            for epoch in range(epochs):
                total = 0.0
                for batch in data:
                    inputs, labels = batch[0], batch[1]
                    inputs = inputs.view(-1, 4).to("cpu")
                    optimizer.zero_grad()
                    with torch.enable_grad():
                        logits = model(inputs)
                        loss = F.cross_entropy(logits, labels)
                    total += loss.item()
                    loss.backward()
                    optimizer.step()
                print(total)
        if __name__ == "__main__":
            train(net, loader, opt, 4)
        """,
    "items of dictionaries": """
        data = [{"x": x, "y": y} for x, y in loader]
        for _ in range(4):
            for batch in data:
                opt.zero_grad()
                loss = criterion(net(batch["x"].float()), batch["y"])
                loss.backward()
                opt.step()
        """,
    "a step that is a function": """
        def train_step(x, target):
            opt.zero_grad()
            out = net(x)
            loss = criterion(out, target)
            loss.backward()
            opt.step()
            return loss.item()
        for epoch in range(4):
            total = 0
            for x, y in loader:
                total += train_step(x, y)
        """,
    "a trainer": """
        class Trainer:
            def __init__(self):
                self.model, self.opt = net, opt
            def step(self, batch):
                x, y = batch
                self.opt.zero_grad()
                loss = F.cross_entropy(self.model(x), y)
                loss.backward()
                self.opt.step()
            def fit(self, epochs):
                for _ in range(epochs):
                    for batch in loader:
                        self.step(batch)
        Trainer().fit(4)
        """,
    "batches by hand, while": """
        k = 0
        while k < 12:
            i = 20 * (k % 3)
            k += 1
            xb, yb = X[i : i + 20], Y[i : i + 20]
            loss = criterion(net(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
}


@pytest.mark.parametrize("name", [name for name in LOOPS if name != "batches by hand, while"])
def test_the_step_of_the_loop_is_the_step_of_the_author(tmp_path, name):
    caught, module = caught_in(tmp_path, LOOPS[name])
    start = module.net.weight.detach().clone()
    setup, _ = setup_of_loop(caught)
    assert setup["model"] is module.net
    assert setup["optimizer"] is module.opt
    assert setup["steps"] == 12
    assert torch.equal(module.net.weight, start)
    found = list(setup["batches"])
    assert all(torch.equal(x, a) and torch.equal(y, b)
               for (x, y), (a, b) in zip(found, module.loader, strict=True))  # fmt: skip
    expected = torch.nn.Linear(4, 3)
    expected.load_state_dict(module.net.state_dict())
    optimizer = torch.optim.SGD(expected.parameters(), lr=0.5)
    for x, y in module.loader:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(expected(x), y).backward()
        optimizer.step()
    assert torch.equal(trained(setup), expected.weight)


@pytest.mark.parametrize("name", LOOPS)
def test_the_loss_is_a_function_of_output_and_target(tmp_path, name):
    setup, _ = setup_of_loop(caught_in(tmp_path, LOOPS[name])[0])
    x, y = next(iter(setup["batches"]))
    output = torch.randn(len(x), 3, requires_grad=True)
    loss = setup["loss"](output, y)
    assert torch.equal(loss, torch.nn.functional.cross_entropy(output, y))
    assert not torch.equal(loss, setup["loss"](output, (y + 1) % 3))


def test_a_loop_that_never_clears_its_gradients_still_does_not(tmp_path):
    body = """
        for x, y in loader:
            loss = criterion(net(x), y)
            loss.backward()
            opt.step()
        """
    setup, _ = setup_of_loop(caught_in(tmp_path, body)[0])
    x, y = next(iter(setup["batches"]))
    assert setup["model"].weight.grad is None  # what the program left behind is gone
    setup["step"](x, y)
    first = setup["model"].weight.grad.clone()
    setup["step"](x, y)
    assert setup["model"].weight.grad.norm() > 1.5 * first.norm()


def test_a_loop_without_a_step_is_stopped_at_its_second_backward(tmp_path):
    body = """
        for epoch in range(50):
            for x, y in loader:
                opt.zero_grad()
                loss = criterion(net(x), y)
                loss.backward()
        """
    caught, module = caught_in(tmp_path, body)
    assert caught.how == "backward"
    setup, _ = setup_of_loop(caught)
    assert setup["optimizer"] is module.opt
    start = module.net.weight.detach().clone()
    assert torch.equal(trained(setup), start)


def test_the_target_is_transformed_once(tmp_path):
    body = """
        for x, y in loader:
            out = net(x)
            y = (y + 1) % 3
            loss = criterion(out, y)
            opt.zero_grad(); loss.backward(); opt.step()
        """
    caught, module = caught_in(tmp_path, body)
    setup, _ = setup_of_loop(caught)
    x, y = next(iter(setup["batches"]))
    assert torch.equal(y, (module.loader[0][1] + 1) % 3)
    plain = torch.nn.functional.cross_entropy(module.net(x), y)
    assert torch.equal(setup["loss"](module.net(x), y), plain)
    assert torch.equal(setup["step"](x, y), plain)


def test_the_whole_set_at_once_is_one_batch(tmp_path):
    body = """
        for epoch in range(300):
            opt.zero_grad()
            loss = criterion(net(X), Y)
            loss.backward()
            opt.step()
        """
    setup, _ = setup_of_loop(caught_in(tmp_path, body)[0])
    assert len(setup["batches"]) == 1
    assert len(setup["batches"][0][0]) == 60
    assert setup["steps"] == 300


def test_what_happens_to_the_output_belongs_to_the_loss(tmp_path):
    body = """
        for x, y in loader:
            out = net(x)
            out = out.squeeze() / 2
            penalty = sum(p.pow(2).sum() for p in net.parameters())
            loss = criterion(out, y) + 0.1 * penalty
            opt.zero_grad(); loss.backward(); opt.step()
        """
    setup, _ = setup_of_loop(caught_in(tmp_path, body)[0])
    (x, y), net = next(iter(setup["batches"])), setup["model"]
    with torch.no_grad():
        penalty = net.weight.pow(2).sum() + net.bias.pow(2).sum()
        expected = torch.nn.functional.cross_entropy(net(x) / 2, y) + 0.1 * penalty
    for _ in range(2):  # with a graph of its own each time
        loss = setup["loss"](net(x), y)
        torch.testing.assert_close(loss.detach(), expected)
        loss.backward()


def test_validation_data_go_by_their_names(tmp_path):
    head = HEAD + "val_loader = loader[:1]\n"
    caught, module = caught_in(tmp_path, LOOPS["plain"], head)
    assert setup_of_loop(caught)[0]["val_batches"] is module.val_loader
    assert "val_batches" not in setup_of_loop(caught_in(tmp_path, LOOPS["plain"])[0])[0]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("out = other(net(x)); loss = criterion(out, y)", "several models: net, other"),
        ("out = net(input=x); loss = criterion(out, y)", "not with one input"),
        ("out = net(x); loss = criterion(out, y) + criterion(out, Z)", "several: y, Z"),
        ("out = net(x); loss = out.pow(2).mean()", "has none"),
    ],
)
def test_what_is_not_understood_is_said(tmp_path, line, reason):
    body = f"""
        other = nn.Linear(3, 3)
        for x, y in loader:
            Z = y + 0
            {line}
            opt.zero_grad(); loss.backward(); opt.step()
        """
    caught, _ = caught_in(tmp_path, body)
    with pytest.raises(UnreadableError, match=reason):
        setup_of_loop(caught)


def test_what_the_loop_does_not_use_is_left_out(tmp_path):
    head = HEAD + "unused = torch.zeros(10)\n"
    setup, _ = setup_of_loop(caught_in(tmp_path, LOOPS["plain"], head)[0])
    for part in (setup["step"], setup["loss"]):
        cells = [cell.cell_contents for cell in part.__closure__]
        assert any(isinstance(cell, dict) for cell in cells)
        assert not [cell for cell in cells if isinstance(cell, dict) and "unused" in cell]
    assert "unused" not in setup["batches"].names


def test_what_a_step_counts_it_goes_on_counting(tmp_path):
    body = """
        count = 0
        for i, (x, y) in enumerate(loader):
            count += 1
            opt.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            opt.param_groups[0]["lr"] = count
            opt.step()
        """
    setup, _ = setup_of_loop(caught_in(tmp_path, body)[0])
    x, y = next(iter(setup["batches"]))
    start = setup["optimizer"].param_groups[0]["lr"]
    for _ in range(3):
        setup["step"](x, y)
    assert setup["optimizer"].param_groups[0]["lr"] == start + 3
