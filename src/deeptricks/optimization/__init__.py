"""Steps downhill: momentum, adaptive rates, schedules, curvature, and averages of the iterates."""

from deeptricks.optimization.adaptive_methods.adagrad import Adagrad, adagrad_rule
from deeptricks.optimization.adaptive_methods.adam import Adam, AdamW, adam_rule
from deeptricks.optimization.adaptive_methods.rmsprop import RMSprop, rmsprop_rule
from deeptricks.optimization.adaptive_methods.separable import (
    minimum_norm_answers,
    separable,
    sign_direction,
)
from deeptricks.optimization.averaging.batch_norm_statistics import update_batch_norm
from deeptricks.optimization.averaging.weight_average import (
    ExponentialMovingAverage,
    PolyakAverage,
    StochasticWeightAverage,
)
from deeptricks.optimization.matrix_methods.muon import (
    CONVERGENT,
    FAST,
    Muon,
    orthogonalize,
    rate_for_shape,
)
from deeptricks.optimization.schedules.cosine import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    cosine,
    cosine_restarts,
)
from deeptricks.optimization.schedules.decay import (
    ExponentialLR,
    MultiStepLR,
    PowerLR,
    StepLR,
    exponential_decay,
    multistep_decay,
    power_decay,
    step_decay,
)
from deeptricks.optimization.schedules.largest_rate import HalvingSearch, halving_search
from deeptricks.optimization.schedules.one_cycle import OneCycleLR, one_cycle, one_cycle_momentum
from deeptricks.optimization.schedules.plateau import ReduceLROnPlateau, plateau_decay
from deeptricks.optimization.schedules.range_test import lr_range_test
from deeptricks.optimization.schedules.suggested_rate import RangeTest
from deeptricks.optimization.schedules.warmup import LinearWarmup, linear_warmup
from deeptricks.optimization.second_order.conjugate_gradient import conjugate_gradient
from deeptricks.optimization.second_order.curvature import (
    gauss_newton_vector_product,
    hessian_vector_product,
    jacobian_vector_product,
)
from deeptricks.optimization.second_order.gauss_newton import gauss_newton_matrix, gauss_newton_step
from deeptricks.optimization.second_order.lbfgs import LBFGS
from deeptricks.optimization.second_order.newton import hessian, newton_step
from deeptricks.optimization.second_order.strong_wolfe import Trial, strong_wolfe
from deeptricks.optimization.second_order.two_loop import two_loop_recursion
from deeptricks.optimization.sgd_momentum.descent import arrival, descend
from deeptricks.optimization.sgd_momentum.gradient_noise import (
    minibatch_variance,
    noise_scale,
    per_sample_gradients,
)
from deeptricks.optimization.sgd_momentum.racing import Race, race, thinned
from deeptricks.optimization.sgd_momentum.sgd import SGD, momentum_rule
from deeptricks.optimization.sgd_momentum.surfaces import Landscape

__all__ = [
    "CONVERGENT",
    "FAST",
    "LBFGS",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ExponentialLR",
    "ExponentialMovingAverage",
    "HalvingSearch",
    "Landscape",
    "LinearWarmup",
    "MultiStepLR",
    "Muon",
    "OneCycleLR",
    "PolyakAverage",
    "PowerLR",
    "RMSprop",
    "Race",
    "RangeTest",
    "ReduceLROnPlateau",
    "StepLR",
    "StochasticWeightAverage",
    "Trial",
    "adagrad_rule",
    "adam_rule",
    "arrival",
    "conjugate_gradient",
    "cosine",
    "cosine_restarts",
    "descend",
    "exponential_decay",
    "gauss_newton_matrix",
    "gauss_newton_step",
    "gauss_newton_vector_product",
    "halving_search",
    "hessian",
    "hessian_vector_product",
    "jacobian_vector_product",
    "linear_warmup",
    "lr_range_test",
    "minibatch_variance",
    "minimum_norm_answers",
    "momentum_rule",
    "multistep_decay",
    "newton_step",
    "noise_scale",
    "one_cycle",
    "one_cycle_momentum",
    "orthogonalize",
    "per_sample_gradients",
    "plateau_decay",
    "power_decay",
    "race",
    "rate_for_shape",
    "rmsprop_rule",
    "separable",
    "sign_direction",
    "step_decay",
    "strong_wolfe",
    "thinned",
    "two_loop_recursion",
    "update_batch_norm",
]
