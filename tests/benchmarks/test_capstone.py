"""The capstone's command: what is trained on what, a complete card, nothing by halves."""

import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from benchmarks import __main__ as benchmarks_command
from benchmarks.capstone import card, command, cost, distort, records
from benchmarks.capstone import recipe as make
from benchmarks.capstone import run as running
from benchmarks.capstone.distort import ElasticAffine
from benchmarks.capstone.records import RECORDS, drawn
from benchmarks.capstone.run import Clock, Result, endless, one, part_right, run
from deeptricks.lab.splits import Dataset, Split
from deeptricks.regularization import TestTimeAverage, shift
from deeptricks.regularization.augmentation.elastic import displacement_field

ROOT = Path(__file__).resolve().parents[2]
CPU = torch.device("cpu")
TINY = make.Recipe(steps=4, batch_size=8, lr=0.05, widths=(2, 3), averaged=0.75)


def toy(train=60, test=30):
    """Twelve pixels a side, ten classes: a bright row tells which."""
    generator = torch.Generator().manual_seed(0)

    def part(count):
        labels = torch.arange(count) % 10
        images = torch.randint(0, 90, (count, 1, 12, 12), generator=generator, dtype=torch.uint8)
        images[torch.arange(count), 0, labels + 1] += 150
        return Split(images, labels)

    return Dataset(part(train), part(test), "toy", tuple("0123456789"))


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """Small records of toy data, and a folder of results that is not the book's."""
    small = {
        name: replace(
            record, runs=2, labels=record.labels and 20,
            recipe=replace(record.recipe, steps=3, batch_size=8, widths=(2, 3)),
        )
        for name, record in RECORDS.items()
    }  # fmt: skip
    for module in (command, card, records):
        monkeypatch.setattr(module, "RECORDS", small)
    monkeypatch.setattr(records, "VALIDATION", 10)
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    monkeypatch.setattr(command, "costs", lambda *_: {"all our own": 0.02, "torch's": 0.01})
    for name in ("mnist", "fashion_mnist"):
        monkeypatch.setattr(command.data, name, toy)
    return SimpleNamespace(records=small, folder=tmp_path)


def everything(folder):
    return {p.relative_to(folder): p.read_text("utf-8") for p in folder.rglob("*") if p.is_file()}


def test_the_card_is_complete(tiny, capsys):
    benchmarks_command.main(["capstone", "--store"])
    text = (tiny.folder / "capstone.md").read_text("utf-8")
    titles = [*(r.title for r in tiny.records.values()), "What our own parts cost"]
    assert re.findall("^### (.*)$", text, re.M) == titles
    assert "| torch's | 10.0 | 0.50 |" in text
    for word in ("torch " + torch.__version__, str(command.date.today()), "thread(s)", "CPU-sec"):
        assert text.count(word) >= len(tiny.records), word
    for name, record in tiny.records.items():
        part = text.split(f"### {record.title}\n")[1].split("\n### ")[0]
        measured = json.loads((tiny.folder / "capstone" / f"{name}.json").read_text("utf-8"))
        assert measured["recipe"] == json.loads(json.dumps(asdict(record.recipe)))
        assert [each["seed"] for each in measured["runs"]] == [0, 1]
        rows = [row.split("|")[1:-1] for row in part.splitlines() if row.startswith("| ")]
        assert [row[0].strip() for row in rows] == ["seed", "---:", "0", "1", "mean ± sd"]
        accuracies = [100 * each["accuracy"] for each in measured["runs"]]
        assert [row[1].strip() for row in rows[2:4]] == [f"{a:.2f} %" for a in accuracies]
        assert rows[4][1].split("±")[0].strip() == f"{sum(accuracies) / 2:.2f}"
        assert {len(row) for row in rows} == {4}
        for each in (*record.published, record.chosen, card.percent(record.mean)):
            assert each in part
        assert ("Missed" in part) != ("Reached" in part)
        for setting, value in measured["recipe"].items():
            assert f"{setting} {value}" in part
    assert capsys.readouterr().out.count("seed ") == 2 * len(tiny.records)


