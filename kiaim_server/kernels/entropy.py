"""Entropy of the sensitive values of a class, decided against a bound."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kiaim_server.kernels.jit import Counts, kernel


@kernel
def entropy_below(indptr: Counts, counts: Counts, sizes: Counts, least: float) -> Any:
    """Mark the classes whose entropy H has exp(H) < `least`, rounding as ARX does.

    Parameters
    ----------
    indptr : int64[:], shape (n_classes + 1,)
    counts : int64[:]
        Records per value, each > 0, values ascending within a class.
    sizes : int64[:], shape (n_classes,)
        Sum of the counts of each class.
    least : float64
        l, above 0.

    Returns
    -------
    bool[:], shape (n_classes,)

    Notes
    -----
    exp(H) >= l is written as sum(f * ln f) <= n * (ln n - ln l), which needs no division, and
    decided in floating point, value by value, as ARX's EntropyLDiversity does. A class that is
    exactly at the bound, such as counts (2, 2, 2) with l = 3, can fall to either side by the last
    digit; the same side as in ARX, so that optimums are comparable. Each value adds a
    few units in the last place, so for the l and the numbers of values that occur in practice a
    class that passes has exp(H) > l - 1e-9; should it ever not, the audit refuses the release.
    """
    below = np.zeros(len(sizes), np.bool_)
    log_least = math.log(least)
    for c in range(len(sizes)):
        weighted = 0.0
        for e in range(indptr[c], indptr[c + 1]):
            weighted += counts[e] * math.log(counts[e])
        below[c] = weighted > sizes[c] * (math.log(sizes[c]) - log_least)
    return below


@kernel
def hidden_bits(counts: Counts) -> float:
    """Entropy in bits of values with these counts, times their sum: sum of c * log2(s / c).

    O(n); 0 where all counts are 0.
    """
    total = 0
    for count in counts:
        total += count
    bits = 0.0
    for count in counts:
        if count > 0:
            bits += count * np.log2(total / count)
    return bits
