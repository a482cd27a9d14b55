"""The page "Check your own network": every block of it runs, and it says what the package does.

``python -m tests.practice.test_check_your_network`` writes the list of codes into the page anew.
"""

import inspect
import io
import re
import runpy
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import yaml

from deeptricks.practice.debugging.checkup import checkup
from deeptricks.practice.debugging.codes import CODES
from deeptricks.practice.debugging.command import _parser, main

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "chapters/check_your_network.md"
GROUPS = {
    "data": "Data", "model": "Model", "loss": "Loss", "optimizer": "Optimizer",
    "loop": "Loop", "init": "Start",
}  # fmt: skip
BEGIN, END = "<!-- codes: begin -->\n", "<!-- codes: end -->\n"
MEASURED = {
    "data.not_normalized": "mean and spread of each input column; control: the same inputs standardized",
    "data.target_scale": "mean and spread of the targets beside those of the first outputs; control: standardized targets",
    "data.nonfinite": "every number of every batch read",
    "data.degenerate": "how many inputs are different, the spread of each column",
    "data.label_mismatch": "whether the training learns anything beyond a constant answer on samples it has not seen, while it can learn its batches by heart",
    "data.label_range": "the values of the targets beside those for which this loss is defined; the loss of right answers as coded and recoded",
    "data.not_shuffled": "the variance between batches over what random batches would have; control: the same samples shuffled",
    "data.imbalance": "the share of each class, and what the trained network answers for the rare ones",
    "data.train_val_mismatch": "mean and spread of each column in training and in validation data",
    "data.leakage": "validation samples that are training samples too; how much of the target one single column tells",
    "data.layout": "whether neighbours in the input resemble each other along the axes that the model takes them to have",
    "model.output_activation": "the range of the outputs while the last weights are blown up, beside the range of the targets",
    "model.batch_mixing": "one sample is exchanged, and the outputs of the others are compared, in eval mode",
    "model.detached": "a parameter is changed: the loss changes, but no gradient arrives",
    "model.unregistered": "tensors at which the graph of the loss ends and which are not in `parameters()`",
    "model.frozen": "parameters that the optimizer holds, that change the loss, and that have `requires_grad=False`",
    "model.vanishing": "the gradient of each layer, from the last to the first",
    "model.exploding": "activations and gradients, from layer to layer",
    "model.underpowered": "whether one batch can be learned by heart, at any of several rates",
    "model.dropout": "the training as planned; control: without dropout",
    "model.batchnorm": "the same batch in train and in eval mode, after training",
    "loss.activation_twice": "the rows of outputs sum to one, or lie within 0 and 1, and the loss takes raw outputs",
    "loss.activation_missing": "outputs leave the range for which this loss is defined",
    "loss.broadcast": "the shapes of output and target; the loss with samples of the target exchanged",
    "loss.unsuitable": "the loss of right and of wrong answers, as this loss sees them",
    "loss.sign": "the loss of right answers beside that of wrong ones",
    "optimizer.lr_too_high": "the training as planned; control: lower rates",
    "optimizer.lr_too_low": "the training as planned; control: higher rates",
    "optimizer.missing_params": "parameters that get a gradient and are in no optimizer",
    "optimizer.weight_decay": "the training as planned; control: without decay",
    "loop.no_zero_grad": "the gradient that the optimizer finds beside that of the batch alone",
    "loop.no_update": "weights before and after a step",
    "loop.train_in_eval_mode": "the mode of the model in each call of your step",
    "loop.eval_in_train_mode": "the mode of the model in each call of your validation",
    "loop.clipping": "the gradient before and after it is clipped; control: your step without clipping",
    "loop.schedule": "the rate in each step of the plan",
    "loop.graph_grows": "the size of the graph that is held after each step",
    "init.symmetric": "the spread between the units of a layer, at the start and after some steps",
    "init.scale": "the spread of the weights times the root of their number of inputs; control: usual weights",
    "init.dead_units": "the share of units that are off, or saturated, for every input",
}
TEXT = PAGE.read_text("utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def entry(code):
    """What the page says of a code."""
    line = CODES[code]
    target = f"(code-{code.replace('.', '-')})="
    cure = f"{line.cure} `{line.cure_code}`"
    return (
        f"{target}\n**`{code}`** ({line.severity}): {line.meaning}.\n*Measured:* {MEASURED[code]}.\n"
        f"*Cure:* {cure}\n*Read:* [](./{line.read}.ipynb)\n"
    )


def listed():
    """The whole list of codes."""
    parts = []
    for group, title in GROUPS.items():
        codes = [code for code in CODES if code.startswith(f"{group}.")]
        parts.append(f"### {title}\n\n" + "\n".join(entry(code) for code in codes))
    return "\n" + "\n".join(parts) + "\n"


def renewed(text):
    before, rest = text.split(BEGIN)
    return before + BEGIN + listed() + END + rest.split(END)[1]


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """The program of the page and its cured twin, each run as a whole: (path, names, printed)."""
    folder, made = tmp_path_factory.mktemp("page"), {}
    program = blocks("python")[0]
    for name, text in (("my_training.py", program), ("cured.py", cured(program))):
        (folder / name).write_text(text)
        with redirect_stdout(io.StringIO()) as printed:
            names = runpy.run_path(str(folder / name))
        made[name] = folder / name, names, printed.getvalue()
    return made


def cured(program):
    """The page's cure: the softmax left out."""
    assert program.count("    nn.Softmax(dim=1),\n") == 1
    return program.replace("    nn.Softmax(dim=1),\n", "")


def last_loss(printed):
    return float(printed.strip().splitlines()[-1].removeprefix("epoch 9: loss "))


def test_the_loss_stands_at_chance_and_falls_once_cured(training):
    assert 2.25 < last_loss(training["my_training.py"][2]) < 2.32
    assert last_loss(training["cured.py"][2]) < 1.2
    for said in re.findall(r"`(epoch 9: loss [\d.]+)`", TEXT):
        assert min(abs(last_loss(run[2]) - last_loss(said)) for run in training.values()) < 0.4


def skeleton(report):
    """A report without its numbers: the lines that name a finding or a cure."""
    words = " ".join(report.split())
    found = re.findall(r"\d\. [A-Z]+ ([a-z_.]+) confidence", words)
    return found, re.findall(r" cure (.*?) read ", words)


@pytest.mark.parametrize(("name", "code", "shown"), [("my_training.py", 1, 0), ("cured.py", 0, 1)])
def test_the_report_on_the_page_is_the_one_that_comes(training, capsys, name, code, shown):
    assert main([str(training[name][0])]) == code
    printed = capsys.readouterr().out
    assert skeleton(printed) == skeleton(blocks("text")[shown])
    assert ("healthy" in printed) == (code == 0) == ("healthy" in blocks("text")[shown])


def test_every_other_block_runs(training):
    names = dict(training["cured.py"][1])
    for block in blocks("python")[1:]:
        with redirect_stdout(io.StringIO()):
            exec(block, names)
    assert names["report"].healthy
    assert names["watch"].report().healthy
    assert set(names["setup"]()) == {"model", "batches", "loss", "optimizer"}
    names["test_my_training_is_healthy"]()


def test_a_test_of_the_sick_program_fails_with_the_report(training):
    names = dict(training["my_training.py"][1])
    exec(next(b for b in blocks("python") if "assert_healthy" in b), names)
    with pytest.raises(AssertionError, match=r"loss\.activation_twice"):
        names["test_my_training_is_healthy"]()


def test_commands_on_the_page_are_understood():
    lines = [line for block in blocks("shell") for line in block.splitlines()]
    lines += [step["run"] for block in blocks("yaml") for step in yaml.safe_load(block)]
    commands = [line.split()[3:] for line in lines if line.startswith("python -m deeptricks.pra")]
    assert len(commands) == 2
    for words in commands:
        assert _parser().parse_args(words).file == Path("my_training.py")


def test_every_option_is_in_the_table():
    options = {o for a in _parser()._actions for o in a.option_strings if o.startswith("--")}
    rows = set(re.findall(r"^\| `(--[a-z-]+)", TEXT, re.MULTILINE))
    assert options - {"--help", "--name", "--quiet"} <= rows <= options


def test_every_argument_of_the_checkup_is_explained():
    terms = re.findall(r"^`(\w+)`\n: ", TEXT, re.MULTILINE)
    assert terms == [name for name in inspect.signature(checkup).parameters if name != "seed"]


def test_the_list_of_codes_is_that_of_the_catalogue():
    assert set(MEASURED) == set(CODES)
    assert len(CODES) == 40
    assert renewed(TEXT) == TEXT, "python -m tests.practice.test_check_your_network"


def test_chapters_to_read_exist():
    missing = {line.read for line in CODES.values()
               if not (ROOT / "chapters" / f"{line.read}.ipynb").exists()}  # fmt: skip
    assert not {name for name in missing if not name.startswith("practice/")}


if __name__ == "__main__":
    PAGE.write_text(renewed(TEXT), "utf-8")
