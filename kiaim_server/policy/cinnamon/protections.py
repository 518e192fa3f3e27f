"""What each protection of an attribute becomes: a role, and the hierarchy of a quasi-identifier."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from kiaim_server.model.bounds import format_bound, parse_bound
from kiaim_server.policy.cinnamon.configuration import Attribute
from kiaim_server.policy.schema import shown as cut

DELETED: Final = "ATTRIBUTE_DELETION"
UNPROTECTED: Final = "NO_PROTECTION"
#: Whole records or single values give way; both show or hide a value.
_HIDDEN: Final = ("VALUE_DELETION", "RECORD_DELETION")
_COARSER: Final = ("GENERALIZATION", "MICRO_AGGREGATION")
PROTECTIONS: Final = (
    DELETED,
    *_COARSER,
    "DATE_GENERALIZATION",
    *_HIDDEN,
    "MASKING",
    UNPROTECTED,
)
_PERIODS: Final = {
    "week/year": "week",
    "month/year": "month",
    "quarter/year": "quarter",
    "year": "year",
    "decade": "decade",
}
_NUMBERS: Final = ("INTEGER", "DECIMAL")
_DATES: Final = ("DATE", "DATE_TIME")
#: Sizes of intervals where none is given, by type.
_DEFAULT_WIDTHS: Final = {"INTEGER": Fraction(1), "DECIMAL": Fraction(1, 10)}
_MOST_STEPS: Final = 1000
#: Letters of Java's date formats as those of strptime.
_LETTERS: Final = {
    "yyyy": "%Y",
    "uuuu": "%Y",
    "yy": "%y",
    "MM": "%m",
    "M": "%m",
    "MMM": "%b",
    "dd": "%d",
    "d": "%d",
    "HH": "%H",
    "H": "%H",
    "mm": "%M",
    "m": "%M",
    "ss": "%S",
    "s": "%S",
    "SSSSSS": "%f",
    "SSS": "%f",
}
_TOKENS: Final = re.compile(r"'([^']*)'|([A-Za-z])\2*|[^A-Za-z']")
#: Formats that need not be stated.
_READ_ANYWAY: Final = ("%Y-%m-%d", "%d.%m.%Y")


@dataclass(frozen=True)
class Tree:
    """A hierarchy builder with its parameters."""

    builder: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Translated:
    """A hierarchy, and in what it differs from what the platform would do."""

    tree: Tree
    notes: tuple[str, ...] = ()


_VALUES: Final = Tree("values")


def hierarchy_of(attribute: Attribute, date_format: str) -> Translated:
    """The hierarchy of an attribute that is to be generalised, masked or hidden.

    What cannot be said by a hierarchy becomes one that shows a value or nothing.
    """
    protection = attribute.protection
    dates = attribute.type in _DATES and attribute.interval in _PERIODS
    if protection == "DATE_GENERALIZATION" or (protection == "MASKING" and dates):
        return _dates(attribute, date_format)
    if protection == "MASKING":
        return _masks(attribute)
    if protection in _HIDDEN:
        return _hidden(attribute)
    if attribute.type in _NUMBERS:
        return _bands(attribute)
    return _categories(attribute)


def _dates(attribute: Attribute, date_format: str) -> Translated:
    period = _PERIODS.get(str(attribute.interval))
    if period is None:
        known = ", ".join(_PERIODS)
        return Translated(
            _VALUES,
            (
                f"intervalSize is {cut(attribute.interval)}, but a period is one of {known}; "
                "a date is shown or hidden instead",
            ),
        )
    levels = {"levels": [period]}
    written = strptime_format(date_format or attribute.date_format)
    if written is None:
        note = f"the format of dates {cut(date_format)} has no counterpart; state 'format' yourself"
        return Translated(Tree("dates", levels), (note,))
    plain = not written or written in _READ_ANYWAY
    return Translated(Tree("dates", levels if plain else {**levels, "format": written}))


def _masks(attribute: Attribute) -> Translated:
    step = _number(attribute.interval, Fraction(1))
    if attribute.type not in ("STRING", "TEXT", "INTEGER", ""):
        note = f"a column of type {attribute.type} has no characters; a value is shown or hidden"
        return Translated(_VALUES, (note,))
    if step is None or step.denominator != 1 or not 1 <= step <= _MOST_STEPS:
        note = (
            f"intervalSize is {cut(attribute.interval)}, but must be 1 to {_MOST_STEPS}; 1 is taken"
        )
        return Translated(Tree("redaction", {"step": 1}), (note,))
    return Translated(Tree("redaction", {"step": int(step)}))


def _hidden(attribute: Attribute) -> Translated:
    if attribute.protection == "VALUE_DELETION":
        note = "values that would be deleted are shown or hidden for all records alike"
    else:
        note = "records that would be deleted for this column alone are suppressed as any others"
    return Translated(_VALUES, (note,))


def _bands(attribute: Attribute) -> Translated:
    notes = ["bands of numbers begin at 0, not at the smallest value of the column"]
    if attribute.protection == "MICRO_AGGREGATION":
        notes.append("released are bands, not the means of groups")
    width = _number(attribute.interval, _DEFAULT_WIDTHS[attribute.type])
    if width is None or width <= 0:
        note = f"intervalSize is {cut(attribute.interval)}, but must be a number above 0"
        return Translated(_VALUES, (f"{note}; a value is shown or hidden instead",))
    return Translated(Tree("intervals", {"width": _spelt(width)}), tuple(notes))


def _categories(attribute: Attribute) -> Translated:
    """Neighbouring categories together; what has no order is shown or hidden."""
    size = _number(attribute.interval, None)
    if attribute.scale != "ORDINAL" or not attribute.values:
        note = "categories without an order cannot be grouped; a value is shown or hidden instead"
        return Translated(_VALUES, (note,))
    values = list(dict.fromkeys(attribute.values))
    if size is None or size.denominator != 1 or size < 2:
        note = f"intervalSize is {cut(attribute.interval)}, but must be a number from 2 on"
        return Translated(_VALUES, (f"{note}; a value is shown or hidden instead",))
    groups = [values[i : i + int(size)] for i in range(0, len(values), int(size))]
    level = [{"label": _label(group), "values": group} for group in groups]
    notes = ["categories are grouped as listed"]
    if attribute.protection == "MICRO_AGGREGATION":
        notes.append("released are groups of categories, not their means")
    return Translated(Tree("order", {"groups": [level]}), tuple(notes))


def _label(group: list[str]) -> str:
    return group[0] if len(group) == 1 else f"{group[0]} to {group[-1]}"


def _number(value: Any, default: Fraction | None) -> Fraction | None:
    """A number as written, in quotes or not; None if it is none."""
    if value is None or value == "":
        return default
    try:
        number = parse_bound(value)
        parse_bound(format_bound(number))
    except ValueError:
        return None
    return number


def _spelt(number: Fraction) -> int | str:
    return number.numerator if number.denominator == 1 else format_bound(number)


def strptime_format(pattern: str) -> str | None:
    """A date format of Java in the letters of strptime; None if a letter has no counterpart."""
    return None if None in (parts := list(_parts(pattern))) else "".join(p or "" for p in parts)


def _parts(pattern: str) -> Iterator[str | None]:
    at = 0
    for token in _TOKENS.finditer(pattern):
        if token.start() != at:
            yield None
        at = token.end()
        text = token[0]
        if token[1] is not None:
            yield (token[1] or "'").replace("%", "%%")
        elif token[2] is not None:
            yield _LETTERS.get(text)
        else:
            yield text.replace("%", "%%")
    if at != len(pattern):
        yield None
