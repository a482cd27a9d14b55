"""The controls of an explorable figure in a running notebook."""

import html
import traceback

import ipywidgets as widgets

from deeptricks.lab.explore import Slider, frame, still
from deeptricks.lab.figures import caption_html


def widget(draw, name, caption, controls, start) -> dict:
    """The mime bundle of a widget that draws anew whenever a control moves."""
    inputs = {key: _input(control) for key, control in controls.items()}
    picture = widgets.HTML(start)

    def redraw(_change):
        settings = {key: control.value for key, control in inputs.items()}
        try:
            picture.value = still(*frame(draw, name, settings))
        except Exception:  # whatever the reader's own draw raises belongs on the screen
            picture.value = f'<pre role="alert">{html.escape(traceback.format_exc())}</pre>'

    for control in inputs.values():
        control.observe(redraw, names="value")
    box = widgets.VBox([*inputs.values(), picture, widgets.HTML(caption_html(caption))])
    model = {"version_major": 2, "version_minor": 0, "model_id": box.model_id}
    return {"application/vnd.jupyter.widget-view+json": model}


def _input(control):
    kind = widgets.SelectionSlider if isinstance(control, Slider) else widgets.ToggleButtons
    return kind(
        options=list(zip(control.texts, control.values, strict=True)),
        index=control.start,
        description=control.label,
        style={"description_width": "initial"},
        layout={"width": "min(100%, 42em)"},  # a long label would leave the slider no room
    )