def test_only_what_is_named_and_the_rest_of_the_card_stays(tiny):
    command.main(["--only", "fashion", "--store"])
    text = (tiny.folder / "capstone.md").read_text("utf-8")
    assert text.count("Not measured yet.") == len(tiny.records) - 1
    before = (tiny.folder / "capstone" / "fashion.json").read_text("utf-8")
    command.main(["--only", "mnist", "time", "--store"])
    assert (tiny.folder / "capstone" / "fashion.json").read_text("utf-8") == before
    text = (tiny.folder / "capstone.md").read_text("utf-8")
    assert text.count("Not measured yet.") == len(tiny.records) - 3
    assert not list(tiny.folder.rglob("*.part"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "cifar"], "invalid choice: 'cifar'"),
        (["--only"], "expected at least one argument"),
        (["--only", "mnist", "mnits"], "invalid choice: 'mnits'"),
        (["--validate", "--store"], "--store must not come with --validate"),
        (["--sotre"], "unrecognized arguments"),
    ],
)
def test_wrong_words_are_refused_before_anything_runs(
    tiny, capsys, monkeypatch, arguments, message
):
    monkeypatch.setattr(command, "runs", None)
    with pytest.raises(SystemExit) as error:
        command.main(arguments)
    assert error.value.code == 2
    assert message in capsys.readouterr().err


def test_without_store_nothing_is_written(tiny):
    command.main(["--only", "mnist"])
    command.main(["--only", "mnist", "--validate"])
    assert not everything(tiny.folder)


def test_a_record_that_breaks_off_leaves_the_card_as_it_was(tiny, monkeypatch):
    command.main(["--store"])
    before, calls = everything(tiny.folder), []

    def breaks(recipe, train, test, seed, device):
        calls.append(seed)
        if len(calls) == 2:
            raise RuntimeError("the machine stops")
        return Result(seed, 0.5, 1.0, 1.0)

    monkeypatch.setattr(command, "run", breaks)
    with pytest.raises(RuntimeError, match="the machine stops"):
        command.main(["--store"])
    assert everything(tiny.folder) == before


def test_a_disk_that_is_full_leaves_the_card_as_it_was(tiny, monkeypatch):
    command.main(["--only", "mnist", "--store"])
    before, write = everything(tiny.folder), Path.write_text

    def full(path, text, *how):
        write(path, text[:40], *how)
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="no space left"):
        command.main(["--only", "mnist", "--store"])
    after = everything(tiny.folder)
    assert {p: t for p, t in after.items() if p.suffix != ".part"} == before


def test_the_verdict_is_plain():
    record = replace(RECORDS["mnist"], runs=2, mean=0.99, seconds=90)
    good = [Result(0, 0.992, 80, 1), Result(1, 0.988, 90, 1)]
    assert card.verdict(record, good) == "Reached: 99.00 %."
    slow, bad = [good[0], replace(good[1], training=91)], [good[0], replace(good[1], accuracy=0.98)]
    assert card.verdict(record, slow) == "Missed: the longest training took 91 seconds."
    assert card.verdict(record, bad) == "Missed: the mean is 98.60 %."
    assert "1 runs instead of 2" in card.verdict(record, good[:1])


def test_the_distribution_counts_the_runs_that_get_there():
    results = [Result(i, 0.98 + 0.01 * (i > 0), 10 + i, 1) for i in range(4)]
    lines = card.table(replace(RECORDS["time"], reach=0.99), results, "CPU-seconds")
    assert lines[-1].startswith("3 of 4 runs reach 99.00 %; accuracies from 98.00 % to 99.00 %")
    assert lines[-1].endswith("CPU-seconds from 10.0 to 13.0.")
    assert not any("runs reach" in each for each in card.table(RECORDS["mnist"], results, "s"))


def test_no_seed_both_chooses_and_is_recorded():
    assert all(record.runs <= records.CHOSEN_WITH for record in RECORDS.values())


