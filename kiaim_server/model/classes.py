"""Equivalence classes: sizes, and per sensitive attribute the counts of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kiaim_server.errors import ParameterError


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

    At entity level, where records name their person, all counts are of distinct persons: `sizes`
    per class, the counts in `sensitive` per class and value (who has two values counts once for
    each, so they may sum up to more than the size), the reference per value, and `population`.

    Attributes
    ----------
    sizes
        int64[:], shape (n_classes,), each > 0. Suppressed records form no class, nor do records
        outside the research subset.
    sensitive
        Counts per sensitive attribute that some model looks at.
    population
        int64[:], shape (n_classes,): how many of the whole input would be in each class, the
        research subset included. None where no subset is given.
    n_outside
        How many further classes the whole input would form, all of them outside the subset.
    """

    sizes: np.ndarray
    sensitive: Mapping[str, ValueCounts] = field(default_factory=dict)
    population: np.ndarray | None = None
    n_outside: int = 0

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.sizes)


def population_of(classes: EquivalenceClasses) -> np.ndarray:
    """The population of each class: int64[:], shape (n_classes,).

    Raises
    ------
    ParameterError
        If no research subset says what of the table is the population only.
    """
    if classes.population is None:
        raise ParameterError(
            "the population of the classes is unknown; state which records are the research subset"
        )
    return classes.population
