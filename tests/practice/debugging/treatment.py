"""What the tests of patients and cures share: a training as it was planned, and its outcome."""

import torch


def treated(case):
    """The losses of the planned steps."""
    losses = []
    while len(losses) < case["steps"]:
        for x, y in case["batches"]:
            case["optimizer"].zero_grad()
            loss = case["loss"](case["model"](x), y)
            loss.backward()
            case["optimizer"].step()
            losses.append(loss.item())
    return losses


@torch.no_grad()
def evaluated(case, which):
    """Mean loss and accuracy in evaluation mode."""
    case["model"].eval()
    pairs = [(case["model"](x), y) for x, y in case[which]]
    case["model"].train()
    scores, labels = map(torch.cat, zip(*pairs, strict=True))
    return case["loss"](scores, labels).item(), (scores.argmax(1) == labels).float().mean().item()
