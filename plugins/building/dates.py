"""Hierarchies of calendar periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import marshmallow as ma
import pyarrow as pa

from kiaim_server.errors import HierarchyError
from kiaim_server.model.contract import HierarchyBuilder
from kiaim_server.model.hierarchy import Hierarchy

from ..periods import EXACT, PERIODS, expected_dates, format_fault, nests, read_dates, spell
from .tree import leaves_of, refuse_type, refuse_unplaced, tree


def _check_format(format: str) -> None:
    fault = format_fault(format)
    if fault:
        raise ma.ValidationError(f"{format!r} {fault}")


def _check_levels(levels: Sequence[str]) -> None:
    for finer, coarser in pairwise(levels):
        if finer == "week":
            raise ma.ValidationError(
                f"a week does not lie in one {coarser}; make week the last level, or leave it out"
            )
        if finer == coarser or not nests(finer, coarser):
            raise ma.ValidationError(f"{coarser} is not coarser than {finer}, the level before it")


class DatesParameters(ma.Schema):
    """``{levels: [day, month, year], format: "%d.%m.%Y"}``."""

    levels = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(PERIODS)),
        required=True,
        validate=[ma.validate.Length(min=1), _check_levels],
        metadata={"description": "Periods from fine to coarse."},
    )
    format = ma.fields.String(
        load_default=None,
        validate=_check_format,
        metadata={"description": "How dates that are text are spelt, e.g. %d.%m.%Y."},
    )


@dataclass(frozen=True)
class DatesBuilder(HierarchyBuilder):
    """Dates fall into ever longer calendar periods.

    Level 0 holds the values and is called by what they say: ``exact`` for timestamps (and for
    text that is not spelt as ISO 8601 days), ``day`` for dates, ``month`` where the column says
    months already. Of `levels`, those coarser than the values follow, then ``all``.
    """

    name: ClassVar[str] = "dates"
    summary: ClassVar[str] = "Dates fall into days, weeks, months, quarters, years or decades."
    Parameters: ClassVar[type[ma.Schema]] = DatesParameters

    levels: Sequence[str]
    format: str | None = None

    def build(self, attribute: str, values: pa.Array) -> Hierarchy:
        """Place every date. O(values * levels).

        Raises
        ------
        HierarchyError
            If the column is not one of dates, has text that is none, or holds weeks, which no
            other level can follow.
        """
        values = values.drop_null()
        try:
            dates = read_dates(values, self.format)
        except TypeError:
            mend = "it takes dates, timestamps, text and years as integers"
            raise refuse_type(attribute, self.name, values, mend) from None
        leaves = leaves_of(values)
        unplaced = [text for text, day in zip(leaves, dates.days, strict=True) if day is None]
        expected = expected_dates(values, self.format)
        refuse_unplaced(attribute, unplaced, f"expected {expected}")
        days = [day for day in dates.days if day is not None]
        finest = dates.granularity
        if finest == "day" and leaves != [spell(day, "day") for day in days]:
            finest = EXACT
        return tree(
            attribute,
            leaves,
            [
                (finest, leaves),
                *((p, [spell(day, p) for day in days]) for p in self._above(attribute, finest)),
            ],
        )

    def _above(self, attribute: str, finest: str) -> list[str]:
        """The levels that say less than the values, which must lie in them."""
        coarser = [p for p in self.levels if p != finest and not _finer(p, finest)]
        if any(not nests(finest, period) for period in coarser):
            raise HierarchyError(
                f"column {attribute!r}: it holds weeks, and a week does not lie in one "
                f"{coarser[0]}; leave the column to the builder 'values'"
            )
        return coarser


def _finer(period: str, than: str) -> bool:
    return than != EXACT and PERIODS.index(period) < PERIODS.index(than)
