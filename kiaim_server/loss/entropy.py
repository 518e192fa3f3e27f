"""Non-uniform entropy: how much harder it is to guess an original value from a released one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import ClassVar, Final

import marshmallow as ma
import numpy as np
from marshmallow import fields

from kiaim_server.kernels.entropy import hidden_bits
from kiaim_server.loss.weights import HALF, factors, relative_weights
from kiaim_server.model.bounds import Bound, share
from kiaim_server.model.contract import ClassLossMeasure, ColumnCosts
from kiaim_server.model.grouping import GroupedColumn, Grouping
from kiaim_server.model.hierarchy import Hierarchy

_STEPS: Final = 1e10


class NonUniformEntropyParameters(ma.Schema):
    """``{gs_factor: 0.5, weights: {age: 2}}``."""

    gs_factor = share(
        metadata={
            "description": "Weight of suppression against generalization; 0.5 counts both alike."
        }
    )
    weights = fields.Dict(keys=fields.String(), values=Bound(at_least=0))


@dataclass(frozen=True)
class NonUniformEntropy(ClassLossMeasure):
    """Bits that are missing to get the original values back, summed over records and attributes.

    A value v that is released as g costs log2(n(g) / n(v)), n being the records of the whole
    table with this value at level 0 and at the level of g; that counts for suppressed records
    too. On top, each of s suppressed records costs log2(s / s(g)), where s(g) of them have its
    generalized value. Per attribute rounded down to 1e-10, then summed up, as ARX does. Gionis and
    Tassa, k-Anonymization with minimal loss of information, TKDE 2009, doi:10.1109/TKDE.2008.129.

    Attributes
    ----------
    gs_factor
        Above 0.5 generalization counts less (at 1 not at all), below 0.5 suppression does.
    weights
        Per attribute, 1 where none is given; divided by the largest of them.

    Notes
    -----
    Bound of a prefix: the first part depends on the level alone and grows with it. The second
    is s log2 s minus the sum of s(g) log2 s(g). One more record with value g adds a step of
    x log2 x from s and takes one from s(g) <= s; that function is convex, so the sum never falls.
    Hence the records that are suppressed for certain give the least of it, in columns with a
    level; nothing in those that are open.
    """

    name: ClassVar[str] = "non-uniform-entropy"
    summary: ClassVar[str] = "Bits that are missing to get the original values back."
    Parameters: ClassVar[type[ma.Schema]] = NonUniformEntropyParameters
    needs_columns: ClassVar[bool] = True

    gs_factor: Fraction = HALF
    weights: Mapping[str, Fraction] = field(default_factory=dict)

    def costs(self, hierarchy: Hierarchy, level: int, frequencies: np.ndarray) -> ColumnCosts:
        """What generalization costs, whether the record is suppressed or not."""
        up = hierarchy.maps[level]
        together = np.bincount(up, weights=frequencies)[up]
        bits = np.zeros(hierarchy.n_leaves, dtype=np.float64)
        occurs = frequencies > 0
        bits[occurs] = np.log2(together[occurs] / frequencies[occurs])
        cost = bits * self._factors[0]
        return ColumnCosts(cost, cost)

    def score(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> float:
        """A lower bound: what generalization alone costs."""
        return self._sum([_floor(total) for total in totals], hierarchies)

    def summands(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> tuple[float, ...]:
        """Weighted bits that generalization alone costs."""
        weights = relative_weights(self.weights, hierarchies)
        return tuple(_floor(t) * w for t, w in zip(totals, weights, strict=True))

    def score_of(self, summed: float, hierarchies: Sequence[Hierarchy]) -> float:
        """The sum itself."""
        return summed

    def class_score(
        self, totals: Sequence[float], grouping: Grouping, hierarchies: Sequence[Hierarchy]
    ) -> float:
        """Exact for a node."""
        return self._sum(self.class_losses(totals, grouping, hierarchies), hierarchies)

    def class_losses(
        self, totals: Sequence[float], grouping: Grouping, hierarchies: Sequence[Hierarchy]
    ) -> tuple[float, ...]:
        """Bits per attribute."""
        return tuple(
            _floor(total + self._factors[1] * _hidden_bits(column))
            for total, column in zip(totals, grouping.columns, strict=True)
        )

    def _sum(self, losses: Sequence[float], hierarchies: Sequence[Hierarchy]) -> float:
        if self.weights:
            weights = relative_weights(self.weights, hierarchies)
            losses = [loss * weight for loss, weight in zip(losses, weights, strict=True)]
        return math.fsum(losses)

    @cached_property
    def _factors(self) -> tuple[float, float]:
        return factors(self.gs_factor)


def _hidden_bits(column: GroupedColumn) -> float:
    """Entropy of the values that suppressed records have, times their number."""
    return 0.0 if column.suppressed is None else hidden_bits(column.suppressed)


def _floor(bits: float) -> float:
    return math.floor(bits * _STEPS) / _STEPS
