"""What flows through the layers: activations, initial weights, sizes of signals and gradients."""

from deeptricks.signal.activations.exponential import ELU, SELU
from deeptricks.signal.activations.fixed_point import selu_constants, selu_moments
from deeptricks.signal.activations.maxout import Maxout
from deeptricks.signal.activations.rectifiers import LeakyReLU, PReLU, ReLU
from deeptricks.signal.activations.sigmoids import Sigmoid, Tanh
from deeptricks.signal.activations.smooth import GELU, SiLU
from deeptricks.signal.gaussian import gaussian_moments
from deeptricks.signal.gradient_flow.cliff import one_unit_loss
from deeptricks.signal.gradient_flow.clipping import (
    clip_coefficient,
    clip_grad_norm_,
    clip_grad_value_,
)
from deeptricks.signal.gradient_flow.mean_field import gradient_factors
from deeptricks.signal.gradient_flow.recurrent import ManyRNN, backpropagate_through_time
from deeptricks.signal.gradient_flow.temporal_order import (
    score_rnns,
    temporal_order,
    train_rnns,
)
from deeptricks.signal.initialization.fans import calculate_gain, fans
from deeptricks.signal.initialization.fills import constant_, normal_, uniform_, zeros_
from deeptricks.signal.initialization.initialize import initialize_
from deeptricks.signal.initialization.lsuv import lsuv_
from deeptricks.signal.initialization.orthogonal import orthogonal_
from deeptricks.signal.initialization.signal_size import signal_sizes
from deeptricks.signal.initialization.variance_scaling import (
    kaiming_normal_,
    kaiming_uniform_,
    lecun_normal_,
    xavier_normal_,
    xavier_uniform_,
)
from deeptricks.signal.recorder import Recorder

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "LeakyReLU",
    "ManyRNN",
    "Maxout",
    "PReLU",
    "ReLU",
    "Recorder",
    "SiLU",
    "Sigmoid",
    "Tanh",
    "backpropagate_through_time",
    "calculate_gain",
    "clip_coefficient",
    "clip_grad_norm_",
    "clip_grad_value_",
    "constant_",
    "fans",
    "gaussian_moments",
    "gradient_factors",
    "initialize_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "lecun_normal_",
    "lsuv_",
    "normal_",
    "one_unit_loss",
    "orthogonal_",
    "score_rnns",
    "selu_constants",
    "selu_moments",
    "signal_sizes",
    "temporal_order",
    "train_rnns",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]
