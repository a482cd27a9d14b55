"""`explore`: a figure that moves under the reader's fingers, with a kernel or without.

In a running notebook the controls are ipywidgets and every move draws anew. On the book's page
every setting is drawn ahead, and `book/static/figures.js` swaps the frames behind native controls.
"""

import gzip
import html
import inspect
import itertools
import json
from collections.abc import Mapping
from typing import Any

from deeptricks.lab.controls import Choice, Control, Slider
from deeptricks.lab.display import on_page, publish
from deeptricks.lab.figures import FIGURE_MIME, caption_html, check_name
from deeptricks.lab.frames import Draw, described, frame

MOST_FRAMES = 150
MOST_BYTES = 400_000  # of one explorable, compressed


def explore(draw: Draw, *, name: str, caption: str, **controls: Control) -> None:
    """Show a figure with controls.

    Parameters
    ----------
    draw
        ``draw(**settings)`` returns ``(fig, description)``: a matplotlib figure for one value of
        each control, and what it shows in words (at least 40 characters), which is its alternative
        text.
    name, caption
        As in `show`.
    **controls
        A `Slider` or `Choice` for each argument of `draw`.

    Raises
    ------
    TypeError
        If the controls are not the arguments of `draw`.
    ValueError
        For more than 150 combinations, for frames above 400 kB compressed, or a description that
        is too short.
    """
    check_name(name)
    _check_controls(draw, controls)
    if on_page():
        text, description = page_html(draw, name, controls)
        bundle: dict[str, Any] = {"text/html": text}
    else:
        from deeptricks.lab.widgets import widget  # ipywidgets is for running notebooks only

        settings = {key: control.values[control.start] for key, control in controls.items()}
        picture, description = frame(draw, name, settings)
        start = described(picture, description)
        bundle = {"text/html": start + caption_html(caption)}
        bundle |= widget(draw, name, caption, controls, start)
    bundle["text/plain"] = f"Explorable figure: {description}"
    bundle[FIGURE_MIME] = {"name": name, "caption": caption, "alt": description}
    publish(bundle)


def page_html(draw: Draw, name: str, controls: Mapping[str, Control]) -> tuple[str, str]:
    """Draw the explorable as one block of HTML that needs no kernel, and tell its start."""
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
        f"{described(*frames[first])}"
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


def _input(key: str, control: Control) -> str:
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


def _check_controls(draw: Draw, controls: Mapping[str, Control]) -> None:
    if not controls:
        raise TypeError("explore needs at least one control")
    for key, control in controls.items():
        if not isinstance(control, Slider | Choice):
            raise TypeError(f"control {key!r} must be a Slider or a Choice, got {control!r}")
    try:
        inspect.signature(draw).bind(**controls)
    except TypeError as error:
        raise TypeError(f"controls {list(controls)} do not fit draw: {error}") from None