def rows_of(part, pool):
    """Which images of `pool` these are, standardization undone."""
    gray = pool.images.double().flatten(1)
    images = part.images.double().flatten(1)
    images = (images - images.mean()) / images.std() * 1.0
    fit = torch.corrcoef(torch.cat([images, gray]))[: len(images), len(images) :]
    assert (fit.amax(1) > 1 - 1e-6).all()
    return set(fit.argmax(1).tolist())


@pytest.mark.parametrize("labels", [20, None])
def test_draws_are_disjoint_and_validation_never_sees_the_test_set(labels, monkeypatch):
    monkeypatch.setattr(records, "VALIDATION", 10)
    dataset, record = toy(), replace(RECORDS["thousand"], labels=labels)
    parts = drawn(record, dataset, seed=0)
    assert len(parts.train.labels) == (labels or 60)
    assert rows_of(parts.test, dataset.test) == set(range(30))
    assert len(parts.validation.labels) == 0
    chosen = drawn(record, dataset, seed=0, validate=True)
    train, test = rows_of(chosen.train, dataset.train), rows_of(chosen.test, dataset.train)
    assert len(test) == 10
    assert not train & test
    assert len(train) == (labels or 50)
    assert abs(parts.train.images.mean()) < 1e-5
    assert abs(parts.train.images.std() - 1) < 1e-5
    if labels:
        assert rows_of(parts.train, dataset.train) != train  # other draws to choose by
        assert rows_of(drawn(record, dataset, 1).train, dataset.train) != rows_of(
            parts.train, dataset.train
        )


def test_a_seed_gives_the_same_run_again_and_another_seed_another():
    parts = drawn(replace(RECORDS["thousand"], labels=20), toy(), seed=0)

    def weights(seed):
        net = one(TINY, parts.train, -1.0, seed, CPU)
        return torch.cat([p.flatten() for p in net.parameters()])

    first, again, other = weights(0), weights(0), weights(1)
    assert (first == again).all()
    assert (first != other).any()


def test_all_settings_of_a_recipe_matter():
    """A setting that nothing reads would stand in the card as if it did something."""
    parts = drawn(replace(RECORDS["thousand"], labels=20), toy(), seed=0)

    def outcome(**change):
        recipe = replace(TINY, **change)
        net = one(recipe, parts.train, -1.0, 0, CPU)
        with torch.no_grad():
            looks = TestTimeAverage(net, make.looks(recipe, -1.0)).eval()
            return looks(parts.test.images)

    base = outcome()
    changes = {
        "steps": 5, "batch_size": 9, "lr": 0.1, "kind": "clothes", "widths": (3, 3),
        "whitening": True, "momentum": 0.5, "weight_decay": 0.1, "label_smoothing": 0.3,
        "mixup": 0.5, "strength": 0.5, "warmup": 0.9, "decay": 0.1, "averaged": 0.0,
        "views": False,
    }  # fmt: skip
    assert changes.keys() == set(make.Recipe.__dataclass_fields__) - {"nets"}
    for name, value in changes.items():
        assert (outcome(**{name: value}) != base).any(), name


def test_several_networks_are_averaged(monkeypatch):
    parts, seeds = drawn(replace(RECORDS["thousand"], labels=20), toy(), seed=0), []

    def sure(recipe, train, fill, seed, device):
        """Networks that answer one class each, the second with the most certainty."""
        seeds.append(seed)
        logits = torch.zeros(10)
        logits[len(seeds)] = [0, 1.0, 5.0, 1.0][len(seeds)]
        net = nn.Module()
        net.forward = lambda images: logits.expand(len(images), 10)
        return net

    monkeypatch.setattr(running, "one", sure)
    test = parts.test._replace(labels=torch.tensor([1] * 5 + [2] * 12 + [3] * 13))
    result = run(replace(TINY, nets=3), parts.train, test, seed=2, device=CPU)
    assert seeds == [200, 201, 202]
    assert result.accuracy == pytest.approx(12 / 30)


