import matplotlib.pyplot as plt

from deeptricks.lab.ticks import plain_powers


def labels(low, high):
    fig, ax = plt.subplots()
    ax.set(xscale="log", xlim=(low, high))
    plain_powers(fig)
    fig.draw_without_rendering()
    ticks = ax.xaxis.get_ticklabels(minor=False) + ax.xaxis.get_ticklabels(minor=True)
    return {tick.get_text() for tick in ticks} - {""}


def test_powers_are_plain_text():
    assert {"10⁻³", "10⁰", "10²"} <= labels(1e-3, 1e2)


def test_a_short_axis_labels_multiples_in_plain_text():
    written = labels(2, 8)
    assert "3×10⁰" in {label.replace(" ", "") for label in written}
    assert not any("$" in label for label in written)


def test_other_axes_keep_their_labels():
    fig, (linear, labelled) = plt.subplots(2)
    labelled.set_xscale("log")
    labelled.set_xticks([1, 10], ["one", "ten"])
    before = [ax.xaxis.get_major_formatter() for ax in (linear, labelled)]
    plain_powers(fig)
    assert [ax.xaxis.get_major_formatter() for ax in (linear, labelled)] == before
