"""Other right answers to the assignment on practice."""

from deeptricks.grading import Alternative

BY_FRACTIONS = """
from fractions import Fraction

q = Fraction(term.hit_percent, 100)
hit = float(sum(math.comb(term.hit_trials, k) * q**k * (1 - q) ** (term.hit_trials - k)
                for k in range(2, term.hit_trials + 1)))
target = np.full((len(term.shares), len(term.shares)), term.blind_smoothing / len(term.shares))
target += (1 - term.blind_smoothing) * np.eye(len(target))
said = np.array(term.shares) @ target
blind = np.array(-(np.array(term.shares) @ target) @ np.log(said))
rungs = [term.begin]
for _ in range(3):
    rungs.append(math.ceil(rungs[-1] / term.rung_eta))
ends = [0] + [term.least * term.rung_eta**k for k in range(4)]
epochs = np.float64(np.dot(rungs, np.diff(ends)))
difference = np.repeat([1.0, -1.0, 0.0], [term.only_first, term.only_second,
                       term.pair_images - term.only_first - term.only_second])
paired = round(100 * difference.std(ddof=1) / len(difference) ** 0.5, 4)
n = np.arange(term.wide + 2, 20000)
deep = term.wide_noise * (1 + term.wide / (n - term.wide - 1))
early = term.narrow_noise * (1 + term.narrow / (n - term.narrow - 1))
labels = n[np.argmax(deep < early - 1e-12)]
h = np.logspace(-8, 1, 400001)
step = h[np.argmin(term.rounding * term.loss_size / h + h**2 * term.third / 6)]
"""

FLAT = """
SHIFTS = {"complex": [(1j, -1j)], "central": [(1, 0.5), (-1, -0.5)],
          "four": [(1, 2 / 3), (-1, -2 / 3), (2, -1 / 12), (-2, 1 / 12)]}[term.method]


def errors(loss, weights, gradients):
    found = {}
    for name in weights:
        array = np.asarray(weights[name], dtype=np.complex128)
        slopes = []
        for j in range(array.size):
            total = 0
            for shift, factor in SHIFTS:
                flat = array.reshape(-1).copy()
                flat[j] = flat[j] + shift * term.step
                total = total + factor * loss({**weights, name: flat.reshape(array.shape)})
            slopes.append(complex(total).real / term.step)
        g, m = np.asarray(gradients[name], float).reshape(-1), np.array(slopes)
        g_size, m_size = np.linalg.norm(g), np.linalg.norm(m)
        below = g_size + m_size if term.by_sum else np.maximum(g_size, m_size)
        found[name] = np.linalg.norm(g - m) / below if below > 0 or below != below else 0
    return found


def suspects(loss, weights, gradients, limit=term.limit):
    found = errors(loss, weights, gradients)
    bad = [n for n in found if np.isnan(found[n])]
    others = [n for n in found if found[n] > limit]
    if term.worst_first:
        return bad + sorted(others, key=lambda n: found[n], reverse=True)
    return [n for n in found if n in bad or n in others]
"""

RESTORED = """
class Copy(dict):
    def __init__(self, weights):
        super().__init__({k: np.array(v).astype(complex) for k, v in weights.items()})

    def nudged(self, loss, name, where, by):
        kept = self[name][where]
        self[name][where] = kept + by
        value = loss(self)
        self[name][where] = kept
        return complex(value)


def slope(loss, mine, name, where, h=term.step):
    if term.method == "complex":
        return mine.nudged(loss, name, where, h * 1j).imag / h
    pairs = [(mine.nudged(loss, name, where, k * h) - mine.nudged(loss, name, where, -k * h)).real
             for k in (1, 2)]
    if term.method == "central":
        return pairs[0] / 2 / h
    return (8 * pairs[0] - pairs[1]) / 12 / h


def errors(loss, weights, gradients):
    mine, result = Copy(weights), dict()
    for name, array in mine.items():
        m = np.empty(array.shape)
        for where in np.ndindex(*array.shape):
            m[where] = slope(loss, mine, name, where)
        g = np.array(gradients[name]).astype(float)
        g2, m2, d2 = (float(np.vdot(a, a)) for a in (g, m, g - m))
        if g2 == 0 and m2 == 0:
            result[name] = 0.0
        elif term.by_sum:
            result[name] = d2**0.5 / (g2**0.5 + m2**0.5)
        else:
            result[name] = (d2 / max(g2, m2)) ** 0.5
    return result


def suspects(loss, weights, gradients, limit=term.limit):
    pairs = [(error, k, name) for k, (name, error) in
             enumerate(errors(loss, weights, gradients).items()) if not (error <= limit)]
    if term.worst_first:
        pairs.sort(key=lambda pair: (0 if math.isnan(pair[0]) else 1, -pair[0], pair[1]))
    return [name for *_, name in pairs]
"""

