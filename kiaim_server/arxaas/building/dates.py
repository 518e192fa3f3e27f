"""Dates: a level per granularity, the finest first."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self

import marshmallow as ma
from marshmallow import fields, validate

from kiaim_server.arxaas.building.contract import Builder, BuilderError, Columns
from kiaim_server.arxaas.building.patterns import DatePattern
from kiaim_server.arxaas.schemas import WireSchema

_MISSING: Final = "NULL"
Spelling = Callable[[datetime.datetime], str]


def _since_sunday(day: datetime.datetime) -> int:
    return day.isoweekday() % 7


def _week_of_month(day: datetime.datetime) -> int:
    """Weeks begin on Sunday; the first is the one that has the 1st."""
    first = day.replace(day=1)
    return (day.day - 1 + _since_sunday(first)) // 7 + 1


def _week_of_year(day: datetime.datetime) -> int:
    """Weeks begin on Sunday; the first is the one that has January 1, even if begun in December."""
    if day.month == 12 and day.day - _since_sunday(day) + 6 > 31:
        return 1
    first = day.replace(month=1, day=1)
    return (day.timetuple().tm_yday - 1 + _since_sunday(first)) // 7 + 1


def _years(span: int) -> Spelling:
    def spell(day: datetime.datetime) -> str:
        low = day.year // span * span
        return f"[{low}, {low + span}["

    return spell


def _date(day: datetime.datetime) -> str:
    return f"{day.day:02}.{day.month:02}.{day.year:04}"


#: In the order of the levels, whatever the order of a request.
GRANULARITIES: Final[Mapping[str, Spelling]] = MappingProxyType(
    {
        "SECOND_MINUTE_HOUR_DAY_MONTH_YEAR": lambda day: f"{_date(day)}-{day:%H:%M:%S}",
        "MINUTE_HOUR_DAY_MONTH_YEAR": lambda day: f"{_date(day)}-{day:%H:%M}",
        "HOUR_DAY_MONTH_YEAR": lambda day: f"{_date(day)}-{day:%H}:00",
        "DAY_MONTH_YEAR": _date,
        "WEEK_MONTH_YEAR": lambda day: f"{_week_of_month(day)}/{day.month:02}.{day.year:04}",
        "WEEK_YEAR": lambda day: f"{_week_of_year(day):02}/{day.year:04}",
        "MONTH_YEAR": lambda day: f"{day.month:02}/{day.year:04}",
        "WEEKDAY": lambda day: str(_since_sunday(day) + 1),
        "WEEK": lambda day: str(_week_of_year(day)),
        "QUARTER": lambda day: f"Q{(day.month + 2) // 3}",
        "YEAR": lambda day: f"{day.year:04}",
        "DECADE": _years(10),
        "CENTURY": _years(100),
        "MILLENIUM": _years(1000),
    }
)


class DatesSchema(WireSchema):
    """A pattern and granularities."""

    dateFormat = fields.String(required=True, attribute="pattern")  # noqa: N815 - the wire's name
    granularities = fields.List(
        fields.String(validate=validate.OneOf(tuple(GRANULARITIES))),
        required=True,
        validate=validate.Length(min=1, max=len(GRANULARITIES)),
    )


@dataclass(frozen=True)
class DateBased(Builder):
    """Reads dates and spells them less and less exactly.

    Weeks are those of the United States: they begin on Sunday, and the first is the one that has
    January 1 or the first of the month. The times are taken as they are, in no zone.
    """

    name: ClassVar[str] = "dateBased"
    Schema: ClassVar[type[ma.Schema]] = DatesSchema

    pattern: DatePattern
    granularities: tuple[str, ...]

    @classmethod
    def made_of(cls, parameters: Mapping[str, Any]) -> Self:
        """Make a builder of what its schema loaded."""
        this_year = datetime.datetime.now(datetime.UTC).year
        order = tuple(GRANULARITIES)
        granularities = tuple(sorted(parameters["granularities"], key=order.index))
        return cls(DatePattern.compile(parameters["pattern"], this_year), granularities)

    def levels(self, values: Sequence[str]) -> Columns:
        """One level per granularity."""
        moments = [self._read(value, place) for place, value in enumerate(values, 1)]
        return [
            [_MISSING if m is None else GRANULARITIES[name](m) for m in moments]
            for name in self.granularities
        ]

    def _read(self, value: str, place: int) -> datetime.datetime | None:
        if value in ("", _MISSING):
            return None
        try:
            return self.pattern.parse(value)
        except ValueError:
            raise BuilderError(
                f"column: value {place} is no date of the form of dateFormat"
            ) from None
