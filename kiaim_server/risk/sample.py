"""A sample of a population as its estimators see it, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """A share, or None and why there is none, as part of a sentence."""

    value: float | None
    reason: str = ""

    @classmethod
    def without(cls, reason: str) -> Self:
        """No estimate, and why."""
        return cls(None, reason)


@dataclass(frozen=True, eq=False)
class Sample:
    """Sizes of equivalence classes, counted.

    Attributes
    ----------
    sizes
        float64[:], the distinct sizes, ascending.
    counts
        float64[:], how many classes have each size.
    n_records, n_classes, population
        Records and classes of the sample, persons of the population.
    """

    sizes: np.ndarray
    counts: np.ndarray
    n_records: int
    n_classes: int
    population: int

    @classmethod
    def of_sizes(cls, sizes: np.ndarray, population: int) -> Self:
        """Count int64[:] class sizes, each > 0."""
        distinct, counts = np.unique(sizes, return_counts=True)
        return cls(
            distinct.astype(np.float64),
            counts.astype(np.float64),
            int(sizes.sum()),
            len(sizes),
            population,
        )

    @property
    def fraction(self) -> float:
        """Sampling fraction, 0 to 1."""
        return self.n_records / self.population

    def classes_of(self, size: int) -> int:
        """Number of classes with this many records."""
        return int(self.counts[self.sizes == size].sum())
