"""Three public packages as tools of the clinic: torch-audit, torchdiag, torchmortem.

Each is used as its documentation says, in the training that the author planned (10 CPU s at most).
What they say is mapped to our codes generously: a message stands for every code that its title,
text or remedies name, and is right if one of them is. Hints on speed and style (torch-audit's
TA2xx, TA400, TA404) and notes (torchmortem's INFO) are no findings, neither for nor against.
The packages are no requirements: PYTHONPATH=<a folder that has them> (torch-audit needs rich).
"""

import contextlib
import importlib
import io
import time

import torch

PACKAGES = {"torch_audit": "torch-audit", "torchdiag": "torchdiag", "torchmortem": "torchmortem"}
SECONDS = 10.0  # of the processor, so that a busy machine does not cut a training short

AUDIT = {
    "TA100": ("data.nonfinite", "optimizer.lr_too_high", "init.scale", "model.exploding"),
    "TA102": ("model.exploding", "optimizer.lr_too_high"),
    "TA103": ("init.dead_units", "init.symmetric", "model.detached", "loop.no_update"),
    "TA104": ("model.detached", "model.frozen", "loop.no_update"),
    "TA105": ("init.dead_units", "init.scale", "optimizer.lr_too_high"),
    "TA301": ("data.not_normalized",),
    "TA302": ("data.degenerate",),
    "TA303": ("data.layout",),
    "TA304": ("model.batchnorm",),
    "TA305": ("data.label_range",),
    "TA401": ("optimizer.weight_decay",),
    "TA402": ("optimizer.weight_decay",),
    "TA403": ("optimizer.weight_decay",),
    "TA405": ("init.dead_units", "init.symmetric"),
    "TA501": ("model.batchnorm",),
}
NO_FINDING = {"TA200", "TA201", "TA202", "TA203", "TA400", "TA404"}

DIAG = {
    "ALL parameters are frozen": ("model.frozen",),
    "gradient is None": ("model.detached", "model.unregistered"),
    "None gradients": ("model.detached", "model.unregistered"),
    "exploding": ("model.exploding",),
    "vanishing": ("model.vanishing",),
    "neurons dead": (
        *("init.dead_units", "init.scale", "optimizer.lr_too_high"),
        *("data.not_normalized",),
    ),
    "not finite": ("data.nonfinite",),
    "No parameters changed": ("loop.no_update", "optimizer.missing_params"),
    "parameters unchanged": ("optimizer.missing_params", "loop.no_update", "model.detached"),
    "out of bounds": ("data.label_range",),
    "between 0 and 1": ("loss.activation_missing",),
    "a second time": ("loop.graph_grows",),
    "does not require grad": ("model.detached", "model.frozen"),
}

MORTEM = {
    "Gradient starvation": ("model.vanishing", "init.dead_units"),
    "Instability feedback": ("model.exploding", "optimizer.lr_too_high"),
    "Representation bottleneck": ("model.underpowered",),
    "Training trapped": ("optimizer.lr_too_low",),
    "Vanishing gradients": ("model.vanishing",),
    "Exploding gradients": ("model.exploding", "optimizer.lr_too_high", "init.scale"),
    "Gradient stalling": ("model.vanishing", "init.dead_units", "init.symmetric", "model.detached"),
    "Dead units": ("init.dead_units",),
    "Activation saturation": ("init.dead_units", "model.vanishing", "init.scale"),
    "Update ratio too low": ("optimizer.lr_too_low", "model.vanishing"),
    "Update ratio too high": ("optimizer.lr_too_high",),
    "Training divergence": ("optimizer.lr_too_high", "data.nonfinite"),
    "Loss plateau": ("optimizer.lr_too_low",),
    "Rank collapse": ("model.underpowered",),
    "Weight norm explosion": ("optimizer.lr_too_high", "model.exploding"),
    "Stagnant weight norms": ("optimizer.lr_too_low", "model.vanishing", "model.detached"),
    "Inter-layer weight norm imbalance": ("init.scale",),
}


