"""The assignment on inputs: constants of a term, and the checks that decide its points."""

import math
import statistics

import numpy as np

from deeptricks.grading import Check, Question
from deeptricks.grading.compare import difference


def parameters(rng):
    """Constants, shapes and conventions of a term."""

    def draw(*options):
        return options[int(rng.integers(len(options)))]

    columns, seen, halved, unbiased, white_unbiased = (draw(0, 1) for _ in range(5))
    last, inside, largest = (draw(0, 1) for _ in range(3))
    turned = ".T" if columns else ""
    # In these valleys the approximation of the chapter gives another number than the exact bound.
    valley = draw((0.3, 0.01), (0.3, 0.001), (0.3, 0.0001), (0.4, 0.001), (0.7, 0.0001))
    low, high = draw((0, 1), (-1, 1), (-0.5, 0.5), (-2, 2), (0, 2))
    return {
        # 1. recall
        "loss_factor": r"\frac{1}{2N}" if halved else r"\frac{1}{N}",
        "curvature_factor": 1 if halved else 2,
        "spread_first": draw(6, 7, 8, 9),
        "spread_second": draw(1, 2, 3),
        "mean_second": draw(4, 5, 6, 7),
        "correlation": draw(-1, 1) * valley[0],
        "wanted": valley[1],
        # 2. holes, and the layout of tables
        "samples_axis": columns,
        "samples_words": "columns" if columns else "rows",
        "code_table": f"np.array([[1.0, 7.0], [3.0, 7.0], [5.0, 7.0]]){turned}",
        "code_torn": f"np.array([[1.0, 7.0], [np.nan, 7.0], [5.0, 7.0]]){turned}",
        "code_first_sample": "z[:, 0]" if columns else "z[0]",
        "code_cloud": f"box{turned}",
        "code_train": f"features[:N]{turned}",
        "code_everything": f"features{turned}",
        "code_white": f"white{turned}",
        "data_shape": "(D, N)" if columns else "(N, D)",
        "mask_observed": bool(seen),
        "mask_words": "observed" if seen else "missing",
        "other_mask_words": "missing" if seen else "observed",
        "ddof": unbiased,
        "divisor": "n_j - 1" if unbiased else "n_j",
        "clip": draw(4.0, 4.5, 5.0, 5.5, 6.0),
        "test_missing": not seen,
        "test_scale": round(math.sqrt(8), 8) if unbiased else 2.0,
        # 3. images
        "channel_axis": 3 if last else 1,
        "image_shape": "(N, H, W, C)" if last else "(N, C, H, W)",
        "code_images": "np.broadcast_to(colors, (2, 2, 3, 4))"
        if last
        else "np.broadcast_to(colors[:, None, None], (2, 4, 2, 3))",
        "low": low,
        "high": high,
        "range_words": f"from {low} (black) to {high} (white)".replace("-", "−"),
        "floor": (floor := draw(0.03, 0.04, 0.05, 0.06, 0.08)),
        "test_black": (1, 2, 3, 4) if last else (1, 4, 2, 3),
        "test_white": (3, 1, 2, 4) if last else (3, 4, 1, 2),
        "test_spread": (high - low) / 2,
        "test_floored": round((high - low) / floor, 8),
        # 4. whitening
        "covariance_ddof": white_unbiased,
        "covariance_divisor": "N - 1" if white_unbiased else "N",
        "inside": bool(inside),
        "deviation": r"\sqrt{\lambda_i + \alpha\,\lambda_\text{ref}\,}"
        if inside
        else r"\sqrt{\lambda_i} + \alpha\sqrt{\lambda_\text{ref}\,}",
        "reference": "largest" if largest else "mean",
        "reference_words": "the largest eigenvalue" if largest else "the mean of all D eigenvalues",
        "fraction": draw(0.02, 0.03, 0.05, 0.1),
        # 5. the experiment
        "data_seed": draw(0, 1, 2, 3, 4, 5, 6, 7),
    }


