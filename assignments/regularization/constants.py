"""The constants and conventions of a term, with the words for them in the text."""

OTHER_PENALTY = {
    "l1": (0.0, r"\alpha \sum_{ij} |w_{ij}|"),
    "half": (1.0, r"\frac{\alpha}{2} \sum_{ij} w_{ij}^2"),
    "whole": (2.0, r"\alpha \sum_{ij} w_{ij}^2"),
}
SCALES = {
    "training": r"**In training** the kept entries are divided by $q$, and in evaluation nothing "
    r"is done.",
    "evaluation": r"In training the kept entries stay as they are, and **in evaluation** every "
    r"entry is multiplied by $q$.",
    "counted": r"**In training** the kept entries of a sample are multiplied by $C/K$, where $K$ "
    r"of its $C$ channels were in fact kept, and in evaluation nothing is done.",
}


def parameters(rng):
    """The constants and conventions of a term, drawn from a `numpy.random.Generator`."""

    def pick(*options):
        return options[int(rng.integers(len(options)))]

    def coin():
        return bool(rng.integers(2))

    return {
        **_of_recall(pick),
        **_of_drop(pick, coin),
        **_of_groups(pick, coin),
        **_of_stop(pick, coin),
        **_of_mix(pick, coin),
        **_of_experiment(pick),
        "data_seed": int(rng.integers(1000)),
    }


def _of_recall(pick):
    # Rounded down, and for errors that have nothing in common, other numbers come out, and two.
    correlation, goal = pick((0.2, 38), (0.25, 38), (0.25, 42), (0.3, 42), (0.3, 52))
    return {
        "pull_keep": pick(0.6, 0.7, 0.8, 0.9),
        "pull_mean": pick(-3, -2, 2, 3, 4),
        "pull_deviation": pick(0.5, 1.5, 2.5),
        "curvature": pick(0.2, 0.4, 0.5),
        "recall_rate": pick(0.1, 0.2, 0.3),
        "recall_steps": pick(6, 9, 12, 15),
        "block": pick(4, 5, 6),
        "middle_percent": pick(30, 40, 50, 60),
        "edge_place": pick(2, 3),
        "own_share": pick(0.6, 0.7, 0.8, 0.9),
        "correlation": correlation,
        "goal_percent": goal,
    }


def _of_drop(pick, coin):
    # Never the chapter's own two: a rate of dropping, with q in training or in evaluation.
    rate_keeps = coin() or coin()
    scale = pick("counted", "training", "evaluation") if rate_keeps else "counted"
    low, second = coin(), coin()
    keep = 0.25 if rate_keeps else 0.75
    draws = [0.125, 0.875, 0.625, 0.375]
    return {
        "scale": scale,
        "scale_words": SCALES[scale],
        "rate_keeps": rate_keeps,
        "rate_words": "**kept**" if rate_keeps else "**dropped**",
        "q_words": r"q = \texttt{rate}" if rate_keeps else r"q = 1 - \texttt{rate}",
        "low_is_kept": low,
        "kept_words": r"u_{nc} < q" if low else r"u_{nc} \ge 1 - q",
        "channels_second": second,
        "h_words": "(N, C, …), with the channels in the second axis"
        if second
        else "(N, …, C), with the channels in the last axis",
        "h_shape": (2, 4, 3) if second else (2, 3, 4),
        "position_axis": 2 if second else 1,
        "rates": [0.9, 0.8, 0.65, 0.5, 0.35, 0.2]
        if rate_keeps
        else [0.1, 0.2, 0.35, 0.5, 0.65, 0.8],
        "keeping_all": 1.0 if rate_keeps else 0.0,
        "test_draws": draws,
        "test_kept": [u < keep if low else u >= 1 - keep for u in draws],
        "test_evaluated": 0.25 if scale == "evaluation" else 1.0,
        "test_sum": {"training": 4.0, "evaluation": 1.0, "counted": 4.0}[scale],
    }


