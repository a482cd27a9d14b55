"""Several networks as one module: their answers are averaged, not their weights."""

import math
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn

from deeptricks.regularization.checks import check_whole


def mean_probability(log_p: Tensor) -> Tensor:
    """Arithmetic mean of K distributions, log (1/K) Σₖ pₖ, from log pₖ of shape (K, N, C, …)."""
    return torch.logsumexp(log_p, dim=0) - math.log(len(log_p))


def geometric_mean(log_p: Tensor) -> Tensor:
    """Geometric mean of K distributions, log (Πₖ pₖ^(1/K) / Z), where Z makes its sum 1.

    It equals the softmax of the mean logits: what a softmax subtracts from its logits falls out
    when Z is divided by.
    """
    return torch.log_softmax(log_p.mean(dim=0), dim=1)


def vote(log_p: Tensor) -> Tensor:
    """Share of the votes, its log: each network votes for its likeliest class; no votes, −∞.

    It has no gradient. Between classes with equally many votes `argmax` takes the first.
    """
    classes = torch.arange(log_p.shape[2], device=log_p.device)
    classes = classes.view(-1, *[1] * (log_p.dim() - 3))
    votes = log_p.argmax(dim=2, keepdim=True) == classes
    return votes.to(log_p.dtype).mean(dim=0).log()


MEANS: dict[str, Callable[[Tensor], Tensor]] = {
    "probabilities": mean_probability,
    "geometric": geometric_mean,
    "votes": vote,
}


class Ensemble(nn.Module):
    """K classifiers as one, whose outputs are log-probabilities of the averaged answer.

    Log-probabilities are valid logits: `cross_entropy` and `nll_loss` both accept them, so an
    ensemble stands wherever one network stood, as a member of another ensemble too. Outputs have
    the shape of one member's, classes along axis 1. State, device, type and mode are those of
    its members, which are held, not copied, under the names `members.0`, `members.1`, …

    Parameters
    ----------
    members : iterable of nn.Module
        At least one; of any kind, as long as they map the same inputs to logits (N, C, …).
    mean : str
        Of what: "probabilities", "geometric" (of the probabilities, renormalized; the same as the
        softmax of the mean logits), or "votes" (see `vote`).

    Raises
    ------
    TypeError
        For a member that is no module.
    ValueError
        Without members, for an unknown mean, and for members whose outputs differ in shape.

    References
    ----------
    L. K. Hansen and P. Salamon, Neural network ensembles, IEEE Transactions on Pattern Analysis
    and Machine Intelligence 12, 1990; B. Lakshminarayanan, A. Pritzel and C. Blundell, Simple and
    scalable predictive uncertainty estimation using deep ensembles, NeurIPS 2017.
    """

    def __init__(self, members: Iterable[nn.Module], mean: str = "probabilities") -> None:
        super().__init__()
        members = list(members)
        check_members(members)
        if mean not in MEANS:
            raise ValueError(f"mean must be one of {', '.join(MEANS)}, got {mean!r}")
        self.members = nn.ModuleList(members)
        self.mean = mean

    def __len__(self) -> int:
        """Return K, the number of members."""
        return len(self.members)

    def __iter__(self) -> Iterator[nn.Module]:
        """Run over the members."""
        return iter(self.members)

    def extra_repr(self) -> str:
        """Return the mean, which `print` shows."""
        return f"mean={self.mean!r}"

    def member_log_probabilities(self, *inputs: Tensor) -> Tensor:
        """Return log pₖ of each member, shape (K, N, C, …)."""
        logits = [member(*inputs) for member in self.members]
        check_logits(logits)
        return torch.log_softmax(torch.stack(logits), dim=2)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the log-probabilities (N, C, …) of the averaged answer."""
        return MEANS[self.mean](self.member_log_probabilities(*inputs))

    def first(self, count: int) -> "Ensemble":
        """Return the ensemble of the first `count` members, which it shares with this one."""
        check_whole(1, count=count)
        if count > len(self):
            raise ValueError(f"count must be at most {len(self)}, the members, got {count!r}")
        few = Ensemble(self.members[: int(count)], self.mean)
        few.training = self.training  # its own; each member keeps the mode that it has
        return few


def check_members(members: list) -> None:
    """Raise unless there is at least one member and all are modules."""
    if not members:
        raise ValueError("members must hold at least one network, got none")
    for member in members:
        if not isinstance(member, nn.Module):
            raise TypeError(f"members must be of type nn.Module, got {type(member).__name__}")


def check_logits(logits: list[Tensor]) -> None:
    """Raise ValueError unless all members gave logits (N, C, …) of one shape."""
    shapes = [tuple(each.shape) for each in logits]
    if len(set(shapes)) > 1 or len(shapes[0]) < 2:
        raise ValueError(f"members must give logits of one shape (N, C, …), got {shapes}")