def questions(term):
    """The questions of a term, with what is expected."""
    return [
        Question("recall", "1. Arithmetic before training", recall_checks(term)),
        Question("observed", "2. Standardize what was observed", observed_checks(term)),
        Question("images", "3. Channels, a batch at a time", image_checks(term)),
        Question("whitening", "4. Whitening with a relative ε", whitening_checks(term)),
        Question(
            "descent",
            "5. What is speed worth?",
            rubric=(
                (1, "Same end: with a bias, invertible affine changes of the features allow the "
                    "same predictions, so there is one minimum; the path differs, not the goal"),
                (2, "Order: direction i needs some λ₁/λᵢ steps; unwhitened, the large directions, "
                    "which hold the signal, come before the small ones, which fit noise (1); so "
                    "there is a good moment to stop, which whitening, learning all at once, lacks "
                    "(1)"),
                (1, "Names raw as worst κ and best held-out loss on the way (or its equal within "
                    "the figure), and says why α > 0 beats α = 0: it keeps small directions small"),
                (2, "A prediction that follows from the explanation, signal in small directions or "
                    "many more samples (1), and numbers from the changed run that test it (1)"),
            ),
        ),
    ]  # fmt: skip


def recall_checks(term):
    """Expected values from four samples with exactly these moments, and by counting steps."""
    signs = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    X = signs * [term.spread_first, term.spread_second] + [0, term.mean_second]

    def largest_and_smallest(X):
        curvatures = np.linalg.svd(X, compute_uv=False) ** 2 / len(X) * term.curvature_factor
        return curvatures.max(), curvatures.min()

    (steep, flat), (steep_centered, flat_centered) = map(largest_and_smallest, (X, X - X.mean(0)))
    wide, narrow = 1 + abs(term.correlation), 1 - abs(term.correlation)
    shrink = (wide - narrow) / (wide + narrow)
    steps = next(t for t in range(10_000) if shrink ** (2 * t) <= term.wanted)
    flattest = "opposite" if term.correlation > 0 else "same"
    return (
        Check("raw", 1, "return kappa_raw", expected=float(steep / flat), tolerance=1e-3,
              says="κ of the raw features: the Hessian holds mean squares, not variances."),
        Check("centered", 1, "return kappa_centered", expected=float(steep_centered / flat_centered),
              tolerance=1e-3, says="κ of the centered features: what is left of the mean squares?"),
        Check("limit", 1, "return rate_limit", expected=float(2 / steep), tolerance=1e-3,
              says="The limit of the rate: it hangs on the steepest curvature, and on the constant "
              "in front of this loss."),
        Check("valley", 1, "return flattest, steps", expected=(flattest, steps),
              says="The valley of two correlated features: its direction and the steps along it."),
    )  # fmt: skip


