"""The table of facts: every name that a condition may use, with its type.

Adding a fact is one row here. Facts of the release come from the release context; facts of a
column are known from its profile, the classification and the transforms ordered for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from kiaim_server.model.attribute import KINDS, ROLES_BY_STRICTNESS

Base = Literal["text", "number", "boolean", "list"]


@dataclass(frozen=True)
class FactType:
    """What values a fact can have.

    Attributes
    ----------
    base
        ``text``, ``number``, ``boolean`` or ``list`` (of texts).
    values
        The only texts allowed; empty for free text.
    low, high
        Limits of a number, inclusive.
    integer
        Whether a number is a whole one.
    label
        What messages call the values, where the list would be too long.
    """

    base: Base
    values: tuple[str, ...] = ()
    low: Fraction | None = None
    high: Fraction | None = None
    integer: bool = False
    label: str = ""

    @property
    def description(self) -> str:
        """The type in words, e.g. ``one of a, b`` or ``share between 0 and 1``."""
        if self.label:
            return self.label
        if self.values:
            words = ", ".join(self.values)
            return f"list of {words}" if self.base == "list" else f"one of {words}"
        if self.base == "list":
            return "list of texts"
        if self.base == "number":
            if self.high == 1:
                return "share between 0 and 1"
            return "whole number, 0 or more" if self.integer else "number"
        return "true or false" if self.base == "boolean" else "text"


@dataclass(frozen=True)
class Fact:
    """A name, its type and one sentence for authors."""

    name: str
    type: FactType
    describe: str


def _one_of(*values: str) -> FactType:
    return FactType("text", values)


def _list_of(*values: str) -> FactType:
    return FactType("list", values)


TEXT: Final = FactType("text")
NUMBER: Final = FactType("number")
BOOLEAN: Final = FactType("boolean")
SHARE: Final = FactType("number", low=Fraction(0), high=Fraction(1))
COUNT: Final = FactType("number", low=Fraction(0), integer=True)

#: ISO 3166-1 alpha-2, officially assigned codes.
_COUNTRY_CODES: Final = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES: Final = tuple(_COUNTRY_CODES.split())
_EU_CODES: Final = (
    "AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
)
_EU: Final = tuple(_EU_CODES.split())

#: Sets that conditions call by name.
NAMED_SETS: Final[Mapping[str, tuple[str, ...]]] = {
    "eu": _EU,
    "eea": (*_EU, "IS", "LI", "NO"),
}

COUNTRY: Final = FactType("text", COUNTRIES, label="two-letter country code (ISO 3166), in quotes")

_CONTEXT: Final = (
    Fact("release.access", _one_of("public", "controlled", "internal"), "Who can get the release."),
    Fact(
        "release.form",
        _one_of("microdata", "aggregate", "synthetic", "document"),
        "Single records, tables of counts, synthetic records, or text.",
    ),
    Fact(
        "release.environment",
        _one_of("download", "secure-environment", "query-only"),
        "Where the recipient works with it.",
    ),
    Fact(
        "release.purpose",
        _one_of(
            "research",
            "statistics",
            "regulatory",
            "care",
            "quality-assurance",
            "education",
            "policy-making",
            "product-development",
            "other",
        ),
        "What it is for.",
    ),
    Fact(
        "release.regime",
        _list_of("gdpr", "uk-gdpr", "ehds", "hipaa", "pipeda", "other"),
        "Laws that the release is judged by.",
    ),
    Fact(
        "release.keeps_pseudonym",
        BOOLEAN,
        "Whether records of one person stay linkable by a pseudonym.",
    ),
    Fact(
        "recipient.type",
        _one_of(
            "world",
            "same-controller",
            "processor",
            "research-organisation",
            "public-body",
            "company",
            "person",
        ),
        "Who receives it.",
    ),
    Fact("recipient.country", COUNTRY, "Where the recipient is established."),
    Fact(
        "recipient.agreement",
        _one_of(
            "none", "terms-of-use", "data-use-agreement", "processor-contract", "joint-control"
        ),
        "What the recipient has signed.",
    ),
    Fact(
        "recipient.transfer_basis",
        _one_of("none", "adequacy", "scc", "bcr", "derogation"),
        "Basis of a transfer out of the EEA (GDPR Art. 44-49).",
    ),
    Fact("recipient.safeguards", FactType("list"), "Measures that the recipient has shown."),
    Fact("recipient.controls", _one_of("low", "medium", "high"), "Strength of its controls."),
    Fact("recipient.motive", _one_of("low", "medium", "high"), "Motive to re-identify."),
    Fact(
        "data.subjects",
        COUNT,
        "Persons in the data; counted where the policy names the person key; if neither is given, "
        "the number of records.",
    ),
    Fact(
        "data.records",
        COUNT,
        "Records in the table, or in its subset that may leave; counted, never given.",
    ),
    Fact("data.sampling_fraction", SHARE, "Share of the population that is in the data."),
    Fact(
        "data.population",
        COUNT,
        "Persons in the population that the data are drawn from, for estimates in the report.",
    ),
    Fact(
        "data.longitudinal",
        BOOLEAN,
        "Whether persons have several records over time; true as soon as the person key shows it.",
    ),
    Fact("data.children", BOOLEAN, "Whether children are in the data."),
    Fact("data.rare_condition", BOOLEAN, "Whether having a rare condition leads into the data."),
    Fact(
        "data.domain",
        _one_of(
            "health",
            "social",
            "education",
            "employment",
            "finance",
            "mobility",
            "census",
            "justice",
            "other",
        ),
        "What the data are about.",
    ),
    Fact(
        "data.special_category",
        BOOLEAN,
        "Special categories (GDPR Art. 9); true as soon as one column is marked so.",
    ),
    Fact("data.criminal_records", BOOLEAN, "Criminal convictions (GDPR Art. 10)."),
    Fact("legal.art6", _one_of("a", "b", "c", "d", "e", "f"), "Legal ground, GDPR Art. 6(1)."),
    Fact(
        "legal.art9",
        _one_of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "none"),
        "Exception for special categories, GDPR Art. 9(2).",
    ),
    Fact("legal.dpia", _one_of("done", "missing", "not-required"), "Impact assessment, Art. 35."),
    Fact("attested", FactType("list"), "Names of the attestations that were given."),
)

_COLUMN: Final = (
    Fact("column.name", FactType("text", label="column name"), "Its name, spelling folded."),
    Fact(
        "column.type",
        _one_of("text", "integer", "number", "date", "timestamp", "boolean"),
        "Type of its values.",
    ),
    Fact("column.distinct_share", SHARE, "Distinct values per record."),
    Fact("column.detected", FactType("list"), "Detectors that recognised its values."),
    Fact(
        "column.granularity",
        _one_of("exact", "day", "week", "month", "quarter", "year", "decade"),
        "How fine dates are.",
    ),
    Fact(
        "column.role",
        _one_of(*(r.value for r in ROLES_BY_STRICTNESS)),
        "What it was classified as.",
    ),
    Fact("column.kind", _one_of(*KINDS), "What its values speak of."),
    Fact("column.special_category", BOOLEAN, "Whether it holds special categories."),
    Fact(
        "column.action",
        _one_of(
            "keep",
            "mask",
            "round",
            "top-code",
            "bottom-code",
            "generalise",
            "micro-aggregate",
            "pseudonymise",
            "remove",
        ),
        "What is done to it, of several transforms the strictest; quasi-identifiers are "
        "generalised.",
    ),
)

CONTEXT_FACTS: Final[Mapping[str, Fact]] = {fact.name: fact for fact in _CONTEXT}
COLUMN_FACTS: Final[Mapping[str, Fact]] = {fact.name: fact for fact in _COLUMN}

#: Facts that nobody may give: they are counted.
DERIVED: Final = frozenset({"data.records"})


def fact_table() -> str:
    """All facts as Markdown tables, for the authors' guide."""
    parts = []
    for title, facts in (
        ("Facts of the release", CONTEXT_FACTS),
        ("Facts of a column", COLUMN_FACTS),
    ):
        rows = [f"| `{f.name}` | {f.type.description} | {f.describe} |" for f in facts.values()]
        parts.append(
            "\n".join([f"**{title}**", "", "| Name | Values | Meaning |", "|---|---|---|", *rows])
        )
    sets = "\n".join(f"- `{name}`: {', '.join(codes)}" for name, codes in NAMED_SETS.items())
    return "\n\n".join([*parts, f"**Named sets**\n\n{sets}"]) + "\n"
