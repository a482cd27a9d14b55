"""Train every case of the unread half, and its twin: is it as ill, or as well, as it says?

python -m tests.practice.clinic.unread_verify [part of a name] [seeds]
"""

import sys
import time

import torch

from tests.practice.clinic.unread_cases import all_cases


def ordinary(setup):
    """The ordinary training step."""
    model, loss, optimizer = setup["model"], setup["loss"], setup["optimizer"]

    def step(x, y):
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        return value

    return step


def train(setup):
    """(score, seconds a step, last losses, what was raised)."""
    step, losses, done = setup["step"] or ordinary(setup), [], 0
    start = time.process_time()
    raised = ""
    try:
        while done < setup["steps"]:
            before = done
            for x, y in setup["batches"]:
                losses.append(float(step(x, y)))
                done += 1
                if done == setup["steps"]:
                    break
            assert done > before, "an epoch without batches"
            if setup["val_batches"] is not None and setup["evaluate"]:
                setup["evaluate"](setup["val_batches"])
    except Exception as error:
        raised = f"{type(error).__name__}: {str(error)[:60]}"
    seconds = (time.process_time() - start) / max(done, 1)
    score = -1.0 if raised else setup.score()
    return score, seconds, losses, raised


def main(part="", seeds=1):
    """Print a line a case."""
    twins, lost = {}, []
    for case in all_cases():
        if part not in case.name and part not in case.make.args[0].__module__:
            continue
        for seed in range(int(seeds)):
            score, seconds, losses, raised = train(case.make(seed))
            first, last = (sum(ls) / max(len(ls), 1) for ls in (losses[:5], losses[-20:]))
            line = f"{case.name:45s} {score:6.2f}"
            if case.twin:
                key = (case.twin.args[0], seed)
                twins[key] = twin = twins.get(key) or train(case.twin(seed))
                if not case.flatters:
                    lost.append(1 - max(score, 0.0) / twin[0])
                line += f" twin {twin[0]:5.2f} {twin[1] * 1e3:4.1f} ms"
                weak = not (twin[0] - score > 0.15 or case.flatters) or twin[0] < 0.2
            else:
                weak = score < 0.2
            line += f" {seconds * 1e3:4.1f} ms  loss {first:9.3g} -> {last:9.3g}"
            flag = " ??" if weak else "" + (" (flatters)" if case.flatters else "")
            print(line, raised, flag, flush=True)
    if lost:
        lost = torch.tensor(lost)
        print(f"{len(lost)} ill: what is lost of what the twin learns: median {lost.median():.0%},"
              f" least {lost.min():.0%}")  # fmt: skip


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(*sys.argv[1:])
