"""Adam and AdamW: the framework's."""

import torch

from deeptricks.optimization.adaptive_methods.adam import Adam, AdamW
from tests.optimization.contract import Contract, combinations, saved_and_loaded


class TestAdam(Contract):
    ours, theirs = Adam, torch.optim.Adam
    options = (
        *combinations(amsgrad=[False, True], weight_decay=[0.0, 0.1]),
        *combinations(betas=[(0.0, 0.9), (0.5, 0.0)], amsgrad=[False, True]),
        {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1, "maximize": True},
        {"decoupled_weight_decay": True, "weight_decay": 0.1, "amsgrad": True},
    )
    later = (
        ("weight_decay", [0.0, 0.2]),
        ("betas", [(0.9, 0.999), (0.5, 0.6)]),
        ("eps", [1e-8, 1e-2]),
        ("maximize", [True, False]),
    )


class TestAdamW(TestAdam):
    ours, theirs = AdamW, torch.optim.AdamW
    options = (
        {},
        *combinations(amsgrad=[False, True], weight_decay=[0.0, 0.1]),
        {"betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1, "maximize": True},
    )

    def test_a_checkpoint_of_adam_decays_as_adamw_does(self):
        twins = self.twins(weight_decay=0.1)
        adam = torch.optim.Adam([other for _, other in twins.parameters], weight_decay=0.1)
        twins.gradients()
        adam.step()
        for one, other in twins.parameters:
            one.data.copy_(other.data)
        for optimizer in twins.optimizers:
            optimizer.load_state_dict(saved_and_loaded(adam.state_dict()))
        twins.step(5)
        twins.check()