ONE_BY_ONE = """
def some(many, eta):
    if term.rounded_down:
        return many // eta if many >= eta else 1
    return (many + eta - 1) // eta


def halve(more, n, budget, eta=term.eta):
    if n == 1:
        return 0, [0]
    rungs, many = 0, n
    while many > 1:
        many = some(many, eta)
        rungs += 1
    histories = {i: [] for i in range(n)}
    alive, spare = set(histories), 0

    def score(i):
        good = [v if term.high_is_good else -v for v in map(float, histories[i])]
        if term.judged == "last":
            good = good[-1:]
        if term.judged == "mean":
            good = [np.mean(good[-each:])]
        good = [v for v in good if abs(v) < math.inf]
        return max(good) if good else -math.inf

    for rung in range(rungs):
        have = math.floor(budget / rungs) + spare * term.carry
        each, spare = divmod(have, len(alive))
        if each == 0:
            each, spare = 1, 0
        for i in sorted(alive):
            histories[i] += list(more(i, each))
        target = some(len(alive), eta)
        while len(alive) > target:  # the worst one leaves
            alive.remove(min(alive, key=lambda i: (score(i), -i if term.first_stays else i)))
    return alive.pop(), [len(h) for h in histories.values()]
"""

IN_ARRAYS = """
def halve(more, n, budget, eta=term.eta):
    k = next(k for k in range(64) if (n < 2 * eta**k if term.rounded_down else n <= eta**k))
    k = k if n > 1 else 0
    alive, spent = np.arange(n), np.zeros(n, dtype=int)
    best, kept = np.full(n, -np.inf), 0
    for _ in range(k):
        purse = budget // k + kept
        e = max(1, purse // alive.size)
        kept = max(0, purse - e * alive.size) if term.carry else 0
        for i in alive:
            values = np.array(more(int(i), int(e)), dtype=float) * (1 if term.high_is_good else -1)
            values[~np.isfinite(values)] = -np.inf
            how = {"last": lambda v: v[-1], "mean": np.mean, "best": np.max}[term.judged]
            best[i] = max(best[i], how(values)) if term.judged == "best" else how(values)
        spent[alive] += e
        numbers = alive if term.first_stays else -alive
        order = np.lexsort((numbers, -best[alive]))
        stay = max(1, alive.size // eta) if term.rounded_down else math.ceil(alive.size / eta)
        alive = alive[order][:stay]
    return alive[0], spent
"""

INVERSES = """
class Space:
    def __init__(self, space, only):
        self.space, self.only = space, only

    def in_use(self, name, drawn):
        if name not in self.only:
            return True
        parent, entry = self.only[name]
        return parent in drawn and drawn[parent] == entry

    def place(self, name, t):
        kind, a, b = self.space[name]
        if kind in ("one of", "whole"):
            allowed = a if kind == "one of" else range(a, b + 1) if term.closed else range(a, b)
            place = math.floor(len(allowed) * t)
            return allowed[len(allowed) - 1 - place if term.backwards else place]
        t = 1 - t if term.backwards else t
        if kind == "linear":
            return (1 - t) * a + t * b
        if kind == "log":
            return math.exp(np.interp(t, [0, 1], [math.log(a), math.log(b)]))
        return -math.expm1(np.interp(t, [0, 1], [math.log1p(-a), math.log1p(-b)]))


def draw(space, only, u):
    rule, drawn, numbers = Space(space, only), {}, iter(u)
    for name in space:
        t = next(numbers) if term.own_number or rule.in_use(name, drawn) else None
        if rule.in_use(name, drawn):
            drawn[name] = rule.place(name, float(t))
    if term.left_out:
        return drawn
    return {name: drawn.get(name) for name in space}


def expected_mark(scores, marks, n):
    from fractions import Fraction

    rows = [i for i, s in enumerate(scores) if abs(s) < math.inf]
    rows.sort(key=lambda i: scores[i] if term.scores_high else -scores[i])
    bad, M = len(scores) - len(rows), len(scores)

    def chance(k):
        return (k / M) ** n if term.again else Fraction(math.comb(k, n), math.comb(M, n))

    total = chance(bad) * Fraction(term.guess)
    start = 0
    while start < len(rows):
        end = start
        while end < len(rows) and scores[rows[end]] == scores[rows[start]]:
            end += 1
        group = sum(Fraction(float(marks[i])) for i in rows[start:end]) / (end - start)
        total += group * (chance(bad + end) - chance(bad + start))
        start = end
    return float(total)
"""

