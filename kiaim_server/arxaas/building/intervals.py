"""Intervals: numbers become the interval that they lie in, and intervals become larger ones.

The intervals of a request follow each other without gaps and repeat beyond both ends as far as the
ranges say. With the bounds of a range in the order in which they are met on the way out: intervals
repeat up to `snap`, the outermost one is then stretched to `coding`, numbers beyond are bottom- or
top-coded, and beyond `extreme` they are refused.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Final, Self

import marshmallow as ma
from marshmallow import fields, validate

from kiaim_server.arxaas.building.contract import (
    Builder,
    BuilderError,
    Columns,
    distinct_labels,
)
from kiaim_server.arxaas.building.groups import Group, levels_of
from kiaim_server.arxaas.building.numbers import Decimal, Numbers, Whole
from kiaim_server.arxaas.schemas import LevelSchema, WireSchema
from kiaim_server.errors import ParameterError
from kiaim_server.model.hierarchy import STAR

_MISSING: Final = "NULL"
_KINDS: Final[Mapping[str, Numbers]] = {"LONG": Whole(), "DOUBLE": Decimal()}


class _Number(fields.Field[int | float]):
    """A number, whole ones exact."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
            raise ma.ValidationError("must be a number")
        return value


class IntervalSchema(WireSchema):
    """``{from, to, label}``; the end is not part of it."""

    low = _Number(data_key="from", required=True)
    high = _Number(data_key="to", required=True)
    label = fields.String(load_default=None, allow_none=True)


class RangeSchema(WireSchema):
    """``{snapFrom, bottomTopCodingFrom, minMaxValue}``; all of them."""

    snapFrom = _Number(required=True, attribute="snap")  # noqa: N815
    bottomTopCodingFrom = _Number(required=True, attribute="coding")  # noqa: N815
    minMaxValue = _Number(required=True, attribute="extreme")  # noqa: N815


class IntervalsSchema(WireSchema):
    """Intervals, levels of groups of them, and where they end."""

    intervals = fields.List(
        fields.Nested(IntervalSchema), required=True, validate=validate.Length(min=1)
    )
    levels = fields.List(fields.Nested(LevelSchema), load_default=list, allow_none=True)
    lowerRange = fields.Nested(  # noqa: N815
        RangeSchema, load_default=None, allow_none=True, attribute="lower"
    )
    upperRange = fields.Nested(  # noqa: N815
        RangeSchema, load_default=None, allow_none=True, attribute="upper"
    )
    dataType = fields.String(  # noqa: N815
        required=True, validate=validate.OneOf(tuple(_KINDS)), attribute="kind"
    )


@dataclass(frozen=True)
class Interval:
    """Numbers from `low` up to but not `high`; a label is the same wherever it repeats."""

    low: Any
    high: Any
    label: str | None

    def shifted(self, offset: Any) -> Interval:
        """The same further up."""
        return Interval(self.low + offset, self.high + offset, self.label)


@dataclass(frozen=True)
class Range:
    """The bounds at one end."""

    snap: Any
    coding: Any
    extreme: Any


#: What tells groups apart: the bounds of an interval, or a text for what lies in none.
_Key = tuple[Any, Any] | str


@dataclass(frozen=True)
class Scale:
    """The intervals of one level, without gaps, and their ends."""

    numbers: Numbers
    intervals: tuple[Interval, ...]
    lower: Range
    upper: Range

    @property
    def width(self) -> Any:
        """After which the intervals repeat."""
        return self.intervals[-1].high - self.intervals[0].low

    def place(self, number: Any) -> tuple[_Key, str]:
        """The group that a number is in, and its label.

        Raises
        ------
        ValueError
            It lies beyond the extremes.
        """
        if number is None:
            return _MISSING, _MISSING
        if number < self.lower.extreme or number >= self.upper.extreme:
            raise ValueError
        if number < self.lower.coding:
            return "below", f"<{self.numbers.spell(self.lower.coding)}"
        if number >= self.upper.coding:
            return "above", f">={self.numbers.spell(self.upper.coding)}"
        interval = self._snapped(self._around(number))
        return (interval.low, interval.high), self.label(interval)

    def label(self, interval: Interval) -> str:
        """Its own, or its bounds."""
        if interval.label is not None:
            return interval.label
        return f"[{self.numbers.spell(interval.low)}, {self.numbers.spell(interval.high)}["

    def bound(self, n: int) -> Any:
        """Where the n-th interval begins, repeated ones counted on."""
        rounds, place = divmod(n, len(self.intervals))
        return self.intervals[place].low + rounds * self.width

    def end(self, n: int) -> Any:
        """Where the n-th interval ends."""
        rounds, place = divmod(n, len(self.intervals))
        return self.intervals[place].high + rounds * self.width

    def _locate(self, number: Any) -> tuple[int, Any]:
        """Which interval a number is in, and by how much that one is shifted."""
        first = self.intervals[0].low
        if isinstance(number, int):
            rounds = (number - first) // self.width
        else:
            rounds = math.floor((number - first) / self.width)
        offset = rounds * self.width
        within = number - offset
        for place, interval in enumerate(self.intervals):
            if interval.low <= within < interval.high:
                return place, offset
        return 0, offset + self.width  # rounded up to the end: where the next round begins

    def _around(self, number: Any) -> Interval:
        """The interval that a number is in, repeated as often as needed."""
        place, offset = self._locate(number)
        return self.intervals[place].shifted(offset)

    def _before(self, number: Any) -> Interval:
        """The interval that a number is in, or that ends there."""
        place, offset = self._locate(number)
        if self.intervals[place].low + offset < number:
            return self.intervals[place].shifted(offset)
        if place:
            return self.intervals[place - 1].shifted(offset)
        return self.intervals[-1].shifted(offset - self.width)

    @cached_property
    def _ends(self) -> tuple[Interval, Interval]:
        """The outermost intervals, stretched; one for all where they would overlap."""
        lowest = replace(self._around(self.lower.snap), low=self.lower.coding)
        highest = replace(self._before(self.upper.snap), high=self.upper.coding)
        if lowest.high > highest.low:
            lowest = highest = replace(lowest, high=highest.high)
        return lowest, highest

    def _snapped(self, interval: Interval) -> Interval:
        """The outermost interval in place of one that reaches into it."""
        lowest, highest = self._ends
        if interval.low < lowest.high:
            return lowest
        return highest if interval.high > highest.low else interval


