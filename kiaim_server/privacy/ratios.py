"""How a value's share of a class compares with its share of the reference, decided in integers.

The ratio p / q of a value is (f / n) / (r / N) = f N / (n r), with f of n records of the class and
r of N records of the reference. Both products fit into 64 bits for fewer than 3 * 10^9 records.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np

from kiaim_server.model.classes import ValueCounts

_LARGEST: Final = 2**63 - 1
#: Relative; far above what the division of two rounded 64-bit integers can be off.
_NEAR: Final = 1e-14


@dataclass(frozen=True, eq=False)
class Ratios:
    """p / q of every value in every class, as fractions of integers.

    Attributes
    ----------
    numerator, denominator
        int64[:], shape (n_counts,), as `ValueCounts.counts`.
    starts
        int64[:], shape (n_classes,): where each class begins.
    """

    numerator: np.ndarray
    denominator: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, values: ValueCounts) -> Ratios:
        """The ratios of all values that occur; O(n_counts)."""
        starts = values.indptr[:-1]
        sizes = np.add.reduceat(values.counts, starts)
        return cls(
            values.counts * values.reference.sum(),
            np.repeat(sizes, np.diff(values.indptr)) * values.reference[values.values],
            starts,
        )

    @property
    def floats(self) -> np.ndarray:
        """The ratios as float64[:]."""
        return np.asarray(self.numerator / self.denominator)

    def above(self, bound: Fraction) -> np.ndarray:
        """Mark the values whose ratio is above `bound`, exactly: bool[:], shape (n_counts,)."""
        up, down = bound.numerator, bound.denominator
        largest = max(int(self.numerator.max()) * down, int(self.denominator.max()) * up)
        if largest <= _LARGEST:
            return np.asarray(self.numerator * down > self.denominator * up)
        ratios, limit = self.floats, float(bound)
        marked = ratios > limit
        for i in np.flatnonzero(np.abs(ratios - limit) <= _NEAR * limit).tolist():
            marked[i] = int(self.numerator[i]) * down > int(self.denominator[i]) * up
        return np.asarray(marked)

    def any_in_class(self, marked: np.ndarray) -> np.ndarray:
        """Mark the classes with a marked value: bool[:], shape (n_classes,)."""
        return np.asarray(np.logical_or.reduceat(marked, self.starts))
