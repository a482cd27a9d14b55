"""The page "Check your own network": every block of it runs, and it says what the package does.

``python -m tests.practice.test_check_your_network`` writes the list of codes into the page anew.
"""

import inspect
import io
import re
import runpy
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml
from torch import nn

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
TEXT = PAGE.read_text("utf-8")
MEASURED = dict(  # only the page says how each code is measured
    re.findall(r"^\*\*`([\w.]+)`\*\*[^\n]*\n\*Measured:\* (.+)\.\\?$", TEXT, re.MULTILINE)
)


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def entry(code):
    """What the page says of a code."""
    line = CODES[code]
    target = f"(code-{code.replace('.', '-')})="
    title = line.read.split("/")[1].replace("_", " ")
    cure = f"{line.cure} `{line.cure_code}`"
    return (
        f"{target}\n**`{code}`** ({line.severity}): {line.meaning}.\\\n"
        f"*Measured:* {MEASURED.get(code, '?')}.\\\n"
        f"*Cure:* {cure}\\\n*Read:* [{title}]({line.read}.ipynb)\n"
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
    texts = {"my_training.py": program, "cured.py": cured(program)}
    texts["raw_inputs.py"] = cured(program).replace("data / 16,", "data * 15.9375,")
    for name, text in texts.items():
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
    assert 2.25 < last_loss(training["raw_inputs.py"][2]) < 2.35
    assert last_loss(training["cured.py"][2]) < 1.2
    for said in re.findall(r"`(epoch 9: loss [\d.]+)`", TEXT):
        assert min(abs(last_loss(run[2]) - last_loss(said)) for run in training.values()) < 0.4


def skeleton(report):
    """A report without its numbers: the lines that name a finding or a cure."""
    words = " ".join(report.split())
    found = re.findall(r"\d\. [A-Z]+ ([a-z_.]+) confidence", words)
    return found, re.findall(r" cure (.*?) read ", words)


def test_the_same_loss_of_another_cause(training, capsys):
    assert main([str(training["raw_inputs.py"][0])]) == 1
    found, _ = skeleton(capsys.readouterr().out)
    assert found[0] == "data.not_normalized"
    assert "data * 15.9375" in TEXT


@pytest.mark.parametrize(("name", "code", "shown"), [("my_training.py", 1, 0), ("cured.py", 0, 1)])
def test_the_report_on_the_page_is_the_one_that_comes(training, capsys, name, code, shown):
    assert main([str(training[name][0])]) == code
    printed = capsys.readouterr().out
    assert skeleton(printed) == skeleton(blocks("text")[shown])
    assert ("healthy" in printed) == (code == 0) == ("healthy" in blocks("text")[shown])


class WithLoss(nn.Module):
    """Takes a dict with labels, returns an object with its loss."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, batch):
        logits = self.model(batch["x"])
        loss = nn.functional.cross_entropy(logits, batch["labels"])
        return SimpleNamespace(loss=loss, logits=logits)


def test_what_does_not_come_in_pairs_is_handed_over_as_the_page_says(training):
    names = training["cured.py"][1]
    said = re.findall(r"\| [^|]+ \| (?:the same, and )?`(\w+=[^`]+)` \|", TEXT)
    assert [line.split("=")[0] for line in said] == ["batches", "loss", "batches"]
    names["loader"] = [{"x": x, "labels": y} for x, y in names["train_loader"]]
    names["images"] = [x for x, _ in names["train_loader"]]
    torch.manual_seed(0)
    dicts, loss, alone = (eval(f"dict({line})", names) for line in said)
    model = WithLoss(nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)))
    auto = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 64))
    for ours, given in (
        (model, dicts | loss),
        (model, dicts | {"loss": lambda output, y: nn.functional.cross_entropy(output.logits, y)}),
        (auto, alone | {"loss": nn.functional.mse_loss}),
    ):
        adam = torch.optim.Adam(ours.parameters(), 1e-2)
        report = checkup(ours, **given, optimizer=adam)
        assert report.healthy, report


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


STEP = "        optimizer.step()\n"
LOOP_FAULTS = {
    "loop.no_zero_grad": [("        optimizer.zero_grad()\n", "")],
    "loop.no_update": [(STEP, "")],
    "loop.train_in_eval_mode": [
        ("nn.ReLU(),", "nn.BatchNorm1d(128), nn.ReLU(),"),
        ("for epoch in", "model.eval()\nfor epoch in"),
    ],
    "loop.graph_grows": [
        ("    for x, y in", "    total = 0\n    for x, y in"),
        (STEP, f"{STEP}        total += loss\n"),
    ],
}


@pytest.mark.parametrize("code", LOOP_FAULTS)
def test_faults_of_the_loop_are_seen_in_the_program_as_it_is(training, capsys, code):
    path = training["cured.py"][0].with_name("faulty.py")
    text = path.with_name("cured.py").read_text()
    for before, after in LOOP_FAULTS[code]:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text)
    assert main([str(path)]) == 1
    assert skeleton(capsys.readouterr().out)[0][0] == code


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


def test_the_list_of_codes_is_that_of_the_catalog():
    assert set(MEASURED) == set(CODES)
    assert len(CODES) == 40
    assert renewed(TEXT) == TEXT, "python -m tests.practice.test_check_your_network"


def test_chapters_to_read_exist():
    missing = {line.read for line in CODES.values()
               if not (ROOT / "chapters" / f"{line.read}.ipynb").exists()}  # fmt: skip
    assert not {name for name in missing if not name.startswith("practice/")}


if __name__ == "__main__":
    PAGE.write_text(renewed(TEXT), "utf-8")
