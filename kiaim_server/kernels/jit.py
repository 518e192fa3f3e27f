"""The one configured decorator for compiled code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

#: The three element types of kernel arguments, of any number of dimensions, C-contiguous.
Codes: TypeAlias = npt.NDArray[np.int32]
Counts: TypeAlias = npt.NDArray[np.int64]
Weights: TypeAlias = npt.NDArray[np.float64]

F = TypeVar("F", bound=Callable[..., Any])

#: Every kernel of the process, in order of definition, so that it can be told whether all are warm.
KERNELS: Final[list[Any]] = []


def kernel(function: F) -> F:
    """Compile on first call, release the GIL while running, keep machine code on disk.

    No ``fastmath`` and no ``parallel``: equal input gives bit-equal output, and kernels may run in
    several threads at once. numba does not see changes in other files when it looks a kernel up in
    its cache, so a kernel calls kernels of its own module only.
    """
    compiled = numba.njit(nogil=True, cache=True)(function)
    KERNELS.append(compiled)
    return cast("F", compiled)