def observed_checks(term):
    """Expected values from Python's own module for statistics, a feature at a time."""

    def table(rows):
        return np.ascontiguousarray(np.moveaxis(rows, 0, term.samples_axis))

    def holes(rows, seen):
        return {"X": table(rows), "mask": table(seen == term.mask_observed)}

    def right(rows, seen):
        deviation = statistics.stdev if term.ddof else statistics.pstdev
        pairs = []
        for feature, known in zip(rows.T.tolist(), seen.T, strict=True):
            values = [x for x, k in zip(feature, known, strict=True) if k]
            scale = deviation(values) if len(set(values)) > 1 else 1.0
            pairs.append((statistics.fmean(values or [0.0]), scale))
        return tuple(np.array(pairs).T)

    def applied(rows, seen, mean, scale):
        z = [max(-term.clip, min(term.clip, (x - m) / s)) if k else 0.0
             for x, k, m, s in np.broadcast(rows, seen, mean, scale)]  # fmt: skip
        return table(np.reshape(z, rows.shape))

    rng = np.random.default_rng(11)
    rows, seen = rng.normal([3, -20, 0.5, 0], [1, 6, 0.1, 2], (11, 4)), rng.random((11, 4)) > 0.3
    marked = np.where(seen, rows, -999.0)
    torn = np.where(seen, rows, np.resize([np.nan, np.inf, -np.inf, 1e300], rows.shape))
    quiet, quiet_seen = rng.normal(0, 1, (7, 6)), np.ones((7, 6), bool)
    quiet[:, 5] *= 1e-9
    quiet[:, 0], quiet[:, 1] = 0.1, np.where(np.arange(7) == 2, 9, -0.7)
    quiet_seen[:, 1:4] = [[k != 2, k == 4, False] for k in range(7)]
    far = 10**9 + rng.integers(-3, 4, (12, 3))
    mean, scale = np.array([1.0, -2, 0.5, 30]), np.array([0.5, 4, 0.1, 10])
    new = np.array([[2.0, 3, 700, -20], [1.5, -300, 0.55, 40], [-9, 0, 0.4, 0]])
    new_seen = np.array([[1, 1, 1, 0], [0, 1, 1, 1], [1, 1, 0, 1]], bool)
    batches = [(new, new_seen), (new[1:2], new_seen[1:2])]
    square = np.where(seen, rows, np.nan)[:4]
    given = {"mean": mean, "scale": scale}
    square_holes = holes(square, seen[:4])
    (means, scales), (quiet_means, quiet_scales) = right(rows, seen), right(quiet, quiet_seen)
    far_means, far_scales = right(far, far > 0)
    return (
        Check("mean", 1, "return fit_observed(X, mask)[0]", inputs=holes(marked, seen),
              expected=means,
              says="The means of data with holes: only observed entries enter, and each feature "
              "has its own count of them."),
        Check("scale", 1, "return fit_observed(X, mask)[1]", inputs=holes(marked, seen),
              expected=scales,
              says="The scales of data with holes: the observed entries, the divisor, the root."),
        Check("torn", 1, "return fit_observed(X, mask)[0], X, mask", inputs=holes(torn, seen),
              expected=(means, *holes(torn, seen).values()),
              parts=("the mean", "argument X", "argument mask"),
              says="What stands in a hole may be NaN or infinite; it must not reach a result, and "
              "X and mask must stay as they were."),
        Check("quiet", 1, "mean, scale = fit_observed(X, mask)\n"
              "return mean, scale[:4], scale[5] * 1e9",
              inputs=holes(quiet, quiet_seen),
              expected=(quiet_means, quiet_scales[:4], quiet_scales[5] * 1e9),
              parts=("the mean", "the scale", "a scale in very small units"),
              says="Features that are constant where observed, observed once, or never, and one "
              "that varies, in units in which all its numbers are very small."),
        Check("far", 1, "mean, scale = fit_observed(X, mask)\n"
              "return mean, [s / scale[0] for s in scale]",
              inputs=holes(far, far > 0), expected=(far_means, far_scales / far_scales[0]),
              parts=("the mean", "the scale, up to a factor"),
              says="Whole numbers that lie far from zero and close to each other."),
        Check("new", 1, "return [apply_observed(X, mask, mean, scale) for X, mask in batches]",
              inputs={"batches": [tuple(holes(*b).values()) for b in batches], **given},
              expected=[applied(*b, mean, scale) for b in batches],
              says="New samples: the statistics that are handed in, the cut, and 0 in the holes."),
        Check("square", 1, "return apply_observed(X, mask, mean, scale), X, mask, mean, scale",
              inputs=square_holes | given,
              expected=(applied(square, seen[:4], mean, scale), *square_holes.values(), mean,
                        scale),
              parts=("the result", "argument X", "argument mask", "argument mean",
                     "argument scale"),
              says="As many samples as features, and arguments that must stay as they were."),
    )  # fmt: skip


