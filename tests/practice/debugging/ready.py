"""A case brought so far that a single probe can be asked."""

import torch

from deeptricks.practice.debugging.case import Case, Clock
from deeptricks.practice.debugging.outcome import at_short, planned
from deeptricks.practice.debugging.probe_loop import first_steps
from deeptricks.practice.debugging.probe_loss import landmarks
from deeptricks.practice.debugging.probe_start import find_axes, first_output, read_data
from deeptricks.practice.debugging.setup import Setup
from deeptricks.practice.debugging.snapshot import Snapshot

KEYS = ("model", "batches", "loss", "optimizer", "val_batches", "step", "evaluate", "steps")


def ready(setup, trained=False):
    """Return the case of a set-up: read, its loss known; with `trained`, run as planned."""
    parts = [setup.get(key) for key in KEYS]
    case = Case(Setup(*parts), Snapshot(*parts), Clock(60))
    read_data(case)
    assert first_output(case)
    find_axes(case)
    landmarks(case)
    if trained:
        first_steps(case)
        planned(case, 20)
        case.numbers["at short"] = at_short(case)
    case.findings.clear()
    return case


def said(probe, setup, trained=False):
    """Return the codes that one probe finds in a set-up."""
    case = ready(setup, trained)
    probe(case)
    return [item.code for item in case.findings]


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
