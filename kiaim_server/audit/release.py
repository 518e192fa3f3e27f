"""The audit of a release before it leaves: every clause, and the shape of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kiaim_server.audit.claims import Claims
from kiaim_server.audit.consistency import mismatches
from kiaim_server.audit.counting import Recount, recount
from kiaim_server.audit.examination import PluginMeasure, examine
from kiaim_server.audit.fidelity import Source, deviations
from kiaim_server.errors import DataError
from kiaim_server.model.decision import Finding


@dataclass(frozen=True)
class Audit:
    """What the audit found on the written bytes.

    `mismatches` are sentences about the shape of the file. `recounted` is None if the file could
    not be read back; then no clause is met.
    """

    findings: tuple[Finding, ...]
    mismatches: tuple[str, ...]
    recounted: Recount | None

    @property
    def passed(self) -> bool:
        """Whether the file is as claimed and keeps every clause."""
        return not self.mismatches and all(finding.met for finding in self.findings)


def audit_release(
    path: Path,
    claims: Claims,
    plugin_models: Mapping[str, PluginMeasure] | None = None,
    source: Source | None = None,
) -> Audit:
    """Recount the file at `path` and hold every claim against it.

    With a `source`, every cell is held against what it was made of as well. A file that cannot be
    read back is not an error here, but a failed audit.
    """
    try:
        recounted = recount(path, claims.layout)
    except DataError as error:
        unread = "The released file could not be recounted."
        return Audit(
            tuple(Finding(clause, None, met=False, note=unread) for clause in claims.clauses),
            (f"The released file could not be recounted: {error}.",),
            None,
        )
    findings = examine(
        recounted,
        claims.clauses,
        input_records=claims.input_records,
        suppressed=claims.suppressed,
        plugin_models=plugin_models,
    )
    found = mismatches(recounted, claims)
    if source is not None and not found:
        found = deviations(path, claims.format, source)
    return Audit(findings, found, recounted)
