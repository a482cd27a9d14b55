"""Real images to experiment on: digits comes with scikit-learn, the others are downloaded.

`digits().split(train=…, validation=…, test=…, seed=…)` draws three parts, raw as they are;
`.standardized()` or `.in_rows()` makes them ready for a network.
"""

from functools import cache

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine

from deeptricks.lab.download import DataUnavailable
from deeptricks.lab.mnist import fashion_mnist, mnist
from deeptricks.lab.splits import Dataset, Split, Splits, draw

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
    part: inputs are (N, 64) float32, gray levels minus one mean, divided by one standard
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
