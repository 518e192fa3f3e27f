"""The report as data: what was decided, why, what was measured and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.decision import Decision, Finding
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.plan import ColumnPlan, Plan, RuleTrace
from kiaim_server.model.prose import LANGUAGES
from kiaim_server.model.solution import LocalSolution, Solution, Undecided, mean_cell_loss
from kiaim_server.model.waiver import in_words
from kiaim_server.report.diagnosis import diagnosis_as_json
from kiaim_server.report.explanation import Circumstances, build_explanation
from kiaim_server.report.facts import Facts, ReleasedFile
from kiaim_server.report.html import local_label
from kiaim_server.report.plain import plain
from kiaim_server.report.sizes import histogram
from kiaim_server.risk import risk_profile

REPORT_SCHEMA: Final = "kiaim/report/v1"


def build_report(facts: Facts, decision: Decision) -> dict[str, Any]:
    """Everything a person needs to judge the request, as JSON values; no cell values.

    Measures that do not exist for a request that ended early are None.
    """
    plan, released = facts.plan, facts.released
    after = _counted_sizes(released)
    columns = [_column(column, facts) for column in plan.columns]
    findings = decision.findings or facts.findings
    around = Circumstances(
        created=facts.created,
        software=facts.software,
        table=facts.source.name,
        records=facts.source.records,
        columns=columns,
        warnings=facts.warnings,
    )
    return {
        "schema": REPORT_SCHEMA,
        "created": facts.created,
        "software": facts.software,
        "language": facts.language,
        "data": plain(facts.source),
        "policies": plain(plan.policies),
        "context": plain(plan.context),
        "persons": _persons(facts),
        "decision": {
            "verdict": decision.verdict.value,
            "reasons": list(decision.reasons),
            "advice": list(decision.advice),
        },
        "columns": columns,
        "unclassified": list(plan.unclassified),
        "rules": [_rule(trace) for trace in plan.rules],
        "waivers": [
            {**plain(w), "said": {"replaces": in_words(w.replaces), "by": in_words(w.by)}}
            for w in plan.waivers
        ],
        "findings": [
            _finding(finding, counts_persons=plan.person is not None) for finding in findings
        ],
        "attestations": plain(plan.attestations),
        "search": _search(facts),
        "infeasible": _infeasible(facts),
        "suppressed": _suppressed(facts),
        "risk": {
            "before": _risk(facts.sizes_before, plan),
            "after": _risk(after, plan),
        },
        "class_sizes": {
            "before": [] if facts.sizes_before is None else histogram(facts.sizes_before),
            "after": [] if after is None else histogram(after),
        },
        "output": _output(facts),
        "not_covered": list(plan.not_covered),
        "warnings": [f"{rule}: {reason}" for rule, reason in plan.warnings] + list(facts.warnings),
        "seconds": {step: float(seconds) for step, seconds in facts.seconds.items()},
        "explanation": build_explanation(plan, decision, around, findings),
    }


def _rule(trace: RuleTrace) -> dict[str, Any]:
    """A rule as text; the explanation has it in parts."""
    told = plain(trace)
    for key in ("lines", "asks", "changes", "tighten_only"):
        del told[key]
    return dict(told)


def _risk(sizes: np.ndarray | None, plan: Plan) -> dict[str, Any] | None:
    return None if sizes is None else risk_profile(sizes, population_of(plan.context))


def population_of(context: Mapping[str, Any]) -> int | None:
    """Persons in the population: as stated, or the subjects over the sampling fraction."""
    stated, fraction = context.get("data.population"), context.get("data.sampling_fraction")
    if stated:
        return int(stated)
    subjects = context.get("data.subjects")
    if not fraction or not subjects:
        return None
    share = parse_bound(fraction)
    return round(subjects / share) if share else None


def _column(column: ColumnPlan, facts: Facts) -> dict[str, Any]:
    attribute = column.attribute
    described: dict[str, Any] = {
        "name": attribute.name,
        "role": attribute.role.value,
        "kind": attribute.kind,
        "special_category": attribute.special_category,
        "because": attribute.because,
        "rules": list(attribute.rules),
        "transforms": plain(column.transforms),
        "level": None,
        "levels": None,
        "hierarchy_origin": None,
        "level_name": None,
        "level_shares": None,
        "loss": None,
        "released": None,
    }
    if facts.released is not None:
        described["released"] = any(c.name == attribute.name for c in facts.released.columns)
    for position, hierarchy in enumerate(facts.hierarchies):
        if hierarchy.attribute != attribute.name:
            continue
        described["levels"] = hierarchy.n_levels
        described["hierarchy_origin"] = plain(hierarchy.origin)
        if isinstance(facts.solution, Solution):
            level = int(facts.solution.levels[position])
            described["level"] = level
            described["level_name"] = hierarchy.level_names[level]
        if isinstance(facts.solution, LocalSolution):
            described["level_shares"] = _level_shares(facts.solution, position, hierarchy)
        if isinstance(facts.solution, (Solution, LocalSolution)):
            losses = facts.solution.loss_per_attribute
            described["loss"] = float(losses[position]) if losses else None
    return described


def _level_shares(
    solution: LocalSolution, position: int, hierarchy: Hierarchy
) -> list[dict[str, Any]]:
    """Share of the kept records on each level, the finest first."""
    records = solution.level_records[position]
    return [
        {"level": level, "name": hierarchy.level_names[level], "share": n / sum(records)}
        for level, n in enumerate(records)
    ]


def _counted_sizes(released: ReleasedFile | None) -> np.ndarray | None:
    """Sizes of the classes in what is counted: persons if there is a person key."""
    if released is None:
        return None
    return released.class_sizes if released.persons is None else released.persons.class_sizes


def _persons(facts: Facts) -> dict[str, Any] | None:
    person = facts.plan.person
    if person is None:
        return None
    counted = None if facts.released is None else facts.released.persons
    return {
        **plain(person),
        "in_file": None if counted is None else counted.in_file,
        "shown_in": None if counted is None else counted.shown_in,
    }


def _finding(finding: Finding, *, counts_persons: bool) -> dict[str, Any]:
    return {
        "label": finding.clause.label,
        **plain(finding.clause),
        "measured": finding.measured,
        "met": finding.met,
        "note": finding.note,
        "unit": "persons" if counts_persons else "records",
    }


def _search(facts: Facts) -> dict[str, Any] | None:
    if facts.solution is None:
        return None
    solution = None
    if isinstance(facts.solution, (Solution, LocalSolution)):
        solution = facts.solution
    return {
        "loss_measure": facts.plan.objective.loss,
        "loss": None if solution is None else float(solution.loss),
        "lattice_nodes": facts.n_nodes,
        "optimal": solution is not None and solution.optimal,
        "lower_bound": None if solution is None else float(solution.lower_bound),
        "gap": None if solution is None else float(solution.gap),
        "undecided": isinstance(facts.solution, Undecided),
        "recoding": facts.plan.objective.recoding,
        "local": _local(facts.solution) if isinstance(facts.solution, LocalSolution) else None,
        "statistics": plain(facts.solution.statistics),
    }


def _local(solution: LocalSolution) -> dict[str, Any]:
    """What can be said of local recoding: what it loses, beside the full-domain optimum."""
    whole = solution.full_domain
    cells = None if whole is None else mean_cell_loss(whole.loss_per_attribute)
    found = {
        "scheme": solution.scheme,
        "cell_loss": solution.cell_loss,
        "full_domain_loss": None if whole is None else float(whole.loss),
        "full_domain_cell_loss": cells,
        "full_domain_optimal": whole is not None and whole.optimal,
    }
    return {"label": local_label(found, LANGUAGES[0]), **found}


def _infeasible(facts: Facts) -> dict[str, Any] | None:
    if facts.diagnosis is None:
        return None
    return diagnosis_as_json(facts.diagnosis, facts.hierarchies, facts.source.candidates)


def _suppressed(facts: Facts) -> dict[str, Any]:
    requirement = facts.plan.requirement("suppressed-records")
    limit = requirement.at_most if requirement is not None else None
    records = None
    if facts.released is not None:
        records = facts.released.suppressed
    elif isinstance(facts.solution, (Solution, LocalSolution)):
        records = int(facts.solution.n_suppressed)
    return {
        "records": records,
        "share": None if records is None else records / facts.source.candidates,
        "limit": None if limit is None else plain(limit),
        "mode": facts.plan.suppressed,
    }


def _output(facts: Facts) -> dict[str, Any] | None:
    released = facts.released
    if released is None:
        return None
    return {
        "sha256": released.sha256,
        "bytes": released.bytes,
        "format": released.format,
        "records": released.records,
        "key_id": facts.key_id,
        "evidence": plain(released.evidence),
    }
