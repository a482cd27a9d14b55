"""Averages of a model's weights along training: v ← v + γ (w − v), with another γ for each kind."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from deeptricks.optimization.checks import check_whole


class WeightAverage(AveragedModel):
    """A copy of a model whose weights average what the model's have been; base of the others.

    Call `update_parameters(model)` after each step of the optimizer, and the average like the
    model. The first call copies the weights, a later one moves the average by the part γ of the
    way to them, which `share` says. State and forward pass are those of the framework's
    `AveragedModel`: `state_dict()` holds `module.*` and `n_averaged`, the number of weights in the
    average. `.float()` or `.double()` on the average of a model in half precision keeps it in a
    type in which small parts γ do not vanish.

    Parameters
    ----------
    model : nn.Module
        Copied to `self.module`; it is not changed, here or later.
    device : torch.device, optional
        Where the average lives (default: where the model does).
    use_buffers : bool
        Average buffers of floating point too, such as the running statistics of batch norm.
        Without it they are copied, and belong to the model's weights, not to their average: see
        `update_batch_norm`. Counts (integers) are copied in any case; the framework averages them
        too, and truncates.
    """

    def share(self, n: int) -> float:
        """γ of the weights that come next when n ≥ 1 have been averaged: 1/(n + 1), the mean."""
        return 1 / (n + 1)

    @torch.no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        """Take the model's present weights into the average.

        Raises
        ------
        ValueError
            For a model whose parameters or buffers have other shapes than the copy's.
        """
        self.move(model, self.share(int(self.n_averaged)) if self.n_averaged else 1.0)
        self.n_averaged += 1

    def move(self, model: nn.Module, share: float) -> None:
        """Compute v ← v + γ (w − v) for what has means; the rest is copied."""
        moved = matched("parameters", self.module.parameters(), model.parameters())
        copied = matched("buffers", self.module.buffers(), model.buffers())
        if self.use_buffers:
            moved, copied = moved + copied, []
        for average, newest in moved:
            if share == 1 or not (average.is_floating_point() or average.is_complex()):
                average.copy_(newest)
            else:
                average.lerp_(newest.to(average), share)
        for average, newest in copied:
            average.copy_(newest)


class PolyakAverage(WeightAverage):
    """The plain mean of all weights since `start`: γ = 1/(n + 1); cf. `AveragedModel`.

    Parameters
    ----------
    model, device, use_buffers
        As in `WeightAverage`.
    start : int
        This many calls only follow the model (γ = 1), so that the mean forgets where the training
        began. `state_dict` then also counts the calls in `n_seen`.

    References
    ----------
    B. T. Polyak and A. B. Juditsky, Acceleration of stochastic approximation by averaging,
    SIAM Journal on Control and Optimization 30, 1992; D. Ruppert, technical report 781, Cornell
    University, 1988.
    """

    def __init__(
        self,
        model: nn.Module,
        device: int | torch.device | None = None,
        *,
        start: int = 0,
        use_buffers: bool = False,
    ):
        super().__init__(model, device, use_buffers=use_buffers)
        check_whole(0, start=start)
        self.start = start
        if start:
            calls = torch.tensor(0, dtype=torch.long, device=device)
            self.register_buffer("n_seen", calls)

    @torch.no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        """Take the model's present weights into the average, or follow them before `start`."""
        if self.start:
            self.n_seen += 1
            if self.n_seen <= self.start:
                return self.move(model, 1.0)
        super().update_parameters(model)


class StochasticWeightAverage(WeightAverage):
    """The mean of the weights at the end of every cycle. Counterpart: `AveragedModel`.

    The training runs at a constant or a cyclical rate that is high enough to keep moving.

    Parameters
    ----------
    model, device, use_buffers
        As in `WeightAverage`.
    every : int
        Steps in a cycle, of whose calls the last one counts; `state_dict` then also holds the
        number of calls, `n_seen`. Or leave 1, and call `update_parameters` once a cycle.

    References
    ----------
    P. Izmailov et al., Averaging weights leads to wider optima and better generalization,
    UAI 2018, Algorithm 1. Batch norm then needs `update_batch_norm`.
    """

    def __init__(
        self,
        model: nn.Module,
        device: int | torch.device | None = None,
        *,
        every: int = 1,
        use_buffers: bool = False,
    ):
        super().__init__(model, device, use_buffers=use_buffers)
        check_whole(1, every=every)
        self.every = every
        if every > 1:
            calls = torch.tensor(0, dtype=torch.long, device=device)
            self.register_buffer("n_seen", calls)

    @torch.no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        """Take the model's present weights into the average, if a cycle ends here."""
        if self.every > 1:
            self.n_seen += 1
            if self.n_seen % self.every:
                return
        super().update_parameters(model)


class ExponentialMovingAverage(WeightAverage):
    """v ← βv + (1 − β)w, γ = 1 − β; cf. `get_ema_multi_avg_fn`.

    Parameters
    ----------
    model, device, use_buffers
        As in `WeightAverage`.
    decay : float
        β in [0, 1], what stays at each step; 1/(1 − β) steps are its memory.
    warmup : bool
        Take min(β, (1 + n)/(10 + n)) for β, so that a long memory does not begin with the first
        weights for all of its content (TensorFlow's `num_updates`). Adam's correction
        γ = (1 − β)/(1 − βⁿ⁺¹) would start as the plain mean, which keeps the first weights with
        the part 1/n; with this warm-up that part falls as n⁻⁹.

    References
    ----------
    TensorFlow, tf.train.ExponentialMovingAverage.
    """

    def __init__(
        self,
        model: nn.Module,
        decay: float = 0.999,
        device: int | torch.device | None = None,
        *,
        warmup: bool = False,
        use_buffers: bool = False,
    ):
        super().__init__(model, device, use_buffers=use_buffers)
        if not 0.0 <= decay <= 1.0:
            raise ValueError(f"decay must be between 0 and 1, got {decay}")
        self.decay, self.warmup = decay, warmup

    def share(self, n: int) -> float:
        """1 − β, and more during the warm-up."""
        return max(1 - self.decay, 9 / (10 + n)) if self.warmup else 1 - self.decay


def matched(
    name: str, ours: Iterable[Tensor], theirs: Iterable[Tensor]
) -> list[tuple[Tensor, Tensor]]:
    """Return the tensors of the average and of the model in pairs, in order."""
    ours, theirs = list(ours), list(theirs)
    shapes = [[tuple(tensor.shape) for tensor in tensors] for tensors in (ours, theirs)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"model must have {name} of shapes {shapes[0]}, got {shapes[1]}")
    return list(zip(ours, theirs, strict=True))
