"""Whether a table may leave, clause by clause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """``release``; ``review``: a person must attest first; ``refuse``. Only the first releases."""

    RELEASE = "release"
    REVIEW = "review"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Clause:
    """A promise about a release that can be recounted: a requirement for one attribute (or none).

    Bounds are spelt as by `kiaim_server.model.bounds.format_bound`, so that JSON keeps them exact.
    `waivers` are the ids of those without which a bound would be stricter.
    """

    measure: str
    parameters: Mapping[str, Any]
    attribute: str | None
    at_least: str | None
    at_most: str | None
    rules: tuple[str, ...]
    waivers: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The clause in words, e.g. ``l-diversity(variant=distinct, diagnosis) at least 2``.

        The digest of a reference table is left out; its name and edition are there.
        """
        inner = [f"{k}={v}" for k, v in self.parameters.items() if k != "sha256"]
        inner += [self.attribute] if self.attribute else []
        bounds = [f"at least {self.at_least}"] if self.at_least else []
        bounds += [f"at most {self.at_most}"] if self.at_most else []
        return (
            f"{self.measure}{'(' + ', '.join(inner) + ')' if inner else ''} {' and '.join(bounds)}"
        )


@dataclass(frozen=True)
class Finding:
    """A clause and what the audit measured on the released bytes.

    `measured` is None where the measure is undefined (an empty release): such a clause is not met.
    So it is where the clause could not be `counted` because the evidence of the release is not at
    hand; then it is not known to be broken either.
    """

    clause: Clause
    measured: float | None
    met: bool
    note: str = ""
    counted: bool = True


@dataclass(frozen=True)
class Decision:
    """The verdict on a release, with every reason that stands against it.

    `reasons` are sentences, each naming a clause, rule or column; empty for a release.
    `advice` says what would help.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    advice: tuple[str, ...] = ()
