"""A plan as data: what would happen to a table, and whether it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kiaim_server.language import phrase
from kiaim_server.model.decision import Decision
from kiaim_server.model.plan import Requirement
from kiaim_server.model.prose import LANGUAGES
from kiaim_server.model.solution import LocalSolution, Solution
from kiaim_server.report.facts import Facts
from kiaim_server.report.plain import plain
from kiaim_server.report.summary import build_report, population_of
from kiaim_server.risk import risk_profile

PLAN_SCHEMA: Final = "kiaim/plan/v1"

#: What a plan says in the same words as a report.
_SHARED: Final = (
    "created",
    "software",
    "language",
    "data",
    "persons",
    "policies",
    "context",
    "decision",
    "unclassified",
    "rules",
    "waivers",
    "attestations",
    "search",
    "infeasible",
    "suppressed",
    "class_sizes",
    "not_covered",
    "warnings",
    "seconds",
)


def build_plan(
    facts: Facts,
    decision: Decision,
    limits: Sequence[tuple[int, int]],
    exploration: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Everything that is known before a file is written, as JSON values; no cell values.

    Parameters
    ----------
    decision
        As it would be, with findings that the search expects instead of measured ones.
    limits
        Smallest and largest level allowed, per hierarchy of `facts`.
    exploration
        As by `build_exploration`, if it was asked for and there was something to search.
    """
    report = build_report(facts, decision)
    plan, solution = facts.plan, facts.solution
    sizes = None  # in persons, where these are counted, they are not known before the audit
    if isinstance(solution, (Solution, LocalSolution)) and plan.person is None:
        sizes = solution.class_sizes
    return {
        "schema": PLAN_SCHEMA,
        **{key: report[key] for key in _SHARED},
        "explanation": {**report["explanation"], "stage": "plan"},
        "columns": [_column(column, facts, limits) for column in report["columns"]],
        "requirements": [_requirement(requirement) for requirement in plan.requirements],
        "blocks": [{"rule": rule, "reason": reason} for rule, reason in plan.blocks],
        "reviews": [{"rule": rule, "reason": reason} for rule, reason in plan.reviews],
        "expected": report["findings"],
        "risk": {
            "before": report["risk"]["before"],
            "expected": None if sizes is None else risk_profile(sizes, population_of(plan.context)),
        },
        "explore": exploration,
        "not_foreseen": [
            phrase("terminal.not_foreseen", LANGUAGES[0]),
        ],
    }


def _requirement(requirement: Requirement) -> dict[str, Any]:
    """A demand after merging; the explanation says which rule asks for what."""
    told = plain(requirement)
    for key in ("bounds", "describe"):
        del told[key]
    return dict(told)


def _column(
    column: Mapping[str, Any], facts: Facts, limits: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    """A column of a report, with its hierarchy in place of what was released."""
    left_out = ("released", "hierarchy_origin")
    described = {key: value for key, value in column.items() if key not in left_out}
    described["hierarchy"] = None
    for hierarchy, (low, high) in zip(facts.hierarchies, limits, strict=True):
        if hierarchy.attribute == column["name"]:
            described["hierarchy"] = {
                "origin": column["hierarchy_origin"],
                "levels": list(hierarchy.level_names),
                "labels_per_level": [len(labels) for labels in hierarchy.labels],
                "min": low,
                "max": high,
            }
    return described
