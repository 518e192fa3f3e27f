"""Calendar periods and how they are spelt; the builder and the transform share them.

``2024-03-05``, ``2024-W10`` (ISO 8601 weeks), ``2024-03``, ``2024-Q1``, ``2024``, ``2020s``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.model.table import as_text, value_type

#: From fine to coarse. A week lies in no single month, quarter, year or decade.
PERIODS: Final = ("day", "week", "month", "quarter", "year", "decade")

#: What a value is that says more than the day.
EXACT: Final = "exact"

_ISO: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?))?\Z",
    re.ASCII,
)
#: Day, month, year: what has points is written in this order wherever it is used.
_POINTED: Final = re.compile(
    r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:,? (\d{1,2}:\d{2}(?::\d{2})?))?\Z", re.ASCII
)
#: Day or month first, nobody knows.
_SLASHED: Final = re.compile(r"\d{1,4}/\d{1,2}/\d{2,4}(?:\D.*)?\Z", re.ASCII)
_SPELT: Final[Mapping[str, re.Pattern[str]]] = {
    "week": re.compile(r"(\d{4})-W(\d{2})\Z", re.ASCII),
    "month": re.compile(r"(\d{4})-(\d{2})\Z", re.ASCII),
    "quarter": re.compile(r"(\d{4})-Q([1-4])\Z", re.ASCII),
    "year": re.compile(r"(\d{4})\Z", re.ASCII),
    "decade": re.compile(r"(\d{3}0)s\Z", re.ASCII),
}
#: Directives of strptime that say more than the day.
_TIME: Final = re.compile(r"%[HIMSfpXcz]")


def nests(fine: str, coarse: str) -> bool:
    """Whether every period called `fine` lies in one called `coarse` (or is one)."""
    if fine in (coarse, EXACT):
        return True
    if coarse == EXACT or fine == "week":
        return False
    return PERIODS.index(fine) < PERIODS.index(coarse)


def spell(day: date, period: str) -> str:
    """The label of the period that a day lies in; distinct periods have distinct labels."""
    if period == "day":
        return day.isoformat()
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04d}-W{week:02d}"
    if period == "month":
        return f"{day.year:04d}-{day.month:02d}"
    if period == "quarter":
        return f"{day.year:04d}-Q{(day.month + 2) // 3}"
    if period == "year":
        return f"{day.year:04d}"
    return f"{day.year // 10 * 10:04d}s"


@dataclass(frozen=True)
class Dates:
    """Values read as dates.

    Attributes
    ----------
    days
        The day of each value, the first one of its period; None where there is none.
    granularity
        How fine the values are: ``exact`` or one of `PERIODS`.
    """

    days: tuple[date | None, ...]
    granularity: str


def read_dates(values: pa.Array, format: str | None = None) -> Dates:
    """Read dates, timestamps, text, or integers that are years of four digits.

    Text is ISO 8601 (``2024-03-05``, maybe with a time, whose offset is ignored) or day, month and
    year with points (``05.03.2024``, maybe with a time), or as `format` says in the words of
    Python's `datetime.strptime`, or already the label of a period such as ``2024-03``. All values
    of a column are of one form: the one that most of them have. Dates with slashes need a
    `format`.

    Raises
    ------
    TypeError
        If the column is of neither of these types.
    """
    kind = value_type(values.type)
    if kind == "integer" and format is None:
        return _read_text(as_text(values).to_pylist(), None, only=("year",))
    if kind in ("date", "timestamp"):
        return Dates(tuple(_days(values)), "day" if kind == "date" else EXACT)
    if kind != "text":
        raise TypeError(f"values of type {kind} are no dates")
    return _read_text(as_text(values).to_pylist(), format)


def _days(values: pa.Array) -> list[date | None]:
    """The local day of each value; None where it is outside the years 1 to 9999."""
    if pa.types.is_timestamp(values.type) and values.type.tz is not None:
        values = pc.local_timestamp(values)
    days = pc.cast(values, pa.date32(), safe=False)
    first, last = (pa.scalar(day, pa.date32()) for day in (date.min, date.max))
    known = pc.and_(pc.greater_equal(days, first), pc.less_equal(days, last))
    found: list[date | None] = pc.if_else(known, days, pa.scalar(None, pa.date32())).to_pylist()
    return found


def expected_dates(values: pa.Array, format: str | None) -> str:
    """What to say was expected of values that `read_dates` cannot read, and the mend."""
    if format:
        return f"dates written as {format}"
    if value_type(values.type) == "integer":
        return "years such as 1950"
    texts = as_text(values).to_pylist()
    if any(text is not None and _SLASHED.match(text) for text in texts):
        return (
            "dates such as 2024-03-05 or 05.03.2024; with slashes it is not known whether day or "
            "month comes first, so give 'format', e.g. %d/%m/%Y or %m/%d/%Y"
        )
    return "dates such as 2024-03-05 or 05.03.2024, or give 'format', e.g. %d-%m-%Y"


def _read_text(
    texts: list[str | None], format: str | None, only: Sequence[str] | None = None
) -> Dates:
    readings: list[tuple[str, Callable[[str], date | None]]] = []
    if format:
        readings = [_stated(format)]
    elif only is None:
        readings = [_iso_reading(texts), _pointed_reading(texts)]
    readings += [(period, _label_reader(period)) for period in only or _SPELT]
    best: tuple[int, tuple[date | None, ...], str] | None = None
    for granularity, read in readings:
        days = tuple(None if text is None else read(text) for text in texts)
        found = sum(day is not None for day in days)
        if best is None or found > best[0]:
            best = (found, days, granularity)
    assert best is not None  # noqa: S101 - there is always a first reading
    return Dates(best[1], best[2])


def _stated(format: str) -> tuple[str, Callable[[str], date | None]]:
    def read(text: str) -> date | None:
        try:
            return datetime.strptime(text, format).date()
        except ValueError:
            return None

    return (EXACT if _TIME.search(format) else "day"), read


def _iso_reading(texts: list[str | None]) -> tuple[str, Callable[[str], date | None]]:
    matches = (_ISO.match(text) for text in texts if text is not None)
    return (EXACT if any(match and match[1] for match in matches) else "day"), _iso


def _pointed_reading(texts: list[str | None]) -> tuple[str, Callable[[str], date | None]]:
    matches = (_POINTED.match(text) for text in texts if text is not None)
    return (EXACT if any(match and match[4] for match in matches) else "day"), _pointed


def _pointed(text: str) -> date | None:
    match = _POINTED.match(text)
    if match is None:
        return None
    try:
        return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        return None


def _iso(text: str) -> date | None:
    if not _ISO.match(text):
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _label_reader(period: str) -> Callable[[str], date | None]:
    pattern = _SPELT[period]

    def read(text: str) -> date | None:
        match = pattern.match(text)
        if match is None:
            return None
        try:
            return _first_day(period, *(int(part) for part in match.groups()))
        except ValueError:
            return None

    return read


def _first_day(period: str, year: int, part: int = 1) -> date:
    if period == "week":
        return date.fromisocalendar(year, part, 1)
    if period == "quarter":
        return date(year, 3 * part - 2, 1)
    if period == "decade":  # the first decade has no year 0
        return date(max(year, 1), 1, 1)
    return date(year, part, 1)


def format_fault(format: str) -> str | None:
    """Why a text is no date format, or None: it must read back the day that it wrote."""
    sample = datetime(2023, 11, 28, 13, 45, 59)
    try:
        read = datetime.strptime(sample.strftime(format), format)
    except ValueError:
        return "is no date format; write one such as %d.%m.%Y"
    if abs(read.date() - sample.date()) >= timedelta(days=1):
        return "does not say day, month and year; write one such as %d.%m.%Y"
    return None
