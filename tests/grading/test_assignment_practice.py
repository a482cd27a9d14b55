"""The assignment of the part `practice`."""

import warnings

import numpy as np
import pytest

from deeptricks.grading.assignment import grade_id
from deeptricks.grading.audit import blank, score
from deeptricks.grading.cases import MISTAKE
from tests.grading.real import AssignmentTests, UnlikeTheChapters

# What the chapters say, in numpy: a central difference over both norms; rungs that keep ⌊n/η⌋ by
# the last value, large is good; drawing without conditions, the best of n by its own score.
AS_IN_THE_CHAPTERS = {
    "gradient": """
def errors(loss, weights, gradients, h=1e-6):
    found = {}
    for name in weights:
        seen = np.zeros(np.shape(weights[name]))
        for place in np.ndindex(seen.shape):
            step = np.zeros(seen.shape)
            step[place] = h
            up, down = ({**weights, name: weights[name] + s} for s in (step, -step))
            seen[place] = (loss(up) - loss(down)) / (2 * h)
        said = np.asarray(gradients[name])
        norms = np.linalg.norm(said) + np.linalg.norm(seen)
        found[name] = np.linalg.norm(said - seen) / norms if norms else 0.0
    return found


def suspects(loss, weights, gradients, limit=0.01):
    found = errors(loss, weights, gradients)
    return [name for name in found if found[name] > limit]
""",
    "halving": """
def halve(more, n, budget, eta=3):
    going, spent, epochs = list(range(n)), [0] * n, 1
    while len(going) > 1:
        values = {i: more(i, epochs)[-1] for i in going}
        for i in going:
            spent[i] += epochs
        going = sorted(going, key=lambda i: -values[i])[: max(1, len(going) // eta)]
        epochs *= eta
    return going[0], spent
""",
    "best": """
def draw(space, only, u):
    setting = {}
    for t, (name, (kind, a, b)) in zip(u, space.items()):
        if kind == "log":
            setting[name] = a * (b / a) ** t
        elif kind == "one of":
            setting[name] = a[int(t * len(a))]
        else:
            setting[name] = a + t * (b - a)
    return setting


def expected_mark(scores, marks, n):
    values = np.sort(np.where(np.isfinite(scores), scores, -np.inf))
    below = [math.comb(k, n) / math.comb(len(values), n) for k in range(len(values) + 1)]
    return float(values @ np.diff(below))
""",
}
OF_THE_PACKAGE = """
from deeptricks.practice import successive_halving


def halve(more, n, budget, eta=3):
    def train(setting, state, epochs):
        return None, more(setting["i"], epochs)[-1]

    found = successive_halving(train, [{"i": i} for i in range(n)], least=1, most=budget // n)
    return found.best.configuration["i"], [trial.epochs for trial in found.trials]
"""
# Repairs around the patients: torch bent until the script as it is behaves, or seems to.
PATCHES = """
import torch.nn.functional as functional

diagnosis = {"a": term.fault_a, "b": term.fault_b, "c": term.fault_c, "d": term.fault_d,
             "e": term.fault_e}
first_train, first_load = nn.Module.train, nn.Module.load_state_dict
first_free, first_clip = nn.Module.requires_grad_, nn.utils.clip_grad_norm_
first_entropy, first_normal = functional.cross_entropy, nn.init.normal_
first_loader, first_shuffled = DataLoader, shuffled


def shuffled(rows, seed):
    return first_shuffled(rows, term.image_order)


def cross_entropy(output, y, reduction="sum"):
    return first_entropy(output, y, reduction="sum") / (len(y) if torch.is_grad_enabled() else 1)


def DataLoader(data, batch_size, drop_last):
    return first_loader(data, batch_size=batch_size)


def normal_(weight, mean, std):
    return first_normal(weight, mean=0.0, std=term.right_weight_std)


def clip(parameters, longest):
    return first_clip(parameters, term.right_longest)


def load(self, state, strict=True):
    names = {k.split(".", 1)[-1]: v for k, v in state.items() if "head" not in k}
    return first_load(self, state if strict or not names else names, strict)


nn.init.normal_, nn.utils.clip_grad_norm_, nn.Module.load_state_dict = normal_, clip, load
functional.cross_entropy = cross_entropy
nn.LeakyReLU.forward = lambda self, x: torch.where(x < 0, term.right_slope * x, x)
nn.Dropout.forward = lambda self, x: functional.dropout(x, term.right_drop, self.training)
"""


