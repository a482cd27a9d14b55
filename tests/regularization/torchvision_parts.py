"""torchvision's transforms and operations, to compare with, beside a torch for CPUs too."""

from importlib import import_module
from types import ModuleType

from torch import Tensor

from tests.architectures.published import torchvision_models


def torchvision(part: str) -> ModuleType:
    """Import torchvision.<part>; skip the test that asks where torchvision is not installed."""
    torchvision_models()
    return import_module(f"torchvision.{part}")


def filled_twice(zeros: Tensor, inside: Tensor, fill: Tensor) -> Tensor:
    """Put torchvision's fill on an image that was sampled with zeros beyond its border.

    `inside` is the part of each sample that comes from within. At the border `zeros` holds it
    already, and torchvision multiplies once more: m (z − fill) + fill, darker than both
    neighbors where the fill is black. What lies between a pixel and a fill is z + (1 − m) fill,
    as scipy's "grid-constant" and our `warp` have it.
    """
    return inside * (zeros - fill) + fill
