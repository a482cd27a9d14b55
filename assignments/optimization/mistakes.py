"""What students get wrong in the assignment on optimization."""

from deeptricks.grading import Mistake

MISTAKES = [
    Mistake(
        "recall",
        "both momenta at work",
        old=("term.old_rate * (1 - term.new_beta)", "term.old_rate / (1 - term.old_beta)"),
        new=(
            "term.old_rate * (1 - term.new_beta) / (1 - term.old_beta)",
            "term.old_rate * (1 - term.new_beta) / (1 - term.old_beta)",
        ),
        hint="One of the two forms averages gradients: there the speed is η, whatever its β.",
    ),
    Mistake(
        "recall",
        "step number one too small",
        old="term.silent + 1",
        new="term.silent",
        hint="The step in question is one more than the silent ones, and its number is what "
        "stands in the corrections.",
    ),
    Mistake(
        "recall",
        "no root of the second memory",
        old="np.sqrt((1 - beta2) / (1 - beta2**t))",
        new="((1 - beta2) / (1 - beta2**t))",
        hint="Adam divides by the root of v̂, not by v̂.",
    ),
    Mistake(
        "recall",
        "sign of the rests",
        old=("-term.pull / term.recall_decay", "-np.sign(term.pull) / term.recall_decay"),
        new=("term.pull / term.recall_decay", "np.sign(term.pull) / term.recall_decay"),
        hint="A positive gradient pushes the weight down, so it comes to rest below 0; a "
        "negative one pushes it up.",
    ),
    Mistake(
        "recall",
        "the two decays exchanged",
        old=("rest_coupled = -term", "rest_decoupled = -np"),
        new=("rest_decoupled = -term", "rest_coupled = -np"),
        hint="Coupled, λw and the gradient are divided by the same root, and must cancel. "
        "Decoupled, λw stands against a quotient of size 1.",
    ),
    Mistake(
        "recall",
        "whole triangles missing",
        old="/ 2 / 100",
        new="/ 100",
        hint="Half of the area is lost in the warm-up and in the half cosine, not all of it.",
    ),
    Mistake(
        "momentum",
        "rate on the other side of the memory",
        old=(
            "a * rate * g if term.rate_inside else a * g",
            "theta - (move if term.rate_inside else rate * move)",
        ),
        new=(
            "a * g if term.rate_inside else a * rate * g",
            "theta - (rate * move if term.rate_inside else move)",
        ),
        hint="This is right as long as the rate stays. When it changes, it matters whether the "
        "memory holds gradients or gradients times the rate of their day: read the first formula.",
    ),
    Mistake(
        "momentum",
        "first gradient by the other convention",
        old="if first and term.first_undamped",
        new="if first and not term.first_undamped",
        hint="Look again at the weight a of a parameter's first gradient.",
    ),
    Mistake(
        "momentum",
        "look ahead where there is none, or none where it is asked",
        old="if term.look_ahead",
        new="if not term.look_ahead",
        hint="Look again at the second formula: is it the memory that moves θ, or a combination "
        "of the memory and the present gradient?",
    ),
    Mistake(
        "momentum",
        "no dampening",
        old="else 1 - dampening",
        new="else 1.0",
        hint="Dampening is missing: gradients enter with 1 − τ, and yours all enter in full.",
    ),
    Mistake(
        "momentum",
        "a running mean",
        old="else 1 - dampening",
        new="else 1 - momentum",
        hint="Gradients enter with the weight 1 − τ; you gave them 1 − β, which is another number.",
    ),
    Mistake(
        "momentum",
        "uphill",
        old="theta = theta - (",
        new="theta = theta + (",
        hint="The sign: this goes uphill.",
    ),
    Mistake(
        "momentum",
        "None as a gradient of zeros",
        old="        if g is not None:",
        new="        g = np.zeros_like(theta) if g is None else g\n        if True:",
        hint="Where a gradient is None the parameter waits, and its memory too: no step with what "
        "is left of the memory, no fading, and its first gradient is still to come.",
    ),
    Mistake(
        "momentum",
        "memory lost where there is no gradient",
        old="            theta = theta - (move if term.rate_inside else rate * move)\n",
        new="            theta = theta - (move if term.rate_inside else rate * move)\n"
        "        else:\n            m = None\n",
        hint="Where a gradient is None the memory must stay as it is; yours begins anew.",
    ),
    Mistake(
        "momentum",
        "parameters changed in place",
        old="theta = theta - (",
        new="theta -= (",
        hint="θ −= … changes the array of the caller (and fails for integers). θ = θ − … makes a "
        "new one.",
    ),
    Mistake(
        "momentum",
        "memory changed in place",
        old="            m = push if first else momentum * m + push\n",
        new="            if first:\n                m = push\n            else:\n"
        "                m *= momentum\n                m += push\n",
        hint="m *= β changes the array within the state that was handed in: a second call with "
        "that state then does something else.",
    ),
    Mistake(
        "unit_adam",
        "no bias correction",
        old="m / (1 - beta1**t), v / (1 - beta2**t)",
        new="m, v",
        hint="Both memories begin at 0 and are too small at first: the corrections are missing.",
    ),
    Mistake(
        "unit_adam",
        "v not corrected",
        old="v / (1 - beta2**t)",
        new="v",
        hint="m̂ is corrected, v̂ is not.",
    ),
    Mistake(
        "unit_adam",
        "both corrected with β₁",
        old="v / (1 - beta2**t)",
        new="v / (1 - beta1**t)",
        hint="v has a memory of its own, β₂, and its correction has it too.",
    ),
    Mistake(
        "unit_adam",
        "steps counted from the wrong number",
        old="t = t + 1",
        new="t = t + 2 if t == 0 else t + 1",
        hint="The first step is number 1. Yours is number 2, so its corrections are too weak.",
    ),
    Mistake(
        "unit_adam",
        "step number kept at 1",
        old=", (t, m, v)\n",
        new=", (0, m, v)\n",
        hint="Every step is corrected as if it were the first: the number of the step is not kept "
        "in the state.",
    ),
    Mistake(
        "unit_adam",
        "corrected memories stored",
        old=", (t, m, v)\n",
        new=", (t, m_hat, v_hat)\n",
        hint="What goes on to the next step is m and v. Yours are m̂ and v̂, which are then "
        "corrected again.",
    ),
    Mistake(
        "unit_adam",
        "ε on the other side of the root",
        old="if term.epsilon_inside",
        new="if not term.epsilon_inside",
        hint="Look again at where ε stands: under the root, or beside it?",
    ),
    Mistake(
        "unit_adam",
        "v for every weight",
        old="if matrix else g**2",
        new="if False else g**2",
        hint="This is Adam as everybody has it, with a v for every weight. Here the weights of a "
        "unit share one.",
    ),
    Mistake(
        "unit_adam",
        "units along the other axis",
        old="axis=term.unit_axis",
        new="axis=1 - term.unit_axis",
        hint="The mean is over the weights of one unit. You took it over the units.",
    ),
    Mistake(
        "unit_adam",
        "sum in place of the mean",
        old="np.mean(g**2",
        new="np.sum(g**2",
        hint="v holds the mean of a unit's squared gradients; yours grows with their number.",
    ),
    Mistake(
        "unit_adam",
        "square of the mean",
        old="np.mean(g**2, axis=term.unit_axis, keepdims=True)",
        new="np.mean(g, axis=term.unit_axis, keepdims=True) ** 2",
        hint="First square, then take the mean: gradients of opposite sign must not cancel in v.",
    ),
    Mistake(
        "unit_adam",
        "coupled and decoupled exchanged",
        old=("gradient if term.decoupled", "rate * shrink if term.decoupled"),
        new=("gradient if not term.decoupled", "rate * shrink if not term.decoupled"),
        hint="The decay is at work in the wrong place: does λθ go through the memories or not?",
    ),
    Mistake(
        "unit_adam",
        "biases decay",
        old="decay if matrix else 0.0",
        new="decay",
        hint="Arrays of one dimension are not decayed.",
    ),
    Mistake(
        "unit_adam",
        "v changed in place",
        old="    v = beta2 * v + (1 - beta2) * square\n",
        new="    if t == 1:\n        v = (1 - beta2) * square\n    else:\n        v *= beta2\n"
        "        v += (1 - beta2) * square\n",
        hint="v *= β₂ changes the array within the state that was handed in: a second call with "
        "that state then does something else.",
    ),
    Mistake(
        "schedule",
        "first step numbered otherwise",
        old="- term.first + 1",
        new="- (1 - term.first) + 1",
        hint="All rates come one step too early or too late: with which number does a run begin?",
    ),
    Mistake(
        "schedule",
        "warm-up shifted by a step",
        old="int(term.from_zero)",
        new="int(not term.from_zero)",
        hint="In the warm-up you are one step off: which rate has the very first step?",
    ),
    Mistake(
        "schedule",
        "tail shifted by a step",
        old="int(not term.lands)",
        new="int(term.lands)",
        hint="In the tail you are one step off: which rates have its first and its last step?",
    ),
    Mistake(
        "schedule",
        "the other shape",
        old="if term.cosine",
        new="if not term.cosine",
        hint="Warm-up and ends are right; the tail has another shape.",
    ),
    Mistake(
        "schedule",
        "a whole cosine",
        old="(1 + np.cos(np.pi * f)) / 2 if term.cosine else 1 - np.sqrt(f)",
        new="(1 + np.cos(2 * np.pi * f)) / 2 if term.cosine else np.sqrt(1 - f)",
        hint="The tail has the wrong shape: put f = ½ into the formula and into your code.",
    ),
    Mistake(
        "schedule",
        "down to 0",
        old="floor + (peak - floor) * left",
        new="peak * left",
        hint="The tail comes down to the floor, not to 0.",
    ),
    Mistake(
        "schedule",
        "warm-up from the floor",
        old="peak * rise, peak",
        new="floor + (peak - floor) * rise, peak",
        hint="The warm-up rises from 0. The floor is the tail's affair.",
    ),
    Mistake(
        "schedule",
        "no rates after the end",
        old="np.where(number > steps, floor, rate)",
        new="np.where(number > steps, 0.0, rate)",
        hint="After the last step the rate is the floor, for ever.",
    ),
    Mistake(
        "schedule",
        "rates in integers",
        old="return np.where(number > steps, floor, rate)",
        new="rates = np.zeros_like(step)\n"
        "    rates[...] = np.where(number > steps, floor, rate)\n    return rates",
        hint="The rates were written into an array of integers and lost what is behind the point.",
    ),
    Mistake(
        "along",
        "the other difference",
        old="if term.central",
        new="if not term.central",
        hint="Look again at the two places from whose gradients the curvature is measured.",
    ),
    Mistake(
        "along",
        "difference along d instead of u",
        old=("gradient(w + h * u) - gradient(w - h * u)", "(gradient(w + h * u) - here)"),
        new=("gradient(w + h * d) - gradient(w - h * d)", "(gradient(w + h * d) - here)"),
        hint="h is measured along u, which has length 1; you went h times the length of d.",
    ),
    Mistake(
        "along",
        "half or twice the distance",
        old=("/ (2 * h)", "here) / h"),
        new=("/ h", "here) / (2 * h)"),
        hint="By how much do the two places of your difference lie apart? Divide by that.",
    ),
    Mistake(
        "along",
        "distance in place of the rate",
        old="min(distance, longest) / length",
        new="min(distance, longest)",
        hint="You return the length of the step. The rate is what d must be multiplied with.",
    ),
    Mistake(
        "along",
        "limit on the rate in place of the step",
        old="min(distance, longest) / length",
        new="min(distance / length, longest)",
        hint="The limit is one on the length of the step, ‖ηd‖, not on the rate.",
    ),
    Mistake(
        "along",
        "no limit",
        old="min(distance, longest) / length",
        new="distance / length",
        hint="A step must never be longer than r_max.",
    ),
    Mistake(
        "along",
        "downward curvature by the other convention",
        old="if term.absolute",
        new="if not term.absolute",
        hint="Look again at what is asked where the loss curves downwards.",
    ),
    Mistake(
        "along",
        "always along −g",
        old="slope = np.sum(here * u)",
        new="slope = -np.sqrt(np.sum(here * here))",
        hint="The slope along d is gᵀu. It is −‖g‖ only if d points along −g.",
    ),
]
