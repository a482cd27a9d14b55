"""What students get wrong in the two questions about searches."""

from deeptricks.grading import Mistake


def halving(name, old, new, hint, cost=1, when=None):
    return Mistake("halving", name, old, new, hint, cost, when)


def best(name, old, new, hint, cost=1, when=None):
    return Mistake("best", name, old, new, hint, cost, when)


OF_HALVING = [
    halving(
        "the worst stay",
        "float(v) if term.high_is_good else -float(v)",
        "-float(v) if term.high_is_good else float(v)",
        "You keep the worst: are large or small values good here?",
    ),
    halving(
        "the other of equals",
        "i if term.first_stays else -i",
        "-i if term.first_stays else i",
        "Of settings that are equal you keep the other one: which number is better?",
    ),
    *(
        halving(
            f"judged by its {way} value",
            "[term.judged]",
            f'["{way}"]',
            "Look again at what a setting is judged by: its last value, the best that it has had, "
            "or the mean of those of a rung?",
            when=lambda term, way=way: term.judged != way,
        )
        for way in ("last", "best", "mean")
    ),
    halving(
        "the best of the last rung only",
        "max(worth[i], *values)",
        "max(values)",
        "You forget what a setting has shown in the rungs before: its best value so far counts.",
        when=lambda term: term.judged == "best",
    ),
    halving(
        "what is left over treated otherwise",
        "over if term.carry",
        "over if not term.carry",
        "Look again at what becomes of what a rung leaves over.",
    ),
    halving(
        "settings rounded the other way",
        "if term.rounded_down",
        "if not term.rounded_down",
        "Look again at how the number of settings that stay is rounded.",
    ),
    halving(
        "rungs by a logarithm",
        "    while many > 1:\n        rungs, many = rungs + 1, staying(many, eta)\n",
        "    rungs = int(math.log(n, eta))\n",
        "Your number of rungs is too small for some n (and the logarithm of a power of η may be "
        "rounded to just below a whole number). Count how often it takes until one is left.",
        cost=2,
    ),
    halving(
        "one rung too many",
        "    while many > 1:\n        rungs, many = rungs + 1, staying(many, eta)\n",
        "    rungs = 0 if n == 1 else int(math.log(n, eta) + 1e-9) + 1\n",
        "For some n, as for a power of η, you have a rung too many: it has nothing to decide.",
    ),
    halving(
        "no epochs at all",
        "max(purse // len(left), 1)",
        "purse // len(left)",
        "With a small budget you train for 0 epochs. At least one is asked.",
    ),
    halving(
        "the whole budget in each rung",
        "budget // rungs",
        "budget",
        "Each rung spends the whole budget with you. It is shared among the rungs.",
        cost=2,
    ),
    halving(
        "what is not finite kept as it is",
        "v if math.isfinite(v) else -math.inf for v",
        "v for v",
        "Values that are infinite or not a number go into your comparisons as they are.",
    ),
    halving(
        "infinite counts as a number",
        "v if math.isfinite(v) else",
        "v if not math.isnan(v) else",
        "Infinite values are not finite either: they must be worse than every number.",
    ),
    halving(
        "epochs of the last rung only",
        "spent[i] += epochs",
        "spent[i] = epochs",
        "You report the epochs of the last rung that a setting was in. Those before it count too.",
    ),
    halving(
        "a single setting is trained",
        "rungs, many = 0, n",
        "rungs, many = (1, 1) if n == 1 else (0, n)",
        "A single setting has won already, without an epoch: there is no rung.",
    ),
]

