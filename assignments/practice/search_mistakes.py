"""What students get wrong in the two questions about searches."""

from deeptricks.grading import Mistake


def halving(name, old, new, hint, cost=1):
    return Mistake("halving", name, old, new, hint, cost)


def best(name, old, new, hint, cost=1):
    return Mistake("best", name, old, new, hint, cost)


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
    halving(
        "judged by the other value",
        "if term.judged_last",
        "if not term.judged_last",
        "Look again at what a setting is judged by: its last value, or the best that it has had?",
    ),
    halving(
        "what is left over treated otherwise",
        "over if term.carry",
        "over if not term.carry",
        "Look again at what becomes of what a rung leaves over.",
    ),
    halving(
        "settings rounded down",
        "-(-len(left) // eta)",
        "max(len(left) // eta, 1)",
        "You round the number of settings that stay down. Here it is rounded up.",
    ),
    halving(
        "rungs by a logarithm",
        "rungs = 0\n    while eta**rungs < n:\n        rungs += 1",
        "rungs = int(math.log(n, eta))",
        "Your number of rungs is too small where n is no power of η (and a logarithm of a power "
        "may be rounded to just below it). Count until η to the k reaches n.",
        cost=2,
    ),
    halving(
        "one rung too many",
        "eta**rungs < n",
        "eta**rungs <= n",
        "Where n is a power of η you have a rung too many: the last one has nothing to decide.",
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
        "rungs = 0",
        "rungs = 1",
        "A single setting has won already, without an epoch: there is no rung.",
    ),
]

OF_BEST = [
    best(
        "rates on a linear scale",
        "a * (b / a) ** t",
        "a + t * (b - a)",
        "You spread the rate evenly itself. It is its logarithm that is spread evenly.",
    ),
    best(
        "logarithm of the number near one",
        "1 - (1 - a) * ((1 - b) / (1 - a)) ** t",
        "a * b**t / a**t",
        "You spread the logarithm of the number. Here it is that of its distance from 1.",
    ),
    best(
        "near one, from the other end",
        "((1 - b) / (1 - a)) ** t",
        "((1 - b) / (1 - a)) ** (1 - t)",
        "Yours begins at b: for u = 0 it must give a.",
    ),
    best(
        "the last whole number",
        "int(term.closed)",
        "int(not term.closed)",
        "Look again at the upper end of whole numbers: is b among them?",
    ),
    best(
        "whole numbers by rounding",
        "a + int(t * (b - a + int(term.closed)))",
        "a + round(t * (b - a - 1 + int(term.closed)))",
        "Rounding gives the first and the last number half of what the others get. Cut equal "
        "pieces and round down.",
    ),
    best(
        "entries by rounding",
        "a[int(t * len(a))]",
        "a[round(t * (len(a) - 1))]",
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
        "with replacement",
        ("every = math.comb(len(scores), n)", "before = math.comb(worst, n)",
         "now = math.comb(worst, n)"),
        ("every = len(scores) ** n", "before = worst**n", "now = worst**n"),
        "These are the chances for drawing with replacement, in which one training may come twice. "
        "The n are different ones.",
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
        ("every = math.comb(len(scores), n)",
         "worst = len(scores) - sum(len(tied) for tied in of_score.values())"),
        ("every = math.comb(sum(map(math.isfinite, scores)), n)", "worst = 0"),
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
        "Such numbers of sets are larger than any float. Divide whole numbers by whole numbers.",
    ),
]  # fmt: skip
