"""What a column is, and which rule said so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """The four roles of an attribute. Every column of a release has exactly one."""

    DIRECT = "direct"
    QUASI = "quasi"
    SENSITIVE = "sensitive"
    INSENSITIVE = "insensitive"


#: Strictest first: where two rules classify one column, the earlier role wins.
ROLES_BY_STRICTNESS: Final = (Role.DIRECT, Role.QUASI, Role.SENSITIVE, Role.INSENSITIVE)

#: What the values of a column speak of.
KINDS: Final = (
    "name",
    "contact",
    "identifier",
    "date",
    "age",
    "geography",
    "free-text",
    "image",
    "genetic",
    "biometric",
    "code",
    "measurement",
    "other",
)


@dataclass(frozen=True)
class Attribute:
    """A classified column.

    `rules` are the qualified ids (``policy/rule``) of the rules that classified it, the deciding
    one first.
    """

    name: str
    role: Role
    kind: str
    special_category: bool
    rules: tuple[str, ...]
    because: str = ""


@dataclass(frozen=True)
class ColumnProfile:
    """What is known of a column before any policy is asked. Counts only, never contents.

    Attributes
    ----------
    type
        ``text``, ``integer``, ``number``, ``date``, ``timestamp`` or ``boolean``.
    n_records, n_missing, n_distinct
        Records, records without a value, distinct values (a missing value counts as one).
    detected
        Names of the detectors that recognised the values.
    granularity
        ``exact`` for timestamps, ``day`` for dates, None for everything else.
    """

    name: str
    type: str
    n_records: int
    n_missing: int
    n_distinct: int
    detected: tuple[str, ...] = ()
    granularity: str | None = None

    @property
    def distinct_share(self) -> float:
        """Distinct values per record, in [0, 1]; 0 for an empty column."""
        return self.n_distinct / self.n_records if self.n_records else 0.0
