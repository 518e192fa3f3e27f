"""The main job: a policy and a table in, a verified release or a refusal with its reasons out."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from kiaim_server import __version__
from kiaim_server.classify import profile_table
from kiaim_server.kernels import warm
from kiaim_server.model.contract import Objection
from kiaim_server.model.decision import Decision, Verdict
from kiaim_server.model.plan import Plan
from kiaim_server.model.progress import Monitor
from kiaim_server.model.solution import Infeasible, Solution
from kiaim_server.model.table import Table
from kiaim_server.pipeline.prepare import Prepared, hopeless, prepare
from kiaim_server.pipeline.publish import audit, write
from kiaim_server.pipeline.request import ReleaseRequest, Workbench
from kiaim_server.policy import decide, deny_unprotected, evaluate
from kiaim_server.read import read_table
from kiaim_server.report import Facts, Source, build_claims, build_report, render_html, sign
from kiaim_server.search import find_optimum

#: Libraries whose version can change a result; part of every manifest.
_LIBRARIES: Final = ("numpy", "numba", "pandas", "pyarrow", "duckdb")


@dataclass(frozen=True)
class Outcome:
    """How a request ended.

    `files` maps ``data``, ``report``, ``report.json`` and ``manifest`` to paths in the output
    folder; a request that was not released has only the two reports.
    """

    decision: Decision
    report: Mapping[str, Any]
    files: Mapping[str, Path]


@dataclass
class _Clock:
    """Tells the monitor each step and notes how long it took."""

    monitor: Monitor
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.monitor.report(name, 0.0)
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began


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
    clock = _Clock(monitor)
    out_dir.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=out_dir, prefix=".unverified-"))
    try:
        return _release(request, workbench, out_dir, scratch, clock)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _release(
    request: ReleaseRequest, workbench: Workbench, out_dir: Path, scratch: Path, clock: _Clock
) -> Outcome:
    table, facts = _plan(request, workbench, clock)
    if facts.plan.blocks or facts.plan.unclassified:
        return _end(facts, decide(facts.plan, ()), scratch, out_dir)
    with clock.step("encode"):
        release_id = f"{facts.source.sha256} {facts.plan.policies[0].digest}"
        prepared = prepare(
            table, facts.plan, request.hierarchies, workbench, request.seed, release_id
        )
        facts = replace(
            facts,
            sizes_before=prepared.problem.tuples.counts,
            hierarchies=prepared.problem.hierarchies,
            n_nodes=prepared.problem.n_nodes,
            orders=prepared.orders,
        )
    obstacles = hopeless(prepared, facts.plan.requirements)
    if obstacles:
        return _end(facts, Decision(Verdict.REFUSE, obstacles), scratch, out_dir)
    if not warm.is_warm():
        with clock.step("compile"):  # once per installation; told, because it takes seconds
            warm.warm_up()
    with clock.step("search"):
        answer = find_optimum(prepared.problem, clock.monitor)
    facts = replace(facts, solution=answer)
    if isinstance(answer, Infeasible):
        return _end(facts, _infeasible(answer, facts), scratch, out_dir)
    return _finish(facts, table, prepared, answer, request, workbench, scratch, out_dir, clock)


def _plan(request: ReleaseRequest, workbench: Workbench, clock: _Clock) -> tuple[Table, Facts]:
    """Read the table and ask the policy what is to be done with it."""
    policy = workbench.library.get(request.policy)
    with clock.step("read"):
        table = read_table(request.data, workbench.host, name=request.name, options=request.reader)
        with request.data.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    now = datetime.now(UTC)
    with clock.step("classify"):
        profiles = profile_table(table, workbench.host)
        plan = evaluate(policy, request.context, profiles, workbench.host, now.date())
        plan = deny_unprotected(plan, workbench.host)
    facts = Facts(
        created=now.isoformat(timespec="seconds"),
        software=_software(),
        source=Source(request.name, digest, table.n_records, len(table.columns)),
        plan=plan,
        seed=request.seed,
        plugins=tuple((p.name, p.version) for p in workbench.host.plugins if p.problem is None),
        seconds=clock.seconds,
        key_id=workbench.keys.key_id,
        warnings=_empty_records(table),
    )
    return table, facts


def _empty_records(table: Table) -> tuple[str, ...]:
    """Say how many records hold nothing: a file often ends in such a line, nobody is behind it."""
    if not table.n_empty:
        return ()
    return (
        f"{table.n_empty} {'record has' if table.n_empty == 1 else 'records have'} no value in any "
        "column; each is treated as a person. If they are none, delete these records from the "
        "input and release again.",
    )


def _finish(
    facts: Facts,
    table: Table,
    prepared: Prepared,
    solution: Solution,
    request: ReleaseRequest,
    workbench: Workbench,
    scratch: Path,
    out_dir: Path,
    clock: _Clock,
) -> Outcome:
    """Write, audit, decide, sign; publish only what may leave."""
    data = scratch / f"data.{request.format}"
    with clock.step("transform"):
        write(prepared, solution, facts.plan, request, data, clock.monitor)
    with clock.step("audit"):
        found, released = audit(
            data,
            prepared,
            solution,
            facts.plan,
            request,
            table,
            workbench.host,
        )
    mismatches = tuple(Objection("audit", sentence) for sentence in found.mismatches)
    decision = decide(facts.plan, found.findings, mismatches)
    facts = replace(facts, findings=found.findings)
    if decision.verdict is Verdict.RELEASE:
        facts = replace(facts, released=released)
        claims = build_claims(facts)
        objections = workbench.host.objections(claims, found.findings)
        decision = decide(facts.plan, found.findings, objections)
    if decision.verdict is not Verdict.RELEASE:
        return _end(replace(facts, released=None), decision, scratch, out_dir)
    (scratch / "manifest.json").write_bytes(sign(claims, workbench.keys))
    return _end(facts, decision, scratch, out_dir, data.name)


def _end(
    facts: Facts, decision: Decision, scratch: Path, out_dir: Path, data: str | None = None
) -> Outcome:
    """Write the reports and move what may leave to its place, the data last."""
    report = build_report(facts, decision)
    text = json.dumps(report, ensure_ascii=False, indent=2, allow_nan=False)
    (scratch / "report.json").write_text(text + "\n", encoding="utf-8")
    (scratch / "report.html").write_text(render_html(report), encoding="utf-8")
    names = {"report": "report.html", "report.json": "report.json"}
    if data is not None:
        names |= {"manifest": "manifest.json", "data": data}
    for name in names.values():
        os.replace(scratch / name, out_dir / name)
    return Outcome(decision, report, {kind: out_dir / name for kind, name in names.items()})


def _infeasible(answer: Infeasible, facts: Facts) -> Decision:
    """Refuse with the models that stand in the way; an unmet plan stands in the way as well."""
    waiting = decide(facts.plan, ()).reasons if not _fulfilled(facts.plan) else ()
    advice = ["Ask for less, allow more suppression, or give hierarchies with coarser levels."]
    if answer.least_suppressed is not None:
        share = answer.least_suppressed / facts.source.records
        advice.append(
            f"The least suppression seen at which every model holds is {answer.least_suppressed} "
            f"of {facts.source.records} records ({share:.1%})."
        )
    reasons = tuple(f"No table satisfies the policy: {o}." for o in answer.obstacles)
    return Decision(Verdict.REFUSE, (*reasons, *waiting), (), tuple(advice))


def _fulfilled(plan: Plan) -> bool:
    return not plan.reviews and all(attestation.met for attestation in plan.attestations)


def _software() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"kiaim-server {__version__} (Python {platform.python_version()}, {libraries})"
