"""`deeptricks.inputs` beside scikit-learn and torch, on data of the size of the chapters'."""

from collections.abc import Iterator

import numpy as np
import torch
from sklearn import decomposition, preprocessing

from benchmarks.compare import Pair
from deeptricks.inputs import PCA, Standardize, StandardScaler, Whitening


def pairs() -> Iterator[Pair]:
    """Fit and transform of each estimator, and the forward pass of `Standardize`."""
    yield estimators("StandardScaler", StandardScaler(), preprocessing.StandardScaler())
    yield estimators("PCA", PCA(), decomposition.PCA())
    yield estimators("Whitening by PCA", Whitening("pca"), decomposition.PCA(whiten=True))
    yield standardize_images()


def estimators(name, ours, theirs) -> Pair:
    """Fit and transform 2000 samples of 64 features that differ a hundredfold in size."""
    X = np.random.default_rng(0).normal(size=(2000, 64)) * np.geomspace(0.1, 10, 64) + 3

    def up_to_signs(estimator):  # of a component: they are nobody's choice
        return abs(estimator.fit(X).transform(X))

    return Pair(
        f"{name}, fit and transform 2000 × 64",
        lambda: up_to_signs(ours),
        lambda: up_to_signs(theirs),
        f"sklearn's {theirs}",
    )


def standardize_images() -> Pair:
    """The layer against a batch norm in evaluation that holds the same statistics."""
    images = torch.rand(256, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    ours = Standardize("channel").fit(images)
    theirs = torch.nn.BatchNorm2d(3, eps=0.0, affine=False).eval()
    theirs.running_mean.copy_(ours.mean.flatten())
    theirs.running_var.copy_(ours.std.flatten() ** 2)
    return Pair(
        "Standardize per channel, 256 × 3 × 32²",
        lambda: ours(images),
        lambda: theirs(images),
        "torch's BatchNorm2d in evaluation",
        tolerance=1e-5,
    )
