"""The framework's kernels, made to raise: whoever uses one has not done the arithmetic himself."""

from contextlib import ExitStack, contextmanager
from unittest import mock

from torch.utils._python_dispatch import TorchDispatchMode


class KernelUsedError(AssertionError):
    """A kernel of the framework ran where ours should have."""


class _NoKernels(TorchDispatchMode):
    def __init__(self, names):
        super().__init__()
        self.names = names

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        if name in self.names:
            raise KernelUsedError(f"the framework's kernel {name} was called")
        return func(*args, **(kwargs or {}))


@contextmanager
def forbidden(*kernels, functions=()):
    """Within the block every call of `kernels` raises `KernelUsedError`.

    kernels: names of operators of ATen, in-place and backward ones by their own names
        ("native_batch_norm", "gelu", "gelu_backward", "threshold_backward"). They are seen
        whichever way they are called: from `torch`, from `nn.functional`, by autograd.
    functions: dotted names of Python functions ("torch.optim.adam._single_tensor_adam").
    """

    def refuse(name):
        def raised(*args, **kwargs):
            raise KernelUsedError(f"the framework's {name} was called")

        return raised

    with ExitStack() as stack:
        for name in functions:
            stack.enter_context(mock.patch(name, refuse(name)))
        stack.enter_context(_NoKernels(frozenset(kernels)))
        yield
