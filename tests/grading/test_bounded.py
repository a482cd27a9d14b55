"""A process that answers within limits: it may die of a question, and the next finds a new one."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from deeptricks.grading.evening.bounded import Bounded, Closed, Died
from tests.grading.answering import Counter

MB = 2**20
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits are Linux's")


@pytest.fixture
def counter():
    made = Bounded(Counter, 0, memory=60 * MB)
    yield made
    made.close()


def test_it_answers_and_remembers(counter):
    assert [counter.ask() for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("question", "told", "next_one"),
    [
        ({"do": "fill", "size": 100 * MB}, "more memory than there is", 1),
        ({"do": "die", "how": signal.SIGKILL}, "ended by signal 9", 1),
        ({"do": "die", "how": signal.SIGSEGV}, "ended by signal 11", 1),
        ({"do": "die", "how": 0}, "ended by itself", 1),
        ({"do": "spin"}, "too much time of the processor", 1),
        ({"do": "fail"}, "KeyError: 'x'", 2),
    ],
)
def test_it_dies_of_a_question_and_the_next_is_answered(counter, question, told, next_one):
    with pytest.raises(Died, match=told):
        counter.ask(**question)
    assert counter.ask() == next_one


def test_what_is_not_counted_belongs_to_the_begin(counter):
    """Work of the kit's own, as importing PyTorch for an assignment; then the limit holds again."""
    first = counter.ask(do="who")
    assert counter.ask(do="prepare", size=100 * MB) == 100 * MB
    assert counter.ask(do="who") == first
    with pytest.raises(Died, match="more memory than there is"):
        counter.ask(do="fill", size=100 * MB)


def test_one_that_has_grown_is_replaced(counter):
    first = counter.ask(do="who")
    assert counter.ask(do="who") == first
    counter.ask(do="fill", size=10 * MB)
    assert counter.ask(do="who") == first


def test_what_an_earlier_question_left_is_not_the_fault_of_this_one(counter):
    """Below half of the memory nobody is replaced; what then does not fit is tried once more."""
    first = counter.ask(do="who")
    assert counter.ask(do="keep", size=20 * MB) == 20 * MB
    assert counter.ask(do="who") == first
    assert counter.ask(do="fill", size=45 * MB) == 45 * MB
    assert counter.ask(do="who") != first


def test_whoever_waits_for_one_that_is_closed_gets_no_death(counter):
    """A death would be written down as the student's: Ctrl-C is nobody's fault."""
    raised = []

    def waiting():
        try:
            counter.ask(do="sleep", seconds=60)
        except Exception as error:
            raised.append(type(error))

    counter.ask()
    thread = threading.Thread(target=waiting)
    thread.start()
    time.sleep(0.5)
    counter.close()
    thread.join(20)
    assert raised == [Closed]
    with pytest.raises(Closed):
        counter.ask()


def test_ctrl_c_is_the_askers_affair(counter):
    assert counter.ask(do="interrupt") == 1


def test_what_it_starts_may_lift_the_limits(counter):
    """The sandbox has limits of its own, larger ones."""
    assert counter.ask(do="start") == "lifted"


WITH_TESTS = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
SCRIPT = """
import json, os, sys, time
print("run", flush=True)
from deeptricks.grading.evening.bounded import Bounded
from tests.grading.answering import Counter
counter = Bounded(Counter, 5)
print(json.dumps([counter.ask(), counter.ask(do="who")]), flush=True)
if len(sys.argv) > 1:
    counter.ask(do="sleep", seconds=60)
"""


def test_a_script_that_asks_is_not_run_again(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "script.py")], capture_output=True, text=True, check=True,
        env=WITH_TESTS,
    )  # fmt: skip
    told = done.stdout.splitlines()
    assert told[0] == "run"
    assert len(told) == 2, "the processes have not printed it again"
    assert json.loads(told[1])[0] == 6


def test_it_goes_when_the_asker_is_killed(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "script.py"), "wait"], stdout=subprocess.PIPE, text=True,
        env=WITH_TESTS,
    ) as asker:  # fmt: skip
        asker.stdout.readline()
        who = psutil.Process(json.loads(asker.stdout.readline())[1])
        asker.kill()
    assert not psutil.wait_procs([who], timeout=30)[1]
    assert os.getpid() != who.pid
