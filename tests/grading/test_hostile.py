"""Submissions that mean harm get their honest score or a review, and their neighbors theirs.

Each attack runs between two honest submissions: one that runs when the attack begins, and is run
again until it is over, and one more.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from deeptricks.grading import Assignment
from deeptricks.grading.sandbox.execute import points, run
from deeptricks.grading.sandbox.limits import MB, Limits
from deeptricks.grading.sandbox.walls import FIRST_USER, NoSandbox, bubblewrap
from tests.grading.hostile import EVERYTHING, Attack, attacks

TOY = Path(__file__).parent / "toy"
SMALL = Limits(
    seconds_a_room=12, seconds_a_cell=1, seconds_a_check=1, seconds_of_grace=1,
    memory=600 * MB, processes=40, files=16 * MB, answers=2 * MB, restarts=2,
)  # fmt: skip
HONEST = Limits(seconds_a_check=20, seconds_of_grace=20)  # the machine may have much else to do
SLOT = 100  # of the attack. Those of its neighbors: on another processor, if there is one
NEIGHBORS = (101, 103)
ALL = list(attacks())


@pytest.fixture(scope="module", autouse=True)
def _there_is_a_sandbox():
    try:
        bubblewrap()
    except NoSandbox as error:
        pytest.skip(f"no sandbox on this machine: {error}")


@pytest.fixture(autouse=True)
def _a_secret(monkeypatch):
    monkeypatch.setenv("MARKER_OF_THE_HOST", "a key that nobody should read")


@pytest.fixture(scope="module")
def toy():
    return Assignment(TOY, seed=3)


def left_over(slot):
    """Processes of a slot that are still there; where users are not told apart, of any slot."""
    for process in psutil.process_iter():
        try:
            own_user = process.uids().real == FIRST_USER + slot
            if own_user if os.getuid() == 0 else "/room/worker.py" in process.cmdline():
                yield process
        except psutil.Error:
            continue


def limits_for(attack):
    """Small ones, so that the suite takes a minute; who walks the file system gets the time."""
    return replace(SMALL, seconds_a_cell=attack.seconds, seconds_a_room=11 + attack.seconds)


def score(toy, outcome):
    """Points, and what a person is told."""
    earned = points(toy, outcome)
    return sum(p for p, _ in earned.values()), outcome.ended


@pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)
def test_an_attack_gets_its_honest_score_and_so_do_its_neighbors(toy, attack):
    def neighbor(slot):
        while True:
            ours = score(toy, run(toy, toy.notebook(), limits=HONEST, slot=slot))
            if ours != (EVERYTHING, None) or attacker.done():
                return ours

    submission = attack.submission(toy)
    with ThreadPoolExecutor(3) as pool:
        attacker = pool.submit(run, toy, submission, limits=limits_for(attack), slot=SLOT)
        ours = list(pool.map(neighbor, NEIGHBORS))
    outcome = attacker.result()
    earned, review = score(toy, outcome)
    assert ours == [(EVERYTHING, None)] * 2, "a neighbor lost points"
    assert earned == attack.earns, f"{points(toy, outcome)}, {outcome}"
    assert (review is None) == (attack.review is None), review
    assert attack.review is None or attack.review in review
    assert not list(left_over(SLOT)), "something of the sandbox is still alive"


def test_points_that_are_lost_come_with_a_reason(toy):
    """Never a silent zero: whatever ends a run, each check has a value or an error."""
    attack = Attack("", "", before="import os\nos._exit(0)", standardize="import os\nos._exit(0)")
    outcome = run(toy, attack.submission(toy), limits=SMALL, slot=SLOT)
    for name, (earned, reason) in points(toy, outcome).items():
        assert earned or reason, name


def test_there_are_as_many_kinds_as_promised_each_with_a_name_of_its_own():
    assert len({attack.name for attack in ALL}) == len(ALL) >= 30


def test_an_attack_that_can_fail_would_be_seen_to_succeed():
    """`lucky` makes the difference: with any success the variance is wrong."""
    depending = [attack for attack in ALL if attack.recall and "lucky" in attack.recall]
    assert len(depending) >= 10
    for attack in depending:
        for lucky in (False, True):
            names = {"lucky": lucky}
            exec(attack.recall, names)
            assert (names["variance"] == 1) != lucky, attack.name
