"""The audit of a release before it leaves: every clause, and the shape of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kiaim_server.audit.claims import Claims
from kiaim_server.audit.consistency import disputes, mismatches
from kiaim_server.audit.corroboration import contradictions, mistaken
from kiaim_server.audit.counting import Recount, recount
from kiaim_server.audit.evidence import Evidence, read_evidence
from kiaim_server.audit.examination import PluginMeasure, examine
from kiaim_server.audit.fidelity import Source, deviations
from kiaim_server.errors import DataError
from kiaim_server.model.decision import Finding


@dataclass(frozen=True)
class Audit:
    """What the audit found on the written bytes.

    `mismatches` are sentences about the shape of the file, `disputes` about the evidence.
    `recounted` is None if the file could not be read back; then no clause is met.
    """

    findings: tuple[Finding, ...]
    mismatches: tuple[str, ...]
    recounted: Recount | None
    disputes: tuple[str, ...] = ()

    @property
    def objections(self) -> tuple[str, ...]:
        """Everything that is not as claimed, apart from the clauses."""
        return self.mismatches + self.disputes

    @property
    def passed(self) -> bool:
        """Whether everything is as claimed and the file keeps every clause."""
        return not self.objections and all(finding.met for finding in self.findings)


def audit_release(
    path: Path,
    claims: Claims,
    plugin_models: Mapping[str, PluginMeasure] | None = None,
    source: Source | None = None,
    evidence: Path | None = None,
    scratch: Path | None = None,
) -> Audit:
    """Recount the file at `path` and hold every claim against it.

    With a `source`, every cell is held against what it was made of as well, and so is the
    `evidence`. Without evidence, clauses that need it are not counted. A file that cannot be read
    back is not an error here, but a failed audit; so is evidence that cannot be counted with. What
    does not fit into memory goes to a folder in `scratch`, which is removed at the end.
    """
    testimony, disputed = _testimony(evidence, claims)
    if source is not None and testimony is None and claims.needs_evidence:
        disputed = disputed or ("The release lacks the evidence of what it counts.",)
    try:
        recounted = recount(path, claims.layout, testimony, scratch)
    except DataError as error:
        unread = "The released file could not be recounted."
        return Audit(
            tuple(Finding(clause, None, met=False, note=unread) for clause in claims.clauses),
            (f"The released file could not be recounted: {error}.",),
            None,
            disputed,
        )
    findings = examine(
        recounted,
        claims.clauses,
        input_records=claims.candidates,
        suppressed=claims.suppressed,
        plugin_models=plugin_models,
    )
    found = mismatches(recounted, claims)
    if testimony is not None:
        disputed = disputes(recounted, testimony, claims)
        testimony = None if recounted.lacking else testimony
    if source is not None and not found:
        found = deviations(path, claims.format, source)
        if not found and claims.persons is not None and claims.persons.shown_in is not None:
            found = mistaken(claims.persons.shown_in, source)
        if testimony is not None and not found:
            hidden = claims.layout.hides_persons
            disputed += contradictions(
                testimony, source, persons=hidden, population=claims.population
            )
    return Audit(findings, found, recounted, disputed)


def _testimony(path: Path | None, claims: Claims) -> tuple[Evidence | None, tuple[str, ...]]:
    """The evidence, or why it cannot be counted with."""
    if path is None:
        return None, ()
    try:
        return read_evidence(path, claims.layout), ()
    except DataError as error:
        return None, (f"The evidence cannot be counted with: {error}.",)
