"""Averages of a model's weights along training: v ← v + γ (w − v), with another γ for each kind."""

from copy import deepcopy

import torch
from torch import nn


class WeightAverage(nn.Module):
    """A copy of a model whose weights average what the model's have been; base of the others.

    Call `update_parameters(model)` after each step of the optimizer, and the average like the
    model. The first call copies the weights, a later one moves the average by the part γ of the
    way to them; a subclass says γ in `share`.

    Args:
        model: copied to `self.module`; it is not changed, here or later.
        device: where the average lives (default: where the model does).
        use_buffers: average buffers of floating point too, such as the running statistics of
            batch norm. Without it they are copied, and belong to the model's weights, not to
            their average: see `update_batch_norm`. Counts (integers) are copied in any case; the
            framework averages them too, and truncates.

    `state_dict()` holds `module.*` and `n_averaged`, the number of weights in the average; it
    loads into `torch.optim.swa_utils.AveragedModel` and back. `.float()` or `.double()` on the
    average of a model in half precision keeps it in a type in which small parts γ do not vanish.
    Raises ValueError for a model whose parameters or buffers have other shapes than the copy's.
    """

    def __init__(self, model, device=None, *, use_buffers=False):
        super().__init__()
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", torch.tensor(0, dtype=torch.long, device=device))
        self.use_buffers = use_buffers

    def forward(self, *args, **kwargs):
        return self.module(*args, **kwargs)

    def share(self, n):
        """γ of the weights that come next when n ≥ 1 have been averaged."""
        raise NotImplementedError

    @torch.no_grad()
    def update_parameters(self, model):
        """Take the model's present weights into the average."""
        self._move(model, self.share(int(self.n_averaged)) if self.n_averaged else 1.0)
        self.n_averaged += 1

    def _move(self, model, share):
        moved = matched("parameters", self.module.parameters(), model.parameters())
        copied = matched("buffers", self.module.buffers(), model.buffers())
        if self.use_buffers:
            moved, copied = moved + copied, []
        if share == 1:
            moved, copied = [], moved + copied
        for average, newest in copied + [pair for pair in moved if not has_means(pair[0])]:
            average.copy_(newest)
        if pairs := [(v, w.to(v)) for v, w in moved if has_means(v)]:
            torch._foreach_lerp_(*zip(*pairs, strict=True), share)


class PolyakAverage(WeightAverage):
    """The plain mean of all weights since `start`: γ = 1/(n + 1). Counterpart: `AveragedModel`.

    start: this many calls only follow the model (γ = 1), so that the mean forgets where the
        training began. `state_dict` then also counts the calls in `n_seen`.
    Further arguments and errors: `WeightAverage`; ValueError for a negative start.

    Source: B. T. Polyak and A. B. Juditsky, Acceleration of stochastic approximation by averaging,
    SIAM Journal on Control and Optimization 30, 1992; D. Ruppert, technical report 781, Cornell
    University, 1988.
    """

    def __init__(self, model, device=None, *, start=0, use_buffers=False):
        super().__init__(model, device, use_buffers=use_buffers)
        self.start = whole("start", start, 0)
        if start:
            self.register_buffer("n_seen", torch.tensor(0, dtype=torch.long, device=device))

    def share(self, n):
        return 1 / (n + 1)

    @torch.no_grad()
    def update_parameters(self, model):
        """Take the model's present weights into the average, or follow them before `start`."""
        if self.start:
            self.n_seen += 1
            if self.n_seen <= self.start:
                return self._move(model, 1.0)
        super().update_parameters(model)


class StochasticWeightAverage(WeightAverage):
    """The mean of the weights at the end of every cycle. Counterpart: `AveragedModel`.

    The training runs at a constant or a cyclical rate that is high enough to keep moving.
    every: steps in a cycle, of whose calls the last one counts; `state_dict` then also holds the
        number of calls, `n_seen`. Or leave 1, and call `update_parameters` once a cycle.
    Further arguments and errors: `WeightAverage`; ValueError for every below 1.

    Source: P. Izmailov et al., Averaging weights leads to wider optima and better generalization,
    UAI 2018, Algorithm 1. Batch norm then needs `update_batch_norm`.
    """

    def __init__(self, model, device=None, *, every=1, use_buffers=False):
        super().__init__(model, device, use_buffers=use_buffers)
        self.every = whole("every", every, 1)
        if every > 1:
            self.register_buffer("n_seen", torch.tensor(0, dtype=torch.long, device=device))

    def share(self, n):
        return 1 / (n + 1)

    @torch.no_grad()
    def update_parameters(self, model):
        """Take the model's present weights into the average, if a cycle ends here."""
        if self.every > 1:
            self.n_seen += 1
            if self.n_seen % self.every:
                return
        super().update_parameters(model)


class ExponentialMovingAverage(WeightAverage):
    """v ← βv + (1 − β)w, with γ = 1 − β. Counterpart: `AveragedModel`, `get_ema_multi_avg_fn`.

    decay: β in [0, 1], what stays at each step; 1/(1 − β) steps are its memory.
    warmup: take min(β, (1 + n)/(10 + n)) for β, so that a long memory does not begin with the
        first weights for all of its content (TensorFlow's `num_updates`). Adam's correction
        γ = (1 − β)/(1 − βⁿ⁺¹) would start as the plain mean, which keeps the first weights with
        the part 1/n; with this warm-up that part falls as n⁻⁹.
    Further arguments and errors: `WeightAverage`; ValueError for a decay outside [0, 1].

    Source: TensorFlow, tf.train.ExponentialMovingAverage.
    """

    def __init__(self, model, decay=0.999, device=None, *, warmup=False, use_buffers=False):
        super().__init__(model, device, use_buffers=use_buffers)
        if not 0.0 <= decay <= 1.0:
            raise ValueError(f"decay must be between 0 and 1, got {decay}")
        self.decay, self.warmup = decay, warmup

    def share(self, n):
        return max(1 - self.decay, 9 / (10 + n)) if self.warmup else 1 - self.decay


def has_means(tensor):
    """Whether a mean of such numbers is such a number: not so for counts and masks."""
    return tensor.is_floating_point() or tensor.is_complex()


def matched(name, ours, theirs):
    """The tensors of the average and of the model in pairs, in order."""
    ours, theirs = list(ours), list(theirs)
    shapes = [[tuple(tensor.shape) for tensor in tensors] for tensors in (ours, theirs)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"model must have {name} of shapes {shapes[0]}, got {shapes[1]}")
    return list(zip(ours, theirs, strict=True))


def whole(name, value, least):
    if not isinstance(value, int) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return value
