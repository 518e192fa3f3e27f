"""The stages before anything is written: what a release and a plan have in common.

read -> classify -> policy -> encode -> search
"""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from kiaim_server import __version__
from kiaim_server.classify import profile_table
from kiaim_server.kernels import warm
from kiaim_server.language import say
from kiaim_server.model.attribute import ColumnProfile
from kiaim_server.model.decision import Decision, Verdict
from kiaim_server.model.plan import Plan
from kiaim_server.model.progress import Monitor
from kiaim_server.model.prose import LANGUAGES
from kiaim_server.model.records import Records
from kiaim_server.model.solution import Infeasible, LocalSolution, Solution, Undecided
from kiaim_server.pipeline.prepare import Prepared, hopeless, original_sizes, prepare
from kiaim_server.pipeline.request import ReleaseRequest, Workbench
from kiaim_server.policy import (
    Policy,
    decide,
    deny_unpopulated,
    deny_unprotected,
    evaluate,
    plan_of,
    tightened,
)
from kiaim_server.read import candidates_of, open_table
from kiaim_server.report import Facts, Source, facts_of
from kiaim_server.search import diagnose, find_optimum
from kiaim_server.search.local import find_local

#: Libraries whose version can change a result; part of every manifest.
_LIBRARIES: Final = ("numpy", "numba", "pandas", "pyarrow", "duckdb")


@dataclass
class Clock:
    """Tells the monitor each step and notes how long it took."""

    monitor: Monitor
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step."""
        self.monitor.report(name, 0.0)
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began


def consult(
    request: ReleaseRequest, workbench: Workbench, clock: Clock, scratch: Path
) -> tuple[Records, Facts]:
    """Read the table and ask the policy what is to be done with it.

    What a table that does not fit into memory needs on disk goes to `scratch`.
    """
    policy = None if request.policy is None else workbench.library.get(request.policy)
    with clock.step("read"):
        table = open_table(
            request.data,
            workbench.host,
            scratch,
            engine=request.engine,
            name=request.name,
            options=request.reader,
        )
        with request.data.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        candidates = table if request.subset is None else candidates_of(table, request.subset)
    now = datetime.now(UTC)
    with clock.step("classify"):
        profiles = profile_table(candidates, workbench.host)
        plan = _planned(request, policy, profiles, workbench, now.date())
        plan = deny_unprotected(plan, workbench.host)
        plan = deny_unpopulated(plan, workbench.host) if request.subset is None else plan
    facts = Facts(
        created=now.isoformat(timespec="seconds"),
        software=software(),
        source=Source(
            request.name,
            digest,
            table.n_records,
            len(table.columns),
            request.subset,
            None if request.subset is None else candidates.n_records,
        ),
        plan=plan,
        seed=request.seed,
        plugins=tuple((p.name, p.version) for p in workbench.host.plugins if p.problem is None),
        seconds=clock.seconds,
        warnings=_empty_records(candidates),
        language=request.language or _main_language(policy),
        profiles=profiles,
    )
    return table, facts


def _planned(
    request: ReleaseRequest,
    policy: Policy | None,
    profiles: Sequence[ColumnProfile],
    workbench: Workbench,
    today: date,
) -> Plan:
    """What the policy says, tightened by the request's own terms; or these alone."""
    terms = request.terms
    if policy is None:
        assert terms is not None  # noqa: S101 - a request has one of both
        return plan_of(terms, profiles)
    plan = evaluate(policy, request.context, profiles, workbench.host, today)
    return plan if terms is None else tightened(plan, terms, workbench.host)


def _main_language(policy: Policy | None) -> str:
    """The main language of the policy that was asked for."""
    return LANGUAGES[0] if policy is None else policy.documents[0].languages[0]


def pose(
    request: ReleaseRequest, workbench: Workbench, table: Records, facts: Facts, clock: Clock
) -> tuple[Prepared, Facts]:
    """Change values, encode, and pose the problem that the search has to solve."""
    with clock.step("encode"):
        release_id = f"{facts.source.sha256} {facts.plan.policies[0].digest}"
        prepared = prepare(
            table,
            facts.plan,
            request.hierarchies,
            workbench,
            request.seed,
            release_id,
            request.subset,
        )
        facts = replace(
            facts,
            sizes_before=original_sizes(prepared.problem.tuples),
            hierarchies=prepared.problem.hierarchies,
            n_nodes=prepared.problem.n_nodes,
            orders=prepared.orders,
        )
    return prepared, facts


def solve(
    prepared: Prepared, facts: Facts, clock: Clock, budget: float | None = None
) -> tuple[Solution | LocalSolution | Decision, Facts]:
    """Search as the policy says, `budget` seconds at most for the full-domain optimum.

    Where there is no solution, a refusal with what stands in the way; where none was found in time,
    a refusal that does not claim that there is none.
    """
    local = facts.plan.objective.recoding == "local"
    reasons = hopeless(prepared, facts.plan.requirements)
    if not warm.is_warm():
        with clock.step("compile"):  # once per installation; told, because it takes seconds
            warm.warm_up()
    if not reasons:
        with clock.step("search"):
            find = find_local if local else find_optimum
            answer: Solution | LocalSolution | Infeasible | Undecided = find(
                prepared.problem, clock.monitor, budget
            )
        facts = replace(facts, solution=answer)
        if isinstance(answer, (Solution, LocalSolution)):
            return answer, facts
        if isinstance(answer, Undecided):
            return _undecided(answer, facts), facts
        what = "search.no_generalization" if local else "search.no_table"
        reasons = tuple(say(what, obstacle=obstacle) for obstacle in answer.obstacles)
    with clock.step("diagnose"):
        diagnosis = diagnose(prepared.problem, clock.monitor)
    facts = replace(facts, diagnosis=diagnosis)
    # An unmet plan stands in the way as well.
    waiting = decide(facts.plan, ()).reasons if not fulfilled(facts.plan) else ()
    advice = facts_of(diagnosis, facts.source.candidates)
    if local:
        advice = (say("search.local"), *advice)
    return Decision(Verdict.REFUSE, (*reasons, *waiting), (), advice), facts


def _undecided(answer: Undecided, facts: Facts) -> Decision:
    """Refuse without claiming that nothing could be released: it is not known."""
    reason = say(
        "search.undecided", seconds=answer.seconds, closed=answer.closed, nodes=facts.n_nodes
    )
    advice = [say("search.more_time")]
    if answer.least_suppressed is not None:
        records = facts.source.candidates
        suppressed = answer.least_suppressed
        share = suppressed / records
        advice.append(say("search.least_seen", suppressed=suppressed, records=records, share=share))
    waiting = decide(facts.plan, ()).reasons if not fulfilled(facts.plan) else ()
    return Decision(Verdict.REFUSE, (reason, *waiting), (), tuple(advice))


def fulfilled(plan: Plan) -> bool:
    """Whether nothing has to be attested any more."""
    return not plan.reviews and all(attestation.met for attestation in plan.attestations)


def _empty_records(table: Records) -> tuple[str, ...]:
    """Say how many records hold nothing: a file often ends in such a line, nobody is behind it."""
    if not table.n_empty:
        return ()
    return (say("note.empty_records", n=table.n_empty),)


def software() -> str:
    """Name and version of the product, and of what can change a result."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"kiaim-server {__version__} (Python {platform.python_version()}, {libraries})"