def load(name):
    """Return the tool of that name; say clearly if its package is missing."""
    try:
        importlib.import_module(name)
    except ImportError as missing:
        raise SystemExit(
            f"{PACKAGES[name]} cannot be imported ({missing}); it is no requirement of ours: "
            f"install it, or put the folder that holds it in PYTHONPATH"
        ) from missing
    return {"torch_audit": torch_audit, "torchdiag": torchdiag, "torchmortem": torchmortem}[name]


def messages(said, codes):
    """Each message as 'code|code', once, in the order in which they came."""
    found = []
    for text in said:
        names = next((v for k, v in codes.items() if k in text), (f"other: {text[:40]}",))
        found.append("|".join(names))
    return list(dict.fromkeys(found))


def epochs(setup, each):
    """Train as the author planned: `each(x, y)` a step, validation after every epoch."""
    begun, done = time.process_time(), 0
    while True:
        for x, y in setup["batches"]:
            each(x, y)
            done += 1
            if done >= setup["steps"] or time.process_time() - begun > SECONDS:
                return
        if setup["val_batches"] is not None and setup["evaluate"]:
            setup["evaluate"](setup["val_batches"])


def ordinary(setup, x, y):
    """The ordinary training step."""
    setup["optimizer"].zero_grad()
    loss = setup["loss"](setup["model"](x), y)
    loss.backward()
    setup["optimizer"].step()
    return loss


def torch_audit(**setup):
    """Its zero-touch mode for a step of one's own, otherwise the wrappers; audits every step."""
    from torch_audit import Auditor

    model, optimizer = setup["model"], setup["optimizer"]
    auditor = Auditor(model, optimizer=optimizer, every_n_steps=1, suppress_internal_errors=True)

    def wrapped(x, y):
        optimizer.zero_grad(set_to_none=True)
        auditor.backward(setup["loss"](auditor.forward(x), y))
        auditor.optimizer_step()

    own = setup["step"] is not None
    if own:
        auditor.autopatch()
    with contextlib.suppress(Exception), auditor:  # what the author's code raises, he sees himself
        if not own:
            auditor.audit_static()
            auditor.audit_init()
        epochs(setup, setup["step"] if own else wrapped)
    if own:
        auditor.unpatch()
    findings = [f for f in auditor.finish().findings if f.rule_id not in NO_FINDING]
    findings.sort(key=lambda f: f.severity._rank(), reverse=True)  # stable: the first met stays so
    return messages([f"{f.rule_id} {f.message}" for f in findings], AUDIT)


def torchdiag(**setup):
    """Its four commands before the training, in its middle and at its end; what they print."""
    import torchdiag as package

    model, heard = setup["model"], io.StringIO()
    middle = setup["steps"] // 2, setup["steps"] - 1
    count = [0]

    def examine(x, y):
        with contextlib.suppress(Exception):
            package.check_dead_neurons(model, x)
        if setup["optimizer"] is not None:
            result = package.verify_step(model, setup["optimizer"], setup["loss"], x, y)
            if result.get("params_unchanged"):
                print(f"  • {result['params_unchanged']} parameters unchanged")
        else:
            setup["loss"](model(x), y).backward()
        package.check_gradients(model)

    def step(x, y):
        if count[0] in middle:
            examine(x, y)
        count[0] += 1
        (setup["step"] or (lambda x, y: ordinary(setup, x, y)))(x, y)

    with contextlib.redirect_stdout(heard), contextlib.suppress(Exception):
        package.summary(model)
        x, y = next(iter(setup["batches"]))
        examine(x, y)
        epochs(setup, step)
    lines = [t.strip() for t in heard.getvalue().splitlines()]
    return messages([t[1:].strip() for t in lines if t.startswith("•")], DIAG)


def torchmortem(**setup):
    """An autopsy around the whole training; its insights first, then its findings by severity."""
    from torchmortem import Autopsy, Severity

    def each(x, y):
        loss = setup["step"](x, y) if setup["step"] else ordinary(setup, x, y)
        autopsy.step(loss=float(torch.as_tensor(loss).detach()))

    autopsy = Autopsy(setup["model"], optimizer=setup["optimizer"])
    with contextlib.suppress(Exception), autopsy:
        epochs(setup, each)
    report = autopsy.get_report()
    titles = [i.title for i in report.insights]
    titles += [f.title for f in report.findings if f.severity > Severity.INFO]
    return messages(titles, MORTEM)
