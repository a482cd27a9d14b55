"""Real images to experiment on: digits comes with scikit-learn, the others are downloaded.

Images are raw: what a chapter does to them, it shows.
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import train_test_split
from torch import Tensor

from deeptricks.lab import download
from deeptricks.lab.download import DataUnavailable, Remote

__all__ = [
    "DataUnavailable",
    "Dataset",
    "Split",
    "digits",
    "digits_in_rows",
    "fashion_mnist",
    "mnist",
    "tables",
]

MNIST = Remote(
    name="mnist",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    md5={
        "train-images-idx3-ubyte.gz": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte.gz": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte.gz": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte.gz": "27ae3e4e09519cfbb04c329615203637",
    },
)

FASHION_MNIST = Remote(
    name="fashion_mnist",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ),
    md5={
        "train-images-idx3-ubyte.gz": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte.gz": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte.gz": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte.gz": "15d484375f8d13e6eb1aabb0c3f46965",
    },
)

CLOTHES = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


class Split(NamedTuple):
    """Images (N, 1, H, W) uint8 and labels (N,) int64."""

    images: Tensor
    labels: Tensor


class Dataset(NamedTuple):
    """Two splits, the name, and the names of the classes in the order of the labels."""

    train: Split
    test: Split
    name: str
    classes: tuple[str, ...]


def digits(seed: int = 0) -> Dataset:
    """Handwritten digits, 1797 images of 8 × 8 pixels with values 0 … 16; needs no download.

    Each pixel counts the dark dots in a 4 × 4 block of a scanned 32 × 32 bitmap. The split is
    ours: 1297 images to train on and 500 to test, classes in equal proportion in both; `seed`
    chooses which. The same people wrote both parts, so the test says nothing about new writers.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository, 1998 (its test part), as scikit-learn ships it.
    """
    images, labels = _digits()
    parts = train_test_split(
        np.arange(len(labels)), test_size=500, stratify=labels, random_state=seed
    )
    train, test = (Split(images[rows], labels[rows]) for rows in map(torch.from_numpy, parts))
    return Dataset(train, test, "digits", tuple("0123456789"))


def digits_in_rows(seed: int = 0) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """`digits(seed)` ready for a fully connected network: (inputs, labels) to train on, to test.

    Inputs are (N, 64) float32: grey levels minus one mean, divided by one standard deviation,
    both taken over all pixels of the training images.
    """
    train, test, *_ = digits(seed)
    grey = train.images.float()
    mean, deviation = grey.mean(), grey.std()
    return tuple(
        ((part.images.float().flatten(1) - mean) / deviation, part.labels) for part in (train, test)
    )


@cache
def _digits() -> Split:
    images, labels = load_digits(return_X_y=True)
    images = torch.from_numpy(images).to(torch.uint8).reshape(-1, 1, 8, 8)
    return Split(images, torch.from_numpy(labels))


def tables() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Four small tables in their own units, by name: features (N, D) and targets (N,).

    Wine (178 × 13, three cultivars), diabetes (442 × 10, a score), digits (1797 × 64, ten digits)
    and biopsies (569 × 30, benign or malignant). They come with scikit-learn, whose descriptions
    name the sources; nothing is downloaded.
    """
    return {
        "wine": load_wine(return_X_y=True),
        "diabetes": load_diabetes(return_X_y=True, scaled=False),
        "digits": load_digits(return_X_y=True),
        "biopsies": load_breast_cancer(return_X_y=True),
    }


def mnist() -> Dataset:
    """Handwritten digits, 28 × 28 pixels with values 0 … 255: 60 000 to train on, 10 000 to test.

    Downloaded once, 12 MB, to the folder `mnist` in `$DEEPTRICKS_DATA` (or the user's cache).
    Raises DataUnavailable where the files are not there and cannot be had.

    Source: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning applied to
    document recognition, Proceedings of the IEEE, 1998.
    """
    return load(MNIST, tuple("0123456789"))


def fashion_mnist() -> Dataset:
    """Photographs of clothes in the format of MNIST: 60 000 to train on, 10 000 to test.

    Downloaded once, 31 MB, to the folder `fashion_mnist` in `$DEEPTRICKS_DATA` (or the user's
    cache). Raises DataUnavailable where the files are not there and cannot be had.

    Source: H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST, arXiv:1708.07747, 2017.
    """
    return load(FASHION_MNIST, CLOTHES)


def load(remote: Remote, classes: tuple[str, ...]) -> Dataset:
    """A dataset in the four files of MNIST's format."""
    train, test = (
        Split(
            parse_idx(download.fetch(remote, f"{part}-images-idx3-ubyte.gz")).unsqueeze(1),
            parse_idx(download.fetch(remote, f"{part}-labels-idx1-ubyte.gz")).long(),
        )
        for part in ("train", "t10k")
    )
    return Dataset(train, test, remote.name, classes)


def parse_idx(content: bytes) -> Tensor:
    """The array in an IDX file: two zero bytes, type, number of dimensions, sizes, values.

    Only unsigned bytes (type 8) are read, the type of MNIST. Raises ValueError on anything else
    and where the number of values is not what the sizes ask for.
    """
    if len(content) < 4 or content[:2] != b"\0\0":
        raise ValueError(f"not an IDX file: it must begin with two zeros, got {content[:4]!r}")
    kind, dimensions = content[2], content[3]
    if kind != 8 or dimensions == 0:
        raise ValueError(
            f"IDX type must be 8 (bytes) in 1 dimension or more, got {kind} in {dimensions}"
        )
    begin = 4 + 4 * dimensions
    if len(content) < begin:
        raise ValueError(f"IDX header must hold {dimensions} sizes, but the file ends within it")
    shape = tuple(np.frombuffer(content[4:begin], dtype=">u4").tolist())
    expected, got = math.prod(shape), len(content) - begin
    if got != expected:
        raise ValueError(f"IDX sizes {shape} ask for {expected} values, the file has {got}")
    values = np.frombuffer(content, dtype=np.uint8, offset=begin).reshape(shape)
    return torch.from_numpy(values.copy())  # copied, because the bytes cannot be written to
