"""Other right answers to the assignment on optimization."""

from deeptricks.grading import Alternative

ALTERNATIVES = [
    Alternative(
        question="recall",
        name="by sums, rounded",
        source="""
kept = {True: term.new_beta, False: term.old_beta}[term.old_averages]
stretch = sum(kept**k for k in range(2000))
same_rate = term.old_rate / stretch if term.old_averages else term.old_rate * stretch
same_rate = float(f"{same_rate:.3g}")
m = v = 0.0
for g in [0.0] * term.silent + [0.7]:
    m = term.recall_beta1 * m + (1 - term.recall_beta1) * g
    v = term.recall_beta2 * v + (1 - term.recall_beta2) * g * g
t = term.silent + 1
late_step = m / (1 - term.recall_beta1**t) / (v / (1 - term.recall_beta2**t)) ** 0.5
late_step = np.float32(round(late_step, 4))
rest_coupled = round(-term.pull / term.recall_decay, 2)
rest_decoupled = -1 / term.recall_decay if term.pull > 0 else 1 / term.recall_decay
corners = [0, term.warm_percent, 100 - term.drop_percent, 100]
heights = [0, 1, 1, 0]  # a half cosine has the area of a straight line
area = sum((b - a) * (x + y) / 2 for a, b, x, y in
           zip(corners, corners[1:], heights, heights[1:]))
peak = term.flat_rate / (area / 100)
""",
    ),
    Alternative(
        question="momentum",
        name="a state that is a dictionary, and a function for one parameter",
        source="""
def one(theta, g, memory, rate, momentum, a):
    g = np.asarray(g, dtype=float)
    gradient = rate * g if term.rate_inside else g
    memory = memory * momentum + gradient * a
    ahead = memory * momentum + gradient * a if term.look_ahead else memory
    return theta - ahead * (1 if term.rate_inside else rate), memory


def momentum_step(
    parameters, gradients, state, rate, momentum=term.beta, dampening=term.dampening
):
    state = dict(state or {})
    new = []
    for i in range(len(parameters)):
        theta = np.array(parameters[i], dtype=np.float64)
        if gradients[i] is not None:
            undamped = term.first_undamped and i not in state
            theta, state[i] = one(theta, gradients[i], state.get(i, np.zeros(theta.shape)), rate,
                                  momentum, 1 if undamped else 1 - dampening)
        new.append(theta)
    return tuple(new), state
""",
    ),
    Alternative(
        question="momentum",
        name="in place, on deep copies",
        source="""
import copy


def momentum_step(
    parameters, gradients, state, rate, momentum=term.beta, dampening=term.dampening
):
    parameters = [np.array(p, dtype=float) for p in parameters]
    heard, memory = copy.deepcopy(state) if state else (
        [0] * len(parameters), [np.zeros(p.shape) for p in parameters])
    for i, g in enumerate(gradients):
        if g is None:
            continue
        push = np.array(g, dtype=float)
        if term.rate_inside:
            push *= rate
        if heard[i] or not term.first_undamped:
            push *= 1 - dampening
        heard[i] += 1
        memory[i] *= momentum
        memory[i] += push
        step = memory[i].copy()
        if term.look_ahead:
            step *= momentum
            step += push
        if not term.rate_inside:
            step *= rate
        parameters[i] -= step
    return parameters, (heard, memory)
""",
    ),
    Alternative(
        question="momentum",
        name="the whole past as state",
        source="""
def momentum_step(
    parameters, gradients, state, rate, momentum=term.beta, dampening=term.dampening
):
    pasts = [list(p) for p in state] if state is not None else [[] for _ in parameters]
    new = []
    for theta, g, past in zip(parameters, gradients, pasts):
        if g is None:
            new.append(theta)
            continue
        a = 1 if term.first_undamped and len(past) == 0 else 1 - dampening
        past.append(a * g * (rate if term.rate_inside else 1.0))
        m = sum(p * momentum ** (len(past) - 1 - k) for k, p in enumerate(past))
        if term.look_ahead:
            m = momentum * m + past[-1]
        new.append(theta - m * (1 if term.rate_inside else rate))
    return new, pasts
""",
    ),
    Alternative(
        question="unit_adam",
        name="a class for the state, units always in rows",
        source="""
class Memory:
    def __init__(self, m, v, t=0):
        self.m, self.v, self.t = m, v, t


def unit_adam(
    theta,
    gradient,
    state,
    rate,
    betas=(term.beta1, term.beta2),
    epsilon=term.epsilon,
    decay=term.decay,
):
    w, g = np.array(theta, dtype=float), np.array(gradient, dtype=float)
    vector = w.ndim == 1
    if vector:
        w, g, decay = w[:, None], g[:, None], 0
    elif not term.units_are_rows:
        w, g = w.T, g.T
    if not term.decoupled:
        g = g + decay * w
    old = state or Memory(np.zeros(w.shape), np.zeros(len(w)))
    b1, b2 = betas
    new = Memory(old.m + (1 - b1) * (g - old.m),
                 old.v + (1 - b2) * (np.einsum("ij,ij->i", g, g) / g.shape[1] - old.v), old.t + 1)
    v = new.v / (1 - b2**new.t)
    scale = (v + epsilon) ** -0.5 if term.epsilon_inside else 1 / (v**0.5 + epsilon)
    step = rate * scale[:, None] * new.m / (1 - b1**new.t)
    if term.decoupled:
        step = step + rate * decay * w
    w = w - step
    if vector:
        return w[:, 0], new
    return (w if term.units_are_rows else w.T), new
""",
    ),
    Alternative(
        question="unit_adam",
        name="unit by unit, with corrected memories by their own recursion",
        source="""
def unit_adam(
    theta,
    gradient,
    state,
    rate,
    betas=(term.beta1, term.beta2),
    epsilon=term.epsilon,
    decay=term.decay,
):
    if state is None:
        state = {"t": 0, "m": np.zeros(np.shape(theta)), "v": np.zeros(np.shape(theta))}
    t = state["t"] + 1
    share1, share2 = [(1 - b) / (1 - b**t) for b in betas]
    if np.ndim(theta) == 1:
        decay, units = 0.0, [(i,) for i in range(len(theta))]
    elif term.units_are_rows:
        units = [(i, slice(None)) for i in range(theta.shape[0])]
    else:
        units = [(slice(None), j) for j in range(theta.shape[1])]
    new = np.array(theta, dtype=float)
    m, v = state["m"].copy(), state["v"].copy()
    for unit in units:
        g = 1.0 * gradient[unit] + (0.0 if term.decoupled else decay * theta[unit])
        m[unit] = (1 - share1) * m[unit] + share1 * g
        v[unit] = (1 - share2) * v[unit] + share2 * np.mean(np.square(g))
        if term.epsilon_inside:
            step = m[unit] / np.sqrt(v[unit] + epsilon)
        else:
            step = m[unit] / (np.sqrt(v[unit]) + epsilon)
        if term.decoupled:
            new[unit] *= 1 - rate * decay
        new[unit] -= rate * step
    return new, {"t": t, "m": m, "v": v}
""",
    ),
    Alternative(
        question="schedule",
        name="one step at a time",
        source="""
import math


def schedule(
    step,
    steps=term.steps,
    warmup=term.warmup,
    tail=term.tail,
    peak=term.peak_rate,
    floor=term.floor_rate,
):
    def rate(s):
        n = int(s) - term.first  # steps before this one
        if n >= steps:
            return floor
        if n < warmup:
            return peak * (n if term.from_zero else n + 1) / warmup
        if n < steps - tail:
            return peak
        f = (n - (steps - tail) + int(term.lands)) / tail
        if term.cosine:
            return floor + (peak - floor) * math.cos(math.pi * f / 2) ** 2
        return floor + (peak - floor) * (1 - math.sqrt(f))

    if np.ndim(step) == 0:
        return rate(step)
    return np.array([rate(s) for s in np.ravel(step)]).reshape(np.shape(step))
""",
    ),
    Alternative(
        question="schedule",
        name="masks",
        source="""
def schedule(
    step,
    steps=term.steps,
    warmup=term.warmup,
    tail=term.tail,
    peak=term.peak_rate,
    floor=term.floor_rate,
):
    n = np.atleast_1d(np.array(step, dtype=float)) - term.first
    rates = np.full(n.shape, float(peak))
    if warmup > 0:
        early = n < warmup
        rates[early] *= (n[early] + (0 if term.from_zero else 1)) / warmup
    if tail > 0:
        late = n >= steps - tail
        f = np.minimum((n[late] - (steps - tail) + (1 if term.lands else 0)) / tail, 1)
        down = 0.5 * (np.cos(f * np.pi) - 1) if term.cosine else -(f**0.5)
        rates[late] += (peak - floor) * down
    rates[n >= steps] = floor
    return rates.reshape(np.shape(step))
""",
    ),
    Alternative(
        question="along",
        name="flat, by dot products",
        source="""
def rate_along(gradient, w, d, h=term.h, longest=term.longest):
    def slope_at(x):
        return float(np.dot(np.ravel(gradient(x)), np.ravel(d))) / norm

    norm = float(np.linalg.norm(np.ravel(d)))
    far, here = slope_at(w + d * (h / norm)), slope_at(w)
    near = slope_at(w - d * (h / norm)) if term.central else here
    c = (far - near) / (2 * h if term.central else h)
    if term.absolute:
        c = max(c, -c)
    if c <= 0:
        return longest / norm
    return (longest if -here > c * longest else -here / c) / norm
""",
    ),
    Alternative(
        question="along",
        name="by the rate itself, then cut",
        source="""
def rate_along(gradient, w, d, h=term.h, longest=term.longest):
    square = np.vdot(d, d)
    reach = h / square**0.5
    g = gradient(w)
    if term.central:
        product = (gradient(w + reach * d) - gradient(w - reach * d)) / (2 * reach)
    else:
        product = (gradient(w + reach * d) - g) / reach
    curved, cap = np.vdot(d, product), longest / square**0.5
    curved = np.abs(curved) if term.absolute else curved
    with np.errstate(divide="ignore"):
        best = -np.vdot(g, d) / curved if curved > 0 else np.inf
    return np.minimum(best, cap)
""",
    ),
]
