"""What the whitening layers share: groups of channels, batch statistics, running averages."""

import torch
from torch import Tensor, nn


class BatchWhitening(nn.Module):
    """Whiten groups of channels over a batch; a subclass says how, in `whitening_matrix`.

    Parameters, buffers and modes are those of `nn.BatchNorm1d`, with `running_whitening`
    (G, d, d) in place of `running_var`: for G groups of d channels each.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        group_size: int | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        group_size = num_features if group_size is None else group_size
        if group_size < 1 or num_features % group_size:
            raise ValueError(
                f"group_size must divide num_features = {num_features}, got {group_size}"
            )
        self.num_features, self.group_size = num_features, group_size
        self.eps, self.momentum = eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        options = {"device": device, "dtype": dtype}
        for name in ("weight", "bias"):
            parameter = nn.Parameter(torch.empty(num_features, **options)) if affine else None
            self.register_parameter(name, parameter)
        shapes = {
            "running_mean": (num_features,),
            "running_whitening": (num_features // group_size, group_size, group_size),
        }
        for name, shape in shapes.items():
            buffer = torch.empty(shape, **options) if track_running_stats else None
            self.register_buffer(name, buffer)
        count = torch.tensor(0, dtype=torch.long, device=device) if track_running_stats else None
        self.register_buffer("num_batches_tracked", count)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Forget what was tracked: mean 0, no whitening, no batch."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_whitening.copy_(torch.eye(self.group_size))
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Weight 1 and bias 0: the layer starts as plain whitening."""
        self.reset_running_stats()
        if self.affine:
            nn.init.ones_(self.weight)
            nn.init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """Whiten (N, C, …); in training mode also update the running statistics."""
        self._check(input)
        exact = torch.promote_types(input.dtype, torch.float32)  # half is too coarse for Σ
        with torch.autocast(input.device.type, enabled=False):
            samples = input.movedim(1, -1)  # (N, …, C)
            groups = samples.to(exact).reshape(-1, self.num_features // self.group_size,
                                               self.group_size).transpose(0, 1)  # fmt: skip
            mean, whitening = self._statistics(groups)
            white = (groups - mean) @ whitening  # symmetric: no transpose
            white = white.transpose(0, 1).reshape(samples.shape)
            if self.affine:
                white = white * self.weight + self.bias
            return white.movedim(-1, 1).to(input.dtype)

    def _statistics(self, groups):
        """Means (G, 1, d) and whitening matrices (G, d, d) of (G, M, d): of the batch or kept."""
        if not self.training and self.track_running_stats:
            mean = self.running_mean.view(len(groups), 1, self.group_size)
            return mean.to(groups.dtype), self.running_whitening.to(groups.dtype)
        mean = groups.mean(dim=1, keepdim=True)
        centered = groups - mean
        whitening = self.whitening_matrix(centered.mT @ centered / groups.shape[1])
        if self.track_running_stats:
            self._remember(mean.detach().flatten(), whitening.detach())
        return mean, whitening

    def _remember(self, mean, whitening):
        self.num_batches_tracked += 1
        share = self.momentum if self.momentum is not None else 1 / self.num_batches_tracked.item()
        for kept, new in ((self.running_mean, mean), (self.running_whitening, whitening)):
            kept.mul_(1 - share).add_(new.to(kept.dtype), alpha=share)

    def whitening_matrix(self, covariance: Tensor) -> Tensor:
        """Return W (G, d, d), symmetric, of covariances (G, d, d): outputs are (x − mean) W."""
        raise NotImplementedError

    def _check(self, input):
        if input.ndim < 2:
            raise ValueError(f"input must be (N, C) or (N, C, …), got shape {tuple(input.shape)}")
        if input.shape[1] != self.num_features:
            raise RuntimeError(
                f"input must have {self.num_features} channels in dimension 1, "
                f"got shape {tuple(input.shape)}"
            )
        if not input.is_floating_point():
            raise RuntimeError(f"input must be floating point, got {input.dtype}")
        samples = input.numel() // self.num_features
        if samples < 2 and (self.training or not self.track_running_stats):
            raise ValueError(
                f"a batch must hold at least 2 values per channel, got {samples} "
                f"in shape {tuple(input.shape)}"
            )

    def extra_repr(self) -> str:
        """Return the options, in the words of the framework's batch norm."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}, "
            f"group_size={self.group_size}"
        )
