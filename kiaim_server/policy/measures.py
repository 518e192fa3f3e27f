"""The two measures that the policy room judges itself, in the form of plugins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final

import marshmallow as ma

from kiaim_server.model import bounds
from kiaim_server.model.contract import Plugin
from kiaim_server.policy.document import ATTESTATION, SUPPRESSED
from kiaim_server.policy.schema import Text, matches


class _SuppressedParameters(ma.Schema):
    at_most = bounds.share(required=True)


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
    )
    max_age_days = bounds.count()


@dataclass(frozen=True)
class AttestationDemand(Plugin):
    """A statement that a person has to make."""

    name: ClassVar[str] = ATTESTATION
    summary: ClassVar[str] = "A statement by a person, not older than some days."
    Parameters: ClassVar[type[ma.Schema]] = _AttestationParameters

    of: str
    max_age_days: Fraction | None = None


OWN_MEASURES: Final[Mapping[str, type[Plugin]]] = {
    SUPPRESSED: SuppressedRecords,
    ATTESTATION: AttestationDemand,
}
