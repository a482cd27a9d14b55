"""What is done around a network: finding what is wrong with it, searching, transferring."""

from deeptricks.practice.transfer.features import features, pooled
from deeptricks.practice.transfer.freeze import freeze, is_frozen, unfreeze
from deeptricks.practice.transfer.groups import groups
from deeptricks.practice.transfer.heads import replace_head
from deeptricks.practice.transfer.lite0 import EfficientNetLite0, prepare, pretrained_lite0
from deeptricks.practice.transfer.load import Loaded, load_by_name

__all__ = [
    "EfficientNetLite0",
    "Loaded",
    "features",
    "freeze",
    "groups",
    "is_frozen",
    "load_by_name",
    "pooled",
    "prepare",
    "pretrained_lite0",
    "replace_head",
    "unfreeze",
]
