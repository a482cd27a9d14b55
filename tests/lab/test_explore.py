"""`explore`: the same figure on a page without a kernel and in a running notebook."""

import itertools
import json
import math
import re
import xml.etree.ElementTree as ET

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest

from deeptricks.lab import Choice, Slider, explore, plots
from deeptricks.lab.figures import FIGURE_MIME

VIEW = "application/vnd.jupyter.widget-view+json"
RATES = np.array([0.1, 0.2, 0.5])
METHODS = ["raw </script>", "white & <b>"]


def describe(rate, method):
    return f"A line of slope {rate:g} through the origin, for inputs that are {method}."


def draw(rate, method):
    fig, ax = plots.figure(height=2)
    ax.plot([0, 1], [0, rate], label=method)
    return fig, describe(rate, method)


def controls():
    return {"rate": Slider("Rate η", RATES, start=2), "method": Choice("Inputs", METHODS, start=1)}


@pytest.fixture
def on_page(shown, for_page):
    explore(draw, name="line", caption="A line", **controls())
    return shown[0]


def frames(bundle):
    data = re.search(
        r'<script type="application/json">(.*?)</script>', bundle["text/html"], re.DOTALL
    )
    return json.loads(data[1])["frames"]


def test_text_and_figure_are_of_the_start(on_page):
    start = describe(0.5, METHODS[1])
    assert on_page["text/plain"] == f"Explorable figure: {start}"
    assert on_page[FIGURE_MIME] == {"name": "line", "caption": "A line", "alt": start}
    before_data = on_page["text/html"].split("<script")[0]
    picture = re.search(r"<svg.*</svg>", before_data, re.DOTALL)[0]
    assert ET.fromstring(picture).get("aria-label") == start


def test_frames_come_in_the_order_that_the_script_counts(on_page):
    labels = [ET.fromstring(frame).get("aria-label") for frame in frames(on_page)]
    assert labels == [describe(*setting) for setting in itertools.product(RATES, METHODS)]


def test_frames_cannot_end_their_script(on_page):
    data = on_page["text/html"].split('<script type="application/json">')[1]
    assert data.index("</") == data.index("</script></div>")
    assert "onclick" not in on_page["text/html"]


def test_controls_are_native_named_and_off_without_javascript(on_page):
    text = on_page["text/html"]
    assert '<fieldset class="dt-controls" disabled>' in text
    assert "<noscript>" in text
    assert '<label for="dt-line-rate">Rate η</label>' in text
    assert re.search(r'<input type="range" id="dt-line-rate"[^>]* max="2" value="2"', text)
    assert 'aria-valuetext="0.5"' in text
    assert "<legend>Inputs</legend>" in text
    assert 'value="1" autocomplete="off" checked><span>white &amp; &lt;b&gt;</span>' in text
    assert text.count(" checked") == 1
    assert 'role="status" aria-live="polite"' in text


def test_page_leaves_no_figure_open(on_page):
    assert plt.get_fignums() == []


def test_too_many_frames(shown, for_page):
    many = {"rate": Slider("Rate", range(76)), "method": Choice("Inputs", METHODS)}
    with pytest.raises(ValueError, match="152 frames; at most 150"):
        explore(draw, name="line", caption="A line", **many)


def test_too_heavy(shown, for_page):
    noise = np.random.default_rng(0)

    def heavy(k):
        fig, ax = plots.figure()
        ax.plot(*noise.normal(size=(2, 20_000)), ".")
        return fig, f"A cloud of twenty thousand points, drawn for the {k}th time here."

    with pytest.raises(ValueError, match=r"'cloud' weighs \d+ kB compressed in 2 frames"):
        explore(heavy, name="cloud", caption="A cloud", k=Slider("k", [1, 2]))


@pytest.mark.parametrize("page", [True, False])
def test_a_frame_without_a_description(shown, monkeypatch, page):
    if page:
        monkeypatch.setenv("DEEPTRICKS_PAGE", "1")

    def short(rate, method):
        return draw(rate, method)[0], "A line."

    with pytest.raises(ValueError, match=r"description must say .* at least 40"):
        explore(short, name="line", caption="A line", **controls())
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"rate": Slider("Rate", RATES)},
        {"rate": Slider("Rate", RATES), "mode": Choice("Inputs", METHODS)},
        {"rate": Slider("Rate", RATES), "method": METHODS},
    ],
)
def test_controls_are_the_arguments_of_draw(shown, wrong):
    with pytest.raises(TypeError, match="control"):
        explore(draw, name="line", caption="A line", **wrong)


