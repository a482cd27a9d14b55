"""MNIST and Fashion-MNIST: downloaded, and read from the format that they share."""

import math

import numpy as np
import torch
from torch import Tensor

from deeptricks.lab import download
from deeptricks.lab.download import Remote
from deeptricks.lab.splits import Dataset, Split

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


def mnist() -> Dataset:
    """Handwritten digits, 28 × 28 pixels with values 0 … 255: 60 000 to train on, 10 000 to test.

    Downloaded once, 12 MB, to the folder `mnist` in `$DEEPTRICKS_DATA` (or the user's cache).

    Raises
    ------
    DataUnavailable
        Where the files are not there and cannot be had.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning applied to document
    recognition, Proceedings of the IEEE, 1998.
    """
    return load(MNIST, tuple("0123456789"))


def fashion_mnist() -> Dataset:
    """Photographs of clothes in the format of MNIST: 60 000 to train on, 10 000 to test.

    Downloaded once, 31 MB, to the folder `fashion_mnist` in `$DEEPTRICKS_DATA` (or the user's
    cache).

    Raises
    ------
    DataUnavailable
        Where the files are not there and cannot be had.

    References
    ----------
    H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST, arXiv:1708.07747, 2017.
    """
    return load(FASHION_MNIST, CLOTHES)


def load(remote: Remote, classes: tuple[str, ...]) -> Dataset:
    """Return a dataset in the four files of MNIST's format."""
    train, test = (
        Split(
            parse_idx(download.fetch(remote, f"{part}-images-idx3-ubyte.gz")).unsqueeze(1),
            parse_idx(download.fetch(remote, f"{part}-labels-idx1-ubyte.gz")).long(),
        )
        for part in ("train", "t10k")
    )
    return Dataset(train, test, remote.name, classes)


def parse_idx(content: bytes) -> Tensor:
    """Return the array in an IDX file: two zero bytes, type, number of dimensions, sizes, values.

    Only unsigned bytes (type 8) are read, the type of MNIST.

    Raises
    ------
    ValueError
        On anything else, and where the number of values is not what the sizes ask for.
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