def _of_groups(pick, coin):
    other, rows, by_size = pick(*OTHER_PENALTY), coin(), coin()
    return {
        "group_axis": 1 if rows else 0,
        "group_word": "row" if rows else "column",
        "by_size": by_size,
        "price_formula": r"\lambda \sqrt{n} \sum_u \lVert w_u \rVert"
        if by_size
        else r"\lambda \sum_u \lVert w_u \rVert",
        "size_words": "and $n$ is the number of weights in one group"
        if by_size
        else "and all groups pay at one rate, however many weights they have",
        "other": other,
        "other_factor": OTHER_PENALTY[other][0],
        "other_formula": OTHER_PENALTY[other][1],
        "lam": pick(0.2, 0.3, 0.4),
        "alpha": pick(0.25, 0.35, 0.45),
        "test_matrix": [[3.0, 0.0], [4.0, 0.0]] if not rows else [[3.0, 4.0], [0.0, 0.0]],
        "test_length": 4.293 if by_size else 4.5,
    }


def _of_stop(pick, coin):
    high, relative, in_a_row, beyond = coin(), coin(), coin(), coin()
    first, window, patience = pick(0, 1), pick(2, 3, 4), pick(4, 5, 6)
    best = r"\lvert b \rvert"
    return {
        "high_is_good": high,
        "good_words": "**large** values are good" if high else "**small** values are good",
        "gain_words": "$a - b$" if high else "$b - a$",
        "first": first,
        "window": window,
        "relative": relative,
        "needed_words": rf"$\delta\,{best}$" if relative else r"$\delta$",
        "margin": pick(0.02, 0.03, 0.05),
        "in_a_row": in_a_row,
        "count_words": "A better epoch sets the count back to 0: only bad epochs in a row count."
        if in_a_row
        else "A better epoch leaves the count as it is: the bad epochs of the whole run count.",
        "beyond": beyond,
        "patience": patience,
        "limit_words": "**exceeds** the patience" if beyond else "**reaches** the patience",
        "test_flat": (first, 2 + first + int(beyond)),
        "test_good": [1.0, 2.0, 3.0, 4.0] if high else [4.0, 3.0, 2.0, 1.0],
        "test_last": 3 + first,
        "test_dip": [2, 4, 6, 8, 7] if high else [8, 6, 4, 2, 3],
        "test_later": 4 + first,
    }


def _of_mix(pick, coin):
    own, named, spare, bits, first = coin(), coin(), coin(), coin(), coin()
    # The chapters' way: the share is the sample's own, over all classes, in nats.
    if own and not spare and not bits:
        bits = True
    soft = [[0.75, 0.25, 0.0], [0.0, 0.75, 0.25]] if own else [[0.25, 0.75, 0.0], [0.0, 0.25, 0.75]]
    soft.append([0.25, 0.0, 0.75] if own else [0.75, 0.0, 0.25])
    return {
        "share_is_own": own,
        "own_words": r"s_n" if own else r"1 - s_n",
        "partners_are_named": named,
        "partner_words": "`partners[n]` is the place, in the batch, of the partner of sample $n$"
        if named
        else "sample $n$ is the partner of the sample at the place `partners[n]`; each place "
        "stands there once",
        "test_partners": [1, 2, 0] if named else [2, 0, 1],
        "spare_own": spare,
        "smooth_words": r"(1 - \varepsilon)\, t_c + \frac{\varepsilon}{C - 1}\, (1 - t_c)"
        if spare
        else r"(1 - \varepsilon)\, t_c + \frac{\varepsilon}{C}",
        "smoothing": pick(0.05, 0.1, 0.15, 0.2),
        "bits": bits,
        "log_words": r"\log_2" if bits else r"\ln",
        "temperature": pick(0.5, 1.6, 2.0, 2.5),
        "classes_first": first,
        "class_axis": 0 if first else 1,
        "sample_axis": 1 if first else 0,
        "target_shape": "$(C, N)$" if first else "$(N, C)$",
        "test_soft": [list(column) for column in zip(*soft, strict=True)] if first else soft,
        "test_least": 0.15 if spare else 0.1,
        "code_rows": "np.asarray(soft).T" if first else "np.asarray(soft)",
        "test_own": [[1.0], [0.0], [0.0], [0.0]] if first else [[1.0, 0.0, 0.0, 0.0]],
        "test_loss": 2.0 if bits else 1.3863,
    }


def _of_experiment(pick):
    return {"offset": pick(4, 5, 6), "unit": pick(8, 10, 12), "useful": 5, "columns": 30}
