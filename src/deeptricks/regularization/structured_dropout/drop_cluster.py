"""DropCluster: places of a map that vary together are dropped together; the data says which."""

import numpy as np
import torch
from scipy.cluster.hierarchy import fcluster, linkage
from torch import Tensor, nn

from deeptricks.regularization.checks import (
    check_generator,
    check_images,
    check_probability,
    check_whole,
)


def correlation_clusters(maps: Tensor, clusters: int) -> Tensor:
    """Group the places of each channel by how they correlate over the samples.

    The distance of two places is 1 − r, with r their correlation; the two groups whose places are
    nearest on average are joined until `clusters` are left (average linkage). A place that never
    varies correlates with none.

    Parameters
    ----------
    maps : Tensor
        Outputs of a layer for a batch of samples, (N, C, H, W), N ≥ 2.
    clusters : int
        How many groups for each channel, at most H · W.

    Returns
    -------
    Tensor
        Labels 0 … clusters − 1, (C, H, W), int64.

    Raises
    ------
    TypeError, ValueError
        For maps of another shape, fewer than two samples, or too many clusters.
    """
    check_images(maps)
    check_whole(1, clusters=clusters)
    n, channels, height, width = maps.shape
    if n < 2:
        raise ValueError(f"maps must hold at least two samples, got {n}")
    if clusters > height * width:
        raise ValueError(f"clusters must be at most {height * width}, got {clusters!r}")
    columns = maps.detach().double().cpu().flatten(2).transpose(0, 1).numpy()
    labels = [grouped(channel, clusters) for channel in columns]
    return torch.from_numpy(np.stack(labels)).reshape(channels, height, width)


def grouped(columns: np.ndarray, clusters: int) -> np.ndarray:
    """Return the labels (D,) of the columns of (N, D)."""
    if columns.shape[1] == 1:
        return np.zeros(1, dtype=np.int64)
    centered = columns - columns.mean(axis=0)
    norms = np.linalg.norm(centered, axis=0)
    unit = centered / np.where(norms > 0, norms, 1)
    distance = 1 - unit.T @ unit
    pairs = np.clip(distance[np.triu_indices(len(distance), 1)], 0, 2)
    tree = linkage(pairs, "average")
    return fcluster(tree, clusters, "maxclust").astype(np.int64) - 1


class DropCluster2d(nn.Module):
    """Drop each cluster of each channel of each sample with probability p.

    y = x · M / (1 − p), M one draw of Bernoulli(1 − p) for each cluster.

    Every place is dropped with probability p, at the border too. The idea is that of Chen,
    Mordohai and Aydöre: clusters found in the data. Their abstract does not say how, and it is all
    that we have seen; ours come from `correlation_clusters`. To renew them in training, set
    `layer.labels` to others of the same number.

    Parameters
    ----------
    p : float
        Probability that a cluster is dropped.
    labels : Tensor
        (C, H, W), whole numbers from 0 on; a buffer, so that checkpoints hold it.
    generator : torch.Generator, optional
        By default the global one.

    Raises
    ------
    TypeError, ValueError
        For a p outside [0, 1], and labels of another type, shape or sign.

    References
    ----------
    L. Chen, P. Mordohai and S. Aydöre, DropCluster: a structured dropout for convolutional
    networks, arXiv:2002.02997, 2020.
    """

    def __init__(
        self, p: float, labels: Tensor, *, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        check_probability(p=p)
        check_labels(labels)
        check_generator(generator)
        self.p, self.generator = p, generator
        self.clusters = int(labels.max()) + 1
        self.register_buffer("labels", labels.clone())

    def forward(self, input: Tensor) -> Tensor:
        """Return (N, C, H, W) with clusters of zeros in training, the input in evaluation."""
        check_images(input)
        if input.shape[1:] != self.labels.shape:
            shape = tuple(self.labels.shape)
            raise ValueError(f"input must have maps of shape {shape}, got {tuple(input.shape[1:])}")
        if not self.training or self.p == 0 or input.numel() == 0:
            return input
        each = input.new_empty((*input.shape[:2], self.clusters))
        kept = each.bernoulli_(1 - self.p, generator=self.generator)
        if self.p < 1:
            kept = kept / (1 - self.p)
        places = self.labels.flatten(1).expand(len(input), -1, -1)
        return input * kept.gather(2, places).view(input.shape)

    def _load_from_state_dict(self, *args, **kwargs) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        self.clusters = int(self.labels.max()) + 1

    def extra_repr(self) -> str:
        """Name the settings."""
        return f"p={self.p}, clusters={self.clusters}"


def check_labels(labels: Tensor) -> None:
    """Raise TypeError or ValueError unless these are labels (C, H, W), int64, from 0 on."""
    if not isinstance(labels, Tensor) or labels.dtype != torch.long:
        kind = getattr(labels, "dtype", type(labels).__name__)
        raise TypeError(f"labels must be a tensor of int64, got {kind}")
    if labels.dim() != 3 or labels.numel() == 0:
        raise ValueError(
            f"labels must have the shape (C, H, W), not empty, got {tuple(labels.shape)}"
        )
    if labels.min() < 0:
        raise ValueError(f"labels must not be negative, got {int(labels.min())}")
