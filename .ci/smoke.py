"""Does an installed deeptricks work? Imports every room, takes one step, reads its own data.

python -I .ci/smoke.py [version]      -I: this folder is not looked into
"""

import importlib
import sys
from importlib import metadata, resources

ROOMS = (
    *("inputs", "signal", "normalization", "optimization", "regularization"),
    *("practice", "architectures", "lab"),
)


def main(wanted: str | None = None) -> None:
    """Stop with an error at the first thing that is not as it should be."""
    version = metadata.version("deeptricks")
    assert wanted in (None, version), f"{version} is installed, {wanted} was asked for"
    rooms = {name: importlib.import_module(f"deeptricks.{name}") for name in ROOMS}
    for room in rooms.values():
        missing = [name for name in room.__all__ if not hasattr(room, name)]
        assert not missing, f"{room.__name__} lacks {missing}"
    a_step(rooms)
    pages = resources.files("deeptricks") / "grading" / "results" / "of_class"
    assert (pages / "base.html.jinja").is_file(), "the templates of the grading pages are missing"
    print(f"deeptricks {version} works in {sys.prefix}")


def a_step(rooms: dict) -> None:
    """Scaled inputs, a network with normalization, a step downhill."""
    import torch

    features, digits = rooms["lab"].data.tables()["digits"]
    x = torch.tensor(rooms["inputs"].StandardScaler().fit_transform(features))
    y = torch.tensor(digits)
    net = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], 32),
        rooms["normalization"].BatchNorm1d(32),
        rooms["signal"].ReLU(),
        torch.nn.Linear(32, 10),
    ).to(x.dtype)
    optimizer = rooms["optimization"].AdamW(net.parameters(), lr=0.01)
    losses = []
    for _ in range(5):
        loss = rooms["regularization"].CrossEntropyLoss()(net(x), y)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < losses[0], losses


if __name__ == "__main__":
    main(*sys.argv[1:])
