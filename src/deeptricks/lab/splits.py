"""Images with labels, and how they are divided into parts to train on, to choose by, to report."""

from typing import NamedTuple

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import Tensor


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
        """Images as float32: gray levels minus one mean, divided by one standard deviation.

        Both are taken over all pixels of the training images, and applied to all three parts.

        Returns
        -------
        Splits
            Images of shape (N, 1, H, W), for convolutions; labels as they are.
        """
        gray = self.train.images.float()
        mean, deviation = gray.mean(), gray.std()
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
