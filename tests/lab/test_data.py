"""The datasets: what they hold, where they come from, what a bad file says."""

import socket
from pathlib import Path

import pytest
import torch
from sklearn.datasets import load_digits

from deeptricks.lab import data
from deeptricks.lab.download import DataUnavailable
from deeptricks.lab.mnist import parse_idx

REAL = Path(__file__).parents[2].parent / "shared" / "data"
real_files = pytest.mark.skipif(
    not (REAL / "mnist").is_dir(), reason=f"the real files are not in {REAL}"
)


def all_digits(dataset):
    return torch.cat([dataset.train.images, dataset.test.images])


def test_digits_are_scikit_learns_in_two_parts():
    dataset = data.digits()
    ours, theirs = all_digits(dataset), torch.tensor(load_digits().images).unsqueeze(1)
    assert ours.dtype == torch.uint8
    assert ours.shape == (1797, 1, 8, 8)
    as_rows = lambda images: sorted(images.flatten(1).int().tolist())  # noqa: E731
    assert as_rows(ours) == as_rows(theirs)
    assert (int(ours.min()), int(ours.max())) == (0, 16)
    assert len(dataset.test.images) == len(dataset.test.labels) == 500
    assert dataset.train.labels.dtype == torch.int64
    assert dataset.classes[7] == "7"


def test_digits_keep_the_classes_in_proportion():
    train, test = (split.labels.bincount() for split in data.digits()[:2])
    whole = torch.tensor(load_digits().target).bincount()
    assert torch.equal(train + test, whole)
    assert (test - whole * 500 / 1797).abs().max() < 1


def test_digits_label_the_right_images():
    images, labels = load_digits(return_X_y=True)
    label = {tuple(image): int(y) for image, y in zip(images.astype(int), labels, strict=True)}
    for split in data.digits()[:2]:
        found = [label[tuple(image)] for image in split.images.flatten(1).tolist()]
        assert found == split.labels.tolist()


def test_the_split_is_fixed_and_the_seed_changes_it():
    first, again, other = data.digits(), data.digits(), data.digits(seed=1)
    assert torch.equal(first.test.images, again.test.images)
    assert not torch.equal(first.test.images, other.test.images)


def test_a_reader_who_changes_the_images_changes_a_copy():
    before = all_digits(data.digits())
    data.digits().train.images.zero_()
    assert torch.equal(all_digits(data.digits()), before)


@real_files
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_real_files(name, monkeypatch):
    monkeypatch.setenv("DEEPTRICKS_DATA", str(REAL))
    before = sorted(path.name for path in (REAL / name).iterdir())
    dataset = getattr(data, name)()
    assert dataset.train.images.shape == (60_000, 1, 28, 28)
    assert dataset.test.images.shape == (10_000, 1, 28, 28)
    assert dataset.train.images.dtype == torch.uint8
    assert dataset.train.images.max() == 255
    # Published: Fashion-MNIST has 1000 test images a class; MNIST's first ten test labels.
    if name == "fashion_mnist":
        assert dataset.test.labels.bincount().tolist() == [1000] * 10
        assert dataset.classes[int(dataset.train.labels[0])] == "ankle boot"
    else:
        assert dataset.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert sorted(path.name for path in (REAL / name).iterdir()) == before


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_offline_is_one_clear_error(name, monkeypatch, tmp_path):
    def offline(host, *_, **__):
        raise socket.gaierror(socket.EAI_NONAME, f"no way to {host}")

    monkeypatch.setattr(socket, "getaddrinfo", offline)
    for proxy in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(proxy, raising=False)
        monkeypatch.delenv(proxy.upper(), raising=False)
    monkeypatch.setenv("DEEPTRICKS_DATA", str(tmp_path))
    with pytest.raises(DataUnavailable) as caught:
        getattr(data, name)()
    message = str(caught.value)
    assert str(tmp_path / name) in message
    assert "t10k-labels-idx1-ubyte.gz" in message
    assert message.count("no way to") == 2  # each mirror was asked


def header(kind, *sizes):
    return bytes([0, 0, kind, len(sizes)]) + b"".join(n.to_bytes(4, "big") for n in sizes)


