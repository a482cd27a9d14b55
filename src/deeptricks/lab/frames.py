"""One setting of an explorable figure, drawn and described."""

import html
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from deeptricks.lab.figures import check_description, framed, svg

Draw = Callable[..., tuple[Figure, str]]


def frame(draw: Draw, name: str, settings: Mapping[str, Any]) -> tuple[str, str]:
    """Draw one setting: the SVG and its description. Leaves no figure open."""
    before = set(plt.get_fignums())
    try:
        fig, description = draw(**settings)
        check_description(description, "description")
        return svg(fig, name, description), description
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)


def described(picture: str, description: str) -> str:
    """Put the description under the picture for the eye: for the ear it is the picture's name."""
    text = html.escape(description)
    return f'{framed(picture)}<p class="dt-description" aria-hidden="true">{text}</p>'
