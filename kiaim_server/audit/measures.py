"""What the audit measures, in plain arithmetic over recounted classes.

These are implementations of their own: they share the definitions with the models of the search,
and no line of code. Counts and ratios of counts are exact; entropies and distances are float64.
None of them is called without a class.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from kiaim_server.model.bounds import TOLERANCE
from kiaim_server.model.classes import ValueCounts

#: Cells of a dense block of classes times values.
_BLOCK_CELLS = 1_000_000


def smallest(sizes: np.ndarray) -> int:
    """k: records in the smallest class."""
    return int(sizes.min())


def presence(sizes: np.ndarray, population: np.ndarray) -> tuple[Fraction, Fraction]:
    """Smallest and largest share of a class's population that is in the release; exact.

    Nergiz, Atzori and Clifton, Hiding the Presence of Individuals from Shared Databases, SIGMOD
    2007, doi:10.1145/1247480.1247554, definition 1.
    """
    pairs = np.unique(np.stack([sizes, population]), axis=1)
    shares = [Fraction(int(n), int(of)) for n, of in pairs.T]
    return min(shares), max(shares)


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


def grassberger(values: ValueCounts) -> float:
    """Grassberger l: smallest exp(H) of a class, or its number of values if that is less.

    H = ln n - (1/n) sum(f G(f)) over the counts f of a class of n records, with G(f) = psi(f) +
    (-1)^f (psi((f + 1) / 2) - psi(f / 2)) / 2 and psi the digamma function. Grassberger, Entropy
    Estimates from Insufficient Samplings, arXiv:physics/0307138, 2003.
    """
    lowest = np.inf
    for _, counts in _classes(values):
        sign = np.where(counts % 2, -0.5, 0.5)
        g = _digamma(counts) + sign * (_digamma((counts + 1) / 2) - _digamma(counts / 2))
        n = counts.sum()
        estimated = float(np.exp(np.log(n) - (counts * g).sum() / n))
        lowest = min(lowest, estimated, float(len(counts)))
    return float(lowest)


def _digamma(x: np.ndarray) -> np.ndarray:
    """The digamma function for x > 0: raised above 12 by its recurrence, then Stirling's series.

    Abramowitz and Stegun, 6.3.5 and 6.3.18; good to 1e-14.
    """
    x = np.asarray(x, dtype=np.float64)
    below = np.zeros_like(x)
    for _ in range(12):
        small = x < 12
        below += np.where(small, 1 / x, 0.0)
        x = np.where(small, x + 1, x)
    y = 1 / (x * x)
    series = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y / 132))))
    return np.asarray(np.log(x) - 1 / (2 * x) - series - below)


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


def hierarchical_distance(values: ValueCounts, groups: np.ndarray) -> float:
    """t with hierarchical distances: largest cost of making a class like the file.

    From the leaves up, what values have too much is moved to siblings that have too little: at a
    node of level l, of H above the leaves, that costs l / H times the smaller of both sums over its
    children; the rest is left to the node above. ibid.

    Parameters
    ----------
    groups
        int64[:, :], shape (H + 1, n_values): group of each value on each level, the values
        themselves first. Each level joins groups of the one before it, the last one all.
    """
    height = len(groups) - 1
    q = values.reference / values.reference.sum()
    largest = 0.0
    for shares in _shares(values, len(q)):
        extra = shares - q  # of each node, in the column of the first of its values
        nodes = np.arange(len(q))
        cost = np.zeros(len(shares))
        for level in range(1, height + 1):
            children = nodes
            _, first, parent = np.unique(
                groups[level][children], return_index=True, return_inverse=True
            )
            too_much = _sums(np.maximum(extra, 0), parent, len(first))
            too_little = _sums(np.maximum(-extra, 0), parent, len(first))
            cost += level / height * np.minimum(too_much, too_little).sum(axis=1)
            extra, nodes = too_much - too_little, children[first]
        largest = max(largest, float(cost.max()))
    return largest


def _sums(cells: np.ndarray, of_column: np.ndarray, n: int) -> np.ndarray:
    """Sums of the columns that belong together: float64[:, :], shape (len(cells), n)."""
    order = np.argsort(of_column, kind="stable")
    starts = np.searchsorted(of_column[order], np.arange(n))
    return np.asarray(np.add.reduceat(cells[:, order], starts, axis=1))


def largest_log_ratio(values: ValueCounts) -> float:
    """delta: largest |log2(p / q)| of a value in a class that has it.

    Taken from the exact extremes of p / q, so that powers of two are exact. Brickell and Shmatikov,
    The Cost of Privacy, KDD 2008, doi:10.1145/1401890.1401904.
    """
    smallest_, largest = _extreme_ratios(values)
    return max(abs(math.log2(float(smallest_))), abs(math.log2(float(largest))))


def largest_gain(values: ValueCounts) -> Fraction:
    """beta: largest (p - q) / q of a value in a class; exact.

    Cao and Karras, Publishing Microdata with a Robust Privacy Guarantee, PVLDB 5(11), 2012,
    doi:10.14778/2350229.2350255.
    """
    return _extreme_ratios(values)[1] - 1


def gains_within_information(values: ValueCounts) -> bool:
    """Whether no value gains more than -ln q in a class, as enhanced beta-likeness asks. ibid."""
    q = values.reference / values.reference.sum()
    limits = -np.log(q)
    for codes, counts in _classes(values):
        gains = (counts / counts.sum() - q[codes]) / q[codes]
        if (gains > limits[codes] + TOLERANCE).any():
            return False
    return True


def _extreme_ratios(values: ValueCounts) -> tuple[Fraction, Fraction]:
    """Smallest and largest p / q of a value in a class that has it; exact.

    What is near an extreme as a float64 is compared as a fraction.
    """
    total = int(values.reference.sum())
    lengths = np.diff(values.indptr)
    sizes = np.repeat(np.add.reduceat(values.counts, values.indptr[:-1]), lengths)
    shown = values.reference[values.values]
    ratios = (values.counts / sizes) * (total / shown)

    def exact(near: np.ndarray) -> set[Fraction]:
        cells = np.stack([values.counts[near], sizes[near], shown[near]], axis=1)
        return {Fraction(int(f) * total, int(n) * int(r)) for f, n, r in np.unique(cells, axis=0)}

    low = min(exact(ratios <= ratios.min() * (1 + TOLERANCE)))
    return low, max(exact(ratios >= ratios.max() * (1 - TOLERANCE)))


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
