"""What every chapter needs: data, training, runs over seeds, plots, claims, explorable figures."""

from deeptricks.lab import data, nets, plots, runs, stacked, training
from deeptricks.lab.claims import claim
from deeptricks.lab.controls import Choice, Slider
from deeptricks.lab.difference import largest_difference
from deeptricks.lab.explore import explore
from deeptricks.lab.figures import show
from deeptricks.lab.source import show_source
from deeptricks.lab.tables import show_table

__all__ = [
    "Choice",
    "Slider",
    "claim",
    "data",
    "explore",
    "largest_difference",
    "nets",
    "plots",
    "runs",
    "show",
    "show_source",
    "show_table",
    "stacked",
    "training",
]
