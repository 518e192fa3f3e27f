"""Coarser values: calendar periods, bands of numbers, or a level of the column's hierarchy."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final

import marshmallow as ma
import pyarrow as pa

from kiaim_server.errors import DataError
from kiaim_server.model.contract import ColumnContext, ColumnFunction, Transform
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.table import as_text

from ..bands import Bands, width_name
from ..numbers import Exact, are_integers, exact_numbers, multiple_of, parse_number
from ..periods import EXACT, PERIODS, expected_dates, format_fault, nests, read_dates, spell
from .mapping import (
    distinct_values,
    refuse_type,
    refuse_values,
    replaced,
    with_codes,
    without_codes,
)

#: The value of `to` that asks for bands of equal width.
BANDS: Final = "bands"


class GeneraliseParameters(ma.Schema):
    """``{to: month}``, ``{to: bands, unit: 5}`` or ``{to: NAME OF A LEVEL}``."""

    to = ma.fields.String(
        required=True,
        validate=ma.validate.Length(min=1, max=60),
        metadata={
            "description": "A period for dates, or the name of a level of the column's hierarchy."
        },
    )
    unit = Exact(
        positive=True,
        load_default=None,
        metadata={"description": "Width of the bands for numbers."},
    )
    format = ma.fields.String(
        load_default=None,
        metadata={"description": "How dates that are text are spelt, e.g. %d.%m.%Y."},
    )

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        """`unit` goes with bands, `format` with periods."""
        to, unit, format = data["to"], data.get("unit"), data.get("format")
        if (to == BANDS) != (unit is not None):
            raise ma.ValidationError(
                "is the width of bands: give it together with 'to: bands', and only then", "unit"
            )
        if format is None:
            return
        if to not in PERIODS:
            raise ma.ValidationError(f"says how dates are written; 'to' is {to!r}", "format")
        fault = format_fault(format)
        if fault:
            raise ma.ValidationError(f"{format!r} {fault}", "format")


@dataclass(frozen=True)
class Generalise(Transform):
    """Values give way to coarser ones, in the words of the hierarchy builders.

    `to` is a calendar period (day, week, month, quarter, year, decade), ``bands`` of width `unit`
    that start at 0, or the name of a level of the column's hierarchy. The result is text.
    """

    name: ClassVar[str] = "generalise"
    summary: ClassVar[str] = "Dates become periods, numbers bands, values a level of a hierarchy."
    Parameters: ClassVar[type[ma.Schema]] = GeneraliseParameters
    strictness: ClassVar[int] = 2
    by_value: ClassVar[bool] = True
    action: ClassVar[str] = "generalise"

    to: str
    unit: Fraction | None = None
    format: str | None = None

    @property
    def level_name(self) -> str | None:
        """The level of the builders `dates` and `intervals`, or that of any hierarchy."""
        return width_name(self.unit) if self.unit is not None else self.to

    @property
    def granularity(self) -> str | None:
        """The period, for dates."""
        return self.to if self.to in PERIODS else None

    def merged(self, other: Transform) -> Transform | None:
        """The coarser of two whose periods or bands nest; None for others."""
        if not isinstance(other, Generalise):
            return None
        if self == other:
            return self
        if self.unit is not None and other.unit is not None:
            if multiple_of(self.unit, other.unit):
                return self
            return other if multiple_of(other.unit, self.unit) else None
        if self.granularity is None or other.granularity is None:
            return None
        if None not in (self.format, other.format) and self.format != other.format:
            return None
        format = self.format or other.format
        if nests(self.to, other.to):
            return Generalise(other.to, None, format)
        return Generalise(self.to, None, format) if nests(other.to, self.to) else None

    @property
    def needs_hierarchy(self) -> bool:
        """Where `to` is the name of a level."""
        return self.unit is None and self.to not in PERIODS

    def follows(self, other: Transform) -> bool:
        """After whatever leaves numbers or values of the hierarchy, whose groups it joins.

        It does not subsume them: bands of 5 show that an age is above 89, and values that round
        to one number may lie in two bands. Masks leave no numbers and no dates.
        """
        if other.name in ("round", "top-code", "bottom-code", "micro-aggregate"):
            return True
        return other.name == "mask" and self.needs_hierarchy

    def fit(self, values: pa.ChunkedArray, context: ColumnContext) -> ColumnFunction:
        """Find the label of each distinct value. O(distinct values).

        Labels of codings that were applied before stay as they are, unless the named level of the
        hierarchy has something for them.

        Raises
        ------
        DataError
            If the column's type has no such coarser values, values cannot be read, or there is no
            hierarchy with a level of that name.
        """
        every = distinct_values(values)
        distinct = every if self.needs_hierarchy else without_codes(every, context)
        if self.unit is not None:
            labels = self._bands(values, distinct, context)
        elif self.to in PERIODS:
            labels = self._periods(values, distinct, context)
        else:
            labels = self._level(values, distinct, context)
        return replaced(*with_codes(distinct, pa.array(labels, pa.string()), every, context))

    def _bands(
        self, values: pa.ChunkedArray, distinct: pa.Array, context: ColumnContext
    ) -> list[str | None]:
        try:
            numbers = exact_numbers(distinct)
        except TypeError:
            raise refuse_type(values, context, self._order, "bands are for numbers") from None
        bad = [number is None for number in numbers]
        refuse_values(values, distinct, bad, context, "finite numbers such as 12 or 1.5")
        integers = are_integers(distinct)
        bands = Bands(self.unit or Fraction(1))
        return [None if n is None else bands.label(n, integers=integers) for n in numbers]

    def _periods(
        self, values: pa.ChunkedArray, distinct: pa.Array, context: ColumnContext
    ) -> list[str | None]:
        try:
            dates = read_dates(distinct, self.format)
        except TypeError:
            mend = "periods are for dates, timestamps, dates written as text and years as integers"
            raise refuse_type(values, context, self._order, mend) from None
        bad = [day is None for day in dates.days]
        refuse_values(values, distinct, bad, context, expected_dates(distinct, self.format))
        texts: list[str | None] = as_text(distinct).to_pylist()
        if dates.granularity == EXACT or nests(dates.granularity, self.to):
            return [None if day is None else spell(day, self.to) for day in dates.days]
        if nests(self.to, dates.granularity):
            return texts  # coarser than asked for already
        column = context.attribute.name
        raise DataError(
            f"column {column!r}: it holds weeks, and a week does not lie in one {self.to}; order "
            "'generalise' on the original dates",
            column=column,
        )

    def _level(
        self, values: pa.ChunkedArray, distinct: pa.Array, context: ColumnContext
    ) -> list[str | None]:
        column = context.attribute.name
        hierarchy = context.hierarchy
        level = hierarchy.level_of(self.to) if hierarchy is not None else None
        if hierarchy is None or level is None:
            has = (
                f"its hierarchy has the levels {', '.join(hierarchy.level_names)}"
                if hierarchy is not None
                else "it has no hierarchy"
            )
            raise DataError(
                f"column {column!r}: {self._order} needs a hierarchy with a level of this name, "
                f"but {has}; give it one, or order one of {', '.join((BANDS, *PERIODS))}",
                column=column,
            )
        leaves = _leaves(distinct, hierarchy)
        bad = [leaf is None for leaf in leaves]
        refuse_values(values, distinct, bad, context, "values that the column's hierarchy covers")
        labels, codes = hierarchy.labels[level], hierarchy.maps[level]
        return [None if leaf is None else labels[codes[leaf]] for leaf in leaves]

    @property
    def _order(self) -> str:
        return f"'{self.name}' to {self.to!r}"


def _leaves(distinct: pa.Array, hierarchy: Hierarchy) -> list[int | None]:
    """Leaf of each value by its text, or of a number with a fractional type by its value."""
    leaf_of = {label: i for i, label in enumerate(hierarchy.labels[0]) if label is not None}
    texts = as_text(distinct).to_pylist()
    found = [leaf_of.get(text) for text in texts]
    if pa.types.is_floating(distinct.type) or pa.types.is_decimal(distinct.type):
        by_number = {parse_number(label): leaf for label, leaf in leaf_of.items()}
        by_number.pop(None, None)
        found = [
            by_number.get(parse_number(text)) if leaf is None else leaf
            for text, leaf in zip(texts, found, strict=True)
        ]
    return found
