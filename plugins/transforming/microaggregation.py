"""Microaggregation of one column: neighbours give way to what they have in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar, Literal

import marshmallow as ma
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.errors import DataError
from kiaim_server.model.bounds import count
from kiaim_server.model.contract import ColumnContext, ColumnFunction, Transform
from kiaim_server.model.table import value_type

from ..numbers import exact_numbers
from .mapping import distinct_values, records_per_value, refuse_type, refuse_values, replaced


class MicroAggregateParameters(ma.Schema):
    """``{size: 5, function: mean}``."""

    size = count(
        at_least=2, required=True, metadata={"description": "Values that are joined at least."}
    )
    function = ma.fields.String(
        load_default="mean",
        validate=ma.validate.OneOf(("mean", "median")),
        metadata={"description": "What stands for the joined values."},
    )


@dataclass(frozen=True)
class MicroAggregate(Transform):
    """Numbers that are near each other form groups and all become the group's mean or median.

    Every group holds at least `size` records. Among all groupings of neighbours that keep equal
    values together, the one with the least sum of squared distances to the group means is taken,
    whichever `function` is shown. The median is the lower of two middle values, so that it is one
    of the column's values and the column keeps its type; with the mean it becomes one of
    floating-point numbers, also if it held integers. The mean is computed exactly, from the
    decimal spelling of the values, and rounded once; it keeps the sum of the column.

    Hansen and Mukherjee, A polynomial algorithm for optimal univariate microaggregation, IEEE
    TKDE 2003, doi:10.1109/TKDE.2003.1209020. Equal values are kept together (they may be split
    there) so that what a value becomes depends on the value alone.
    """

    name: ClassVar[str] = "micro-aggregate"
    summary: ClassVar[str] = "Numbers become the mean or median of at least so many neighbours."
    Parameters: ClassVar[type[ma.Schema]] = MicroAggregateParameters
    strictness: ClassVar[int] = 1
    by_value: ClassVar[bool] = True
    action: ClassVar[str] = "micro-aggregate"

    size: Fraction
    function: Literal["mean", "median"] = "mean"

    def merged(self, other: Transform) -> Transform | None:
        """The one with larger groups, if both show the same function of them."""
        if not isinstance(other, MicroAggregate) or other.function != self.function:
            return None
        return self if self.size >= other.size else other

    def fit(self, values: pa.ChunkedArray, context: ColumnContext) -> ColumnFunction:
        """Group the distinct values. O(distinct values * (log + size)).

        Raises
        ------
        DataError
            If the column is not one of finite numbers, or has fewer values than `size`.
        """
        distinct = distinct_values(values)
        column = context.attribute.name
        if value_type(distinct.type) not in ("integer", "number"):
            raise refuse_type(values, context, f"'{self.name}'", "it is for columns of numbers")
        numbers = pc.cast(distinct, pa.float64(), safe=False).to_numpy()
        refuse_values(values, distinct, ~np.isfinite(numbers), context, "finite numbers")
        counts = records_per_value(values, distinct, context)
        if counts.sum() < self.size:
            raise DataError(
                f"column {column!r}: it has values in {counts.sum()} records, but '{self.name}' "
                f"makes groups of at least {self.size}; take a smaller size or remove the column",
                column=column,
            )
        order = pc.sort_indices(distinct).to_numpy()
        ends = group_ends(numbers[order], counts[order], int(self.size))
        if self.function == "mean":
            ascending = distinct.take(pa.array(order))
            means = np.empty(len(numbers))
            means[order] = _means(_exact(ascending), counts[order], ends)
            return replaced(distinct, pa.array(means))
        middle = np.empty(len(numbers), dtype=np.int64)
        middle[order] = order[_medians(counts[order], ends)]
        return replaced(distinct, distinct.take(pa.array(middle)))


def group_ends(values: np.ndarray, counts: np.ndarray, size: int) -> list[int]:
    """Where the groups of the best grouping end.

    Parameters
    ----------
    values
        float64[:], ascending, distinct.
    counts
        int64[:], records per value; in all at least `size`.

    Returns
    -------
    list of int
        Exclusive ends of the groups, ascending; the last one is ``len(values)``.

    Notes
    -----
    Shortest path over the places between values. An edge that could be cut into two groups of
    `size` records is left out: cutting never makes the sum of squares larger. So at most `size`
    edges end at each place, and groups of values that occur once have fewer than ``2 * size``.
    """
    records = np.concatenate([[0], np.cumsum(counts)]).tolist()
    # Shifted and scaled, so that the squares neither cancel nor overflow.
    spread = float(values[-1] / 2 - values[0] / 2) or 1.0
    scaled = (values / 2 - (values[0] / 4 + values[-1] / 4)) / spread
    sums = np.concatenate([[0.0], np.cumsum(scaled * counts)]).tolist()
    squares = np.concatenate([[0.0], np.cumsum(scaled * scaled * counts)]).tolist()
    n = len(values)
    best = [0.0] + [float("inf")] * n
    start_of = [0] * (n + 1)
    lowest = last = 0
    for end in range(1, n + 1):
        while last + 1 < end and records[end] - records[last + 1] >= size:
            last += 1  # the last start of a group that ends here
        while records[last] - records[lowest] >= size:
            lowest += 1  # from lower starts on, the group could be cut at `last`
        for start in range(lowest, last + 1):
            total = sums[end] - sums[start]
            held = records[end] - records[start]
            cost = best[start] + squares[end] - squares[start] - total * total / held
            if cost < best[end] and held >= size:
                best[end], start_of[end] = cost, start
    ends, end = [], n
    while end:
        ends.append(end)
        end = start_of[end]
    return ends[::-1]


def _exact(distinct: pa.Array) -> list[int] | list[Fraction]:
    """The finite numbers without rounding."""
    if value_type(distinct.type) == "integer":
        integers: list[int] = distinct.to_pylist()
        return integers
    return [number for number in exact_numbers(distinct) if number is not None]


def _means(values: Sequence[int | Fraction], counts: np.ndarray, ends: list[int]) -> np.ndarray:
    """The mean over the records of each value's group: float64[:], shape (n_values,)."""
    means = np.empty(len(values))
    held = counts.tolist()
    for start, end in pairwise([0, *ends]):
        total = sum((v * n for v, n in zip(values[start:end], held[start:end], strict=True)), 0)
        means[start:end] = float(Fraction(total) / sum(held[start:end]))
    return means


def _medians(counts: np.ndarray, ends: list[int]) -> np.ndarray:
    """The place of the lower median of each value's group: int64[:], shape (n_values,)."""
    records = np.cumsum(counts)
    through = records[np.array(ends) - 1]
    before = np.concatenate([[0], through[:-1]])
    places = np.searchsorted(records, before + (through - before + 1) // 2)
    return np.repeat(places, np.diff([0, *ends]))
