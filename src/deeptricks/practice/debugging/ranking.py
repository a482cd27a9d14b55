"""Causes before symptoms: which finding explains which, and the order of a report."""

from dataclasses import replace

from deeptricks.practice.debugging.finding import Finding

# What a fault brings about besides itself.
TRAINING = {
    "optimizer.lr_too_high",
    "optimizer.lr_too_low",
    "optimizer.weight_decay",
    "model.underpowered",
    "model.vanishing",
    "model.exploding",
    "model.dropout",
    "data.label_mismatch",
    "data.imbalance",
    "model.batchnorm",
    "init.scale",
    "data.target_scale",
}
EXPLAINS: dict[str, set[str]] = {
    "data.nonfinite": TRAINING | {"data.not_normalized", "loop.no_update", "init.dead_units"},
    "data.degenerate": TRAINING | {"data.not_normalized", "data.train_val_mismatch"},
    "data.not_normalized": TRAINING | {"init.dead_units", "loop.clipping"},
    "data.target_scale": {"optimizer.lr_too_high", "optimizer.lr_too_low", "model.exploding"},
    "data.label_range": TRAINING | {"loss.sign", "loss.unsuitable", "model.output_activation"},
    "init.symmetric": TRAINING | {"init.dead_units", "model.detached"},
    "init.scale": {"optimizer.lr_too_high", "model.exploding", "model.vanishing"}
    | {"init.dead_units", "optimizer.lr_too_low", "model.underpowered"},
    "init.dead_units": TRAINING - {"init.scale"},
    "model.unregistered": TRAINING | {"optimizer.missing_params", "loop.no_update"},
    "model.detached": TRAINING | {"loop.no_update", "optimizer.missing_params"},
    "model.frozen": TRAINING | {"loop.no_update"},
    "model.batch_mixing": TRAINING | {"loss.broadcast", "data.layout"},
    "model.exploding": {"optimizer.lr_too_high", "init.dead_units"},
    "model.vanishing": {"optimizer.lr_too_low", "model.underpowered", "data.label_mismatch"},
    "loss.broadcast": TRAINING,
    "loss.sign": TRAINING | {"loop.clipping"},
    "loss.activation_missing": TRAINING | {"loss.sign", "loss.unsuitable"},
    "loss.activation_twice": TRAINING | {"model.output_activation"},
    "loss.unsuitable": TRAINING,
    "model.output_activation": TRAINING,
    "optimizer.missing_params": TRAINING | {"loop.no_update"},
    "loop.no_update": TRAINING,
    "loop.no_zero_grad": TRAINING | {"loop.clipping"},
    "loop.clipping": TRAINING,
    "loop.schedule": TRAINING,
    "loop.graph_grows": TRAINING,
    "loop.train_in_eval_mode": {"model.batchnorm"} | TRAINING,
    "data.not_shuffled": TRAINING,
    "data.imbalance": {"optimizer.lr_too_low"},
    "data.label_mismatch": {"optimizer.lr_too_low", "optimizer.lr_too_high"}
    | {"model.underpowered", "model.vanishing"},
    "model.batchnorm": {"optimizer.lr_too_low", "optimizer.lr_too_high", "data.not_normalized"},
    "model.underpowered": {"optimizer.lr_too_low", "optimizer.lr_too_high"},
    "data.layout": {"model.underpowered", "data.label_mismatch"},
}


def ranked(findings: list[Finding]) -> list[Finding]:
    """Order findings: the likelier first, and what another one explains behind that one."""
    best: dict[str, Finding] = {}
    for item in findings:
        if item.code not in best or item.confidence > best[item.code].confidence:
            best[item.code] = item
    order = sorted(best.values(), key=lambda item: -item.confidence)
    causes: list[Finding] = []
    symptoms: list[Finding] = []
    for item in order:
        cause = next(
            (
                other.code
                for other in order
                if item.code in EXPLAINS.get(other.code, set())
                and other.code not in {s.code for s in symptoms}
                and other.confidence >= min(item.confidence - 0.15, 0.9)
            ),
            None,
        )
        if cause is None:
            causes.append(item)
        else:
            symptoms.append(replace(item, because_of=cause))
    return causes + symptoms
