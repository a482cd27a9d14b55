"""Sequences: forecasts, recurrent nets, transformers, 1-d convolutions, a language model."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812

from tests.practice.clinic.unread_cases import (
    Batches,
    accuracy,
    broken,
    healthy,
    loader,
    r2,
    set_up,
)  # fmt: skip
from tests.practice.clinic.unread_data import split, tensors


class Last(nn.Module):
    """A recurrent net and a linear layer on its last output."""

    def __init__(self, core, width, outputs, time_first=False):
        super().__init__()
        self.core, self.head, self.time_first = core, nn.Linear(width, outputs), time_first

    def forward(self, x):
        out = self.core(x)[0]
        return self.head(out[-1] if self.time_first else out[:, -1])


def weather(rng, n=2400):
    """Hourly temperatures: days, drifting weather, noise; sd 1, mean 0."""
    t, drift = np.arange(n), np.zeros(n)
    for i in range(1, n):
        drift[i] = 0.98 * drift[i - 1] + rng.normal(0, 0.12)
    s = 1.2 * np.sin(2 * np.pi * t / 24) + drift + rng.normal(0, 0.05, n)
    return (s - s.mean()) / s.std()


def forecast(rng, fault=None):
    """Temperature in six hours from the last fourteen; validation is the later time."""
    s = weather(rng)
    ahead = 6
    rows = np.arange(len(s) - 14 - ahead)
    x, y = tensors(s[rows[:, None] + np.arange(14)][..., None], s[rows + 13 + ahead][:, None])
    clean = x[2050:], y[2050:]
    if fault == "degrees Kelvin":
        x = x * 8 + 285
        clean = x[2050:], y[2050:]
    if fault == "demand in megawatts":
        y = y * 900 + 5200
        clean = x[2050:], y[2050:]
    if fault == "window reaches the target":
        x = tensors(s[rows[:, None] + ahead + np.arange(14)][..., None])[0]
    if fault == "targets of the whole batch squeezed":
        y = y[:, 0]
    model = Last(nn.LSTM(1, 24, batch_first=True), 24, 1)
    if fault == "sigmoid at the end":
        model.head = nn.Sequential(model.head, nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    return set_up(
        model, loader(x[:1700], y[:1700], 50), nn.MSELoss(), optimizer, 200,
        lambda: r2(model, *clean), val_batches=loader(x[1700:2050], y[1700:2050], 50, False),
    )  # fmt: skip


def events(rng, n, length=20):
    """Two bumps in two of three noisy channels: which came first?"""
    x = rng.normal(0, 0.3, (n, length, 3))
    at = np.stack([rng.permutation(length)[:2] for _ in range(n)])
    x[np.arange(n), at[:, 0], 0] += 2.5
    x[np.arange(n), at[:, 1], 1] += 2.5
    return x, (at[:, 0] < at[:, 1]).astype("int64")


def which_first(rng, fault=None):
    """A GRU says which of two events came first."""
    (xt, yt), (xv, yv), (xs, ys) = split(rng, *events(rng, 1500), (1000, 200, 300))
    batch_first = fault != "batch_first forgotten"
    model = Last(nn.GRU(3, 24, batch_first=batch_first), 24, 2)
    rate = 2e-6 if fault == "rate of 2e-6" else 0.01
    optimizer = torch.optim.Adam(model.parameters(), rate)
    if fault == "warm-up in whole numbers":
        warmup = 100
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda i: min(1, i // warmup // 9))
    criterion = nn.CrossEntropyLoss()

    def step(a, b):
        optimizer.zero_grad()
        value = criterion(model(a), b)
        value.backward()
        optimizer.step()
        schedule.step()
        return value.item()

    def clipped(a, b):
        optimizer.zero_grad()
        value = criterion(model(a), b)
        value.backward()
        nn.utils.clip_grad_value_(model.parameters(), 1e-7)
        descent.step()
        return value.item()

    descent = optimizer
    if fault == "values clipped at 1e-7":
        optimizer = descent = torch.optim.SGD(model.parameters(), 0.5, momentum=0.9)
    own = {"warm-up in whole numbers": step, "values clipped at 1e-7": clipped}
    return set_up(
        model, loader(xt, yt, 40), criterion, optimizer, 350, lambda: accuracy(model, xs, ys),
        val_batches=loader(xv, yv, 50, False), step=own.get(fault),
    )  # fmt: skip


class TokenTransformer(nn.Module):
    """Embedding, positions, one or two encoder layers, the mean over the positions."""

    def __init__(self, vocabulary, length, outputs, batch_first=True, positions=True, layers=1,
                 dropout=0.0, width=32):  # fmt: skip
        super().__init__()
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Parameter(torch.randn(length, width)) if positions else 0
        layer = nn.TransformerEncoderLayer(
            width, 2, 64, dropout=dropout, activation="gelu", batch_first=batch_first,
            norm_first=True,
        )  # fmt: skip
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, outputs)

    def forward(self, tokens):
        h = self.encoder(self.token(tokens) + self.position)
        return self.head(h.mean(1))


def sentences(rng, n, length=10, vocabulary=20):
    """Words among which 0 and 1 stand once each: is 0 before 1?"""
    x = rng.integers(2, vocabulary, (n, length))
    at = np.stack([rng.permutation(length)[:2] for _ in range(n)])
    x[np.arange(n), at[:, 0]], x[np.arange(n), at[:, 1]] = 0, 1
    return x, (at[:, 0] < at[:, 1]).astype("int64")


def word_order(rng, fault=None):
    """A transformer: which of two words comes first."""
    (xt, yt), (xv, yv), (xs, ys) = split(rng, *sentences(rng, 2200), (1600, 200, 400))
    if fault == "every word unknown":
        xt, xv = torch.full_like(xt, 19), torch.full_like(xv, 19)
    if fault == "validation of another vocabulary":
        xv = (xv + 7) % 20
    model = TokenTransformer(
        20, 10, 2, positions=fault != "no positions",
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), 0.3 if fault == "rate of .3" else 3e-3)
    return set_up(
        model, loader(xt, yt, 40), nn.CrossEntropyLoss(), optimizer, 400,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


def repeated(rng, fault=None):
    """A transformer: does the first word come again? Words must look at each other."""
    x = rng.integers(0, 16, (2600, 8))
    x[:, 1:][x[:, 1:] == x[:, :1]] += 1
    again = rng.random(len(x)) < 0.5
    x = x % 16
    x[again, rng.integers(1, 8, again.sum())] = x[again, 0]
    y = (x[:, 1:] == x[:, :1]).any(1).astype("int64")
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, y, (2000, 200, 400))
    model = TokenTransformer(16, 8, 2, batch_first=fault != "batch_first forgotten",
                             dropout=0.9 if fault == "dropout of .9" else 0.0)  # fmt: skip
    if fault == "dropout of .9":
        model.token = nn.Sequential(model.token, nn.Dropout(0.9))
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    return set_up(
        model, loader(xt, yt, 40), nn.CrossEntropyLoss(), optimizer, 500,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


WORDS = (
    ("the", "a", "every", "no"), ("steep", "small", "noisy", "deep", "old"),
    ("gradient", "network", "valley", "teacher", "cat"), ("sees", "follows", "learns", "leaves"),
)  # fmt: skip


def prose(rng, n=500):
    """Sentences like "the steep valley follows a cat. " in a row."""
    said = []
    for _ in range(n):
        pick = [str(rng.choice(WORDS[k])) for k in (0, 1, 2, 3, 0, 2)]
        said.append(" ".join(pick) + ". ")
    return "".join(said)


class Characters(nn.Module):
    """A language model; the last layer shares the weights of the embedding if tied."""

    def __init__(self, vocabulary, width=32, tied=True, stateful=False, detach=True):
        super().__init__()
        self.token = nn.Embedding(vocabulary, width)
        self.core = nn.GRU(width, width, batch_first=True)
        self.out = nn.Linear(width, vocabulary)
        if tied:
            self.out.weight = self.token.weight
        self.stateful, self.detach, self.state = stateful, detach, None

    def forward(self, tokens):
        if not self.stateful or self.state is None or self.state.shape[1] != len(tokens):
            self.state = None
        h, state = self.core(self.token(tokens), self.state)
        if self.stateful:
            self.state = state.detach() if self.detach else state
        return self.out(h)


def language(rng, fault=None, stateful=False):
    """Next character by a GRU with tied weights."""
    text = prose(rng)
    letters = sorted(set(text))
    code = np.array([letters.index(c) for c in text])
    starts = np.arange(600) * ((len(code) - 21) // 600)  # the windows do not overlap
    x, y = tensors(*(code[starts[:, None] + np.arange(20) + k] for k in (0, 1)))
    clean = x[500:], y[500:]
    if fault == "targets not shifted":
        y = x.clone()
    kept = fault == "hidden state kept with its graph"
    model = Characters(len(letters), stateful=stateful or kept, detach=not kept)
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)

    def criterion(out, y):
        out = out.flatten(0, 1)
        if fault == "softmax into NLL":
            return F.nll_loss(out.softmax(-1), y.flatten())
        return F.cross_entropy(out, y.flatten())

    def score():
        with torch.no_grad():
            nats = F.cross_entropy(model(clean[0]).flatten(0, 1), clean[1].flatten())
        p = torch.bincount(clean[1].flatten()) / clean[1].numel()
        return max(-1.0, float(1 - nats / -torch.xlogy(p, p).sum()))

    return set_up(
        model, loader(x[:400], y[:400], 20), criterion, optimizer, 180, score,
        val_batches=loader(x[400:500], y[400:500], 20, False),
    )  # fmt: skip


def waves(rng, n, length=48):
    """Sine, square and saw with any phase and pitch, and a second channel of mere noise."""
    t, kind = np.arange(length), rng.integers(0, 3, n)
    phase = (t * rng.uniform(0.05, 0.12, (n, 1)) + rng.uniform(0, 1, (n, 1))) % 1
    shapes = [np.sin(2 * np.pi * phase), np.sign(phase - 0.5), 2 * phase - 1]
    x = np.choose(kind[:, None], shapes) + rng.normal(0, 0.25, (n, length))
    return np.stack([x, rng.normal(0, 0.7, (n, length))], 1), kind


def wave_forms(rng, fault=None):
    """A 1-d conv net tells wave forms apart."""
    (xt, yt), (xv, yv), (xs, ys) = split(rng, *waves(rng, 1300), (900, 100, 300))
    if fault == "counts of the converter":
        xt, xv, xs = [x * 90 + 2048 for x in (xt, xv, xs)]
    if fault == "view of (N, T, C)":
        xt, xv = [x.transpose(1, 2).reshape(x.shape) for x in (xt, xv)]
    model = nn.Sequential(
        nn.Conv1d(2, 16, 5, padding=2), nn.LeakyReLU(0.1), nn.MaxPool1d(2),
        nn.Conv1d(16, 16, 5, padding=2), nn.LeakyReLU(0.1), nn.AdaptiveAvgPool1d(2),
        nn.Flatten(), nn.Linear(32, 3),
    )  # fmt: skip
    decay = 2.0 if fault == "L2 of 2" else 0.0
    optimizer = torch.optim.Adam(model.parameters(), 4e-3, weight_decay=decay)
    sign = -1 if fault == "accuracy as a loss" else 1

    def criterion(out, y):
        return sign * F.cross_entropy(out, y)

    return set_up(
        model, loader(xt, yt, 45), criterion, optimizer, 300, lambda: accuracy(model, xs, ys),
        val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


def memory(rng, fault=None):
    """What was the first of twenty symbols? A plain recurrent net."""
    n, length = 1200, 20
    kind = rng.integers(0, 4, n)
    x = rng.normal(0, 0.1, (n, length, 5))
    x[:, 0, :4] += 2 * np.eye(4)[kind]
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, kind, (800, 100, 300))
    core = nn.RNN(5, 32, nonlinearity="relu", batch_first=True)
    nn.init.orthogonal_(core.weight_hh_l0)
    core.weight_hh_l0.data *= 0.3 if fault == "recurrent weights of norm .3" else 1.0
    if fault == "sigmoid units by hand":
        core = SigmoidRNN(5, 32)
    model = Last(core, 32, 4)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    return set_up(
        model, loader(xt, yt, 40), nn.CrossEntropyLoss(), optimizer, 250,
        lambda: accuracy(model, xs, ys), val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


def account(rng, fault=None):
    """Incomes less expenses over thirty days: Le's recurrent net with the identity."""
    x = rng.exponential(0.2, (1500, 30, 2))
    y = (x[..., 0] - x[..., 1]).sum(1, keepdims=True)
    y = (y - y.mean()) / y.std()
    (xt, yt), (xv, yv), (xs, ys) = split(rng, x, y, (1000, 200, 300))
    core = nn.RNN(2, 24, nonlinearity="relu", batch_first=True)
    nn.init.eye_(core.weight_hh_l0)
    core.weight_hh_l0.data *= 1.6 if fault == "1.6 times the identity" else 1.0
    nn.init.normal_(core.weight_ih_l0, 0, 0.1)
    nn.init.zeros_(core.bias_ih_l0)
    nn.init.zeros_(core.bias_hh_l0)
    model = Last(core, 24, 1)
    optimizer = torch.optim.Adam(model.parameters(), 2e-3)
    return set_up(
        model, loader(xt, yt, 40), nn.MSELoss(), optimizer, 250, lambda: r2(model, xs, ys),
        val_batches=loader(xv, yv, 50, False),
    )  # fmt: skip


