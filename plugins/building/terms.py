"""Classifications that a table holds: countries, German states, education, marital status."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final, Literal

import marshmallow as ma

from ..tables import several, table
from ..words import folded
from .coded import CodedBuilder

#: Labels on each level, by folded term.
Places = Mapping[str, tuple[str, ...]]


def _places(pairs: Iterator[tuple[str, tuple[str, ...]]]) -> Places:
    """Index terms; one that would stand for two things stands for none."""
    found: dict[str, tuple[str, ...]] = {}
    twice = set()
    for term, labels in pairs:
        key = folded(term)
        if key and found.setdefault(key, labels) != labels:
            twice.add(key)
    return {key: labels for key, labels in found.items() if key not in twice}


# --- countries --------------------------------------------------------------------------------

_COUNTRY_LEVELS: Final = ("intermediate region", "sub-region", "region")


def _country(row: Mapping[str, str]) -> tuple[str, ...]:
    return (row["alpha-2"], *(row[level] for level in _COUNTRY_LEVELS))


@cache
def country_codes() -> Places:
    """Countries by alpha-2, alpha-3 and numeric code, with and without leading zeros."""

    def pairs() -> Iterator[tuple[str, tuple[str, ...]]]:
        for row in table("country", "countries"):
            numeric = row["numeric"]
            for code in (row["alpha-2"], row["alpha-3"], numeric, numeric.lstrip("0")):
                yield code, _country(row)

    return _places(pairs())


@cache
def country_names() -> Places:
    """Countries by names in English and German."""

    def pairs() -> Iterator[tuple[str, tuple[str, ...]]]:
        for row in table("country", "countries"):
            for name in (row["english"], row["german"], *several(row["also"])):
                yield name, _country(row)

    return _places(pairs())


@dataclass(frozen=True)
class Country(CodedBuilder):
    """Countries to the regions of the United Nations' M49.

    ISO 3166-1 codes of two or three letters, numeric codes, English and German names are read.
    """

    name: ClassVar[str] = "country"
    summary: ClassVar[str] = "Countries (codes, English or German names) to regions of UN M49."
    levels: ClassVar[tuple[str, ...]] = ("country", *_COUNTRY_LEVELS)
    types: ClassVar[tuple[str, ...]] = ("text", "integer")
    expected: ClassVar[str] = (
        "countries by ISO 3166-1 code or by English or German name; states that are gone and names "
        "that could be two countries (Congo, Korea) are none"
    )

    def place(self, text: str) -> tuple[str, ...] | None:
        """``("DE", "Western Europe", "Western Europe", "Europe")``."""
        key = folded(text)
        return country_codes().get(key) or country_names().get(key)


# --- German states ----------------------------------------------------------------------------


def _state(row: Mapping[str, str]) -> tuple[str, ...]:
    return row["nuts 1"], row["region"], row["part"]


@cache
def state_codes() -> Places:
    """German states by AGS (with and without leading zero), abbreviation, ISO and NUTS code."""

    def pairs() -> Iterator[tuple[str, tuple[str, ...]]]:
        for row in table("state-de", "states"):
            ags, code = row["ags"], row["code"]
            for term in (ags, ags.lstrip("0"), code, f"DE-{code}", row["nuts 1"]):
                yield term, _state(row)

    return _places(pairs())


@cache
def state_names() -> Places:
    """German states by German and English name."""

    def pairs() -> Iterator[tuple[str, tuple[str, ...]]]:
        for row in table("state-de", "states"):
            for name in (row["german"], row["english"], *several(row["also"])):
                yield name, _state(row)

    return _places(pairs())


@dataclass(frozen=True)
class StateDe(CodedBuilder):
    """The 16 German states to NUTS 1, four regions and two parts of the country."""

    name: ClassVar[str] = "state-de"
    summary: ClassVar[str] = "German states (AGS, abbreviations, names) to NUTS 1 and regions."
    levels: ClassVar[tuple[str, ...]] = ("nuts 1", "region", "part")
    types: ClassVar[tuple[str, ...]] = ("text", "integer")
    expected: ClassVar[str] = (
        "German states by number (01 to 16), abbreviation (BY, DE-BY), NUTS code or name"
    )

    def place(self, text: str) -> tuple[str, ...] | None:
        """``("DE2", "South", "Former federal territory")``."""
        key = folded(text)
        return state_codes().get(key) or state_names().get(key)


# --- education --------------------------------------------------------------------------------

#: Codes of one to three digits; the second one says what kind of programme it is.
_ISCED: Final = re.compile(
    r"(?:isced(?: ?2011)?(?: ?[ap])? ?|ed ?)?"
    r"(0[1-3]?|10?|[2-5][45]?|[6-8][4-6]?|99?)([0-9]?)\Z",
    re.ASCII,
)


@cache
def isced_terms() -> Mapping[str, str]:
    """Level by folded term."""
    pairs = ((t, (row["level"],)) for row in table("isced", "terms") for t in several(row["terms"]))
    return {term: level for term, (level,) in _places(pairs).items()}


def isced_level(text: str) -> str | None:
    """The level, ``0`` to ``9``, that a code stands for."""
    found = _ISCED.match(folded(text))
    if found is None or (found[2] and len(found[1]) == 1):
        return None
    return found[1][0]


@dataclass(frozen=True)
class Isced(CodedBuilder):
    """ISCED 2011: codes and names of education to levels, and to low, medium and high."""

    name: ClassVar[str] = "isced"
    summary: ClassVar[str] = "Education (ISCED 2011) to its levels 0 to 8, then low, medium, high."
    levels: ClassVar[tuple[str, ...]] = ("level", "band")
    types: ClassVar[tuple[str, ...]] = ("text", "integer")
    expected: ClassVar[str] = "codes of ISCED 2011 such as 3, ED3 or 344, or names of its levels"

    def place(self, text: str) -> tuple[str, ...] | None:
        """``("ISCED 3", "medium")``."""
        level = isced_level(text) or isced_terms().get(folded(text))
        if level is None:
            return None
        number = int(level)
        band = "low" if number <= 2 else "medium" if number <= 4 else "high"
        return f"ISCED {level}", "not classified" if number == 9 else band


# --- marital status ---------------------------------------------------------------------------


def _status(row: Mapping[str, str]) -> tuple[str, ...]:
    return row["status"], row["group"]


@cache
def marital_terms() -> Places:
    """Marital status by English and German terms."""
    rows = table("marital-status", "terms")
    return _places((t, _status(row)) for row in rows for t in several(row["terms"]))


@cache
def marital_codes(scheme: Literal["xmeld", "hl7"]) -> Places:
    """Marital status by the codes of German civil registration, or of HL7."""
    rows = table("marital-status", "terms")
    return _places((code, _status(row)) for row in rows for code in several(row[scheme]))


class MaritalParameters(ma.Schema):
    """``{codes: hl7}``, optional."""

    codes = ma.fields.String(
        load_default="xmeld",
        validate=ma.validate.OneOf(("xmeld", "hl7", "none")),
        metadata={"description": "Whose codes are read: German registration's, HL7's, or none."},
    )


@dataclass(frozen=True)
class MaritalStatus(CodedBuilder):
    """Marital status to eleven words, then single, in a partnership, formerly in one.

    English and German terms are read, and one scheme of codes: those of German civil registration
    (``xmeld``: LD, VH, ...), or those of HL7 (``hl7``: S, M, ...), whose L stands for legally
    separated and would be *ledig*, single, elsewhere.
    """

    name: ClassVar[str] = "marital-status"
    summary: ClassVar[str] = "Marital status (English and German terms, codes) to broad groups."
    Parameters: ClassVar[type[ma.Schema]] = MaritalParameters
    levels: ClassVar[tuple[str, ...]] = ("status", "group")
    expected: ClassVar[str] = (
        "English or German terms for marital status, or codes such as VH; for HL7's letters say "
        "'codes: hl7'"
    )

    codes: Literal["xmeld", "hl7", "none"] = "xmeld"

    def place(self, text: str) -> tuple[str, ...] | None:
        """``("married", "married or in partnership")``."""
        key = folded(text)
        found = marital_terms().get(key)
        if found is None and self.codes != "none":
            found = marital_codes(self.codes).get(key)
        return found


#: What this module offers.
TERM_BUILDERS: Final[tuple[type[Any], ...]] = (Country, StateDe, Isced, MaritalStatus)
