"""A network without some of its layers: what follows a gap is made to fit, and drawn anew."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from torch import nn


class Place(NamedTuple):
    """Where a layer stands: in which sequence, under which name."""

    block: nn.Sequential
    key: str

    @property
    def layer(self) -> Any:
        """The layer itself."""
        return getattr(self.block, self.key)


def numbered_layers(network: nn.Module) -> dict[str, Place]:
    """Name the layers as papers do: conv1, conv2, … in ``features``, then fc6, … on.

    Parameters
    ----------
    network
        With two `nn.Sequential`: ``features`` with convolutions, ``classifier`` with linear layers.
    """
    blocks = (network.features, nn.Conv2d, "conv"), (network.classifier, nn.Linear, "fc")
    places: dict[str, Place] = {}
    for block, kind, word in blocks:
        for key, module in block.named_children():
            if isinstance(module, kind):
                places[f"{word}{len(places) + 1}"] = Place(block, key)
    return places


def remove_layers(network: nn.Module, layers: Iterable[str]) -> nn.Module:
    """Take layers out of `network`, in place, and return it.

    With a layer go its activation and its dropout (the one in front of it, or, where there is
    none, the one behind). The layer that follows is replaced by one with as many inputs as now
    arrive, with weights drawn anew. All others keep weights and names, so that weights of the
    whole network load with ``strict=False`` wherever the shapes are still the same. Train the
    result from the start, as Zeiler and Fergus did: what remains was never trained for the gap.

    Parameters
    ----------
    network
        An `AlexNet`, a `PaperAlexNet`, or any network of this plan (see `numbered_layers`).
    layers : str or iterable of str
        Names such as "conv3" or "fc7": a convolution that keeps the image's sides and is not the
        last one, or a linear layer that is not the last one.

    Raises
    ------
    ValueError
        For a layer that is not there or cannot be removed; the network is then untouched.

    References
    ----------
    M. Zeiler and R. Fergus, Visualizing and understanding convolutional networks, 2013, table 3.
    """
    places = numbered_layers(network)
    removed = {layers} if isinstance(layers, str) else set(layers)
    fixed = removed - set(removable(places))
    if fixed:
        allowed = ", ".join(removable(places))
        raise ValueError(f"layers must be among {allowed}; got {', '.join(sorted(fixed))}")
    for name in [name for name in places if name in removed]:
        behind = places[following(places, name)]
        setattr(behind.block, behind.key, refit(behind.layer, places[name].layer))
        take_out(*places.pop(name))
    return network


def removable(places: dict[str, Place]) -> list[str]:
    """Return the names of the layers whose neighbors fit together without them."""
    return [
        name
        for name in list(places)[:-1]
        if isinstance(places[name].layer, nn.Linear)
        or (keeps_sides(places[name].layer) and following(places, name).startswith("conv"))
    ]


def keeps_sides(layer: nn.Conv2d) -> bool:
    """Whether the outputs are as high and as wide as the inputs."""
    sizes = zip(layer.kernel_size, layer.padding, layer.stride, strict=True)
    return all(stride == 1 and 2 * padding == size - 1 for size, padding, stride in sizes)


def following(places: dict[str, Place], name: str) -> str:
    """Return the name of the next layer that is still there."""
    names = list(places)
    return names[names.index(name) + 1]


def refit(layer: Any, removed: Any) -> nn.Module:
    """Return a layer like `layer`, drawn anew, on the inputs of the one removed before it."""
    like = {"bias": layer.bias is not None, "device": layer.weight.device}
    like["dtype"] = layer.weight.dtype
    if isinstance(layer, nn.Linear):
        return nn.Linear(removed.in_features, layer.out_features, **like)
    shape = (removed.in_channels, layer.out_channels, layer.kernel_size, layer.stride)
    return nn.Conv2d(*shape, padding=layer.padding, groups=layer.groups, **like)


def take_out(block: nn.Sequential, key: str) -> None:
    """Delete a layer, the activation behind it, and its dropout."""
    keys = [key for key, _ in block.named_children()]
    here = keys.index(key)
    gone = [here, here + 1] if is_a(block, keys, here + 1, nn.ReLU) else [here]
    for neighbor in (here - 1, gone[-1] + 1):
        if is_a(block, keys, neighbor, nn.Dropout):
            gone.append(neighbor)
            break
    for place in gone:
        delattr(block, keys[place])


def is_a(block: nn.Sequential, keys: list[str], place: int, kind: type) -> bool:
    """Whether the module at that place, if there is one, is of that kind."""
    return 0 <= place < len(keys) and isinstance(getattr(block, keys[place]), kind)
