"""The assignment of the part `regularization`."""

from tests.grading.real import AssignmentTests, UnlikeTheChapters

# What the chapters say, in numpy: the rate drops, λ is the sample's own, patience is reached.
AS_IN_THE_CHAPTERS = {
    "drop": """
def drop(h, u, rate):
    if u is None:
        return 1.0 * h, 1.0
    mask = (u >= rate) / (1 - rate) if rate < 1 else 0.0 * u
    mask = mask.reshape(mask.shape + (1,) * (np.ndim(h) - 2))
    return h * mask, mask


def drop_backward(g, memory):
    return g * memory
""",
    "groups": """
def group_step(w, g, rate, lam=0.1, other=0.1):
    v = np.asarray(w) - rate * np.asarray(g)
    return np.sign(v) * np.maximum(np.abs(v) - rate * lam, 0)


def stays_at_zero(g, lam=0.1, other=0.1):
    return np.all(np.abs(g) <= lam, axis=1)
""",
    "stop": """
def stop_at(values, patience=10, margin=0.0):
    best, best_epoch = np.inf, 0
    for epoch, value in enumerate(values, start=1):
        if np.isfinite(value) and best - value > margin:
            best, best_epoch = value, epoch
        if epoch - best_epoch >= patience:
            break
    return best_epoch, epoch
""",
    "mix": """
def mix(x, labels, partners, share, classes, smoothing=0.1):
    x, share = np.asarray(x), np.asarray(share)
    hot = np.eye(classes)[labels] * (1 - smoothing) + smoothing / classes
    part = share.reshape(-1, *[1] * (x.ndim - 1))
    soft = share[:, None] * hot + (1 - share[:, None]) * hot[partners]
    return part * x + (1 - part) * x[partners], soft


def soft_loss(logits, targets):
    z = logits - np.max(logits, axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.sum(targets * log_p) / len(z), (np.exp(log_p) - targets) / len(z)
""",
}
OF_THE_PACKAGE = """
from deeptricks.regularization import ProximalSGD, replay


def stop_at(values, patience=10, margin=0.0):
    found = replay(values, patience=patience, min_delta=margin)
    return found.kept, found.stopped
"""


class TestRegularization(UnlikeTheChapters, AssignmentTests):
    """See `AssignmentTests`."""

    part = "regularization"
    as_in_the_chapters = AS_IN_THE_CHAPTERS
    of_the_package = ("stop", OF_THE_PACKAGE)