class SigmoidRNN(nn.Module):
    """A recurrent net with logistic units."""

    def __init__(self, inputs, width):
        super().__init__()
        self.read, self.keep = nn.Linear(inputs, width), nn.Linear(width, width, bias=False)

    def forward(self, x):
        h = x.new_zeros(len(x), self.keep.in_features)
        for t in range(x.shape[1]):
            h = torch.sigmoid(self.read(x[:, t]) + self.keep(h))
        return h[:, None], None


class Translator(nn.Module):
    """Encoder and decoder; the decoder reads the true prefix (teacher forcing)."""

    def __init__(self, vocabulary=9, width=40):
        super().__init__()
        self.source, self.target = nn.Embedding(vocabulary, 16), nn.Embedding(vocabulary, 16)
        self.encode = nn.GRU(16, width, batch_first=True)
        self.decode = nn.GRU(16, width, batch_first=True)
        self.out = nn.Linear(width, vocabulary)

    def forward(self, x):
        words, prefix = x
        state = self.encode(self.source(words))[1]
        return self.out(self.decode(self.target(prefix), state)[0]).transpose(1, 2)


def backwards(rng):
    """Reverse a word of five letters: sequence to sequence."""
    x = torch.as_tensor(rng.integers(1, 9, (1600, 5)))
    y = x.flip(1)
    prefix = torch.cat([torch.zeros_like(y[:, :1]), y[:, :-1]], 1)
    model = Translator()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    cut = lambda a, b: ((x[a:b], prefix[a:b]), y[a:b])  # noqa: E731
    return set_up(
        model, Batches(*cut(0, 1200), 50), nn.CrossEntropyLoss(), optimizer, 350,
        lambda: (model(cut(1400, 1600)[0]).argmax(1) == y[1400:]).float().mean().item() - 1 / 8,
        val_batches=Batches(*cut(1200, 1400), 50, shuffle=False),
    )  # fmt: skip