def image_checks(term):
    """Expected values from all pixels at once, which the student never has."""

    def laid_out(images):
        return np.ascontiguousarray(np.moveaxis(images, -1, term.channel_axis))

    def scaled(pixels):
        return np.interp(pixels, [0, 255], [term.low, term.high])

    def right(batches):
        pixels = scaled(np.concatenate([b.reshape(-1, b.shape[-1]) for b in batches]))
        return pixels.mean(0), pixels.std(0)

    def up_to_a_factor(batches):
        mean, std = right(batches)
        return mean, std / std[0]

    rng = np.random.default_rng(12)

    def batch(*shape, low=0, high=256):
        return rng.integers(low, high, shape).astype(np.uint8)

    dark = [batch(2, 5, 4, 3, high=99), batch(6, 5, 4, 3, low=150), batch(1, 5, 4, 3, low=80)]
    sizes = [batch(2, 3, 3, 2, high=70), batch(2, 7, 6, 2, low=90), batch(1, 1, 9, 2)]
    # For about half of all gray levels rounding makes mean square minus squared mean negative.
    flat, levels = [batch(3, 3, 3, 25, low=k) for k in (0, 50, 200)], range(7, 255, 10)
    for images in flat:
        images[..., 1:] = levels[1:]
    reused = [batch(4, 2, 3, 2, low=10 * k, high=60 * k) for k in (1, 2, 4)]
    photos, mean = batch(4, 4, 4, 4), np.array([0.1, 0.6, -0.3, 0])
    std = np.array([0.2, 1, 0, term.floor / 2])
    divisor = np.array([max(s, term.floor) for s in std])
    from_loader = (
        "def loader():\n    memory = batches[0].copy()\n    for images in batches:\n"
        "        memory[...] = images\n        yield memory\n"
        "mean, std = channel_statistics(loader())\nreturn mean, [s / std[0] for s in std]"
    )
    means, deviations = right(dark)
    mean_and = "mean, std = channel_statistics(batches)\nreturn mean, "
    once = "batches = iter(batches)\n" + mean_and
    normalize = "Z = normalize_images(images, mean, std)\nreturn Z, str(Z.dtype), "
    given = {"images": laid_out(photos), "mean": mean, "std": std}
    expected = laid_out((scaled(photos) - mean) / divisor)
    return (
        Check("mean", 1, "return channel_statistics(batches)[0]",
              inputs={"batches": [laid_out(b) for b in dark]}, expected=means,
              says="The means over batches that hold different numbers of images."),
        Check("deviation", 1, "return channel_statistics(batches)[1]",
              inputs={"batches": [laid_out(b) for b in dark]}, expected=deviations,
              says="The deviations over batches of which some are dark and some bright: spread "
              "within batches, spread between them, and the divisor."),
        Check("sizes", 1, once + "[s / std[0] for s in std]",
              inputs={"batches": [laid_out(b) for b in sizes]}, expected=up_to_a_factor(sizes),
              parts=("the mean", "the deviation, up to a factor"),
              says="Batches whose images differ in height and width: every pixel counts the same."),
        Check("flat", 1, mean_and + "std[1:]", inputs={"batches": [laid_out(b) for b in flat]},
              expected=(right(flat)[0], np.zeros(24)), parts=("the mean", "the deviation"),
              says="Square images, and channels that never change, of many gray levels."),
        Check("reused", 1, from_loader,
              inputs={"batches": [laid_out(b) for b in reused]}, expected=up_to_a_factor(reused),
              parts=("the mean", "the deviation, up to a factor"),
              says="A loader that can be gone through once and uses its memory again."),
        Check("normalize", 1, normalize + "images, mean, std", inputs=given, tolerance=1e-5,
              expected=(expected, "float32", *given.values()),  # the tolerance is float32's
              parts=("the result", "the dtype", "argument images", "argument mean",
                     "argument std"),
              says="Images normalized by given statistics: the range, the floor, the type, and "
              "arguments that stay as they were."),
    )  # fmt: skip


