"""Loss: the share of the domain that a generalized value stands for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import ClassVar, Final

import marshmallow as ma
import numpy as np
from marshmallow import fields, validate

from kiaim_server.loss.weights import factors, relative_weights
from kiaim_server.model.bounds import Bound, share
from kiaim_server.model.contract import ColumnCosts, LossMeasure
from kiaim_server.model.hierarchy import Hierarchy

_STEPS: Final = 1e10
_HALF: Final = Fraction(1, 2)


class LossParameters(ma.Schema):
    """``{aggregate: geometric-mean, gs_factor: 0.5, weights: {age: 2}}``."""

    aggregate = fields.String(
        validate=validate.OneOf(("geometric-mean", "arithmetic-mean")),
        metadata={"description": "How the losses of the columns are joined."},
    )
    gs_factor = share(
        metadata={
            "description": "Weight of suppression against generalization; 0.5 counts both alike."
        }
    )
    weights = fields.Dict(keys=fields.String(), values=Bound(at_least=0))


@dataclass(frozen=True)
class Loss(LossMeasure):
    """Normalised coverage of the domain per attribute, combined into one number in [0, 1].

    A kept record costs the share of all leaves of the hierarchy that its generalized value stands
    for, a suppressed one 1. Per attribute the total is scaled so that 0 is the original table and
    1 a table without information, and rounded down to 1e-10, as ARX does. Iyengar, Transforming
    data to satisfy privacy constraints, KDD 2002, doi:10.1145/775047.775089.

    Attributes
    ----------
    aggregate
        ``geometric-mean``: the n-th root of the product of (1 + weight * loss), minus 1;
        ``arithmetic-mean``: the mean of weight * loss.
    gs_factor
        Above 0.5 generalization counts less (at 1 not at all), below 0.5 suppression does.
    weights
        Per attribute, 1 where none is given; divided by the largest of them.
    """

    name: ClassVar[str] = "loss"
    summary: ClassVar[str] = "Mean share of its domain that a released value stands for."
    Parameters: ClassVar[type[ma.Schema]] = LossParameters

    aggregate: str = "geometric-mean"
    gs_factor: Fraction = _HALF
    weights: Mapping[str, Fraction] = field(default_factory=dict)

    def costs(self, hierarchy: Hierarchy, level: int, frequencies: np.ndarray) -> ColumnCosts:
        """Share of the domain for kept records; for suppressed ones the rest is added."""
        covered = hierarchy.share(level)[hierarchy.maps[level]]
        kept = covered * self._generalization
        return ColumnCosts(kept, covered + self._suppression * (1.0 - covered))

    def score(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> float:
        """Weighted mean of the attributes' losses; 0 without attributes."""
        return self.scorer(hierarchies, n_records)(totals)

    def scorer(
        self, hierarchies: Sequence[Hierarchy], n_records: int
    ) -> Callable[[Sequence[float]], float]:
        """`score` with everything that does not depend on the totals taken out."""
        n = len(hierarchies)
        if not n:
            return lambda _: 0.0
        least = self._least_totals(hierarchies, n_records)
        weights = relative_weights(self.weights, hierarchies) if self.weights else None

        def score(totals: Sequence[float]) -> float:
            losses = _scaled(totals, least, n_records)
            if weights:
                losses = list(map(_product, losses, weights))
            if self.aggregate == "arithmetic-mean":
                return sum(losses) / n
            product = 1.0
            for loss in losses:
                product *= loss + 1.0
            return float(product ** (1.0 / n)) - 1.0

        return score

    def per_attribute(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> tuple[float, ...]:
        """Loss of each attribute, 0 to 1; 0 for an attribute whose domain has one value."""
        return tuple(_scaled(totals, self._least_totals(hierarchies, n_records), n_records))

    def _least_totals(self, hierarchies: Sequence[Hierarchy], n_records: int) -> list[float]:
        """What each attribute has in total on the original table."""
        factor = self._generalization
        return [factor * n_records / hierarchy.n_leaves for hierarchy in hierarchies]

    def summands(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> tuple[float, ...]:
        """Weighted losses; of a geometric mean the logarithms of its factors."""
        losses = self.per_attribute(totals, hierarchies, n_records)
        if self.weights:
            losses = tuple(map(_product, losses, relative_weights(self.weights, hierarchies)))
        return losses if self.aggregate == "arithmetic-mean" else tuple(map(math.log1p, losses))

    def score_of(self, summed: float, hierarchies: Sequence[Hierarchy]) -> float:
        """The mean from the sum."""
        mean = summed / max(1, len(hierarchies))
        return mean if self.aggregate == "arithmetic-mean" else math.expm1(mean)

    @cached_property
    def _suppression(self) -> float:
        return factors(self.gs_factor)[1]

    @cached_property
    def _generalization(self) -> float:
        return factors(self.gs_factor)[0]


def _scaled(totals: Sequence[float], least: Sequence[float], n_records: int) -> list[float]:
    """Loss per attribute from its total and the least that this can be."""
    return [
        math.floor((total - low) / (n_records - low) * _STEPS) / _STEPS
        if total > low and n_records > low
        else 0.0
        for total, low in zip(totals, least, strict=True)
    ]


def _product(a: float, b: float) -> float:
    return a * b
