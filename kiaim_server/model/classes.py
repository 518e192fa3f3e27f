"""Equivalence classes: sizes, and per sensitive attribute the counts of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class ValueCounts:
    """How often each value of one sensitive attribute occurs in each class, in compressed rows.

    Class c holds ``values[indptr[c]:indptr[c + 1]]``, ascending, each with its count (> 0).

    Attributes
    ----------
    indptr
        int64[:], shape (n_classes + 1,).
    values
        int32[:], codes of the values, ascending within a class. Where an order is stated for the
        attribute, codes follow it.
    counts
        int64[:], same shape as `values`.
    reference
        int64[:], shape (n_values,): how often each value occurs in the reference population,
        against which distributions are compared.
    """

    indptr: np.ndarray
    values: np.ndarray
    counts: np.ndarray
    reference: np.ndarray


@dataclass(frozen=True, eq=False)
class EquivalenceClasses:
    """Records that agree on all quasi-identifiers, as counts.

    Attributes
    ----------
    sizes
        int64[:], shape (n_classes,), each > 0. Suppressed records form no class.
    sensitive
        Counts per sensitive attribute that some model looks at.
    """

    sizes: np.ndarray
    sensitive: Mapping[str, ValueCounts] = field(default_factory=dict)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.sizes)
