"""The measures that are no privacy models, in the form of plugins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final

import marshmallow as ma

from kiaim_server.errors import NotFoundError
from kiaim_server.hierarchy import reference_table
from kiaim_server.model import bounds
from kiaim_server.model.contract import Plugin
from kiaim_server.policy.document import ATTESTATION, FORM_VIOLATIONS, SUPPRESSED
from kiaim_server.policy.schema import Text, matches


class _SuppressedParameters(ma.Schema):
    at_most = bounds.share(
        required=True, metadata={"description": "Largest share of records that may be suppressed."}
    )


@dataclass(frozen=True)
class SuppressedRecords(Plugin):
    """The share of records that may be suppressed."""

    name: ClassVar[str] = SUPPRESSED
    summary: ClassVar[str] = "Share of records that are suppressed to make the rest hold."
    Parameters: ClassVar[type[ma.Schema]] = _SuppressedParameters

    at_most: Fraction


class _AttestationParameters(ma.Schema):
    of = Text(
        required=True,
        validate=matches(
            re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z"),
            "P124 {value} is no name of an attestation; write lower case words joined by hyphens",
        ),
        metadata={
            "description": "Name of the statement, as the release context gives it under attested."
        },
    )
    max_age_days = bounds.count(
        metadata={"description": "Days after which the statement no longer counts."}
    )


@dataclass(frozen=True)
class AttestationDemand(Plugin):
    """A statement that a person has to make."""

    name: ClassVar[str] = ATTESTATION
    summary: ClassVar[str] = "A statement by a person, not older than some days."
    Parameters: ClassVar[type[ma.Schema]] = _AttestationParameters

    of: str
    max_age_days: Fraction | None = None


#: Each form of a cell with the parameters that it takes.
FORMS: Final[Mapping[str, frozenset[str]]] = {
    "month": frozenset(),
    "quarter": frozenset(),
    "year": frozenset(),
    "decade": frozenset(),
    "age": frozenset({"oldest"}),
    "zip3": frozenset({"reference", "more_than"}),
}


class _FormViolationsParameters(ma.Schema):
    form = Text(
        required=True,
        validate=ma.validate.OneOf(tuple(FORMS)),
        metadata={"description": "The form that cells have to have."},
    )
    oldest = bounds.count(
        at_least=0,
        metadata={"description": "For age: the largest age that may be shown as itself."},
    )
    reference = Text(metadata={"description": "For zip3: the table of residents, name@year."})
    more_than = bounds.count(
        at_least=0, metadata={"description": "For zip3: residents that an area needs more of."}
    )
    at_most = bounds.count(
        at_least=0,
        load_default=Fraction(0),
        metadata={"description": "Largest number of cells of another form."},
    )

    @ma.validates("reference")
    def check_reference(self, value: str, **_: Any) -> None:
        """The table is one that ships with the product."""
        try:
            reference_table(value)
        except NotFoundError as error:
            raise ma.ValidationError(str(error)) from None

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        """Each form takes its own parameters, all of them."""
        takes = FORMS[data["form"]]
        given = set(data) & {"oldest", "reference", "more_than"}
        if given != takes:
            words = " and ".join(sorted(takes)) or "no further parameter"
            raise ma.ValidationError(f"the form {data['form']!r} takes {words}", "form")

    @ma.post_load
    def name_table(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The digest of the table goes with its name, so that it can be checked later."""
        if "reference" in data:
            data["sha256"] = reference_table(data["reference"]).sha256
        return data


@dataclass(frozen=True)
class FormViolations(Plugin):
    """Cells of the released file that have not the stated form: coarse dates, ages, ZIP areas.

    It says of what transforms have to bring about that the written file is recounted for it. A
    missing value and ``*`` have every form.
    """

    name: ClassVar[str] = FORM_VIOLATIONS
    summary: ClassVar[str] = "Cells that are finer than a year, an age of 89, or a ZIP area allow."
    Parameters: ClassVar[type[ma.Schema]] = _FormViolationsParameters

    form: str
    at_most: Fraction
    oldest: Fraction | None = None
    reference: str | None = None
    more_than: Fraction | None = None
    sha256: str | None = None


OWN_MEASURES: Final[Mapping[str, type[Plugin]]] = {
    SUPPRESSED: SuppressedRecords,
    ATTESTATION: AttestationDemand,
    FORM_VIOLATIONS: FormViolations,
}
