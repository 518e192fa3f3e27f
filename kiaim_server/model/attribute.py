"""What a column is, and which rule said so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal


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


#: What a recognition rests on.
Evidence = Literal["name", "values", "statistics"]

#: Share of the values from which a column counts as detected; also the confidence from which a
#: proposal is written down as one, instead of as a question.
DETECTED: Final = 0.9

#: Confidence from which a proposal is shown at all.
WORTH_ASKING: Final = 0.5


@dataclass(frozen=True)
class Proposal:
    """What a recognised column would be. It is proposed to people, and never applied."""

    role: Role
    kind: str = "other"
    special_category: bool = False
    because: str = ""


@dataclass(frozen=True)
class Recognition:
    """What one detector says of one column. Counts only, never contents.

    Attributes
    ----------
    detector
        Its name.
    evidence
        What it rests on, strongest first.
    share
        Share in [0, 1] of the distinct values looked at that fit; None if only the name of the
        column was looked at.
    confidence
        In [0, 1], by the detector's own rule; it orders proposals and is no probability.
    proposal
        What the column would be; None where the detector proposes nothing.
    summary
        What the detector recognises, in one sentence.
    """

    detector: str
    evidence: tuple[Evidence, ...]
    share: float | None
    confidence: float
    proposal: Proposal | None = None
    summary: str = ""

    @property
    def detected(self) -> bool:
        """Whether a policy that names the detector takes the column for recognised.

        Values decide where the detector looks at any; a telling name is not enough then.
        """
        return (self.confidence if self.share is None else self.share) >= DETECTED

    def reason(self, n_values: int) -> str:
        """What it rests on, in words, where `n_values` distinct values were looked at."""
        values = ""
        if self.share is not None:
            values = f"{floored(self.share)} of {n_values:,} distinct values fit"
        words = {"name": "the name says so", "values": values, "statistics": "counts suggest it"}
        told = " and ".join(words[evidence] for evidence in self.evidence)
        return f"{told} (confidence {self.confidence:.2f})"


def floored(share: float) -> str:
    """A share as whole per cent, rounded down, so that 100 % means all."""
    return f"{int(share * 100 + 1e-9)} %"


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
    n_sampled
        Distinct values that detectors looked at, a missing one not counted.
    recognitions
        What detectors say, the most confident first.
    """

    name: str
    type: str
    n_records: int
    n_missing: int
    n_distinct: int
    detected: tuple[str, ...] = ()
    granularity: str | None = None
    n_sampled: int = 0
    recognitions: tuple[Recognition, ...] = ()

    @property
    def distinct_share(self) -> float:
        """Distinct values per record, in [0, 1]; 0 for an empty column."""
        return self.n_distinct / self.n_records if self.n_records else 0.0