class Packed(nn.Module):
    """A GRU over packed sequences; padding is token 0."""

    def __init__(self):
        super().__init__()
        self.token = nn.Embedding(12, 16, padding_idx=0)
        self.core = nn.GRU(16, 24, batch_first=True)
        self.head = nn.Linear(24, 2)

    def forward(self, x):
        tokens, lengths = x
        packed = nn.utils.rnn.pack_padded_sequence(
            self.token(tokens), lengths, batch_first=True, enforce_sorted=False
        )
        return self.head(self.core(packed)[1][0])


def padded(rng):
    """Is there an even number of threes? Sequences of two to nine tokens, padded."""
    lengths = torch.as_tensor(rng.integers(2, 10, 2000))
    x = torch.as_tensor(rng.integers(1, 12, (2000, 9)))
    x[torch.arange(9)[None] >= lengths[:, None]] = 0
    y = ((x == 3).sum(1) > 0).long()
    model = Packed()
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    return set_up(
        model, Batches((x[:1500], lengths[:1500]), y[:1500], 50), nn.CrossEntropyLoss(),
        optimizer, 150, lambda: accuracy(model, (x[1700:], lengths[1700:]), y[1700:]),
        val_batches=Batches((x[1500:1700], lengths[1500:1700]), y[1500:1700], 50, shuffle=False),
    )  # fmt: skip


