"""The clinic of a term: five patients, of which one is healthy, with one of fifteen faults each."""

FAULTS = {
    "a": ("data.label_mismatch", "data.leakage", "data.not_normalized"),
    "b": ("init.symmetric", "model.dropout", "model.underpowered"),
    "c": ("loop.train_in_eval_mode", "loop.accumulation", "loop.clipping"),
    "d": ("loop.eval_in_train_mode", "loop.samples_lost", "loop.two_means"),
    "e": ("transfer.not_loaded", "transfer.thawed", "transfer.drift"),
}
# The constants in the script that make a fault, where it is drawn.
OF_FAULT = {
    "data.label_mismatch": ("label_order",),
    "data.leakage": ("train_from",),
    "data.not_normalized": ("gray",),
    "init.symmetric": ("weight_mean", "weight_std"),
    "model.dropout": ("drop",),
    "model.underpowered": ("slope",),
    "loop.train_in_eval_mode": ("train_mode",),
    "loop.accumulation": ("divisor",),
    "loop.clipping": ("longest",),
    "loop.eval_in_train_mode": ("valid_mode",),
    "loop.samples_lost": ("drop_last",),
    "loop.two_means": ("reduction",),
    "transfer.not_loaded": ("prefix",),
    "transfer.thawed": ("learns",),
    "transfer.drift": ("body_mode",),
}


# What patient_a returns, in words and in code, how a caller takes it apart, and which are inputs.
LAYOUTS = (
    ("(inputs, labels) to train on, and (inputs, labels) to validate",
     "(x_train, y_train), (x_valid, y_valid)", "(*parts[0], *parts[1])",
     [[True, False], [True, False]]),
    ("inputs to train on and to validate, and then the labels of both",
     "x_train, x_valid, y_train, y_valid", "parts[0], parts[2], parts[1], parts[3]",
     [True, True, False, False]),
    ("inputs and labels to train on, and then inputs and labels to validate",
     "x_train, y_train, x_valid, y_valid", "parts", [True, False, True, False]),
)  # fmt: skip
# How patient_e calls the two parts of what it returns.
NAMES = (("body", "head"), ("features", "classifier"), ("backbone", "fc"))


def patients(pick):
    """Who is ill, of what, and the constants of the script: as it is, right and wrong."""
    right, wrong = _constants(pick)
    healthy = pick(*FAULTS)
    drawn = {who: pick(*faults) for who, faults in FAULTS.items()}
    drawn[healthy] = "healthy"
    ill = {name for fault in drawn.values() for name in OF_FAULT.get(fault, ())}
    as_it_is = {name: wrong[name] if name in ill else right[name] for name in right}
    return {
        **as_it_is,
        **{f"right_{name}": value for name, value in right.items()},
        **{f"wrong_{name}": value for name, value in wrong.items()},
        **{f"fault_{who}": fault for who, fault in drawn.items()},
        **{f"other_{who}": _other(who, drawn[who]) for who in "cde"},
        "healthy": healthy,
        "drop_percent": round(100 * right["drop"]),
        "image_order": right["label_order"],
        "held": right["train_from"],
        "batches": right["divisor"],
        "class_number": pick(3, 4),
        **_returned(pick),
    }


def _returned(pick):
    """How the patients hand over what they have: in docstrings, in code, and otherwise."""
    layout, share_first, count_wrong, names = pick(0, 1, 2), pick(0, 1), pick(0, 1), pick(*NAMES)
    words, returned, parts, inputs = LAYOUTS[layout]
    share = f"the share of {'wrong' if count_wrong else 'right'} answers"
    counted = [f"(outputs.argmax(1) {sign} b)" for sign in ("==", "!=")]
    scores = ["loss / len(y), counted / len(y)", "counted / len(y), loss / len(y)"]
    return {
        "code_layout": words,
        "code_returned": returned,
        "code_returned_otherwise": LAYOUTS[layout - 1][1],
        "code_parts": parts,
        "layout": inputs,
        "code_scored": f"{share} and the mean loss"
        if share_first
        else f"the mean loss and {share}",
        "code_counted": counted[count_wrong],
        "code_counted_otherwise": counted[1 - count_wrong],
        "code_scores": scores[share_first],
        "code_scores_otherwise": scores[1 - share_first],
        "loss_at": share_first,
        "share_at": 1 - share_first,
        "count_wrong": bool(count_wrong),
        "test_share": 5 / 8 if count_wrong else 3 / 8,
        "names": list(names),
        "other_names": list(NAMES[NAMES.index(names) - 1]),
        "body_name": names[0],
        "head_name": names[1],
    }


def _other(who, drawn):
    """What a student may take for the fault: another one of the part, or that it is healthy."""
    return next(name for name in ("healthy" if who == "d" else None, *FAULTS[who])
                if name not in (None, drawn))  # fmt: skip


def _constants(pick):
    """What the docstrings ask for, and what a fault makes of it."""
    order, held, parts = pick(3, 5, 7), pick(40, 50, 60), pick(2, 3, 4)
    drop, std, slope = pick(0.1, 0.2, 0.3), pick(0.15, 0.2, 0.25), pick(0.01, 0.05, 0.1)
    longest = pick(1.0, 2.0, 3.0)
    prefix, other = pick(("body.", "backbone."), ("encoder.", "model."), ("trunk.", "module."))
    right = {
        "label_order": order, "train_from": held, "gray": 127.5,
        "weight_mean": 0.0, "weight_std": std, "drop": drop, "slope": slope,
        "train_mode": True, "divisor": parts, "longest": longest,
        "valid_mode": False, "drop_last": False, "reduction": "sum",
        "prefix": prefix, "learns": False, "body_mode": False,
    }  # fmt: skip
    wrong = {
        "label_order": order + 1, "train_from": held - pick(10, 15, 20), "gray": 255.0,
        "weight_mean": std, "weight_std": 0.0, "drop": round(1 - drop, 2), "slope": 1.0,
        "train_mode": False, "divisor": 16 * parts, "longest": longest / 1000,
        "valid_mode": True, "drop_last": True, "reduction": "mean",
        "prefix": other, "learns": True, "body_mode": True,
    }  # fmt: skip
    return right, wrong
