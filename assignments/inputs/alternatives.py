"""Other right answers to the assignment on inputs."""

from deeptricks.grading import Alternative

ALTERNATIVES = [
    Alternative(
        question="recall",
        name="by numerical simulation",
        source="""
signs = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
X = signs * [term.spread_first, term.spread_second] + np.array([0, term.mean_second])
kappa_raw = np.linalg.cond(X.T @ X)
kappa_centered = np.linalg.cond(np.cov(X.T))
rate_limit = np.float32(2 / np.linalg.eigvalsh(term.curvature_factor * X.T @ X / 4)[-1])
values, vectors = np.linalg.eigh([[1, term.correlation], [term.correlation, 1]])
flattest = "same" if np.prod(vectors[:, 0]) > 0 else "opposite"
error, steps = 1.0, 0
while error > term.wanted:
    error *= (1 - 2 / values.sum() * values[0]) ** 2
    steps += 1
""",
    ),
    Alternative(
        question="observed",
        name="loops over features",
        source="""
def fit_observed(X, mask):
    means, scales = [], []
    features = X.T if term.samples_axis == 0 else X
    masks = mask.T if term.samples_axis == 0 else mask
    for feature, marks in zip(features, masks):
        values = [float(x) for x, m in zip(feature, marks) if bool(m) == term.mask_observed]
        mean = sum(values) / len(values) if values else 0
        if all(v == values[0] for v in values):
            scale = 1
        else:
            scale = (sum((v - mean) ** 2 for v in values) / (len(values) - term.ddof)) ** 0.5
        means.append(mean)
        scales.append(scale)
    return means, scales


def apply_observed(X, mask, mean, scale):
    z = np.zeros(X.shape)
    for place in np.ndindex(*X.shape):
        if mask[place] == term.mask_observed:
            j = place[1 - term.samples_axis]
            z[place] = max(min((X[place] - mean[j]) / scale[j], term.clip), -term.clip)
    return z
""",
    ),
    Alternative(
        question="observed",
        name="numpy's functions that skip NaN",
        source="""
def _holes(X, mask):
    return np.where(mask if term.mask_observed else ~mask, X, np.nan).astype(float)


def fit_observed(X, mask):
    X = _holes(X, mask)
    mean = np.nan_to_num(np.nanmean(X, axis=term.samples_axis))
    scale = np.nanstd(X, axis=term.samples_axis, ddof=term.ddof)
    constant = ~(np.nanmin(X, axis=term.samples_axis) < np.nanmax(X, axis=term.samples_axis))
    scale[constant] = 1
    return mean, scale


def apply_observed(X, mask, mean, scale):
    flipped = _holes(X, mask) if term.samples_axis == 0 else _holes(X, mask).T
    z = (flipped - mean) / scale
    z[z > term.clip] = term.clip
    z[z < -term.clip] = -term.clip
    z[np.isnan(z)] = 0
    return z if term.samples_axis == 0 else z.T
""",
    ),
    Alternative(
        question="observed",
        name="masked arrays",
        source="""
def fit_observed(X, mask):
    hidden = np.ma.array(X, dtype=float, mask=~mask if term.mask_observed else mask)
    lowest, highest = hidden.min(axis=term.samples_axis), hidden.max(axis=term.samples_axis)
    scale = hidden.std(axis=term.samples_axis, ddof=term.ddof)
    scale = np.where((highest > lowest).filled(False), scale.filled(1), 1)
    return hidden.mean(axis=term.samples_axis).filled(0), scale


def apply_observed(X, mask, mean, scale):
    shape = (1, -1) if term.samples_axis == 0 else (-1, 1)
    hidden = np.ma.array(X, dtype=float, mask=~mask if term.mask_observed else mask)
    z = (hidden - np.reshape(mean, shape)) / np.reshape(scale, shape)
    return np.clip(z, -term.clip, term.clip).filled(0)
""",
    ),
    Alternative(
        question="images",
        name="exact sums of integers",
        source="""
def channel_statistics(batches):
    axes = tuple(k for k in range(4) if k != term.channel_axis)
    count = total = squares = 0
    for images in batches:
        wide = images.astype(np.int64)
        count += wide.size // wide.shape[term.channel_axis]
        total = total + wide.sum(axis=axes)
        squares = squares + (wide**2).sum(axis=axes)
    span = term.high - term.low
    std = np.sqrt(count * squares - total**2) / count
    return term.low + span * total / count / 255, span * std / 255


def normalize_images(images, mean, std):
    shape = [1, 1, 1, 1]
    shape[term.channel_axis] = -1
    x = images.astype(np.float32) * np.float32((term.high - term.low) / 255) + term.low
    divisor = np.where(std < term.floor, term.floor, std)
    z = (x - mean.reshape(shape)) / divisor.reshape(shape)
    return z.astype("float32")
""",
    ),
    Alternative(
        question="images",
        name="counts of the 256 gray levels",
        source="""
LEVELS = np.linspace(term.low, term.high, 256)


def channel_statistics(batches):
    histograms = None
    for images in batches:
        channels = np.moveaxis(images, term.channel_axis, 0)
        more = np.array([np.bincount(c.ravel(), minlength=256) for c in channels])
        histograms = more if histograms is None else histograms + more
    shares = histograms / histograms.sum(axis=1, keepdims=True)
    mean = shares @ LEVELS
    return mean, np.sqrt((shares * (LEVELS - mean[:, None]) ** 2).sum(axis=1))


def normalize_images(images, mean, std):
    result = np.empty(images.shape, dtype=np.float32)
    for c, (m, s) in enumerate(zip(mean, std)):
        where = [slice(None)] * 4
        where[term.channel_axis] = c
        result[tuple(where)] = (LEVELS[images[tuple(where)]] - m) / max(s, term.floor)
    return result
""",
    ),
    Alternative(
        question="images",
        name="all pixels copied and joined",
        source="""
def channel_statistics(batches):
    kept = []
    for images in batches:
        channels = images.swapaxes(0, term.channel_axis)
        kept.append(channels.reshape(len(channels), -1).astype(np.float64))
    x = np.concatenate(kept, axis=1) / 255 * (term.high - term.low) + term.low
    return x.mean(axis=1), x.std(axis=1)


def normalize_images(images, mean, std):
    x = images.swapaxes(term.channel_axis, 3) / 255 * (term.high - term.low) + term.low
    std = np.array(std)
    std[std < term.floor] = term.floor
    return np.float32(((x - mean) / std).swapaxes(term.channel_axis, 3))
""",
    ),
    Alternative(
        question="whitening",
        name="by singular values",
        source="""
def fit_whitening(X, kind, fraction=term.fraction):
    X = X if term.samples_axis == 0 else X.T
    mean = X.mean(axis=0)
    _, s, Vt = np.linalg.svd(X - mean, full_matrices=True)
    lam = np.zeros(X.shape[1])
    lam[: len(s)] = s**2 / (X.shape[0] - term.covariance_ddof)
    ref = lam[0] if term.reference == "largest" else lam.mean()
    d = (lam + fraction * ref) ** 0.5 if term.inside else lam**0.5 + fraction * ref**0.5
    W = np.einsum("i,ij->ij", 1 / d, -Vt)
    return mean, W if kind == "pca" else -Vt.T @ W


def whiten(X, mean, W):
    if term.samples_axis == 0:
        return np.einsum("ij,nj->ni", W, X - mean)
    return W @ (X - mean[:, None])
""",
    ),
    Alternative(
        question="whitening",
        name="numpy's covariance, and a class",
        source="""
class Spectrum:
    def __init__(self, covariance):
        values, vectors = np.linalg.eig(covariance)
        order = np.argsort(-values.real)
        self.values = np.where(values.real > 0, values.real, 0)[order]
        self.vectors = np.linalg.qr(vectors.real[:, order])[0]


def fit_whitening(X, kind, fraction=term.fraction):
    sigma = np.cov(X, rowvar=term.samples_axis == 1, ddof=term.covariance_ddof)
    spectrum = Spectrum(sigma)
    n, lam = len(sigma), spectrum.values
    ref = np.trace(sigma) / n if term.reference == "mean" else np.linalg.norm(sigma, 2)
    if term.inside:
        scale = np.diag((lam + fraction * ref) ** -0.5)
    else:
        scale = np.diag(1 / (np.sqrt(lam) + fraction * np.sqrt(ref)))
    W = scale @ spectrum.vectors.T
    if kind == "zca":
        W = spectrum.vectors @ W
    return X.mean(axis=term.samples_axis), W


def whiten(X, mean, W):
    samples = X if term.samples_axis == 0 else X.T
    done = [[sum(W[i, j] * (x[j] - mean[j]) for j in range(len(mean))) for i in range(len(W))]
            for x in samples]
    return np.array(done) if term.samples_axis == 0 else np.array(done).T
""",
    ),
]
