"""Several sandboxes at a time, each in a slot of its own."""

import threading
import time

import pytest

from deeptricks.grading.pool import each


def test_no_two_at_a_time_have_the_same_slot():
    now, most, lock = set(), [], threading.Lock()

    def task(thing, slot):
        with lock:
            assert slot not in now
            now.add(slot)
            most.append(len(now))
        time.sleep(0.01)
        with lock:
            now.remove(slot)
        return thing, slot

    done = [result for _, result in each(task, list(range(20)), workers=3)]
    assert sorted(thing for thing, _ in done) == list(range(20))
    assert {slot for _, slot in done} == {0, 1, 2}
    assert max(most) == 3


def test_what_went_wrong_is_handed_on():
    def task(thing, slot):
        raise RuntimeError(f"{thing} in {slot}")

    with pytest.raises(RuntimeError, match="a in 0"):
        list(each(task, ["a"], workers=1))


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, "2"])
def test_bad_workers(workers):
    with pytest.raises(ValueError, match="workers is"):
        list(each(lambda thing, slot: thing, [1], workers))
