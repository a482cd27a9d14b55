"""What students get wrong in the assignment on inputs."""

from functools import partial

from deeptricks.grading import Mistake

recall, observed, images, whitening = (
    partial(Mistake, question) for question in ("recall", "observed", "images", "whitening")
)

MISTAKES = [
    recall(
        "curvature is the variance",
        "term.spread_second**2 + term.mean_second**2",
        "term.spread_second**2",
        "On raw features the curvature along w₂ is the mean square of feature 2, its variance "
        "plus its squared mean, and not the variance alone.",
        cost=1,
    ),
    recall(
        "the constant of the loss",
        "2 / (term.curvature_factor * ",
        "2 / ((3 - term.curvature_factor) * ",
        "This limit belongs to a loss with another constant in front: differentiate the one in the "
        "text twice.",
        cost=1,
    ),
    recall(
        "best rate for the limit",
        "2 / (term.curvature_factor * max(first, second))",
        "2 / (term.curvature_factor * (first + second))",
        "This is the best fixed rate 2/(λ₁ + λ_D). The limit hangs on the steepest direction only.",
        cost=1,
    ),
    recall(
        "ratio of spreads",
        "max(first, term.spread_second**2) / min(first, term.spread_second**2)",
        "max(term.spread_first, term.spread_second) / min(term.spread_first, term.spread_second)",
        "Features enter the curvature twice: κ is the square of the ratio of spreads.",
        cost=1,
    ),
    recall(
        "distance for loss",
        "(2 * np.log(",
        "(np.log(",
        "So many steps bring the distance to the minimum down; the loss is its square and needs "
        "half as many.",
        cost=1,
    ),
    recall(
        "the approximate bound",
        "np.log(term.wanted) / (2 * np.log((kappa - 1) / (kappa + 1)))",
        "kappa / 4 * np.log(1 / term.wanted)",
        "κ/4 · ln(1/ε) is the approximation; the exact form of the bound, with its logarithm of "
        "(κ − 1)/(κ + 1), is asked.",
        cost=1,
    ),
    recall(
        "the steep direction",
        '"opposite" if term.correlation > 0 else "same"',
        '"same" if term.correlation > 0 else "opposite"',
        "That is the steep direction. Which change of the weights hardly changes the prediction?",
        cost=1,
    ),
    observed(
        "mask not rescaled",
        "/ np.maximum(count, 1)",
        "/ len(rows)",
        "The sum over the observed entries is divided by the number of all samples; divide by n_j, "
        "the observed ones of this feature.",
        cost=2,
    ),
    observed(
        "the other divisor",
        "count - term.ddof",
        "count - (1 - term.ddof)",
        "The variance has the other divisor of the two usual ones. Which one is asked?",
        cost=1,
    ),
    observed(
        "variance divided by all samples",
        "np.maximum(count - term.ddof, 1)",
        "(len(rows) - term.ddof)",
        "The mean is right, but the squares are divided by a number that counts all samples.",
        cost=1,
    ),
    observed(
        "holes are zeros in the variance",
        "np.where(seen, rows - mean, 0)",
        "np.where(seen, rows, 0) - mean",
        "In the variance, holes enter as if 0 had been observed there.",
        cost=1,
    ),
    observed(
        "mask times values",
        "np.where(seen, rows, 0).sum(axis=0)",
        "(seen * rows).sum(axis=0)",
        "NaN times 0 is NaN: a mask that multiplies does not keep out what stands in a hole.",
        cost=1,
    ),
    observed(
        "mask read the wrong way round",
        "mask == np.array(term.mask_observed), term",
        "mask != np.array(term.mask_observed), term",
        "The statistics are those of the holes: what does True mean in this mask?",
        cost=2,
    ),
    observed(
        "constant by the variance",
        "lowest < highest",
        "variance > 0",
        "Rounding leaves some constant features a tiny variance; compare their entries instead.",
        cost=1,
    ),
    observed(
        "small scales taken for none",
        "lowest < highest",
        "np.sqrt(variance) > 1e-6",
        "A scale may be very small, in large units: only a feature whose entries are all the same "
        "number has the scale 1.",
        cost=1,
    ),
    observed(
        "mean square minus squared mean",
        "np.square(distance).sum(axis=0) / np.maximum(count - term.ddof, 1)",
        "np.abs(np.where(seen, rows, 0).__pow__(2).sum(axis=0) - count * mean**2)"
        " / np.maximum(count - term.ddof, 1)",
        "Mean square minus squared mean cancels for features far from zero: subtract the mean "
        "first, then square.",
        cost=1,
    ),
    observed(
        "root forgotten",
        "np.sqrt(variance)",
        "variance",
        "The scale is the standard deviation, the root of the variance.",
        cost=1,
    ),
    observed(
        "statistics over the wrong axis",
        (
            "np.asarray(X, dtype=float), term.samples_axis, 0)",
            "term.mask_observed), term.samples_axis, 0)",
        ),
        (
            "np.asarray(X, dtype=float), 1 - term.samples_axis, 0)",
            "term.mask_observed), 1 - term.samples_axis, 0)",
        ),
        "These are the statistics of the samples, not of the features: look at the layout of X.",
        cost=2,
    ),
    observed(
        "statistics of the new data",
        "for one in (mean, scale))",
        "for one in fit_observed(X, mask))",
        "New data must be standardized with the statistics handed in, not with their own.",
        cost=2,
    ),
    observed(
        "dimension not kept",
        "np.expand_dims(one, term.samples_axis)",
        "np.expand_dims(one, 1 - term.samples_axis)",
        "The statistics line up with the samples instead of the features.",
        cost=1,
    ),
    observed(
        "cut in the units of the data",
        ("z = (values - mu) / sigma", "np.clip(z, -term.clip, term.clip), 0.0)"),
        ("z = np.clip(values - mu, -term.clip, term.clip)", "z / sigma, 0.0)"),
        "The cut applies to standardized values, after the division.",
        cost=1,
    ),
    observed(
        "holes filled before standardizing",
        "np.where(known, np.clip(z, -term.clip, term.clip), 0.0)",
        "np.clip((np.where(known, values, 0) - mu) / sigma, -term.clip, term.clip)",
        "A hole must be 0 after standardizing; a raw 0 becomes something else.",
        cost=1,
    ),
    observed(
        "in place",
        "z = (values - mu) / sigma",
        "values -= mu\n    z = values / sigma",
        "np.asarray does not copy an array of floats: what you change is the caller's X.",
        cost=1,
    ),
    images(
        "mean of the batches' statistics",
        (
            "squares = squares + np.square(pixels - here).sum(axis=0)",
            "squares = squares + apart**2 * (count * more / (count + more))",
            "mean = mean + apart * (more / (count + more))",
            "count += more",
            "np.sqrt(squares / count)",
        ),
        (
            "squares = squares + pixels.std(axis=0)",
            "count, more = count, 1",
            "mean = mean + apart / (count + more)",
            "count += 1",
            "squares / count",
        ),
        "The mean of the batches' means and deviations: batches of different size weigh the same, "
        "and how far their means lie apart is lost.",
        cost=3,
    ),
    images(
        "spread between batches forgotten",
        "squares = squares + apart**2 * (count * more / (count + more))",
        "pass",
        "The variance within batches alone: the distance between the means of the batches counts "
        "as well.",
        cost=2,
    ),
    images(
        "mean square minus squared mean",
        (
            "squares = squares + np.square(pixels - here).sum(axis=0)",
            "squares = squares + apart**2 * (count * more / (count + more))",
            "np.sqrt(squares / count)",
        ),
        (
            "squares = squares + np.square(pixels).sum(axis=0)",
            "pass",
            "np.sqrt(squares / count - mean**2)",
        ),
        "Where nothing varies, rounding can make mean square minus squared mean negative, and its "
        "root is NaN: add up squared distances, or take at least 0.",
        cost=1,
    ),
    images(
        "images weigh the same",
        "more, here = len(pixels), ",
        "more, here = len(images), ",
        "Each image weighs the same here. With images of different sizes, each pixel should.",
        cost=1,
    ),
    images(
        "squares of bytes",
        "squares = squares + np.square(pixels - here).sum(axis=0)",
        "overflown = np.square(np.moveaxis(images, term.channel_axis, -1)).mean(axis=(0, 1, 2))\n"
        "        overflown = overflown * ((term.high - term.low) / 255) ** 2\n"
        "        overflown = overflown - (here - term.low) ** 2\n"
        "        squares = squares + more * np.abs(overflown)",
        "The square of a byte is a byte again, and what is above 255 is lost: convert first.",
        cost=2,
    ),
    images(
        "the other layout",
        "channels_last = np.moveaxis(images, term.channel_axis, -1)",
        "channels_last = np.moveaxis(images, 4 - term.channel_axis, -1)",
        "The statistics are taken over the wrong axes: where are the channels in this layout?",
        cost=2,
    ),
    images(
        "bytes not mapped",
        "pixels = term.low + (term.high - term.low) * ",
        "pixels = 255 * ",
        "These are the statistics of the bytes; those of the mapped values are asked.",
        cost=2,
    ),
    images(
        "256 for 255",
        "channels_last = np.moveaxis(images, term.channel_axis, -1) / 255",
        "channels_last = np.moveaxis(images, term.channel_axis, -1) / 256",
        "The largest byte is 255: divided by 256, white does not reach the end of the range.",
        cost=1,
    ),
    images(
        "bytes minus the mean of mapped values",
        "z = (mapped - mean)",
        "z = (np.moveaxis(images, term.channel_axis, -1) - mean)",
        "The mean of the mapped values was subtracted from bytes: map first.",
        cost=1,
    ),
    images(
        "unbiased",
        "np.sqrt(squares / count)",
        "np.sqrt(squares / (count - 1))",
        "The divisor of the variance is the number of all pixels, without minus 1.",
        cost=1,
    ),
    images(
        "all batches kept",
        "for images in batches:",
        "for images in list(batches):",
        "A loader may use its memory again: a list of its batches may hold one batch many times.",
        cost=1,
    ),
    images(
        "floor added",
        "np.maximum(std, term.floor)",
        "(std + term.floor)",
        "The floor is added to every deviation here; it should only replace those below it.",
        cost=1,
    ),
    images(
        "floor written into the deviations",
        "z = (mapped - mean) / np.maximum(std, term.floor)",
        "std[std < term.floor] = term.floor\n    z = (mapped - mean) / std",
        "std[std < …] = … changes the caller's deviations: np.maximum makes a new array.",
        cost=1,
    ),
    images(
        "floor forgotten",
        "np.maximum(std, term.floor)",
        "std",
        "A channel whose deviation is below the floor is divided by the floor.",
        cost=1,
    ),
    images(
        "floor for zero only",
        "np.maximum(std, term.floor)",
        "np.where(std == 0, term.floor, std)",
        "The floor replaces every deviation below it, not only 0.",
        cost=1,
    ),
    images(
        "gone through twice",
        "for images in batches:",
        "number = sum(1 for _ in batches)\n    for images in batches:",
        "The batches can be gone through once: whoever counts them first has none left.",
        cost=2,
    ),
    images(
        "double precision",
        "np.moveaxis(z, -1, term.channel_axis).astype(np.float32)",
        "np.moveaxis(z, -1, term.channel_axis)",
        "The values are right, but their dtype is not the one that is asked.",
        cost=1,
    ),
    whitening(
        "ε in the other place",
        "if term.inside:",
        "if not term.inside:",
        "ε stands on the wrong side of the root.",
        cost=1,
    ),
    whitening(
        "the other divisor",
        "len(rows) - term.covariance_ddof",
        "len(rows) - (1 - term.covariance_ddof)",
        "Σ has the other divisor of the two usual ones. Which one is asked?",
        cost=1,
    ),
    whitening(
        "the other reference",
        '{"mean": variances.mean(), "largest": variances.max()}',
        '{"largest": variances.mean(), "mean": variances.max()}',
        "ε is a fraction of another summary of the eigenvalues than the one that is asked.",
        cost=1,
    ),
    whitening(
        "absolute ε",
        "reference = {",
        "reference = 1  # {",
        "ε is taken as an absolute number; it should be a fraction of λ_ref.",
        cost=2,
    ),
    whitening(
        "eigenvalues below zero",
        "np.maximum(variances[::-1], 0)",
        "variances[::-1]",
        "Rounding may make an eigenvalue that is 0 negative, and the root of it is NaN: count it "
        "as 0.",
        cost=1,
        when=lambda term: not term.inside,  # under the root ε outweighs it
    ),
    whitening(
        "smallest direction first",
        "variances, V = np.maximum(variances[::-1], 0), V[:, ::-1]",
        "variances = np.maximum(variances, 0)",
        "The directions are right, but eigh sorts them with the smallest eigenvalue first.",
        cost=1,
    ),
    whitening(
        "eigenvectors in rows",
        "W = V.T / deviations[:, None]",
        "W = V / deviations[:, None]",
        "eigh returns eigenvectors in columns; here they are used as if they stood in rows.",
        cost=2,
    ),
    whitening(
        "deviations along the wrong axis",
        "W = V.T / deviations[:, None]",
        "W = V.T / deviations",
        "Each row of Vᵀ belongs to one deviation; here the columns are divided.",
        cost=2,
    ),
    whitening(
        "not rotated back",
        'V @ W if kind == "zca" else W',
        "W",
        "For ZCA the data must be rotated back to the features after the division.",
        cost=2,
    ),
    whitening(
        "not centered",
        "centered = rows - mean",
        "centered = rows",
        "Σ is computed from features whose mean was not subtracted.",
        cost=2,
    ),
    whitening(
        "matrix on the wrong side",
        "(samples - mean) @ W.T",
        "(samples - mean) @ W",
        "Transposed: W must multiply each sample from the left. With a symmetric W this goes "
        "unnoticed, with any other it does not.",
        cost=1,
    ),
    whitening(
        "new data in place",
        "return np.moveaxis((samples - mean) @ W.T",
        "samples -= mean\n    return np.moveaxis(samples @ W.T",
        "`-=` changes the data that were handed in: np.asarray does not copy an array of floats.",
        cost=1,
    ),
    whitening(
        "mean of the new data",
        "(samples - mean)",
        "(samples - samples.mean(axis=0))",
        "New data must be centered with the mean handed in, not with their own.",
        cost=1,
    ),
    whitening(
        "in place",
        "centered = rows - mean",
        "rows -= mean\n    centered = rows",
        "`-=` changes the caller's array: np.asarray does not copy an array of floats.",
        cost=1,
    ),
]