@pytest.mark.parametrize(
    ("kind", "views", "moves"),
    [
        ("handwriting", True, [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]),
        ("handwriting", False, [(0, 0)]),
        ("clothes", True, [(0, 0), "mirrored"]),
    ],
)
def test_every_look_is_taken(kind, views, moves, monkeypatch):
    parts = drawn(replace(RECORDS["thousand"], labels=20), toy(), seed=0)
    background, seen, net = float(parts.train.images.min()), [], nn.Module()
    net.forward = lambda images: (seen.append(images), torch.zeros(len(images), 10))[1]
    monkeypatch.setattr(running, "one", lambda *_: net)
    run(replace(TINY, kind=kind, views=views), parts.train, parts.test, seed=0, device=CPU)
    images = parts.test.images
    for move, found in zip(moves, seen, strict=True):
        mirrored = move == "mirrored"
        expected = images.flip(-1) if mirrored else shift(images, *move, fill=background)
        assert (found == expected).all()


def gray(count=6, size=12):
    return torch.rand(count, 1, size, size, generator=torch.Generator().manual_seed(3))


def test_distortion_of_nothing_is_nothing_and_a_whole_shift_is_exact():
    still = ElasticAffine(0.0, 4.0, 0, interpolation="bilinear", fill=-1.0)
    torch.testing.assert_close(still(gray()), gray(), rtol=0, atol=1e-5)
    still.uniform = lambda images, low, high, *shape: torch.full((len(images), *shape), float(high))
    still.translate = (2 / 12, 1 / 12)
    expected = shift(gray(), right=2, down=1, fill=-1.0)
    torch.testing.assert_close(still(gray()), expected, rtol=0, atol=1e-4)


def test_distortion_is_elastic_and_affine_at_once():
    """The very places: those of the affine part plus the displacement, sampled once."""
    how = {"interpolation": "bilinear", "fill": 0.0}
    both = ElasticAffine(30.0, 2.0, 20, (0.1, 0.1), (0.8, 1.2), 10, **how)
    places, field = [], []
    with pytest.MonkeyPatch.context() as patch:
        original = distort.warp
        patch.setattr(distort, "warp", lambda *a: (places.append(a[1]), original(*a))[1])
        torch.manual_seed(0)
        both(gray())
        both.alpha = 0.0
        torch.manual_seed(0)
        both(gray())
        noise_free = places[1]
        draws = torch.Generator().manual_seed(0)
        for shape in [(6,), (6,), (6, 2), (6,), (6,)]:
            torch.rand(*shape, generator=draws)
        noise = 2 * torch.rand(6, 2, 12, 12, generator=draws) - 1
        field = displacement_field(noise, (30.0, 30.0), (2.0, 2.0))
    torch.testing.assert_close(places[0] - noise_free, field, rtol=0, atol=1e-4)
    assert field.std() > 0.5


def test_norms_and_biases_do_not_decay():
    net = make.network(TINY, torch.rand(4, 1, 12, 12))
    sgd, schedule = make.optimizer(TINY, net)
    decay = {id(p): g["weight_decay"] for g in sgd.param_groups for p in g["params"]}
    assert {id(p) for p in net.parameters()} == decay.keys()
    for name, p in net.named_parameters():
        assert decay[id(p)] == (TINY.weight_decay if p.dim() > 1 else 0), name
    rates = []
    for _ in range(TINY.steps):
        rates.append(schedule.get_last_lr()[0])
        sgd.step()
        schedule.step() if len(rates) < TINY.steps else None
    assert max(rates) <= TINY.lr
    assert rates[-1] < TINY.lr / 100


def test_every_image_once_an_epoch():
    batches = endless(23, 5, torch.Generator().manual_seed(0))
    epochs = [torch.cat([next(batches) for _ in range(4)]) for _ in range(30)]
    assert all(len(set(epoch.tolist())) == 20 for epoch in epochs)
    assert set(torch.cat(epochs).tolist()) == set(range(23))
    assert len(next(endless(3, 8, torch.Generator()))) == 3


def test_accuracy_counts_every_image_once():
    labels = torch.arange(1201) % 10
    model = nn.Identity()
    answers = nn.functional.one_hot(labels, 10).float()
    answers[:7] = answers[:7].roll(1, 1)
    assert part_right(model, Split(answers, labels)) == 1194 / 1201


