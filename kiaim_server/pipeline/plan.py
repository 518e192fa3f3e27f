"""What would happen to a table under a policy, and whether it can: nothing is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kiaim_server.errors import HierarchyError, PluginError
from kiaim_server.hooks.guard import attempt
from kiaim_server.language import say
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.model.decision import Clause, Decision, Finding, Verdict
from kiaim_server.model.gap import FoundTree
from kiaim_server.model.plan import Plan
from kiaim_server.model.progress import Monitor
from kiaim_server.model.records import Records
from kiaim_server.model.solution import LocalSolution, Solution
from kiaim_server.pipeline.explore import explore
from kiaim_server.pipeline.forms import expected_violations
from kiaim_server.pipeline.gaps import find_trees, reasons_of
from kiaim_server.pipeline.prepare import FORM_VIOLATIONS, SUPPRESSED, Prepared
from kiaim_server.pipeline.request import ReleaseRequest, Workbench
from kiaim_server.pipeline.stages import Clock, consult, fulfilled, pose, solve
from kiaim_server.pipeline.whom import whom_columns_single_out
from kiaim_server.policy import clauses, decide
from kiaim_server.read import candidates_of
from kiaim_server.report import Facts, Foresight, build_plan
from kiaim_server.search import classes_kept
from kiaim_server.search.local import classes_kept_as_shown


@dataclass(frozen=True)
class Foreseen:
    """How a request for a release would end, as far as can be said before a file is written.

    `plan` are JSON values; see `kiaim_server.report.build_plan`.
    """

    decision: Decision
    plan: Mapping[str, Any]


def plan(
    request: ReleaseRequest,
    workbench: Workbench,
    scratch: Path,
    monitor: Monitor,
    fronts: bool = False,
) -> Foreseen:
    """Do all that a release does before it writes: read, ask the policy, encode and search.

    What a table that does not fit into memory needs on disk goes to the folder `scratch`. With
    `fronts` other limits of suppression and other k are searched as well (see
    `kiaim_server.pipeline.explore`), where the plan comes as far as a search.

    Raises
    ------
    InputError
        Table, policy, context or hierarchies cannot be used.
    PluginError
        A plugin is missing or broke its contract.
    Cancelled
        From the monitor.
    """
    clock = Clock(monitor)
    table, facts = consult(request, workbench, clock, scratch)
    with closing(table):
        return _planned(table, facts, request, workbench, clock, fronts)


def _planned(
    table: Records,
    facts: Facts,
    request: ReleaseRequest,
    workbench: Workbench,
    clock: Clock,
    fronts: bool,
) -> Foreseen:
    with clock.step("single out"):
        candidates = table if request.subset is None else candidates_of(table, request.subset)
        of_quasi, of_all = whom_columns_single_out(
            candidates, facts.plan, workbench.host, clock.monitor
        )
    foresight = Foresight(of_quasi=of_quasi, of_all=of_all, asked_to_explore=fronts)
    if facts.plan.blocks or facts.plan.unclassified:
        decision = decide(facts.plan, ())
        trees = _trees(table, facts, request, workbench, clock)
        return _foreseen(facts, decision, replace(foresight, trees=trees))
    try:
        prepared, facts = pose(request, workbench, table, facts, clock)
    except HierarchyError:
        trees = _trees(table, facts, request, workbench, clock)
        if not (reasons := reasons_of(trees)):
            raise
        waiting = decide(facts.plan, ()).reasons if not fulfilled(facts.plan) else ()
        decision = Decision(Verdict.REFUSE, (*reasons, *waiting), (), (say("plan.mend_gaps"),))
        return _foreseen(facts, decision, replace(foresight, trees=trees))
    answer, facts = solve(prepared, facts, clock, request.search_seconds)
    decision = (
        answer
        if isinstance(answer, Decision)
        else decide(facts.plan, _expected(prepared, facts.plan, answer))
    )
    explored = explore(prepared, facts, clock, request.search_seconds) if fronts else None
    problem = prepared.problem
    trees = tuple(
        FoundTree(hierarchy.attribute, hierarchy, limits)
        for hierarchy, limits in zip(problem.hierarchies, problem.levels, strict=True)
    )
    return _foreseen(facts, decision, replace(foresight, trees=trees, exploration=explored))


def _foreseen(facts: Facts, decision: Decision, foresight: Foresight) -> Foreseen:
    return Foreseen(decision, build_plan(facts, decision, foresight))


def _trees(
    table: Records, facts: Facts, request: ReleaseRequest, workbench: Workbench, clock: Clock
) -> tuple[FoundTree, ...]:
    with clock.step("hierarchies"):
        return find_trees(table, facts.plan, request.hierarchies, workbench, request.seed)


def _expected(
    prepared: Prepared, planned: Plan, solution: Solution | LocalSolution
) -> tuple[Finding, ...]:
    """What the audit would measure, by the models' own measures on the kept classes."""
    problem = prepared.problem
    attributes = tuple({m.attribute: None for m in problem.models if m.attribute is not None})
    if isinstance(solution, LocalSolution):
        classes = classes_kept_as_shown(problem, solution, attributes)
    else:
        classes = classes_kept(problem, solution.levels, solution.suppressed, attributes)
    models = iter(problem.models)
    gone = solution.n_suppressed / problem.tuples.n_records
    found = []
    for clause in clauses(planned):
        if clause.measure == SUPPRESSED:
            found.append(Finding(clause, gone, met=True))
        elif clause.measure == FORM_VIOLATIONS:
            found.append(expected_violations(clause, prepared, solution))
        else:
            found.append(_measured(clause, next(models), classes))
    return tuple(found)


def _measured(clause: Clause, model: PrivacyModel, classes: EquivalenceClasses) -> Finding:
    """What a model that the search has kept measures; undefined, hence not met, if it fails."""
    try:
        value = attempt(model.name, "measure", lambda: float(model.measure(classes)))
    except PluginError as error:
        return Finding(clause, None, met=False, note=f"{error}.")
    known = value if math.isfinite(value) else None
    return Finding(clause, known, met=known is not None)