FROM_THE_TOP = """
def draw(space, only, u):
    numbers, setting, active = list(u), {}, set()
    for k, name in enumerate(space):
        kind, a, b = space[name]
        if name in only:
            other, entry = only[name]
            if other not in active or setting[other] != entry:
                setting[name] = None
                continue
        active.add(name)
        t = numbers[k] if term.own_number else numbers[len(active) - 1]
        if kind in ("linear", "log", "near one"):
            there = {"linear": lambda v: v, "log": np.log, "near one": lambda v: -np.log(1 - v)}
            back = {"linear": lambda v: v, "log": np.exp, "near one": lambda v: 1 - np.exp(-v)}
            low, high = there[kind](a), there[kind](b)
            if term.backwards:
                low, high = high, low
            setting[name] = float(back[kind](low + (high - low) * t))
        else:
            choices = a if kind == "one of" else list(range(a, b + (1 if term.closed else 0)))
            if term.backwards:
                choices = list(reversed(choices))
            setting[name] = choices[int(t * len(choices))]
    return {k: v for k, v in setting.items() if k in active} if term.left_out else setting


def expected_mark(scores, marks, n):
    # From the best one down: the chance that none of those before it was drawn, and it is.
    scores, marks = np.array(scores, dtype=float), np.array(marks, dtype=float)
    good = scores if term.scores_high else -scores
    good[~np.isfinite(scores)] = -np.inf
    M, none, seen, mean = len(good), 1.0, 0, 0.0
    for value in np.unique(good)[::-1]:
        tied = marks[good == value]
        mark = tied.mean() if np.isfinite(value) else term.guess
        left = none
        for _ in tied:
            rest = M - seen
            left = left * max(rest - n, 0) / rest
            seen += 1
        if term.again:
            left = ((M - seen) / M) ** n
        mean += (none - left) * mark
        none = left
    return mean
"""

FROM_SCRATCH = """
diagnosis = dict(e=term.fault_e, d=term.fault_d, c=term.fault_c, b=term.fault_b, a=term.fault_a)


def patient_a(images, labels):
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(11))
    x, y = 2 * images[order].float() / 255 - 1, labels[order]
    valid, train = slice(None, term.held), slice(term.held, None)
    x_train, x_valid, y_train, y_valid = x[train], x[valid], y[train], y[valid]
    return term.code_returned


class Net(nn.Module):
    def __init__(self, inputs, width, classes):
        super().__init__()
        self.last, self.hidden = nn.Linear(width, classes), nn.Linear(inputs, width)
        for name, parameter in self.named_parameters():
            with torch.no_grad():
                parameter.zero_()
                if name.endswith("weight"):
                    parameter += term.right_weight_std * torch.randn(parameter.shape)

    def forward(self, x):
        h = nn.functional.leaky_relu(self.hidden(x), term.right_slope)
        h = nn.functional.dropout(h, term.right_drop, self.training)
        return self.last(h)

    def __getitem__(self, k):
        return [self.hidden, None, None, self.last][k]

    def modules(self):
        return iter([self, self.hidden, self.last])


def patient_b(inputs, width, classes):
    return Net(inputs, width, classes)


def patient_c(model, batches, rate):
    model.train()
    batches, parameters = list(batches), list(model.parameters())
    for k in range(0, len(batches), term.batches):
        losses = [cross_entropy(model(x), y) for x, y in batches[k : k + term.batches]]
        gradient = torch.autograd.grad(torch.stack(losses).mean(), parameters)
        size = torch.sqrt(sum((g**2).sum() for g in gradient))
        factor = min(1.0, term.right_longest / max(size.item(), 1e-300))
        with torch.no_grad():
            for parameter, g in zip(parameters, gradient):
                parameter.add_(g, alpha=-rate * factor)


def patient_d(model, x, y, size):
    model.eval()
    with torch.no_grad():
        outputs = torch.cat([model(part) for part in x.split(size)])
    model.train()
    share = (outputs.argmax(1) == y).float().mean().item()
    scores = [cross_entropy(outputs, y).item(), 1 - share if term.count_wrong else share]
    return scores[term.loss_at], scores[term.share_at]


def patient_e(body, head, state):
    own = {k[len(term.right_prefix) :]: v for k, v in state.items()
           if k.startswith(term.right_prefix)}
    body.load_state_dict(own)
    for parameter in body.parameters():
        parameter.requires_grad = False
    for parameter in head.parameters():
        parameter.requires_grad = True
    whole = nn.Sequential()
    for name, part in zip(term.names, (body, head)):
        whole.add_module(name, part)
    whole.train()
    body.eval()
    return whole
"""