@pytest.mark.parametrize(
    ("kind", "values", "start", "match"),
    [
        (Slider, [], 0, "must not be empty"),
        (Choice, [], 0, "must not be empty"),
        (Slider, [1, 2], 2, "start of 'x' must be 0 … 1, got 2"),
        (Choice, ["a"], -1, "start of 'x'"),
        (Slider, [1.0, 1.0000001], 0, "read differently"),
    ],
)
def test_bad_controls(kind, values, start, match):
    with pytest.raises(ValueError, match=match):
        kind("x", values, start=start)


def test_names_make_labels(shown):
    with pytest.raises(ValueError, match="name must be"):
        explore(draw, name="A line", caption="A line", **controls())


def live(shown, function=draw):
    """The widgets of an explorable in a running notebook: rate, method, picture."""
    explore(function, name="line", caption="A line", **controls())
    return widgets()[shown[-1][VIEW]["model_id"]].children


def widgets():
    """Every live widget by its id, in ipywidgets 8 and 7."""
    module = ipywidgets.widgets.widget
    return module._instances if hasattr(module, "_instances") else module.Widget.widgets


def test_live_shows_what_the_page_shows(shown, monkeypatch):
    rate, method, picture, caption = live(shown)
    assert (rate.description, rate.label) == ("Rate η", "0.5")
    assert (method.description, method.value) == ("Inputs", METHODS[1])
    assert "A line" in caption.value
    monkeypatch.setenv("DEEPTRICKS_PAGE", "1")
    explore(draw, name="line", caption="A line", **controls())
    assert shown[0]["text/plain"] == shown[1]["text/plain"]
    rate.index, method.index = 1, 0
    assert frames(shown[1])[2] in picture.value  # rate 1 of 3, method 0 of 2


def test_live_keeps_a_still_for_viewers_without_widgets(shown):
    live(shown)
    assert "<svg" in shown[0]["text/html"]
    assert VIEW in shown[0]


def test_live_draws_with_both_controls(shown):
    rate, method, picture, _ = live(shown)
    rate.value = "0.1"
    method.value = METHODS[0]
    assert "slope 0.1 " in picture.value
    assert "raw &lt;/script&gt;" in picture.value


@pytest.mark.parametrize("kind", [Slider, Choice])
@pytest.mark.parametrize(
    "values",
    [
        [np.ones(2), np.zeros(2)],
        [True, 1],
        [0.0, math.nan],
        ["", "x"],
        [np.sin, np.cos],
        [1, 1.0, np.float64(1)],
    ],
)
def test_live_moves_whatever_the_values_are(shown, kind, values):
    def draw(value):
        drawn.append(value)
        return plt.figure(figsize=(1, 1)), "A figure without anything in it, only to be counted."

    drawn = []
    texts = iter("abc")
    control = type("Named", (kind,), {"text": lambda self, value: next(texts)})("x", values)
    explore(draw, name="any", caption="Anything", value=control)
    widget = widgets()[shown[-1][VIEW]["model_id"]].children[0]
    for place in range(1, len(values)):
        widget.index = place
    assert len(drawn) == len(values)
    assert all(got is value for got, value in zip(drawn, values, strict=True))


def test_a_hundred_moves_leave_nothing_behind(shown):
    def empty(rate, method):
        return plt.figure(figsize=(1, 1)), describe(rate, method)

    rate, *_ = live(shown, empty)
    before = len(widgets())
    for move in range(100):
        rate.index = move % 3
    assert plt.get_fignums() == []
    assert len(widgets()) == before


def test_an_error_in_draw_is_shown_and_the_next_move_recovers(shown):
    def fragile(rate, method):
        result = draw(rate, method)
        if rate == 0.2:
            raise RuntimeError("the rate is <too> large")
        return result

    rate, _, picture, _ = live(shown, fragile)
    rate.value = "0.2"
    assert "RuntimeError: the rate is &lt;too&gt; large" in picture.value
    assert plt.get_fignums() == []
    rate.value = "0.1"
    assert "slope 0.1 " in picture.value
