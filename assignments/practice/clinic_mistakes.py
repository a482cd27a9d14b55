"""What students get wrong in the clinic, and with the report."""

from deeptricks.grading import Mistake


def left_in(name, old, new, hint):
    """A fault that is still there: it costs the two checks of its patient.

    In a term in which the patient has another fault, or none, it is new, and costs what it breaks.
    """
    return Mistake("clinic", f"{name} left in", old, new, hint)


def broken(name, old, new, hint):
    return Mistake("clinic", name, old, new, hint, cost=1)


def report(name, old, new, hint):
    return Mistake("report", name, old, new, hint, cost=1)


OF_CLINIC = [
    left_in(
        "two orders", "term.right_label_order", "term.wrong_label_order",
        "patient_a: images and labels are shuffled in two different orders.",
    ),
    left_in(
        "rows in both parts", "term.right_train_from", "term.wrong_train_from",
        "patient_a: the rows to train on begin before those to validate end.",
    ),
    left_in(
        "half of the scale", "term.right_gray", "term.wrong_gray",
        "patient_a: which numbers become of 0 and of 255? They should be −1 and 1.",
    ),
    left_in(
        "equal weights",
        ("mean=term.right_weight_mean", "std=term.right_weight_std"),
        ("mean=term.wrong_weight_mean", "std=term.wrong_weight_std"),
        "patient_b: mean and deviation of the first weights are exchanged, so that all are equal.",
    ),
    left_in(
        "dropped what is to be kept", "nn.Dropout(term.right_drop)", "nn.Dropout(term.wrong_drop)",
        "patient_b: torch's Dropout takes the probability to be dropped, not that to be kept.",
    ),
    left_in(
        "slope of one", "term.right_slope", "term.wrong_slope",
        "patient_b: with that slope the activation leaves everything as it is: two linear layers "
        "are one.",
    ),
    left_in(
        "training in evaluation mode", "term.right_train_mode", "term.wrong_train_mode",
        "patient_c: what does `train(False)` switch on?",
    ),
    left_in(
        "divided once more", "term.right_divisor", "term.wrong_divisor",
        "patient_c: the loss is a mean over its batch already. Divide by the number of batches.",
    ),
    left_in(
        "nothing left of the gradient", "term.right_longest", "term.wrong_longest",
        "patient_c: compare the length to which gradients are cut with the docstring.",
    ),
    left_in(
        "validation in training mode", "term.right_valid_mode", "term.wrong_valid_mode",
        "patient_d: `no_grad` does not change the mode; it is still that of training.",
    ),
    left_in(
        "the last batch", "term.right_drop_last", "term.wrong_drop_last",
        "patient_d: `drop_last` leaves out the samples of a last, smaller batch.",
    ),
    left_in(
        "means added up", "term.right_reduction", "term.wrong_reduction",
        "patient_d: you add up the means of batches, and divide by the number of samples.",
    ),
    left_in(
        "names that do not fit", "term.right_prefix", "term.wrong_prefix",
        "patient_e: no name in `state` begins like that, so nothing is loaded, and `strict=False` "
        "keeps torch from saying so.",
    ),
    left_in(
        "a body that learns", "term.right_learns", "term.wrong_learns",
        "patient_e: what is to stay as it is must not ask for gradients.",
    ),
    left_in(
        "statistics that move", "term.right_body_mode", "term.wrong_body_mode",
        "patient_e: without gradients nothing learns, but in training mode the running statistics "
        "still move.",
    ),
    broken(
        "gradients never cleared", "model.zero_grad()", "pass",
        "patient_c: you left out zero_grad, which was right before.",
    ),
    broken(
        "left in evaluation mode", "    model.train()\n", "    model.eval()\n",
        "patient_d: after yours, the training that follows is in evaluation mode.",
    ),
    broken(
        "the head frozen too", "head.requires_grad_(True)", "head.requires_grad_(False)",
        "patient_e: the head is new, and is to learn.",
    ),
    broken(
        "parts in another layout", "term.code_returned", "term.code_returned_otherwise",
        "patient_a: what it returns, and in which order, stands in its docstring.",
    ),
    broken(
        "the other answers counted", "term.code_counted", "term.code_counted_otherwise",
        "patient_d: does its docstring want the share of right or of wrong answers?",
    ),
    broken(
        "scores in the other order", "term.code_scores", "term.code_scores_otherwise",
        "patient_d: which of the two numbers comes first stands in its docstring.",
    ),
    broken(
        "other names for the parts",
        "{term.body_name: body, term.head_name: head}",
        "dict(zip(term.other_names, (body, head)))",
        "patient_e: the names of the two parts of what it returns stand in its docstring.",
    ),
    broken(
        "biases at one", "nn.init.zeros_", "nn.init.ones_",
        "patient_b: the biases start at 0; that was right before.",
    ),
    broken(
        "loss without a mode", "reduction=term.right_reduction).item()",
        "reduction=term.right_reduction).item() / len(b)",
        "patient_d: you divide by the size of the batch, and later by the number of samples again.",
    ),
    broken(
        "another fault of the same part", '"c": term.fault_c', '"c": term.other_c',
        "`diagnosis`: patient c does not have that. Compare each number with the docstring.",
    ),
    broken(
        "another one called healthy", ('"d": term.fault_d', '"e": term.fault_e'),
        ('"d": term.other_d', '"e": term.other_e'),
        "`diagnosis`: one of the five is healthy, and not the one that you took for it, or another "
        "fault than the one you named: compare patients d and e with their docstrings.",
    ),
]  # fmt: skip

OF_REPORT = [
    report(
        "cause and false alarm exchanged",
        ("cause = term.report_cause", "false_alarm = term.report_false"),
        ("cause = term.report_false", "false_alarm = term.report_cause"),
        "You took the true cause for the false alarm, and the other way round. Read what the "
        "factory does on purpose.",
    ),
    report(
        "symptom for the false alarm",
        "false_alarm = term.report_false",
        "false_alarm = term.report_symptom",
        "That finding is explained by another one: it is a symptom, and the report says so.",
    ),
    report(
        "symptom for the cause",
        "cause = term.report_cause",
        "cause = term.report_symptom",
        "That finding is the symptom of another one, which is to be cured first.",
    ),
    report(
        "a graph that nobody keeps",
        "missed = term.report_missed",
        'missed = "loop.graph_grows"',
        "Nothing in the program keeps a graph from step to step. What does the loop do, or not do, "
        "that the checkup was not told of?",
    ),
    report(
        "training in evaluation mode",
        "missed = term.report_missed",
        'missed = "loop.train_in_eval_mode"',
        "`valid` ends with model.train(), so that training is in training mode. Look on.",
    ),
]
