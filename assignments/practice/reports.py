"""The report of a term: what the program is, what the checkup says of it, and what is so."""

from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.finding import Check
from deeptricks.practice.debugging.ranking import ranked
from deeptricks.practice.debugging.report import Report

AFTER = "After 900 steps the training as planned has gone {} of the way from chance to the best "
AFTER += "loss, the changed one {}."
SCALED = "They are standardized with the mean and the spread of the training rows."
# Each cause: what the description says, a line of the program, what the checkup finds.
CAUSES = {
    "data.not_normalized": (
        "They are as the instruments give them: pressures around 100 000 pascal, temperatures "
        "around 300 kelvin.",
        "",
        ("data.not_normalized", 0.97, "Inputs have a spread of 3.2e+04 and an offset of 3.1 "
         "spreads; the columns' spreads differ by a factor of 5.4e+03. "
         + AFTER.format("3%", "91%")),
        ("optimizer.lr_too_high", 0.71, "The learning rate is 0.1; 0.01 times that learns more. "
         + AFTER.format("3%", "22%")),
    ),
    "loss.activation_twice": (
        SCALED,
        "model.append(nn.Softmax(dim=1))",
        ("loss.activation_twice", 0.97, "The rows of outputs sum to one (0 to 1 while the last "
         "weights are blown up); the loss takes logits."),
        ("optimizer.lr_too_low", 0.66, "The learning rate is 0.1; 10 times that learns more. "
         + AFTER.format("38%", "57%")),
    ),
    "data.not_shuffled": (
        f"{SCALED} The table is sorted by the kind of fault, and `loader` hands it out from top to "
        "bottom, 50 rows at a time.",
        "",
        ("data.not_shuffled", 0.98, "Batches differ more than random ones: the variance between "
         "their means is 48.6 times the usual for the targets, 4.17 for the inputs. "
         + AFTER.format("12%", "94%")),
        ("optimizer.lr_too_high", 0.68, "The learning rate is 0.1; 0.1 times that learns more. "
         + AFTER.format("12%", "31%")),
    ),
}  # fmt: skip
FROZEN = "The first two layers come from a network that was trained on a hundred other pumps. All "
FROZEN += "pumps of the factory share them, so they must not change; one head for each pump learns."
NOISE = "`loader` adds noise to the readings, twice as strong as they themselves vary, and only in "
NOISE += "training: cheap instruments, which will soon be fitted, do the same."
COARSE = "Each reading is coarse: it is *low*, *usual* or *high*, and most are "
COARSE += "usual. The rows are split by pump: no pump is in both parts."
# Each false alarm: the same, and why it is one.
FALSE = {
    "model.frozen": (
        FROZEN,
        "model[:4].requires_grad_(False)",
        ("model.frozen", 0.95, "4 of 6 parameters are given to the optimizer, but have "
         "requires_grad=False."),
        "the layers are frozen on purpose. Would settle it: these parameters left out of the "
        "optimizer (then the checkup notes it, and finds nothing), or features before and after",
    ),
    "data.train_val_mismatch": (
        NOISE,
        "",
        ("data.train_val_mismatch", 0.85, "Validation inputs lie 0.06 spreads from the training "
         "inputs, their spread differs by a factor of 2.2."),
        "the spread differs by the root of 1 + 2², which is 2.2, because of the noise. Would "
        "settle it: the same comparison with the noise off, or with the noise in both",
    ),
    "data.leakage": (
        COARSE,
        "",
        ("data.leakage", 0.93, "38% of the validation samples are training samples too."),
        "few different rows are possible, so that equal rows of different pumps come by chance. "
        "Would settle it: the share of equal rows between two groups of training pumps",
    ),
}  # fmt: skip
# Each fault that the checkup cannot see: why not.
MISSED = {
    "loop.eval_in_train_mode": "`valid` never calls model.eval(), so its dropout is on; the "
    "checkup was not handed it (evaluate=), and validates in its own way",
    "loop.schedule": "the rate is halved every 10 steps, so that most of 3000 steps do nothing; "
    "the checkup was handed no step that calls the schedule (step=)",
    "loop.no_zero_grad": "gradients are cleared once, before the loop, and pile up; the checkup "
    "was not handed the step (step=), and took the ordinary one",
    "loop.clipping": "gradients of every size are cut to a norm of 0.00001; the checkup was not "
    "handed the step (step=), and took the ordinary one",
}
LABELS = sorted({*CAUSES, *FALSE, *MISSED, "data.imbalance", "data.label_mismatch",
                 "optimizer.missing_params", "optimizer.weight_decay", "model.dropout",
                 "model.underpowered", "loop.no_update", "loop.graph_grows",
                 "loop.train_in_eval_mode", "optimizer.lr_too_high",
                 "optimizer.lr_too_low"})  # fmt: skip
