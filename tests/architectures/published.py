"""The framework's own networks, to compare with: torchvision's, wherever it can be installed."""

import sys
from types import ModuleType

import pytest


def torchvision_models():
    """Import torchvision.models, beside a build of torch that its compiled operations do not fit.

    The wheel on PyPI is compiled for torch with CUDA. Beside a torch for CPUs its networks run,
    but `import torchvision` stops at the file that describes its compiled operations (non-maximum
    suppression and the like) to the compiler: an empty module takes that file's place.
    """
    if "torchvision" not in sys.modules:
        name = "torchvision._meta_registrations"
        sys.modules[name] = ModuleType(name)
    reason = "torchvision==0.28.0 is not installed: `make env` installs it"
    return pytest.importorskip("torchvision.models", reason=reason)
