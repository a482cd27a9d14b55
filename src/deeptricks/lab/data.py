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
    "Splits",
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


class Splits(NamedTuple):
    """Three disjoint parts: to train on, to choose settings by, to report.

    An empty part has tensors of length 0.
    """

    train: Split
    validation: Split
    test: Split

    def standardized(self) -> "Splits":
        """Images as float32: grey levels minus one mean, divided by one standard deviation.

        Both are taken over all pixels of the training images, and applied to all three parts.

        Returns
        -------
        Splits
            Images of shape (N, 1, H, W), for convolutions; labels as they are.
        """
        grey = self.train.images.float()
        mean, deviation = grey.mean(), grey.std()
        return Splits(*(Split((p.images.float() - mean) / deviation, p.labels) for p in self))

    def in_rows(self) -> "Splits":
        """`standardized`, an image to a row (N, H · W), for fully connected networks."""
        return Splits(*(Split(p.images.flatten(1), p.labels) for p in self.standardized()))


class Dataset(NamedTuple):
    """Two parts, the name, and the names of the classes in the order of the labels.

    `pool` holds all images where their publisher set none apart for testing.
    """

    train: Split
    test: Split
    name: str
    classes: tuple[str, ...]
    pool: Split | None = None

    def split(
        self,
        train: int | None = None,
        validation: int | None = 0,
        test: int | None = 500,
        seed: int = 0,
    ) -> Splits:
        """Draw three disjoint parts at random, classes in equal proportion in each.

        The test images are drawn first, then those for validation, then those to train on:
        another size of training set leaves the other two as they are. Where the publisher set a
        test set apart (MNIST), the test images come from it, the others never do; the digits
        have none, and all of their images are shuffled.

        Parameters
        ----------
        train, validation, test
            How many images; None for all that are left.
        seed
            Of the draw.

        Returns
        -------
        Splits
            Raw images; see `Splits.standardized` and `Splits.in_rows`.

        Raises
        ------
        ValueError
            If there are too few images, or fewer in a part than there are classes.
        """
        tests, rest = draw(self.test if self.pool is None else self.pool, test, seed)
        if self.pool is None:
            rest = self.train
        validations, rest = draw(rest, validation, seed)
        return Splits(draw(rest, train, seed)[0], validations, tests)


def draw(part: Split, size: int | None, seed: int) -> tuple[Split, Split]:
    """`size` of the images at random, stratified by class, and the rest; None for all."""
    count = len(part.labels)
    if size is not None and not 0 <= size <= count:
        raise ValueError(f"a part of {size!r} images was asked for, but {count} are left")
    if size == 0:
        rows = [np.arange(0), np.arange(count)]
    elif size is None or size == count:
        rows = [np.arange(count), np.arange(0)]
    else:
        rows = train_test_split(
            np.arange(count), test_size=int(size), stratify=part.labels, random_state=seed
        )[::-1]
    chosen, rest = (Split(part.images[r], part.labels[r]) for r in map(torch.from_numpy, rows))
    return chosen, rest


def digits(seed: int = 0) -> Dataset:
    """Handwritten digits, 1797 images of 8 × 8 pixels with values 0 … 16; needs no download.

    Each pixel counts the dark dots in a 4 × 4 block of a scanned 32 × 32 bitmap. The same people
    wrote all of them, so a test says nothing about new writers.

    Parameters
    ----------
    seed
        Chooses which 500 images are `test`, classes in equal proportion. The other 1297 are
        `train`. (`digits().split(…, seed=…)` divides all of them anew.)

    References
    ----------
    E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, 1998 (its test part), as scikit-learn ships it.
    """
    test, train = draw(_digits(), 500, seed)
    return Dataset(train, test, "digits", tuple("0123456789"), pool=_digits())


def digits_in_rows(seed: int = 0) -> tuple[Split, Split]:
    """`digits(seed)` ready for a fully connected network: (inputs, labels) to train on, to test.

    The same as ``digits().split(test=500, seed=seed).in_rows()`` without its empty validation
    part: inputs are (N, 64) float32, grey levels minus one mean, divided by one standard
    deviation, both taken over all pixels of the training images.
    """
    train, _, test = digits().split(seed=seed).in_rows()
    return train, test


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
