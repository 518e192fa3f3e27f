"""For how many of a population a class of a sample stands: El Emam and Dankar's tests.

JAMIA 2008, doi:10.1197/jamia.M2716, estimators D3 and D4, by the distribution function itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

import numpy as np


def poisson_passes(size: int, mean: float, significance: float) -> bool:
    """Whether at most ``size - 2`` are seen with enough probability; one too few, as in ARX."""
    return size >= 2 and _distribution(size - 2, mean) >= 1 - significance


def truncated_passes(size: int, mean: float, significance: float) -> bool:
    """Whether at most ``size - 1`` are seen with enough probability, if any is."""
    if size < 2:
        return False
    none = math.exp(-mean)
    return (_distribution(size - 1, mean) - none) / (1 - none) >= 1 - significance


#: Whether a class of a size passes, given the mean and the significance.
STANDING: Final[Mapping[str, Callable[[int, float, float], bool]]] = {
    "poisson": poisson_passes,
    "zero-truncated-poisson": truncated_passes,
}


def stands_for(estimator: str, size: int, fraction: Fraction, significance: Fraction) -> int:
    """The largest k that a class of this size stands for; its own size at least."""
    passes = STANDING[estimator]

    def holds(k: int) -> bool:
        return k <= size or passes(size, float(fraction * k), float(significance))

    known, unknown = size, 2 * size
    while holds(unknown):
        known, unknown = unknown, 2 * unknown
    while unknown - known > 1:
        middle = (known + unknown) // 2
        known, unknown = (middle, unknown) if holds(middle) else (known, middle)
    return known


def _distribution(most: int, mean: float) -> float:
    """P(X <= most), X being Poisson; O(most)."""
    counts = np.arange(most + 1)
    factorials = np.concatenate([[0.0], np.cumsum(np.log(counts[1:]))])
    return math.fsum(np.exp(counts * math.log(mean) - mean - factorials).tolist())
