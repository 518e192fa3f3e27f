"""Counts cells of a released file that have not the form that a policy demands.

The forms are read anew from the law's words, not from the transforms that made them. A missing
value and the star, which stands for anything, have every form.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

from kiaim_server.model.bounds import parse_bound

_STAR: Final = "*"
#: What each calendar period may be spelt like: itself, or a longer one.
_DECADE: Final = r"\d{3}0s"
_YEAR: Final = rf"\d{{4}}|{_DECADE}"
_QUARTER: Final = rf"\d{{4}}-Q[1-4]|{_YEAR}"
_MONTH: Final = rf"\d{{4}}-(?:0[1-9]|1[0-2])|{_QUARTER}"
_PERIODS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(rf"(?:{form})\Z", re.ASCII)
    for name, form in (
        ("month", _MONTH),
        ("quarter", _QUARTER),
        ("year", _YEAR),
        ("decade", _DECADE),
    )
}
#: Whole years from one to another, as hierarchies of one's own may say it. No year before 1583,
#: when the calendar of today began, so that no month and day can be taken for one.
_YEARS: Final = re.compile(r"(\d{4})-(\d{4})\Z", re.ASCII)
_FIRST_YEAR: Final = 1583
_AGE: Final = re.compile(r"(\d{1,3}(?:\.\d+)?)\Z", re.ASCII)
_AGES: Final = re.compile(r"\d{1,3}-(\d{1,3})\Z", re.ASCII)
_AGES_UP_TO: Final = re.compile(r"\[\d{1,3}(?:\.\d+)?, (\d{1,3}(?:\.\d+)?)\)\Z", re.ASCII)
_BELOW: Final = re.compile(r"<(\d{1,3}(?:\.\d+)?)\Z", re.ASCII)
_AREA: Final = re.compile(r"\d{3}\Z", re.ASCII)
_WIDER_AREA: Final = re.compile(r"(?:\d{2}\*|\d\*\*|\*\*\*)\Z", re.ASCII)
#: What stands for areas that may not be told.
_ANYWHERE: Final = "000"

#: Whether a cell has the form.
Form = Callable[[str], bool]


class UnknownForm(Exception):  # noqa: N818 - leads to a clause that is not met
    """The audit does not know the form, or has not the table that it rests on; says why."""


def count_violations(
    texts: Sequence[str | None], records: Sequence[int], parameters: Mapping[str, Any]
) -> int:
    """Cells that have not the form.

    Parameters
    ----------
    texts, records
        The distinct values of the column, and how many records show each.
    parameters
        Those of the clause.

    Raises
    ------
    UnknownForm
        If the form is unknown, or a parameter that could change its meaning is.
    """
    has_form = _form(parameters)
    return sum(
        int(n)
        for text, n in zip(texts, records, strict=True)
        if text is not None and text != _STAR and not has_form(text)
    )


def _form(parameters: Mapping[str, Any]) -> Form:
    given = set(parameters) - {"form"}
    form = str(parameters.get("form"))
    if form in _PERIODS and not given:
        return _periods(form)
    if form == "age" and given == {"oldest"}:
        return _ages_up_to(_whole(parameters["oldest"]))
    if form == "zip3" and given == {"reference", "sha256", "more_than"}:
        name, digest = str(parameters["reference"]), str(parameters["sha256"])
        return _areas(name, digest, _whole(parameters["more_than"]))
    raise UnknownForm(f"the audit knows no form {form!r} with these parameters")


def _whole(value: Any) -> int:
    try:
        return int(parse_bound(value))
    except ValueError:
        raise UnknownForm("a limit of the form is no number") from None


def _periods(form: str) -> Form:
    """The period, a longer one, or several whole years; for decades several years of ten each."""
    pattern, shortest = _PERIODS[form], 10 if form == "decade" else 1

    def has_form(text: str) -> bool:
        if pattern.match(text):
            return True
        match = _YEARS.match(text)
        if match is None:
            return False
        first, last = int(match[1]), int(match[2])
        return first >= _FIRST_YEAR and first + shortest - 1 <= last

    return has_form


def _ages_up_to(oldest: int) -> Form:
    """Ages up to `oldest`, bands that end there at the latest, and one class of all older ones."""
    older = (f"{oldest + 1}+", f">={oldest + 1}", f">{oldest}")

    def has_form(text: str) -> bool:
        if text in older:
            return True
        for pattern, last in ((_AGE, oldest), (_AGES, oldest), (_BELOW, oldest + 1)):
            if match := pattern.match(text):
                return float(match[1]) <= last
        match = _AGES_UP_TO.match(text)
        return match is not None and float(match[1]) <= oldest + 1

    return has_form


def _areas(reference: str, sha256: str, more_than: int) -> Form:
    """Three digits of areas with more residents, ``000``, and digits with stars for several areas.

    Stars hide digits of areas that may be told only: those that may not are ``000`` before.
    """
    residents = _residents(reference, sha256)

    def has_form(text: str) -> bool:
        if _AREA.match(text):
            return text == _ANYWHERE or residents.get(text, 0) > more_than
        return _WIDER_AREA.match(text) is not None

    return has_form


@cache
def _residents(reference: str, sha256: str) -> Mapping[str, int]:
    folder = resources.files("kiaim_policies") / "tables"
    wanted = f"{reference}.csv"
    file = next((entry for entry in folder.iterdir() if entry.name == wanted), None)
    if file is None:
        raise UnknownForm(f"the audit has no reference table {reference!r}")
    content = file.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UnknownForm(f"the reference table {reference!r} is not the one of the release")
    rows = csv.reader(
        line for line in content.decode("utf-8").splitlines() if not line.startswith("#")
    )
    next(rows)
    return {area: int(number) for area, number in rows}
