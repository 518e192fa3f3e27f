"""Classifications whose codes begin with what they belong to: one rule for every edition."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final

import marshmallow as ma

from ..tables import table
from .coded import CodedBuilder

_SPACE: Final = re.compile(r"\s+")


def _compact(text: str) -> str:
    return _SPACE.sub("", text)


# --- German postcodes -------------------------------------------------------------------------

#: First two digits that no postcode begins with: reserves of the system of 1993.
UNASSIGNED_REGIONS: Final = frozenset({"00", "05", "43", "62"})

_POSTCODE: Final = re.compile(r"(?:DE?-?)?([0-9]{4,5})\Z", re.ASCII | re.IGNORECASE)


class PostcodeParameters(ma.Schema):
    """``{restore_zero: true}``, optional."""

    restore_zero = ma.fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "Whether four digits are a postcode without its leading zero."},
    )


@dataclass(frozen=True)
class PostcodeDe(CodedBuilder):
    """German postcodes lose digits from the right: five, three, two (the region), one (the zone).

    ``D-50937`` and ``50937`` are one. With `restore_zero` four digits are a postcode whose leading
    zero got lost; without, they may as well be Austrian or Swiss and are refused.
    """

    name: ClassVar[str] = "postcode-de"
    summary: ClassVar[str] = "German postcodes to their first three, two and one digits."
    Parameters: ClassVar[type[ma.Schema]] = PostcodeParameters
    levels: ClassVar[tuple[str, ...]] = ("3 digits", "2 digits", "1 digit")
    types: ClassVar[tuple[str, ...]] = ("text", "integer")
    expected: ClassVar[str] = (
        "German postcodes such as 50937, none with the unassigned beginnings 00, 05, 43 and 62; "
        "where leading zeros got lost, say 'restore_zero: true'"
    )

    restore_zero: bool = False

    def place(self, text: str) -> tuple[str, ...] | None:
        """``("509**", "50***", "5****")``."""
        found = _POSTCODE.match(_compact(text))
        if found is None or (len(found[1]) == 4 and not self.restore_zero):
            return None
        digits = found[1].zfill(5)
        if digits[:2] in UNASSIGNED_REGIONS:
            return None
        return tuple(digits[:kept].ljust(5, "*") for kept in (3, 2, 1))


# --- ICD-10 -----------------------------------------------------------------------------------

#: A code, maybe without its point, with the marks that the German modification adds: dagger,
#: asterisk, exclamation mark, hash; a hyphen for digits left open; certainty (G, V, Z, A) and
#: side (R, L, B) in either order.
_ICD: Final = re.compile(
    r"([A-Z][0-9]{2})(?:\.?([0-9])([0-9])?)?(?:\.?-{1,2})?[+*!#†]?"
    r"(?:[GVZA][RLB]?|[RLB][GVZA]?)?\Z",
    re.ASCII,
)


@cache
def _icd_blocks() -> tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]:
    """First category of each block, ascending; and (last category, block, chapter)."""
    rows = sorted(table("icd10", "blocks"), key=lambda row: row["first"])
    ends: dict[str, tuple[str, str]] = {}
    for row in rows:
        first, last = ends.get(row["chapter"], (row["first"], row["last"]))
        ends[row["chapter"]] = min(first, row["first"]), max(last, row["last"])
    blocks = tuple(
        (row["last"], _range(row["first"], row["last"]), _range(*ends[row["chapter"]]))
        for row in rows
    )
    return tuple(row["first"] for row in rows), blocks


def _range(first: str, last: str) -> str:
    return first if first == last else f"{first}-{last}"


@dataclass(frozen=True)
class Icd10(CodedBuilder):
    """ICD-10 (WHO and GM): code, four characters, three characters, block, chapter.

    Everything above three characters is a range of them: ``C50.9`` lies in ``C50``, the block
    ``C50`` and the chapter ``C00-D48``. ``c509``, ``C50.9+`` and ``C50.9 G`` are one code, and
    ``E10.-`` is ``E10``.
    """

    name: ClassVar[str] = "icd10"
    summary: ClassVar[str] = "Diagnosis codes (ICD-10 WHO and GM) to categories, blocks, chapters."
    levels: ClassVar[tuple[str, ...]] = ("subcategory", "category", "block", "chapter")
    expected: ClassVar[str] = (
        "codes of ICD-10 (WHO or GM) such as C50.9 in one of its blocks; ICD-10-CM is another "
        "classification"
    )

    def place(self, text: str) -> tuple[str, ...] | None:
        """``("C50.9", "C50", "C50", "C00-D48")``."""
        found = _ICD.match(_compact(text).upper())
        if found is None:
            return None
        category, fourth = found[1], found[2]
        starts, blocks = _icd_blocks()
        i = bisect_right(starts, category) - 1
        if i < 0 or category > blocks[i][0]:
            return None
        subcategory = category if fourth is None else f"{category}.{fourth}"
        return subcategory, category, blocks[i][1], blocks[i][2]


# --- OPS --------------------------------------------------------------------------------------

_OPS: Final = re.compile(
    r"([135689])-?([0-9][0-9a-z])(?:([0-9a-z])(?:\.?([0-9a-z])[0-9a-z]?)?)?(?:\.?-)?"
    r"(?::[rlb])?\Z",
    re.ASCII,
)


@dataclass(frozen=True)
class Ops(CodedBuilder):
    """German procedure codes: code, five, four and three digits, chapter.

    ``5-470.11`` lies in ``5-470.1``, ``5-470``, ``5-47`` and the chapter ``5``. Hyphen and point
    may be missing; a side after a colon (``5-820.00:R``) counts for nothing.
    """

    name: ClassVar[str] = "ops"
    summary: ClassVar[str] = "German procedure codes (OPS) to their first digits and chapters."
    levels: ClassVar[tuple[str, ...]] = ("5 digits", "4 digits", "3 digits", "chapter")
    types: ClassVar[tuple[str, ...]] = ("text",)
    expected: ClassVar[str] = "codes of the OPS such as 5-470.11 in chapters 1, 3, 5, 6, 8 and 9"

    def place(self, text: str) -> tuple[str, ...] | None:
        """``("5-470.1", "5-470", "5-47", "5")``."""
        found = _OPS.match(_compact(text).lower())
        if found is None:
            return None
        chapter, second, fourth, fifth = found.groups()
        three = f"{chapter}-{second}"
        four = three if fourth is None else three + fourth
        return four if fifth is None else f"{four}.{fifth}", four, three, chapter


# --- ATC --------------------------------------------------------------------------------------

_ATC: Final = re.compile(
    r"[ABCDGHJLMNPRSV](?:[0-9]{2}(?:[A-Z](?:[A-Z](?:[0-9]{2})?)?)?)?\Z", re.ASCII
)


@dataclass(frozen=True)
class Atc(CodedBuilder):
    """ATC: substance, chemical, pharmacological, therapeutic and anatomical group.

    ``A10BA02`` lies in ``A10BA``, ``A10B``, ``A10`` and ``A``; the levels are those of the WHO's
    Collaborating Centre for Drug Statistics Methodology.
    """

    name: ClassVar[str] = "atc"
    summary: ClassVar[str] = "Drug codes (ATC) to chemical, pharmacological, ... anatomical groups."
    levels: ClassVar[tuple[str, ...]] = (
        "chemical",
        "pharmacological",
        "therapeutic",
        "anatomical",
    )
    expected: ClassVar[str] = "codes of the ATC such as A10BA02 in one of its 14 main groups"

    def place(self, text: str) -> tuple[str, ...] | None:
        """``("A10BA", "A10B", "A10", "A")``."""
        code = _compact(text).upper()
        if not _ATC.match(code):
            return None
        return tuple(code[:length] for length in (5, 4, 3, 1))


# --- NUTS -------------------------------------------------------------------------------------

_NUTS: Final = re.compile(r"([A-Z]{2})[0-9A-Z]{0,3}\Z", re.ASCII)
#: Germany's 16 regions of level 1, by the third character.
_GERMAN: Final = frozenset("123456789ABCDEFG")


@cache
def _nuts_countries() -> frozenset[str]:
    return frozenset(row["code"] for row in table("nuts", "countries"))


@dataclass(frozen=True)
class Nuts(CodedBuilder):
    """NUTS: regions of level 3, 2, 1 and the country, by the length of the code.

    ``DEA23`` lies in ``DEA2``, ``DEA`` and ``DE``. Greece is ``EL`` and the United Kingdom ``UK``.
    """

    name: ClassVar[str] = "nuts"
    summary: ClassVar[str] = "Codes of European regions (NUTS) to levels 2, 1 and the country."
    levels: ClassVar[tuple[str, ...]] = ("nuts 2", "nuts 1", "country")
    expected: ClassVar[str] = "codes of NUTS such as DEA23; Greece is EL, the United Kingdom UK"

    def place(self, text: str) -> tuple[str, ...] | None:
        """``("DEA2", "DEA", "DE")``."""
        code = _compact(text).upper()
        found = _NUTS.match(code)
        if found is None or found[1] not in _nuts_countries():
            return None
        if found[1] == "DE" and len(code) > 2 and code[2] not in _GERMAN:
            return None
        return tuple(code[:length] for length in (4, 3, 2))


#: What this module offers.
PREFIX_BUILDERS: Final[tuple[type[Any], ...]] = (PostcodeDe, Icd10, Ops, Atc, Nuts)