def test_the_clock_counts_what_is_inside(monkeypatch):
    now = iter([1.0, 4.0, 10.0, 12.0])
    monkeypatch.setattr(running.time, "process_time", lambda: next(now))
    clock = Clock(CPU)
    for _ in range(2):
        with clock:
            pass
    assert clock.seconds == 5.0


def test_the_parts_are_the_book_s_own():
    """From first layer to last step; of torch's only what the book does not have."""
    net = make.network(TINY, torch.rand(4, 1, 12, 12))
    sgd, schedule = make.optimizer(TINY, net)
    generator = torch.Generator()
    mixing = make.mixing(replace(TINY, mixup=1), 10, None)
    parts = [
        *net.modules(), sgd, schedule, make.loss(TINY), mixing,
        *make.augmentation(TINY, 12, 0.0, generator).modules(),
        *make.augmentation(replace(TINY, kind="clothes"), 12, 0.0, generator).modules(),
    ]  # fmt: skip
    ours = ("deeptricks.", "benchmarks.capstone.")
    foreign = {type(p).__name__ for p in parts if not type(p).__module__.startswith(ours)}
    layers = {"Sequential", "Conv2d", "MaxPool2d", "Linear", "Identity", "ModuleList"}
    assert foreign == layers


def test_parts_are_exchanged_for_the_framework_s_and_nothing_else():
    """A variant differs from ours in what its name says, and every step is the same step."""
    found = {}

    class Spy(cost.Quick):
        def __init__(self, net, device):
            super().__init__(net, device)
            found["net"] = net

    recipe, images = replace(TINY, batch_size=6), gray()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cost, "Quick", Spy)
        kinds = {}
        for name, theirs in cost.VARIANTS.items():
            torch.manual_seed(0)
            step = cost.step(recipe, theirs, images, torch.arange(6))
            cells = dict(zip(step.__code__.co_freevars, step.__closure__, strict=True))
            parts = {k: type(c.cell_contents).__module__ for k, c in cells.items()}
            parts |= {type(m).__name__: type(m).__module__ for m in found["net"].modules()}
            kinds[name] = {"norm": parts["BatchNorm2d"], "activation": parts["ReLU"],
                           "sgd": parts["sgd"], "loss": parts["loss"],
                           "augment": parts["augment"]}  # fmt: skip
            step()
            step()
    for name, theirs in cost.VARIANTS.items():
        assert {k for k, m in kinds[name].items() if m.startswith("torch.")} == theirs, name


def test_costs_are_medians_in_turn(monkeypatch):
    now, order = [0.0], []

    def step(recipe, theirs, images, labels):
        def call():
            order.append(frozenset(theirs))
            now[0] += 2.0 if theirs else 3.0

        return call

    monkeypatch.setattr(cost, "step", step)
    monkeypatch.setattr(running.time, "process_time", lambda: now[0])
    found = cost.costs(TINY, CPU, size=4)
    assert list(found) == list(cost.VARIANTS)
    assert list(found.values()) == [3.0] + [2.0] * (len(found) - 1)
    assert order == order[: len(found)] * (cost.ROUNDS + 2)
    table = card.cost_table(found, "CPU-seconds")
    assert table[2] == "| all our own | 3000.0 | 1.00 |"
    assert table[3].endswith("| 2000.0 | 0.67 |")


def test_the_stored_card_belongs_to_the_code():
    """Recipes and seeds of the records are those that were measured; the card is theirs."""
    folder = ROOT / "benchmarks" / "results"
    measured = {p.stem: json.loads(p.read_text("utf-8")) for p in folder.glob("capstone/*.json")}
    assert measured.keys() <= {*RECORDS, command.COST}
    for name in measured.keys() & RECORDS.keys():
        recipe = json.loads(json.dumps(asdict(RECORDS[name].recipe)))
        assert measured[name]["recipe"] == recipe, name
        assert [each["seed"] for each in measured[name]["runs"]] == list(RECORDS[name].seeds())
    assert (folder / "capstone.md").read_text("utf-8") == card.written(folder / "capstone")