@dataclass(frozen=True)
class IntervalBased(Builder):
    """Puts numbers into intervals, and merges as many neighbours as each group says.

    Where the groups of a level are more members than there are intervals, the intervals repeat;
    where they are fewer, the groups do. So levels nest between the ends of the intervals; where
    these repeat beyond, they nest only if the larger ones repeat with them, as in ARX. A star is
    put on top where more than one group is left. Missing values are a group of their own.
    """

    name: ClassVar[str] = "intervalBased"
    Schema: ClassVar[type[ma.Schema]] = IntervalsSchema

    scale: Scale
    groups: tuple[tuple[Group, ...], ...]

    @classmethod
    def made_of(cls, parameters: Mapping[str, Any]) -> Self:
        """Make a builder of what its schema loaded; both ranges or none count."""
        numbers = _KINDS[parameters["kind"]]
        intervals = tuple(
            Interval(numbers.of_json(i["low"]), numbers.of_json(i["high"]), i["label"])
            for i in parameters["intervals"]
        )
        _check_intervals(intervals)
        lower, upper = parameters["lower"], parameters["upper"]
        if lower is None or upper is None:
            low, high = intervals[0].low, intervals[-1].high
            ends = Range(low, low, low), Range(high, high, high)
        else:
            ends = _range(lower, numbers), _range(upper, numbers)
            _check_ranges(*ends)
        return cls(Scale(numbers, intervals, *ends), levels_of(parameters["levels"] or ()))

    def levels(self, values: Sequence[str]) -> Columns:
        """As many levels as are described, or as there are until one group is left."""
        numbers = self.scale.numbers.of_column(list(values))
        columns: Columns = []
        scale = self.scale
        for groups in (*self.groups, ()):
            keys, labels = _placed(scale, numbers)
            columns.append(distinct_labels(keys, labels))
            if len(set(keys)) == 1:
                return columns
            if groups:
                scale = replace(scale, intervals=tuple(_merged(scale, groups)))
        return [*columns, [STAR] * len(values)]


def _placed(scale: Scale, numbers: Sequence[Any]) -> tuple[list[_Key], list[str]]:
    known: dict[Any, tuple[_Key, str]] = {}
    for place, number in enumerate(numbers, 1):
        if number not in known:
            try:
                known[number] = scale.place(number)
            except ValueError:
                raise BuilderError(
                    f"column: value {place} lies outside of the intervals and ranges"
                ) from None
    return [known[n][0] for n in numbers], [known[n][1] for n in numbers]


def _merged(scale: Scale, groups: Sequence[Group]) -> Iterator[Interval]:
    """The intervals of the next level."""
    n_intervals = len(scale.intervals)
    repeats = sum(group.size for group in groups) < n_intervals
    begin = 0
    for group in itertools.cycle(groups) if repeats else groups:
        end = begin + group.size
        if repeats:
            end = min(end, n_intervals)
        yield Interval(scale.bound(begin), scale.end(end - 1), group.label)
        begin = end
        if repeats and begin == n_intervals:
            return


def _check_intervals(intervals: Sequence[Interval]) -> None:
    for place, interval in enumerate(intervals):
        if interval.low >= interval.high:
            raise ParameterError(f"builder.intervals.{place}: 'from' must be below 'to'")
    for place, (before, after) in enumerate(itertools.pairwise(intervals), 1):
        if before.high != after.low:
            raise ParameterError(
                f"builder.intervals.{place}: must begin where the one before it ends"
            )


def _range(described: Mapping[str, Any], numbers: Numbers) -> Range:
    return Range(**{key: numbers.of_json(value) for key, value in described.items()})


def _check_ranges(lower: Range, upper: Range) -> None:
    if not (
        lower.extreme <= lower.coding <= lower.snap <= upper.snap <= upper.coding <= upper.extreme
    ):
        raise ParameterError(
            "builder: from the bottom up, the ranges must be minMaxValue, bottomTopCodingFrom and "
            "snapFrom of lowerRange, then snapFrom, bottomTopCodingFrom and minMaxValue of "
            "upperRange"
        )