def whitening_checks(term):
    """Expected values from a singular value decomposition of the data; Σ is never formed."""

    def table(rows):
        return np.ascontiguousarray(np.moveaxis(rows, 0, term.samples_axis))

    def right(rows, kind, fraction):
        _, s, directions = np.linalg.svd(rows - rows.mean(0))
        variances = np.zeros(rows.shape[1])
        variances[: len(s)] = s**2 / (len(rows) - term.covariance_ddof)
        reference = variances[0] if term.reference == "largest" else sum(variances) / len(variances)
        if term.inside:
            deviations = [math.sqrt(v + fraction * reference) for v in variances]
        else:
            deviations = [math.sqrt(v) + fraction * math.sqrt(reference) for v in variances]
        W = np.diag(1 / np.array(deviations)) @ directions
        return rows.mean(0), (directions.T @ W if kind == "zca" else W)

    def up_to_signs(fraction):
        """Each direction may point either way; the common factor is the divisor of Σ."""
        mean, W = right(rows, "pca", fraction)

        def judge(value):
            if wrong := difference(value, (mean, W), 1e300, parts):  # in its form
                return wrong
            matrix = np.asarray(value[1], dtype=float)
            signs = np.sign((matrix * W).sum(axis=1, keepdims=True))
            size = np.linalg.norm(W) / np.linalg.norm(matrix)
            return difference((value[0], signs * size * matrix), (mean, W), parts=parts)

        return judge

    def up_to_a_factor(means, matrices):
        """Of each matrix the first number is made that of the right one: Σ may have any divisor."""

        def judge(value):
            if wrong := difference(value, (means, matrices), 1e300, parts):  # in its form
                return wrong
            scaled = [W[0, 0] / w[0, 0] * w for w, W in zip(value[1], matrices, strict=True)]
            return difference((value[0], scaled), (means, matrices), parts=parts)

        return judge

    rng = np.random.default_rng(13)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    rows = rng.normal(size=(13, 4)) * [0.2, 9, 1, 3] @ turn + [5, -1, 0, 2]
    few = [rng.normal(4, 2, (4, 6)) for _ in range(12)]  # for some, rounding gives −10⁻¹⁷
    new, skew = rng.normal(1, 3, (3, 4)), rng.normal(size=(4, 4))
    mean = np.array([5.0, -1, 0.5, 2])
    white = (rows - rows.mean(0)) @ right(rows, "zca", 0.0)[1].T
    moved = np.array([skew @ (x - mean) for x in new])
    few_right = [right(one, "zca", 0.3) for one in few]
    parts = ("the mean", "the matrix")
    return (
        Check("zca", 2, "return fit_whitening(X, 'zca')", inputs={"X": table(rows)},
              expected=right(rows, "zca", term.fraction), parts=parts,
              says="ZCA with the usual fraction: the divisor of Σ, λ_ref, the place of ε, and the "
              "way back to the features."),
        Check("pca", 1, "return fit_whitening(X, 'pca')", inputs={"X": table(rows)},
              judge=up_to_signs(term.fraction),
              says="PCA with the usual fraction: λ_ref, the place of ε, the order of directions."),
        Check("directions", 1, "return fit_whitening(X, 'pca', 0.0)", inputs={"X": table(rows)},
              judge=up_to_signs(0.0),
              says="PCA with α = 0: the principal directions in rows, the largest first, each "
              "divided by its deviation."),
        Check("few", 1, "both = [fit_whitening(X, 'zca', 0.3) for X in several]\n"
              "return [mean for mean, _ in both], [np.asarray(W) for _, W in both]",
              inputs={"several": [table(one) for one in few]},
              judge=up_to_a_factor([mean for mean, _ in few_right], [W for _, W in few_right]),
              says="Fewer samples than features: eigenvalues that are zero but for rounding."),
        Check("new", 1, "return whiten(X, mean, W), whiten(one, mean, W), X, mean, W",
              inputs={"X": table(new), "one": table(new[:1]), "mean": mean, "W": skew},
              expected=(table(moved), table(moved[:1]), table(new), mean, skew),
              parts=("three samples", "a single one", "argument X", "argument mean", "argument W"),
              says="New samples: the mean and the matrix that are handed in, on the right side."),
        Check("untouched", 1, "mean, W = fit_whitening(X, 'zca', 0.0)\n"
              "Z = np.asarray(whiten(X, mean, W))\nreturn Z / Z[0, 0], X",
              inputs={"X": table(rows * 100)},
              expected=(table(white / white[0][0]), table(rows * 100)),
              parts=("the data, up to a factor", "argument X"),
              says="With α = 0 the data come out white, in any unit, and X stays as it was."),
    )  # fmt: skip