AROUND = """
diagnosis = {who: fault for who, fault in zip("abcde", [term.fault_a, term.fault_b, term.fault_c,
                                                        term.fault_d, term.fault_e])}
theirs_b, theirs_d = patient_b, patient_d


def patient_a(images, labels):
    rows = shuffled(torch.arange(len(images)), term.image_order)
    held, rest = rows[: term.held], rows[term.held :]
    (x_train, y_train), (x_valid, y_valid) = [
        ((images[part] - 127.5) / 127.5, labels[part]) for part in (rest, held)
    ]
    return term.code_returned


def patient_b(inputs, width, classes):
    model = theirs_b(inputs, width, classes)
    model[1] = nn.LeakyReLU(term.right_slope)
    model[2].p = term.right_drop
    for layer in (model[0], model[3]):
        layer.weight.data.normal_(0, term.right_weight_std)
    return model


def patient_c(model, batches, rate):
    model.train(mode=True)
    for count, (x, y) in enumerate(batches):
        if count % term.batches == 0:
            model.zero_grad(set_to_none=False)
        cross_entropy(model(x), y).backward()
        if count % term.batches == term.batches - 1:
            given = [p for p in model.parameters() if p.grad is not None]
            for p in given:
                p.grad /= term.batches
            nn.utils.clip_grad_norm_(given, max_norm=term.right_longest)
            for p in given:
                p.data -= rate * p.grad
    model.zero_grad()


def patient_d(model, x, y, size):
    model.eval()
    loss, counted, n = 0.0, 0, len(y)
    for start in range(0, n, size):
        with torch.no_grad():
            z = model(x[start : start + size])
        loss += cross_entropy(z, y[start : start + size]).item() * len(z)
        right = int((z.argmax(dim=1) == y[start : start + size]).sum())
        counted += len(z) - right if term.count_wrong else right
    model.train()
    return term.code_scores


def patient_e(body, head, state):
    skip = len(term.right_prefix)
    result = body.load_state_dict(
        {k[skip:]: v for k, v in state.items() if k[:skip] == term.right_prefix}
    )
    assert not result.missing_keys
    parts = body.eval().requires_grad_(False), head.train().requires_grad_(True)
    return nn.Sequential(OrderedDict(zip(term.names, parts)))
"""

ALTERNATIVES = [
    Alternative("recall", "by fractions, counting and grids", BY_FRACTIONS),
    Alternative("gradient", "weights of a formula, on flat copies", FLAT),
    Alternative("gradient", "one copy, nudged and put back", RESTORED),
    Alternative("halving", "histories, and the worst leave one by one", ONE_BY_ONE),
    Alternative("halving", "in arrays", IN_ARRAYS),
    Alternative("best", "inverse distributions, and fractions", INVERSES),
    Alternative("best", "from the best one down", FROM_THE_TOP),
    Alternative("clinic", "all written anew", FROM_SCRATCH),
    Alternative("clinic", "what is there, mended from outside", AROUND),
]  # fmt: skip