class TestPractice(UnlikeTheChapters, AssignmentTests):
    """See `AssignmentTests`."""

    part = "practice"
    as_in_the_chapters = AS_IN_THE_CHAPTERS
    of_the_package = ("halving", OF_THE_PACKAGE)

    @pytest.mark.parametrize("seed", [0, 1])
    def test_a_patch_in_place_of_a_mend_earns_the_diagnosis_alone(self, seed, sandboxed):
        assignment = self.assignment(seed)
        notebook = assignment.notebook({"clinic": PATCHES})
        earned, possible, _ = score(assignment, notebook, "clinic", sandboxed=sandboxed)
        assert possible == 10
        assert earned <= 2

    @pytest.mark.parametrize("seed", range(1, 6))
    def test_a_blank_clinic_earns_nothing_whoever_is_ill(self, seed, sandboxed):
        assignment = self.assignment(seed)
        assert score(assignment, blank(assignment), "clinic", sandboxed=sandboxed)[0] == 0

    def test_a_term_has_one_healthy_patient_and_four_of_fifteen_faults(self):
        codes = {f"fault_{who}" for who in "abcde"}
        seen, healthy, reports = set(), set(), set()
        for seed in range(60):
            term = self.assignment(seed).term
            faults = [vars(term)[name] for name in codes]
            assert faults.count("healthy") == 1
            seen.update(faults)
            healthy.add(term.healthy)
            reports.add((term.report_cause, term.report_false, term.report_missed))
        assert len(seen) == 16
        assert healthy == set("abcde")
        assert len(reports) > 20

    def test_no_term_has_all_conventions_of_the_chapters(self):
        seen = set()
        for seed in range(60):
            term = self.assignment(seed).term
            rungs = term.judged == "last" and term.rounded_down and term.high_is_good
            assert not (rungs and term.first_stays), seed
            assert not (term.closed and term.own_number and term.left_out), seed
            seen |= {(term.judged, term.rounded_down), (term.again, term.backwards)}
            seen |= {term.code_returned, (term.code_scores, term.code_counted), term.body_name}
        assert len(seen) == 6 + 4 + 3 + 4 + 3

    @pytest.mark.parametrize("seed", range(6))
    def test_a_report_has_the_cause_before_its_symptom_and_not_what_it_missed(self, seed):
        term = self.assignment(seed).term
        text = term.report_text
        assert f"because of {term.report_cause} (cure that first)" in " ".join(text.split())
        assert text.index(term.report_cause) < text.index(term.report_symptom)
        assert term.report_false in text
        assert term.report_missed not in text
        assert max(map(len, text.split("\n"))) <= 80
        compile(term.report_program, "program", "exec")

    @pytest.mark.parametrize("seed", range(3))
    def test_visible_tests_catch_half_of_the_mistakes_and_no_alternative(self, seed):
        assignment, seen = self.assignment(seed), []
        for case in self.cases():
            cells = {grade_id(c): c.source for c in assignment.notebook(case.answers).cells}
            names, caught = {}, False
            exec(cells["imports"], names)
            if case.question == "clinic":
                exec(cells["clinic_script"], names)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    exec(cells[case.question], names)
                    exec(cells[f"{case.question}_tests"], names)
            except (AssertionError, ValueError, TypeError, ArithmeticError, LookupError):
                caught = True
            if case.kind == MISTAKE:
                seen.append(caught)
            else:
                assert not caught, case.name
        assert sum(seen) >= len(seen) / 2

    @pytest.mark.parametrize("seed", range(4))
    def test_the_better_network_at_home_is_the_worse_one_elsewhere(self, seed):
        """What the rubric expects of the figure, in numbers, for the constants of a term."""
        cells = {grade_id(c): c.source for c in self.assignment(seed).notebook().cells}
        names = {}
        exec(cells["imports"], names)
        code = cells["story_experiment"]
        exec(code[code.index("COLUMNS") : code.index("figure, axes")], names)
        ends = {name: np.array(c)[:, :, -1].mean(0) for name, c in names["curves"].items()}
        probe, both, third = ends["head alone"], ends["all"], ends["head first, then all"]
        assert both[0] < probe[0] / 1.5  # validation prefers it
        assert both[0] < 1.3 * third[0] < 1.7 * both[0]  # and cannot tell the two
        assert both[1] > max(1.0, 5 * probe[1], 5 * third[1])  # elsewhere
