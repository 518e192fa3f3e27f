"""What the audit measures, in plain arithmetic over recounted classes.

These are implementations of their own: they share the definitions with the models of the search,
and no line of code. Counts and ratios of counts are exact; entropies and distances are float64.
None of them is called without a class.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from kiaim_server.model.classes import ValueCounts

#: Cells of a dense block of classes times values.
_BLOCK_CELLS = 1_000_000


def smallest(sizes: np.ndarray) -> int:
    """k: records in the smallest class."""
    return int(sizes.min())


def highest_risk(sizes: np.ndarray) -> Fraction:
    """Risk of a record in the smallest class."""
    return Fraction(1, smallest(sizes))


def average_risk(sizes: np.ndarray) -> Fraction:
    """Classes per record: the mean of 1/size over all records."""
    return Fraction(len(sizes), int(sizes.sum()))


def uniques(sizes: np.ndarray) -> Fraction:
    """Share of records in classes of one."""
    return Fraction(int((sizes == 1).sum()), int(sizes.sum()))


def distinct(values: ValueCounts) -> int:
    """Distinct l: fewest different values in a class; a missing value is one."""
    return int(np.diff(values.indptr).min())


def entropy(values: ValueCounts) -> float:
    """Entropy l: smallest exp(H) of a class, H the Shannon entropy of its values in nats.

    Machanavajjhala et al., l-Diversity, ICDE 2006, definition 4.1.
    """
    lowest = np.inf
    for _, counts in _classes(values):
        shares = counts / counts.sum()
        lowest = min(lowest, float(np.exp(-(shares * np.log(shares)).sum())))
    return float(lowest)


def recursive(values: ValueCounts, c: Fraction) -> int:
    """Recursive l for a given c: largest l that every class satisfies, 0 if none.

    With the counts of a class in descending order, r1 < c (r_l + ... + r_m); exact. ibid.,
    definition 4.2.
    """
    lowest = None
    for _, counts in _classes(values):
        descending = sorted((int(n) for n in counts), reverse=True)
        reached = 0
        tail = sum(descending)
        for n in descending:  # tail is the sum from rank reached + 1 on
            if not descending[0] < c * tail:
                break
            reached += 1
            tail -= n
        lowest = reached if lowest is None else min(lowest, reached)
    return lowest or 0


def equal_distance(values: ValueCounts) -> float:
    """t with equal distances: largest half sum of |p - q| of a class.

    Li et al., t-Closeness, ICDE 2007, doi:10.1109/ICDE.2007.367856, section 4.1.
    """
    q = values.reference / values.reference.sum()
    return max(
        float(np.abs(shares - q).sum(axis=1).max()) / 2 for shares in _shares(values, len(q))
    )


def ordered_distance(values: ValueCounts) -> float:
    """t with ordered distances: largest sum of |cumulated p - q| of a class, over m - 1.

    m is the number of different values in the file. ibid., section 4.1.
    """
    q = values.reference / values.reference.sum()
    if len(q) == 1:
        return 0.0
    return max(
        float(np.abs(np.cumsum(shares - q, axis=1)).sum(axis=1).max()) / (len(q) - 1)
        for shares in _shares(values, len(q))
    )


def _classes(values: ValueCounts) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Values and counts of one class after the other."""
    for start, end in zip(values.indptr[:-1], values.indptr[1:], strict=True):
        yield values.values[start:end], values.counts[start:end]


def _shares(values: ValueCounts, n_values: int) -> Iterator[np.ndarray]:
    """Blocks of classes as float64[:, :]: the share of each value in each class."""
    n_classes = len(values.indptr) - 1
    step = max(1, _BLOCK_CELLS // n_values)
    for first in range(0, n_classes, step):
        last = min(first + step, n_classes)
        cells = slice(values.indptr[first], values.indptr[last])
        counts = np.zeros((last - first, n_values))
        row = np.repeat(np.arange(last - first), np.diff(values.indptr[first : last + 1]))
        counts[row, values.values[cells]] = values.counts[cells]
        yield counts / counts.sum(axis=1, keepdims=True)
