"""Estimated k-map: how small a class of a sample may be to stand for k of the population."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import ClassVar, Final

import marshmallow as ma
import numpy as np
from marshmallow import fields, validate

from kiaim_server.model.bounds import Bound, count
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import PrivacyModel

#: Standard deviations below the mean, and probability above it, that count for nothing.
_FAR: Final = 40
_NOTHING: Final = 1e-18


def poisson_threshold(mean: float, significance: float) -> int:
    """Two more than the least c with P(X <= c) >= 1 - significance, X being Poisson.

    One record more than the test needs, as in ARX. O(sqrt(mean)).
    """
    return _quantile(mean, 0, 1 - significance) + 2


def truncated_threshold(mean: float, significance: float) -> int:
    """One more than the least c > 0 with P(X <= c | X > 0) >= 1 - significance, X being Poisson."""
    return _quantile(mean, 1, -(1 - significance) * math.expm1(-mean)) + 1


def _quantile(mean: float, first: int, probability: float) -> int:
    """The least c >= first with P(first <= X <= c) >= probability."""
    c = max(first, math.floor(mean - _FAR * math.sqrt(mean)))
    total = term = _chance(mean, c)
    while total < probability and (c < mean or term > _NOTHING):
        c += 1
        term = _chance(mean, c)
        total += term
    return c


def _chance(mean: float, c: int) -> float:
    return math.exp(c * math.log(mean) - mean - math.lgamma(c + 1))


_ESTIMATORS: Final[Mapping[str, Callable[[float, float], int]]] = {
    "poisson": poisson_threshold,
    "zero-truncated-poisson": truncated_threshold,
}


@cache
def _least(estimator: str, mean: Fraction, significance: Fraction) -> int:
    return _ESTIMATORS[estimator](float(mean), float(significance))


class EstimatedKMapParameters(ma.Schema):
    """``{at_least: 20, sampling_fraction: 10%, significance: 5%, estimator: poisson}``."""

    at_least = count(
        at_least=2,
        required=True,
        metadata={"description": "Records that a class has in the population."},
    )
    sampling_fraction = Bound(
        above=0,
        at_most=1,
        required=True,
        metadata={"description": "Share of the population that the table is."},
    )
    significance = Bound(
        above=0,
        at_most=0.5,
        required=True,
        metadata={"description": "Largest probability of seeing so many records by chance."},
    )
    estimator = fields.String(
        load_default="poisson",
        validate=validate.OneOf(tuple(_ESTIMATORS)),
        metadata={"description": "Distribution of the estimate."},
    )


@dataclass(frozen=True)
class EstimatedKMap(PrivacyModel):
    """Every class is too large to stand for fewer than k of the population, with confidence.

    The table is taken for a random sample of the population with a stated sampling fraction f. A
    class with k records in the population has a Poisson number of them in the sample, with mean
    f k. A class of the sample passes if so many would be seen with a probability of `significance`
    at most, or if it has k records itself. Pannekoek, Statistica Neerlandica 53 (1999),
    doi:10.1111/1467-9574.00099; El Emam and Dankar, JAMIA 2008, doi:10.1197/jamia.M2716 (estimators
    D3 and D4); the thresholds are those of ARX. So it is k'-anonymity with a smaller k'. It is as
    right as the stated fraction.

    Attributes
    ----------
    at_least
        k.
    sampling_fraction
        Share of the population that the table has, in (0, 1].
    significance
        Probability of error, in (0, 0.5].
    estimator
        ``poisson`` or ``zero-truncated-poisson``.
    """

    name: ClassVar[str] = "estimated-k-map"
    summary: ClassVar[str] = "Every class probably stands for at least k of the population."
    Parameters: ClassVar[type[ma.Schema]] = EstimatedKMapParameters
    monotone_with_suppression: ClassVar[bool] = True
    decided_by_minimum: ClassVar[bool] = True

    at_least: Fraction
    sampling_fraction: Fraction
    significance: Fraction
    estimator: str = "poisson"

    @property
    def minimum_size(self) -> int:
        """k': records that stand for k."""
        # Nothing is kept on the model, so that a copy with another bound starts anew.
        return self._threshold(int(self.at_least))

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """Mark the classes with fewer than k' records."""
        return np.asarray(classes.sizes < self.minimum_size)

    def measure(self, classes: EquivalenceClasses) -> float:
        """The largest k that the smallest class stands for."""
        if not classes.n_classes:
            return float("nan")
        smallest = int(classes.sizes.min())
        low, high = smallest, 2 * smallest + 2  # every class stands for its own records
        while self._threshold(high) <= smallest:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._threshold(middle) <= smallest else (low, middle)
        return float(low)

    def _threshold(self, k: int) -> int:
        """The least size of a class that stands for k; never falls when k grows."""
        return min(k, _least(self.estimator, self.sampling_fraction * k, self.significance))