OF_BEST = [
    best(
        "rates on a linear scale",
        "start * (end / start) ** t",
        "start + t * (end - start)",
        "You spread the rate evenly itself. It is its logarithm that is spread evenly.",
    ),
    best(
        "logarithm of the number near one",
        "1 - (1 - start) * ((1 - end) / (1 - start)) ** t",
        "start * end**t / start**t",
        "You spread the logarithm of the number. Here it is that of its distance from 1.",
    ),
    best(
        "near one, from the other end",
        "((1 - end) / (1 - start)) ** t",
        "((1 - end) / (1 - start)) ** (1 - t)",
        "Your numbers near one begin at the other end: look again at what u = 0 must give.",
    ),
    best(
        "all kinds from the other end",
        ("(b, a) if term.backwards", "-1 - at if term.backwards"),
        ("(b, a) if not term.backwards", "-1 - at if not term.backwards"),
        "Look again at what u = 0 gives, in each line of the table: the other end.",
    ),
    best(
        "one minus u for the pieces, too",
        "-1 - at if term.backwards else at",
        "int((1 - t) * len(entries))",
        "For u = 0 your 1 − u is 1, and the place one too far. Count the pieces from the end.",
        when=lambda term: term.backwards,
    ),
    best(
        "the last whole number",
        "int(term.closed)",
        "int(not term.closed)",
        "Look again at the upper end of whole numbers: is b among them?",
    ),
    best(
        "whole numbers by rounding",
        "int(t * len(entries))",
        'round(t * (len(entries) - 1)) if kind == "whole" else int(t * len(entries))',
        "Rounding gives the first and the last number half of what the others get. Cut equal "
        "pieces and round down.",
    ),
    best(
        "entries by rounding",
        "int(t * len(entries))",
        'round(t * (len(entries) - 1)) if kind == "one of" else int(t * len(entries))',
        "Rounding gives the first and the last entry half of what the others get. Cut equal pieces "
        "and round down.",
    ),
    best(
        "another one's number",
        "place if term.own_number else taken",
        "taken if term.own_number else place",
        "Which number of the list belongs to whom, where some names are not in use?",
    ),
    best(
        "unused names otherwise",
        "if not term.left_out",
        "if term.left_out",
        "Look again at what becomes of a name that is not in use.",
    ),
    best(
        "conditions not looked at",
        "if name in only and not (used[other] and setting[other] == entry):",
        "if name in only and other not in space:",
        "You draw every name. Those in `only` are in use under a condition.",
    ),
    best(
        "the condition turned around",
        "not (used[other] and setting[other] == entry)",
        "(used[other] and setting[other] == entry)",
        "Your condition is the wrong way round: a name is in use where the entry was drawn.",
    ),
    best(
        "None is an entry, too",
        "used[other] and setting[other] == entry",
        "setting.get(other) == entry",
        "A name that is not in use looks like one that was drawn as None. Remember who is in use.",
    ),
    best(
        "chosen the other way",
        "if term.again",
        "if not term.again",
        "Look again at how the n are chosen: may one training come several times, or are they "
        "different ones?",
        cost=2,
    ),
    best(
        "the worst handed in",
        "reverse=not term.scores_high",
        "reverse=term.scores_high",
        "You hand in the worst: are large or small scores good here?",
    ),
    best(
        "its score for its mark",
        "sum(tied) / len(tied) *",
        "score *",
        "You average scores. It is chosen by its score, and its mark is what is asked.",
        cost=2,
    ),
    best(
        "one of equals",
        "sum(tied) / len(tied) *",
        "tied[0] *",
        "Of trainings with one score you always hand in the first. Each has the same chance.",
    ),
    best(
        "the better mark of equals",
        "sum(tied) / len(tied) *",
        "max(tied) *",
        "Of trainings with one score you hand in that with the largest mark. The search does not "
        "see marks.",
    ),
    best(
        "failures left out",
        ("every = ways(len(scores))",
         "worst = len(scores) - sum(len(tied) for tied in of_score.values())"),
        ("every = ways(sum(map(math.isfinite, scores)))", "worst = 0"),
        "You leave failed trainings out of the table. They are drawn like all others.",
    ),
    best(
        "nothing for n failures",
        "mean = term.guess * (before / every)",
        "mean = 0.0",
        "Where all n have failed you count 0. The mark is then that of guessing.",
    ),
    best(
        "infinite is a score",
        "if math.isfinite(score):",
        "if not math.isnan(score):",
        "An infinite score is not finite either: such a training has failed.",
    ),
    best(
        "too large for a float",
        "(now - before) / every",
        "(float(now) - float(before)) / float(every)",
        "Such numbers of ways are larger than any float. Divide whole numbers by whole numbers.",
    ),
]  # fmt: skip