class Masked(TokenTransformer):
    """A masked language model: an output at every position."""

    def forward(self, tokens):
        return self.head(self.encoder(self.token(tokens) + self.position)).transpose(1, 2)


def masked_words(rng):
    """Periodic sequences with masked tokens; what is not masked has the label -100."""
    start, pace = rng.integers(0, 8, (2, 1500, 1))
    x = torch.as_tensor((start + (1 + pace % 2) * np.arange(10)) % 8)
    hide = torch.as_tensor(rng.random(x.shape) < 0.2)
    hide[:, 4] = True
    y, x = torch.where(hide, x, -100), torch.where(hide, 8, x)
    model = Masked(9, 10, 8, layers=1)
    optimizer = torch.optim.AdamW(model.parameters(), 5e-3)

    def score():
        with torch.no_grad():
            right = (model(x[1300:]).argmax(1) == y[1300:])[hide[1300:]]
        return (right.float().mean().item() - 1 / 8) * 8 / 7

    return set_up(
        model, loader(x[:1100], y[:1100], 40), nn.CrossEntropyLoss(ignore_index=-100),
        optimizer, 350, score, val_batches=loader(x[1100:1300], y[1100:1300], 40, False),
    )  # fmt: skip


def time_first(rng, name="time first"):
    """Sequences stand along the first axis of x, the batch is the second."""
    (xt, yt), (xv, yv), (xs, ys) = split(rng, *events(rng, 1500), (1000, 200, 300))
    xt, xv, xs = [x.transpose(0, 1).contiguous() for x in (xt, xv, xs)]
    model = Last(nn.LSTM(3, 24), 24, 2, time_first=True)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    criterion = nn.CrossEntropyLoss()

    def step(x, y):
        optimizer.zero_grad()
        value = criterion(model(x), y)
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.3)
        optimizer.step()
        return value

    return set_up(
        model, Batches(xt, yt, 40, axis=1), criterion, optimizer, 300,
        lambda: accuracy(model, xs, ys), val_batches=Batches(xv, yv, 50, axis=1, shuffle=False),
        step=step,
    )  # fmt: skip


