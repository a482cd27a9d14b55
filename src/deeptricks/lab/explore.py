"""`explore`: a figure that moves under the reader's fingers, with a kernel or without.

In a running notebook the controls are ipywidgets and every move draws anew. On the book's page
every setting is drawn ahead, and `book/static/figures.js` swaps the frames behind native controls.
"""

import gzip
import html
import inspect
import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib.pyplot as plt

from deeptricks.lab.display import on_page, publish
from deeptricks.lab.figures import (
    FIGURE_MIME,
    caption_html,
    check_description,
    check_name,
    framed,
    svg,
)

MOST_FRAMES = 150
MOST_BYTES = 400_000  # of one explorable, compressed


@dataclass(frozen=True)
class Control:
    """A setting that the reader may choose: ``values`` with one text each; starts at an index."""

    label: str
    values: Sequence[Any]
    start: int = 0
    texts: list[str] = field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "texts", [self.text(v) for v in self.values])
        if not self.texts:
            raise ValueError(f"values of {self.label!r} must not be empty")
        if len(set(self.texts)) < len(self.texts):
            raise ValueError(f"values of {self.label!r} must read differently, got {self.texts}")
        if not 0 <= self.start < len(self.texts):
            raise ValueError(
                f"start of {self.label!r} must be 0 … {len(self.texts) - 1}, got {self.start}"
            )

    def text(self, value) -> str:
        """How the reader sees a value."""
        return str(value)


@dataclass(frozen=True)
class Slider(Control):
    """A row of values to slide through, shown with ``format``; ``start`` is an index."""

    format: str = "{:g}"

    def text(self, value) -> str:
        return self.format.format(value)


@dataclass(frozen=True)
class Choice(Control):
    """A few options side by side; ``start`` is an index."""


def explore(draw, *, name, caption, **controls):
    """Show a figure with controls.

    ``draw(**settings)`` returns ``(fig, description)``: a matplotlib figure for one value of each
    control, and what it shows in words (at least 40 characters), which is its alternative text.
    ``controls``: a ``Slider`` or ``Choice`` for each argument of ``draw``.
    ``name``, ``caption``: as in ``show``.

    Raises TypeError if the controls are not the arguments of ``draw``; ValueError for more than 150
    combinations, for frames above 400 kB compressed, or a description that is too short.
    """
    check_name(name)
    _check_controls(draw, controls)
    if on_page():
        text, description = page_html(draw, name, controls)
        bundle = {"text/html": text}
    else:
        from deeptricks.lab.live import widget  # ipywidgets is for running notebooks only

        settings = {key: control.values[control.start] for key, control in controls.items()}
        picture, description = frame(draw, name, settings)
        start = still(picture, description)
        bundle = {"text/html": start + caption_html(caption)}
        bundle |= widget(draw, name, caption, controls, start)
    bundle["text/plain"] = f"Explorable figure: {description}"
    bundle[FIGURE_MIME] = {"name": name, "caption": caption, "alt": description}
    publish(bundle)


def frame(draw, name, settings) -> tuple[str, str]:
    """One setting drawn: the SVG and its description. Leaves no figure open."""
    before = set(plt.get_fignums())
    try:
        fig, description = draw(**settings)
        check_description(description, "description")
        return svg(fig, name, description), description
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)


def page_html(draw, name, controls) -> tuple[str, str]:
    """The explorable as one block of HTML that needs no kernel, and its start in words."""
    combinations = list(itertools.product(*(c.values for c in controls.values())))
    if len(combinations) > MOST_FRAMES:
        raise ValueError(
            f"the controls of {name!r} give {len(combinations)} frames; at most {MOST_FRAMES}"
        )
    frames = [frame(draw, name, dict(zip(controls, c, strict=True))) for c in combinations]
    first = 0
    for control in controls.values():
        first = first * len(control.values) + control.start
    inputs = "".join(_input(f"dt-{name}-{key}", c) for key, c in controls.items())
    data = json.dumps({"frames": [f[0] for f in frames]}, ensure_ascii=False)
    data = data.replace("</", "<\\/")  # a closing tag would end the script element
    block = (
        f'<div class="dt-explore" data-name="{name}">'
        f'<fieldset class="dt-controls" disabled><legend>Settings of this figure</legend>'
        f"{inputs}</fieldset>"
        "<noscript><p>The settings need JavaScript; this is the figure as it starts.</p></noscript>"
        f"{still(*frames[first])}"
        '<p class="dt-announce" role="status" aria-live="polite"></p>'
        f'<script type="application/json">{data}</script></div>'
    )
    size = len(gzip.compress(block.encode()))
    if size > MOST_BYTES:
        raise ValueError(
            f"{name!r} weighs {size / 1000:.0f} kB compressed in {len(frames)} frames; "
            f"at most {MOST_BYTES / 1000:.0f}: fewer frames, fewer points, or rasterized=True"
        )
    return block, frames[first][1]


def still(picture, description):
    """The picture, and its description for the eye: for the ear it is the picture's name."""
    text = html.escape(description)
    return f'{framed(picture)}<p class="dt-description" aria-hidden="true">{text}</p>'


def _input(key, control) -> str:
    label = html.escape(control.label)
    texts = [html.escape(t) for t in control.texts]
    if isinstance(control, Slider):
        ticks = "".join(f'<option value="{i}" label="{t}"></option>' for i, t in enumerate(texts))
        return (
            f'<div class="dt-slider"><label for="{key}">{label}</label>'
            f'<output for="{key}">{texts[control.start]}</output>'
            f'<input type="range" id="{key}" list="{key}-values" min="0" max="{len(texts) - 1}"'
            f' value="{control.start}" aria-valuetext="{texts[control.start]}" autocomplete="off">'
            f'<datalist id="{key}-values">{ticks}</datalist></div>'
        )
    options = "".join(
        f'<label><input type="radio" name="{key}" value="{i}" autocomplete="off"'
        f"{' checked' if i == control.start else ''}><span>{text}</span></label>"
        for i, text in enumerate(texts)
    )
    return (
        f'<fieldset class="dt-choice"><legend>{label}</legend>'
        f'<div class="dt-options">{options}</div></fieldset>'
    )


def _check_controls(draw, controls):
    if not controls:
        raise TypeError("explore needs at least one control")
    for key, control in controls.items():
        if not isinstance(control, Slider | Choice):
            raise TypeError(f"control {key!r} must be a Slider or a Choice, got {control!r}")
    try:
        inspect.signature(draw).bind(**controls)
    except TypeError as error:
        raise TypeError(f"controls {list(controls)} do not fit draw: {error}") from None
