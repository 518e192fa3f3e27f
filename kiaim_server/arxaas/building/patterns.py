"""Dates read by patterns such as ``yyyy-MM-dd HH:mm``, as Java's SimpleDateFormat understands them.

Understood are ``y M d H k K h m s S a E`` and text in quotes; names of months and days are English.
What else the pattern language has (eras, weeks, zones) is refused.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Final

from kiaim_server.errors import ParameterError

_PIECE: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FIELDS: Final = frozenset("yMdHkKhmsSaE")
_LONGEST: Final = 100


@dataclass(frozen=True)
class DatePattern:
    """A compiled pattern."""

    expression: re.Pattern[str]
    pivot: int

    @classmethod
    def compile(cls, pattern: str, this_year: int) -> DatePattern:
        """Compile a pattern; two-digit years lie from 80 years before to 20 after `this_year`.

        Raises
        ------
        ParameterError
            It is none, or has letters that are not understood.
        """
        pieces = _pieces(pattern)
        parts: list[str] = []
        seen: set[str] = set()
        for place, (kind, count, text) in enumerate(pieces):
            following = pieces[place + 1][0] if place + 1 < len(pieces) else ""
            if not kind:
                parts.append(re.escape(text))
                continue
            again = kind in seen
            seen.add(kind)
            body = _field(kind, count, adjacent=following.isalpha())
            parts.append(f"(?:{body})" if again else f"(?P<{kind}>{body})")
        if not {"y", "M", "d"} & seen:
            raise ParameterError("builder.dateFormat: a pattern of dates has y, M or d")
        return cls(re.compile("".join(parts) + r"\Z", re.IGNORECASE | re.ASCII), this_year)

    def parse(self, text: str) -> datetime.datetime:
        """The moment that a text spells.

        Raises
        ------
        ValueError
            It is none of this pattern, or no day of the calendar.
        """
        match = self.expression.match(text)
        if match is None:
            raise ValueError
        found = {key: value for key, value in match.groupdict().items() if value is not None}
        return datetime.datetime(
            self._year(found.get("y", "1970")),
            _month(found.get("M", "1")),
            int(found.get("d", 1)),
            _hour(found),
            int(found.get("m", 0)),
            int(found.get("s", 0)),
            1000 * int(found.get("S", 0)),
        )

    def _year(self, text: str) -> int:
        year = int(text)
        if len(text) != 2:
            return year
        first = self.pivot - 80
        return first + (year - first) % 100


def _pieces(pattern: str) -> list[tuple[str, int, str]]:
    """Letters with how often they stand there, and literal text."""
    if not pattern or len(pattern) > _LONGEST:
        raise ParameterError(f"builder.dateFormat: expected 1 to {_LONGEST} characters")
    found: list[tuple[str, int, str]] = []
    at = 0
    while at < len(pattern):
        match = _PIECE.match(pattern, at)
        if match is None:
            raise ParameterError("builder.dateFormat: a quote is not closed")
        at = match.end()
        letter = match[2]
        if letter is None:
            quoted = match[1]
            literal = match[0] if quoted is None else quoted.replace("''", "'") or "'"
            found.append(("", 0, literal))
        elif letter in _FIELDS:
            found.append((letter, len(match[0]), ""))
        else:
            raise ParameterError(
                f"builder.dateFormat: the letter {letter!r} is not understood; there are "
                f"{', '.join(sorted(_FIELDS))}, and text goes between single quotes"
            )
    return found


def _field(letter: str, count: int, *, adjacent: bool) -> str:
    if letter == "a":
        return "am|pm"
    if letter == "E":
        return "|".join((*_DAYS, *(day[:3] for day in _DAYS)))
    if letter == "M" and count >= 3:
        return "|".join((*_MONTHS, *(month[:3] for month in _MONTHS)))
    if adjacent:
        return rf"\d{{{count}}}"
    most = {"y": 4, "S": 3}.get(letter, 2)
    return rf"\d{{1,{most}}}"


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    return [month[:3] for month in _MONTHS].index(text[:3].lower()) + 1


def _hour(found: dict[str, str]) -> int:
    if "H" in found:
        return int(found["H"])
    if "k" in found:
        return int(found["k"]) % 24
    half = 12 if found.get("a", "am").lower() == "pm" else 0
    if "K" in found:
        return int(found["K"]) + half
    return int(found.get("h", 0)) % 12 + half
