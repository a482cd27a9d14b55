"""Other right answers to the normalization assignment."""

from deeptricks.grading import Alternative

ALTERNATIVES = [
    Alternative(
        "recall",
        "closed forms and negative axes",
        """
keep = 1 - term.newest
older = keep ** (term.first_batches + term.second_batches)
newer = keep**term.second_batches
reading = term.first_mean * (newer - older) + term.second_mean * (1 - newer)
order = term.image_axes.replace(", ", "")
axes = {
    "batch norm": [k - 4 for k in range(4) if order[k] != "C"],
    "layer norm": tuple(k for k in range(4) if order[k] != "N"),
    "instance norm": (order.index("W"), order.index("H")),
}
values = np.r_[np.zeros(term.outlier_samples - 1), 1.0]
outlier = float((values[-1] - values.mean()) / values.std())
evaluation_std = (1 - 1 / term.values_per_channel) ** 0.5
""",
    ),
    Alternative(
        "batch_norm",
        "samples and places as one long axis, weights counted along",
        """
def standard(variance):
    return (variance + term.eps) ** 0.5 if term.inside else variance**0.5 + term.eps


class BatchNorm:
    def __init__(self, channels):
        self.gamma, self.beta = np.ones(channels), np.zeros(channels)
        self.running_mean, self.running_var = np.zeros(channels), np.zeros(channels)
        self.total, self.training = 0.0, True

    def __call__(self, x):
        last = x if term.channels_last else np.moveaxis(x, 1, -1)
        rows = last.reshape(-1, last.shape[-1]).astype(np.float64)
        if self.training and len(rows) == 1 or not self.training and not self.total:
            raise ValueError("no statistics")
        if self.training:
            mean = np.ones(len(rows)) @ rows / len(rows)
            squares = np.einsum("nc,nc->c", rows - mean, rows - mean)
            self.follow(mean, squares / (len(rows) - (1 if term.unbiased_running else 0)))
            variance = squares / len(rows)
        else:
            mean, variance = self.running_mean / self.total, self.running_var / self.total
        y = (rows - mean) / standard(variance) * self.gamma + self.beta
        y = y.reshape(last.shape)
        return y if term.channels_last else np.moveaxis(y, -1, 1)

    def follow(self, mean, variance):
        new = term.momentum if term.momentum_is_new else 1 - term.momentum
        if not term.corrected and not self.total:
            new = 1.0
        self.running_mean = self.running_mean + new * (mean - self.running_mean)
        self.running_var = self.running_var + new * (variance - self.running_var)
        self.total += new * (1 - self.total)
""",
    ),
    Alternative(
        "gradients",
        "the whole Jacobian of each feature",
        """
def batch_norm_gradients(g, x, gamma):
    G, X = (g, x) if term.rows else (g.T, x.T)
    B, D = X.shape
    f = B - 1 if term.unbiased else B
    dx, dgamma = np.zeros((B, D)), np.zeros(D)
    for d in range(D):
        c = X[:, d] - X[:, d].mean()
        sigma = (c @ c / f) ** 0.5
        s = (sigma**2 + term.gradient_eps) ** 0.5 if term.inside else sigma + term.gradient_eps
        J = (np.eye(B) - 1 / B) / s
        if sigma > 0:
            J = J - np.outer(c, c) / (s**2 * f * (s if term.inside else sigma))
        dx[:, d] = gamma[d] * J.T @ G[:, d]
        dgamma[d] = G[:, d] @ c / s
    return (dx if term.rows else dx.T), dgamma, G.sum(0)
""",
    ),
    Alternative(
        "gradients",
        "step by step backwards",
        """
def batch_norm_gradients(g, x, gamma):
    samples_first = (lambda a: a) if term.rows else np.transpose
    g, x = samples_first(g) * 1.0, samples_first(x) * 1.0
    count = len(x) - (term.unbiased is True)
    centered = x - x.mean(0)
    variance = np.square(centered).sum(0) / count
    if term.inside:
        s = np.sqrt(variance + term.gradient_eps)
        ds_dvariance = 0.5 / s
    else:
        s = np.sqrt(variance) + term.gradient_eps
        positive = np.maximum(variance, 1e-300)
        ds_dvariance = 0.5 / np.sqrt(positive)
    d_hat = g * gamma
    d_s = -(d_hat * centered).sum(0) / s**2
    d_centered = d_hat / s + 2 / count * centered * (d_s * ds_dvariance)
    d_x = d_centered - d_centered.mean(0)
    return [samples_first(d_x), np.einsum("nd,nd->d", g, centered / s), g.sum(0)]
""",
    ),
    Alternative(
        "masked",
        "without loops",
        """
def masked_group_norm(x, mask, groups):
    real = np.logical_not(mask) if term.mask_is_padding else mask
    y = x if term.channels_last else np.swapaxes(x, 1, 2)
    N, L, C = y.shape
    shape = (N, L, groups, C // groups) if term.neighbors else (N, L, C // groups, groups)
    over = (1, 3) if term.neighbors else (1, 2)
    real = np.broadcast_to(real[:, :, None, None], shape)
    y = np.where(real, y.reshape(shape), 0.0)
    count = np.maximum(real.sum(over, keepdims=True), 1)
    mean = y.sum(over, keepdims=True) / count
    centered = np.where(real, y - mean, 0.0)
    variance = (centered**2).sum(over, keepdims=True) / count
    eps = term.masked_eps
    s = np.sqrt(variance + eps) if term.inside else np.sqrt(variance) + eps
    y = (centered / s).reshape(N, L, C)
    return y if term.channels_last else y.swapaxes(1, 2)
""",
    ),
    Alternative(
        "masked",
        "one position after the other",
        """
def masked_group_norm(x, mask, groups):
    y, size = np.zeros(x.shape), x.shape[-1 if term.channels_last else 1] // groups
    for n in range(len(x)):
        at = [t for t in range(mask.shape[1]) if bool(mask[n, t]) != term.mask_is_padding]
        for j in range(groups):
            chosen = slice(j * size, (j + 1) * size) if term.neighbors else slice(j, None, groups)
            for_these = [(n, t, chosen) if term.channels_last else (n, chosen, t) for t in at]
            if for_these:
                values = np.concatenate([x[place] for place in for_these])
                mean, variance = np.mean(values), np.var(values)
                for place in for_these:
                    s = np.sqrt(variance + term.masked_eps * term.inside)
                    y[place] = (x[place] - mean) / (s + term.masked_eps * (not term.inside))
    return y
""",
    ),
    Alternative(
        "clinic",
        "the mode set where training begins, a deep copy of the state",
        """
import copy

faults = (term.third, "restore", "evaluate")


def make_model():
    def hidden(inputs):
        norm = nn.BatchNorm1d(term.width, momentum=term.clinic_newest)
        return [nn.Linear(inputs, term.width, bias=False), norm, nn.ReLU()]

    last = nn.Linear(term.width, term.classes)
    return nn.Sequential(*hidden(term.features), *hidden(term.width), last)


def train_epoch(model, optimizer, x, y, size):
    model.train()
    for inputs, labels in make_batches(x, y, size, True):
        how = {"reduction": "sum", "label_smoothing": term.smoothing}
        model.zero_grad()
        (cross_entropy(model(inputs), labels, **how) / len(labels)).backward()
        optimizer.step()


@torch.no_grad()
def evaluate(model, x, y, size):
    model.eval()
    outputs = torch.cat([model(inputs) for inputs, _ in make_batches(x, y, size, shuffle=False)])
    share, loss = (outputs.argmax(1) == y).double().mean().item(), cross_entropy(outputs, y).item()
    return (loss, term.code_told) if term.loss_first else (term.code_told, loss)


def snapshot(model):
    return {term.prefix + name: v for name, v in copy.deepcopy(model.state_dict()).items()}
""",
    ),
    Alternative(
        "clinic",
        "a copied model scored, tensor after tensor copied",
        """
from copy import deepcopy

faults = ["snapshot", "evaluate", term.third]
script_model = make_model


def make_model():
    model = script_model()
    for module in model:
        if isinstance(module, nn.BatchNorm1d):
            module.momentum = term.clinic_newest
    return model


def train_epoch(model, optimizer, x, y, size):
    for inputs, labels in make_batches(x, y, size, shuffle=True):
        optimizer.zero_grad()
        logs = model(inputs).log_softmax(1)
        aims = (1 - term.smoothing) * nn.functional.one_hot(labels, logs.shape[1])
        (-(aims + term.smoothing / logs.shape[1]) * logs).sum(1).mean().backward()
        optimizer.step()


def evaluate(model, x, y, size):
    model, loss, right = deepcopy(model).eval(), 0.0, 0
    for inputs, labels in make_batches(x, y, size, shuffle=False):
        outputs = model(inputs).detach()
        loss += cross_entropy(outputs, labels).item() * len(labels)
        right += int((outputs.argmax(1) == labels).sum())
    share, loss = right / len(y), loss / len(y)
    return [loss, term.code_told] if term.loss_first else [term.code_told, loss]


def snapshot(model):
    kept = [*model.named_buffers(), *model.named_parameters()]
    return {term.prefix + name: value.detach().clone() for name, value in kept}


@torch.no_grad()
def restore(model, saved):
    for name, value in model.state_dict().items():
        value.copy_(saved[term.prefix + name])
""",
    ),
]