RNN, TR, C1 = "recurrent", "transformer", "1-d conv net"
CASES = [
    broken(forecast, "degrees Kelvin", "data.not_normalized", "inputs of 285 with an sd of 8",
           RNN),
    broken(forecast, "sigmoid at the end", "model.output_activation",
           "standardized targets are negative half of the time", RNN),
    broken(forecast, "demand in megawatts", "data.target_scale", "targets of 5200 with sd 900",
           RNN),
    broken(forecast, "window reaches the target", "data.leakage",
           "the last value of the window is the target", RNN,
           "both losses fall to nothing; a true forecast fails"),
    broken(forecast, "targets of the whole batch squeezed", "loss.broadcast",
           "(N, 1) against (N,)", RNN),
    broken(which_first, "batch_first forgotten", "model.batch_mixing",
           "the GRU runs over the batch axis", RNN),
    broken(which_first, "rate of 2e-6", "optimizer.lr_too_low", "Adam at 2e-6", RNN),
    broken(which_first, "warm-up in whole numbers", "loop.schedule",
           "step // warmup is zero: the rate stays at zero", RNN),
    broken(which_first, "values clipped at 1e-7", "loop.clipping", "clip_grad_value_ at 1e-7",
           RNN),
    broken(word_order, "every word unknown", "data.degenerate",
           "the tokenizer knows no word: every token is <unk>", TR),
    broken(word_order, "validation of another vocabulary", "data.train_val_mismatch",
           "token ids of a vocabulary built anew", TR,
           "training is well; what validation says is wrong"),
    broken(repeated, "batch_first forgotten", "model.batch_mixing",
           "attention runs over the batch", TR),
    broken(repeated, "dropout of .9", "model.dropout",
           "dropout .9 on the embeddings and in every layer", TR),
    broken(word_order, "no positions", "model.underpowered", "a bag of words has no order", TR),
    broken(word_order, "rate of .3", "optimizer.lr_too_high", "Adam at 0.3", TR),
    broken(language, "targets not shifted", "data.leakage",
           "the next character is the present one: the answer is in the input", "language model",
           "the loss falls to nothing; text generation repeats one letter"),
    broken(language, "softmax into NLL", "loss.activation_missing",
           "NLLLoss gets probabilities, not their logarithms", "language model"),
    broken(language, "hidden state kept with its graph", "loop.graph_grows",
           "raises in the second step: backward through the graph a second time",
           "language model"),
    broken(wave_forms, "counts of the converter", "data.not_normalized",
           "2048 with an sd of 70", C1),
    broken(wave_forms, "view of (N, T, C)", "data.layout", "view for transpose", C1),
    broken(wave_forms, "L2 of 2", "optimizer.weight_decay", "Adam(weight_decay=2)", C1),
    broken(wave_forms, "accuracy as a loss", "loss.sign", "the criterion with a minus", C1),
    broken(memory, "recurrent weights of norm .3", ("model.vanishing", "init.scale"),
           "what came first is gone after twenty steps", RNN),
    broken(account, "1.6 times the identity", ("model.exploding", "init.scale"),
           "1.6 to the power of 30 at the last step", RNN),
    broken(memory, "sigmoid units by hand", "model.vanishing",
           "each step keeps a fraction of the gradient", RNN),
    healthy(forecast, "validation is the later time", RNN),
    healthy(which_first, "a plateau at .693 before it learns", RNN),
    healthy(repeated, "on a plateau at .693 for hundreds of steps", TR),
    healthy(word_order, "GELU, norm first, integer inputs", TR),
    healthy(language, "tied weights, integer inputs", "language model"),
    healthy(language, "the hidden state goes from batch to batch, detached", "language model",
            name="stateful", stateful=True),
    healthy(wave_forms, "one of two channels is noise", C1, odd=False),
    healthy(memory, "ReLU and orthogonal recurrent weights", RNN, odd=False),
    healthy(account, "ReLU, the identity as recurrent weights", RNN, odd=False),
    healthy(backwards, "teacher forcing; tuple inputs of integers", "sequence to sequence"),
    healthy(padded, "a tuple of tokens and lengths, packed", RNN),
    healthy(masked_words, "labels of -100 that the loss ignores", TR),
    healthy(time_first, "the batch is the second axis; clipping at .3 binds often", RNN),
]  # fmt: skip
