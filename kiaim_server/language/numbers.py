"""Numbers, shares and days as a language writes them."""

from __future__ import annotations

import datetime
import math
from typing import Final

_MONTHS: Final = {
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    "de": (
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
}
_NONE: Final = "\u2013"
_SWAPPED: Final = str.maketrans({".": ",", ",": "."})


def localised(text: str, language: str) -> str:
    """A number as Python writes it, with the separators of the language."""
    return text.translate(_SWAPPED) if language == "de" else text


def number(value: float | None, language: str = "en", digits: int = 4) -> str:
    """A number with few digits and with separators; a dash where there is none."""
    if value is None:
        return _NONE
    if float(value).is_integer():
        return localised(f"{int(value):,}", language)
    text = f"{value:,.{digits}g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return localised(text, language)


def percent(value: float | None, language: str = "en") -> str:
    """A share in percent; what is not zero never reads as zero, nor what is not all as all."""
    if value is None or math.isnan(value):
        return _NONE
    if 0 < value < 0.0001:
        return ("below " if language == "en" else "unter ") + localised("0.01\u00a0%", language)
    if 0.9999 < value < 1:
        return ("above " if language == "en" else "über ") + localised("99.99\u00a0%", language)
    digits = f"{100 * value:.2f}".rstrip("0").rstrip(".")
    return localised(f"{digits}\u00a0%", language)


def day(value: datetime.date | str, language: str = "en") -> str:
    """A day in words, ``24 November 2026`` or ``24. November 2026``; what is no day stays."""
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value).date()
        except ValueError:
            return str(value)
    month = _MONTHS[language][value.month - 1]
    return f"{value.day}{'.' if language == 'de' else ''} {month} {value.year}"


def moment(value: str, language: str = "en") -> str:
    """An instant with its offset (ISO 8601) as day, time and zone; what is none stays."""
    try:
        at = datetime.datetime.fromisoformat(value)
    except ValueError:
        return value
    zone = at.strftime("%Z") or "UTC"
    clock = f"{at:%H:%M} Uhr" if language == "de" else f"{at:%H:%M}"
    return f"{day(at.date(), language)}, {clock} ({zone})"