PASSED = ("data", "finite", "forward", "axes", "mixing", "degenerate", "landmarks", "hinge",
          "taught", "sign", "label range", "broadcast", "suitable", "tables", "units", "flow",
          "layout", "flips", "first steps", "few numbers", "symmetric", "validation", "next word",
          "targets of both", "answer", "planned", "running averages", "rare classes")  # fmt: skip


def parameters(pick, rng):
    """What is drawn, the program, the report, and the words for the rubric."""
    cause = pick(*CAUSES)
    # What is coarse cannot be 100 000 pascal.
    false = pick(*[f for f in FALSE if (f, cause) != ("data.leakage", "data.not_normalized")])
    missed = pick(*MISSED)
    told, line, main, symptom = CAUSES[cause]
    meant, own_line, alarm, why = FALSE[false]
    names = [str(name) for name in rng.permutation(LABELS)]
    return {
        "report_cause": cause,
        "report_false": false,
        "report_missed": missed,
        "report_told": f"{meant} {told}" if false == "data.leakage" else f"{told} {meant}",
        "report_program": program([line, own_line], missed),
        "report_text": printed([main, symptom, alarm], round(float(rng.uniform(1.5, 4)), 1)),
        "report_labels": ", ".join(f"`{name}`" for name in names),
        "report_findings": sorted([main[0], symptom[0], alarm[0]]),
        "report_symptom": symptom[0],
        "report_why": why,
        "report_unseen": MISSED[missed],
    }  # fmt: skip


def program(lines, missed):
    """The program as a reader would find it, with the fault that is missed."""
    clear, step = "    optimizer.zero_grad()", "    optimizer.step()"
    loop = ["for x, y in repeated(loader, 3000):", clear, "    loss(model(x), y).backward()", step]
    setup = ["optimizer = torch.optim.SGD(model.parameters(), lr=0.1)"]
    mode = ["    model.eval()"]
    if missed == "loop.no_zero_grad":
        loop = [clear.strip(), loop[0], *loop[2:]]
    elif missed == "loop.clipping":
        loop.insert(3, "    nn.utils.clip_grad_norm_(model.parameters(), 1e-5)")
    elif missed == "loop.schedule":
        setup.append("half = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)")
        loop.append("    half.step()")
    else:
        mode = []
    return "\n".join(
        ["model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(),",
         "                      nn.Dropout(0.3), nn.Linear(64, 5))",
         *[line for line in lines if line],
         "loss = nn.CrossEntropyLoss()", *setup, "", "",
         "@torch.no_grad()", "def valid():", *mode,
         "    right = sum((model(x).argmax(1) == y).sum().item() for x, y in held_out)",
         "    model.train()", "    return right / 600", "", "",
         "print(checkup(model, loader, loss, optimizer, val_batches=held_out, steps=3000))", "",
         *loop, "print(valid())"]
    )  # fmt: skip


def printed(found, seconds):
    """The report as the package prints it."""
    findings = ranked([finding(*each) for each in found])
    checks = [Check(name, "passed") for name in PASSED]
    checks += [Check(f.code, "failed") for f in findings]
    return str(Report(findings, [], checks, seconds))
