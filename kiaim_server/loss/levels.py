"""Measures that look at the levels alone: precision and height."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

import marshmallow as ma
import numpy as np
from marshmallow import fields

from kiaim_server.loss.weights import HALF, factors, relative_weights
from kiaim_server.model.bounds import Bound
from kiaim_server.model.contract import ColumnCosts, LossMeasure
from kiaim_server.model.hierarchy import Hierarchy


class PrecisionParameters(ma.Schema):
    """``{gs_factor: 0.5, weights: {age: 2}}``; below 0.5, hiding could be cheaper than keeping."""

    gs_factor = Bound(
        at_least=0.5,
        at_most=1,
        metadata={
            "description": "Weight of suppression against generalization; 0.5 counts both alike."
        },
    )
    weights = fields.Dict(keys=fields.String(), values=Bound(at_least=0))


@dataclass(frozen=True)
class Precision(LossMeasure):
    """Mean share of the height of its hierarchy that a cell was lifted, from 0 to 1.

    A cell of a suppressed record costs 1, one whose hierarchy has no levels nothing while it is
    kept. Sweeney, Achieving k-anonymity privacy protection using generalization and suppression,
    IJUFKS 2002, doi:10.1142/S021848850200165X (there 1 minus this).

    Attributes
    ----------
    gs_factor
        Above 0.5 generalization counts less, at 1 not at all.
    weights
        Per attribute, 1 where none is given; divided by the largest of them.
    """

    name: ClassVar[str] = "precision"
    summary: ClassVar[str] = "Mean share of the height of its hierarchy that a cell was lifted."
    Parameters: ClassVar[type[ma.Schema]] = PrecisionParameters

    gs_factor: Fraction = HALF
    weights: Mapping[str, Fraction] = field(default_factory=dict)

    def costs(self, hierarchy: Hierarchy, level: int, frequencies: np.ndarray) -> ColumnCosts:
        """Level divided by the highest one; 1 for a suppressed record."""
        lifted = level / max(1, hierarchy.n_levels - 1) * factors(self.gs_factor)[0]
        return ColumnCosts(np.full(hierarchy.n_leaves, lifted), np.ones(hierarchy.n_leaves))

    def score(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> float:
        """Weighted mean of the attributes; 0 without attributes."""
        losses = self.per_attribute(totals, hierarchies, n_records)
        weights = relative_weights(self.weights, hierarchies)
        weighted = math.fsum(a * b for a, b in zip(losses, weights, strict=True))
        return weighted / len(losses) if losses else 0.0

    def per_attribute(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> tuple[float, ...]:
        """Mean over the cells of each attribute."""
        return tuple(total / n_records for total in totals)

    def summands(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> tuple[float, ...]:
        """Weighted means."""
        losses = self.per_attribute(totals, hierarchies, n_records)
        weights = relative_weights(self.weights, hierarchies)
        return tuple(a * b for a, b in zip(losses, weights, strict=True))

    def score_of(self, summed: float, hierarchies: Sequence[Hierarchy]) -> float:
        """The mean from the sum."""
        return summed / max(1, len(hierarchies))


@dataclass(frozen=True)
class Height(LossMeasure):
    """Sum of the levels; suppression costs nothing.

    Samarati, Protecting respondents' identities in microdata release, TKDE 2001,
    doi:10.1109/69.971193.
    """

    name: ClassVar[str] = "height"
    summary: ClassVar[str] = "Sum of the levels that columns are generalized to."

    def costs(self, hierarchy: Hierarchy, level: int, frequencies: np.ndarray) -> ColumnCosts:
        """The level, whether the record is suppressed or not."""
        cost = np.full(hierarchy.n_leaves, float(level))
        return ColumnCosts(cost, cost)

    def score(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> float:
        """Sum over the attributes."""
        return math.fsum(self.per_attribute(totals, hierarchies, n_records))

    def per_attribute(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> tuple[float, ...]:
        """The level of each attribute."""
        return tuple(total / n_records for total in totals)

    def summands(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> tuple[float, ...]:
        """The levels."""
        return self.per_attribute(totals, hierarchies, n_records)

    def score_of(self, summed: float, hierarchies: Sequence[Hierarchy]) -> float:
        """The sum itself."""
        return summed
