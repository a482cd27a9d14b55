"""What flows through the layers: activations, initial weights, sizes of signals and gradients."""

from deeptricks.signal.cliff import one_unit_loss
from deeptricks.signal.clipping import clip_coefficient, clip_grad_norm_, clip_grad_value_
from deeptricks.signal.exponential import ELU, SELU
from deeptricks.signal.fans import calculate_gain, fans
from deeptricks.signal.fills import constant_, normal_, uniform_, zeros_
from deeptricks.signal.fixed_point import gaussian_moments, selu_constants, selu_moments
from deeptricks.signal.initialize import initialize_
from deeptricks.signal.lsuv import lsuv_
from deeptricks.signal.maxout import Maxout
from deeptricks.signal.mean_field import gradient_factors
from deeptricks.signal.memory import temporal_order, train_rnns
from deeptricks.signal.orthogonal import orthogonal_
from deeptricks.signal.recorder import Recorder
from deeptricks.signal.rectifiers import LeakyReLU, PReLU, ReLU
from deeptricks.signal.recurrent import ManyRNN, backpropagate_through_time
from deeptricks.signal.sigmoids import Sigmoid, Tanh
from deeptricks.signal.signal_size import signal_sizes
from deeptricks.signal.smooth import GELU, SiLU
from deeptricks.signal.variance_scaling import (
    kaiming_normal_,
    kaiming_uniform_,
    lecun_normal_,
    xavier_normal_,
    xavier_uniform_,
)

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