def test_parse_idx():
    array = parse_idx(header(8, 2, 1, 3) + bytes([1, 2, 3, 250, 251, 252]))
    assert array.tolist() == [[[1, 2, 3]], [[250, 251, 252]]]
    assert parse_idx(header(8, 0, 28, 28)).shape == (0, 28, 28)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "must begin with two zeros"),
        (b"\x1f\x8b\x08\x00" + bytes(20), "must begin with two zeros"),
        (header(13, 2) + bytes(8), "type must be 8"),
        (bytes([0, 0, 8, 0]), "in 0"),
        (header(8, 2, 3)[:-2], "the file ends within it"),
        (header(8, 2, 3) + bytes(5), r"\(2, 3\) ask for 6 values, the file has 5"),
        (header(8, 2, 3) + bytes(7), r"\(2, 3\) ask for 6 values, the file has 7"),
        (header(8, 2**32 - 1, 2**32 - 1, 2**32 - 1), "the file has 0"),
    ],
)
def test_a_bad_idx_file_says_what_is_wrong(content, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse_idx(content)


def test_tables_are_in_their_own_units():
    shapes = {name: X.shape for name, (X, _) in data.tables().items()}
    assert shapes == {
        "wine": (178, 13),
        "diabetes": (442, 10),
        "digits": (1797, 64),
        "biopsies": (569, 30),
    }
    age = data.tables()["diabetes"][0][:, 0]
    assert 18 < age.min() < age.max() < 100  # years; scikit-learn's default is a scaled copy
    assert all(len(X) == len(y) for X, y in data.tables().values())


def test_digits_in_rows_are_standardized_by_the_training_images():
    (inputs, labels), (test_inputs, test_labels) = data.digits_in_rows(3)
    train, test, *_ = data.digits(3)
    assert inputs.shape == (1297, 64)
    assert test_inputs.shape == (500, 64)
    assert abs(inputs.mean()) < 1e-5
    assert abs(inputs.std() - 1) < 1e-5
    assert labels.equal(train.labels)
    assert test_labels.equal(test.labels)
    back = test_inputs * train.images.float().std() + train.images.float().mean()
    torch.testing.assert_close(back, test.images.float().flatten(1), rtol=0, atol=1e-5)


def rows_of(part):
    return {tuple(image) for image in part.images.flatten(1).tolist()}


def test_three_parts_are_disjoint_stratified_and_drawn_by_the_seed():
    parts = data.digits().split(train=500, validation=300, test=500, seed=3)
    assert [len(part.labels) for part in parts] == [500, 300, 500]
    assert all(part.labels.bincount().min() > 0.9 * len(part.labels) / 10 for part in parts)
    train, validation, test = map(rows_of, parts)
    assert not train & validation | train & test | validation & test
    assert rows_of(data.digits().split(500, 300, 500, seed=3).test) == test
    assert rows_of(data.digits().split(500, 300, 500, seed=4).test) != test


def test_another_size_of_training_set_leaves_validation_and_test_alone():
    few, all_left = (data.digits().split(n, 300, 500) for n in (20, None))
    assert len(all_left.train.labels) == 997
    assert rows_of(few.train) < rows_of(all_left.train)
    for name in ("validation", "test"):
        assert torch.equal(getattr(few, name).images, getattr(all_left, name).images)


def test_a_published_test_set_is_never_trained_on():
    def part(n, value):
        return data.Split(torch.full((n, 1, 2, 2), value), torch.arange(n) % 2)

    parts = data.Dataset(part(40, 1), part(20, 2), "toy", ("a", "b")).split(None, 10, 6)
    assert [len(part.labels) for part in parts] == [30, 10, 6]
    assert [part.images.unique().tolist() for part in parts] == [[1], [1], [2]]


def test_one_mean_and_deviation_of_the_training_images_for_all_parts():
    raw = data.digits().split(100, 50, 60)
    images, rows = raw.standardized(), raw.in_rows()
    gray = raw.train.images.float()
    for before, square, row in zip(raw, images, rows, strict=True):
        expected = (before.images.float() - gray.mean()) / gray.std()
        torch.testing.assert_close(square.images, expected)
        assert torch.equal(row.images, square.images.flatten(1))
        assert torch.equal(row.labels, before.labels)


def test_digits_in_rows_is_a_split():
    pair, parts = data.digits_in_rows(2), data.digits().split(test=500, seed=2).in_rows()
    assert all(map(torch.equal, [*pair[0], *pair[1]], [*parts.train, *parts.test]))
    assert len(parts.validation.labels) == 0


@pytest.mark.parametrize(
    ("sizes", "message"),
    [((2000, 0, 500), "2000 images was asked for, but 1297"), ((1, 0, 1798), "1798 .* 1797")],
)
def test_more_images_than_there_are(sizes, message):
    with pytest.raises(ValueError, match=message):
        data.digits().split(*sizes)
