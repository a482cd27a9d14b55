"""The controls of an explorable figure in a running notebook."""

import html
import traceback
from collections.abc import Mapping
from typing import Any

import ipywidgets

from deeptricks.lab.controls import Control, Slider
from deeptricks.lab.figures import caption_html
from deeptricks.lab.frames import Draw, described, frame


def widget(
    draw: Draw, name: str, caption: str, controls: Mapping[str, Control], start: str
) -> dict[str, Any]:
    """Make the mime bundle of a widget that draws anew whenever a control moves."""
    inputs = {key: control_widget(control) for key, control in controls.items()}
    picture = ipywidgets.HTML(start)

    def redraw(_change: Any) -> None:
        settings = {key: controls[key].values[choice.index] for key, choice in inputs.items()}
        try:
            picture.value = described(*frame(draw, name, settings))
        except Exception:  # whatever the reader's own draw raises belongs on the screen
            picture.value = f'<pre role="alert">{html.escape(traceback.format_exc())}</pre>'

    for choice in inputs.values():
        choice.observe(redraw, names="index")
    box = ipywidgets.VBox([*inputs.values(), picture, ipywidgets.HTML(caption_html(caption))])
    model = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    return {"application/vnd.jupyter.widget-view+json": model}


def control_widget(control: Control) -> ipywidgets.DOMWidget:
    """Make a row of texts to choose from, told apart by their place: arrays do not compare."""
    kind = ipywidgets.SelectionSlider if isinstance(control, Slider) else ipywidgets.ToggleButtons
    return kind(
        options=control.texts,
        index=control.start,
        description=control.label,
        style={"description_width": "initial"},
        layout={"width": "min(100%, 42em)"},  # a long label would leave the slider no room
    )
