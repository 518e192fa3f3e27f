"""The main job: a policy and a table in, a verified release or a refusal with its reasons out."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from kiaim_server.model.contract import Objection
from kiaim_server.model.decision import Decision, Verdict
from kiaim_server.model.progress import Monitor
from kiaim_server.model.records import Records
from kiaim_server.model.solution import LocalSolution, Solution
from kiaim_server.pipeline.prepare import Prepared
from kiaim_server.pipeline.publish import audit, write, write_testimony
from kiaim_server.pipeline.request import ReleaseRequest, Workbench
from kiaim_server.pipeline.stages import Clock, consult, pose, solve
from kiaim_server.policy import decide
from kiaim_server.report import Facts, build_claims, build_report, render_html, sign

#: Name of the file that lets persons and population be counted again; never to be released.
EVIDENCE: Final = "evidence.parquet"
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Outcome:
    """How a request ended.

    `files` maps ``data``, ``report``, ``report.json`` and ``manifest`` to paths in the output
    folder, and ``evidence`` where the data alone do not show what was counted; a request that was
    not released has only the two reports.
    """

    decision: Decision
    report: Mapping[str, Any]
    files: Mapping[str, Path]


def release(
    request: ReleaseRequest, workbench: Workbench, out_dir: Path, monitor: Monitor
) -> Outcome:
    """Release a table under a policy, or say why it may not leave.

    The release is written into a scratch folder inside `out_dir`, which is removed whatever
    happens; data and manifest are moved to their place only after the audit of the written bytes
    has passed, the data last.

    Parameters
    ----------
    out_dir
        Made if it does not exist; files of the same names in it are replaced.

    Raises
    ------
    InputError
        Table, policy, context or hierarchies cannot be used. Nothing was written.
    PluginError
        A plugin is missing or broke its contract. Nothing was written.
    Cancelled
        From the monitor. Nothing was written.
    """
    clock = Clock(monitor)
    out_dir.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=out_dir, prefix=".unverified-"))
    try:
        return _release(request, workbench, out_dir, scratch, clock)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _release(
    request: ReleaseRequest, workbench: Workbench, out_dir: Path, scratch: Path, clock: Clock
) -> Outcome:
    table, facts = consult(request, workbench, clock, scratch)
    with closing(table):
        return _decided(table, facts, request, workbench, out_dir, scratch, clock)


def _decided(
    table: Records,
    facts: Facts,
    request: ReleaseRequest,
    workbench: Workbench,
    out_dir: Path,
    scratch: Path,
    clock: Clock,
) -> Outcome:
    facts = replace(facts, key_id=workbench.keys.key_id)
    if facts.plan.blocks or facts.plan.unclassified:
        return _end(facts, decide(facts.plan, ()), scratch, out_dir)
    prepared, facts = pose(request, workbench, table, facts, clock)
    answer, facts = solve(prepared, facts, clock, request.search_seconds)
    if isinstance(answer, Decision):
        return _end(facts, answer, scratch, out_dir)
    return _finish(facts, table, prepared, answer, request, workbench, scratch, out_dir, clock)


def _finish(
    facts: Facts,
    table: Records,
    prepared: Prepared,
    solution: Solution | LocalSolution,
    request: ReleaseRequest,
    workbench: Workbench,
    scratch: Path,
    out_dir: Path,
    clock: Clock,
) -> Outcome:
    """Write, audit, decide, sign; publish only what may leave."""
    data = scratch / f"data.{request.format}"
    evidence: Path | None = scratch / EVIDENCE
    with clock.step("transform"):
        write(prepared, solution, facts.plan, request, data, clock.monitor)
        host = workbench.host
        if not write_testimony(prepared, solution, facts.plan, request, scratch / EVIDENCE, host):
            evidence = None
    with clock.step("audit"):
        found, released = audit(
            data,
            prepared,
            solution,
            facts.plan,
            request,
            table,
            host,
            evidence,
        )
    mismatches = tuple(Objection("audit", sentence) for sentence in found.objections)
    decision = decide(facts.plan, found.findings, mismatches)
    facts = replace(facts, findings=found.findings)
    if decision.verdict is Verdict.RELEASE:
        facts = replace(facts, released=released)
        claims = build_claims(facts)
        objections = host.objections(claims, found.findings)
        decision = decide(facts.plan, found.findings, objections)
    if decision.verdict is not Verdict.RELEASE:
        return _end(replace(facts, released=None), decision, scratch, out_dir)
    (scratch / "manifest.json").write_bytes(sign(claims, workbench.keys))
    made = {"manifest": "manifest.json", "data": data.name}
    if evidence is not None:
        made = {"evidence": evidence.name, **made}
    return _end(facts, decision, scratch, out_dir, made)


def _end(
    facts: Facts,
    decision: Decision,
    scratch: Path,
    out_dir: Path,
    made: Mapping[str, str] = _NOTHING,
) -> Outcome:
    """Write the reports and move what may leave to its place, the data last."""
    report = build_report(facts, decision)
    text = json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False)
    (scratch / "report.json").write_text(text + "\n", encoding="utf-8")
    (scratch / "report.html").write_text(render_html(report), encoding="utf-8")
    names = {"report": "report.html", "report.json": "report.json", **made}
    for name in names.values():
        os.replace(scratch / name, out_dir / name)
    return Outcome(decision, report, {kind: out_dir / name for kind, name in names.items()})
