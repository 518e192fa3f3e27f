"""A plan as data: what would happen to a table, and whether it can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kiaim_server.language import phrase
from kiaim_server.model.attribute import ColumnProfile
from kiaim_server.model.decision import Decision
from kiaim_server.model.gap import FoundTree, lattice_size
from kiaim_server.model.plan import Requirement
from kiaim_server.model.prose import LANGUAGES
from kiaim_server.model.singling import SinglingOut
from kiaim_server.model.solution import LocalSolution, Solution
from kiaim_server.report.facts import Facts
from kiaim_server.report.foreseen import gap_told
from kiaim_server.report.plain import plain
from kiaim_server.report.recognised import (
    doubts_as_json,
    profile_as_json,
    proposals_as_json,
    singling_as_json,
)
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


@dataclass(frozen=True)
class Foresight:
    """What a plan knows beside what a report of the same request has.

    Attributes
    ----------
    trees
        The hierarchy of each quasi-identifier, or what is wrong with it.
    of_quasi, of_all
        Whom small sets of quasi-identifiers, and of all columns that would stay, single out.
    asked_to_explore, exploration
        Whether other limits were asked for; they are, as by `build_exploration`, where there was
        something to search.
    """

    of_quasi: SinglingOut
    of_all: SinglingOut
    asked_to_explore: bool = False
    trees: tuple[FoundTree, ...] = ()
    exploration: Mapping[str, Any] | None = None


def build_plan(facts: Facts, decision: Decision, foresight: Foresight) -> dict[str, Any]:
    """Everything that is known before a file is written, as JSON values; no cell values.

    Parameters
    ----------
    decision
        As it would be, with findings that the search expects instead of measured ones.
    """
    report = build_report(facts, decision)
    plan, solution = facts.plan, facts.solution
    sizes = None  # in persons, where these are counted, they are not known before the audit
    if isinstance(solution, (Solution, LocalSolution)) and plan.person is None:
        sizes = solution.class_sizes
    trees = {tree.column: tree for tree in foresight.trees}
    profiles = {profile.name: profile for profile in facts.profiles}
    return {
        "schema": PLAN_SCHEMA,
        **{key: report[key] for key in _SHARED},
        "explanation": {**report["explanation"], "stage": "plan"},
        "columns": [
            _column(column, trees.get(column["name"]), profiles.get(column["name"]))
            for column in report["columns"]
        ],
        "proposals": proposals_as_json(plan, profiles),
        "doubts": doubts_as_json(plan, profiles),
        "hierarchy_gaps": [_gap(tree) for tree in foresight.trees if not tree.usable],
        "lattice": {
            "quasi_identifiers": len(foresight.trees),
            "nodes": lattice_size(foresight.trees),
        },
        "singling_out": {
            "quasi_identifiers": singling_as_json(foresight.of_quasi),
            "all_columns": singling_as_json(foresight.of_all),
        },
        "requirements": [_requirement(requirement) for requirement in plan.requirements],
        "blocks": [{"rule": rule, "reason": reason} for rule, reason in plan.blocks],
        "reviews": [{"rule": rule, "reason": reason} for rule, reason in plan.reviews],
        "expected": report["findings"],
        "risk": {
            "before": report["risk"]["before"],
            "expected": None if sizes is None else risk_profile(sizes, population_of(plan.context)),
        },
        "explore": foresight.exploration,
        "not_explored": phrase("plan.not_explored", LANGUAGES[0])
        if foresight.asked_to_explore and foresight.exploration is None
        else None,
        "not_foreseen": [
            phrase("terminal.not_foreseen", LANGUAGES[0]),
            phrase("plan.again", LANGUAGES[0]),
        ],
    }


def _requirement(requirement: Requirement) -> dict[str, Any]:
    """A demand after merging; the explanation says which rule asks for what."""
    told = plain(requirement)
    for key in ("bounds", "describe"):
        del told[key]
    return dict(told)


def _gap(tree: FoundTree) -> dict[str, Any]:
    """What is wrong with the hierarchy of a column."""
    gap = tree.gap
    described = {
        "column": tree.column,
        "values": None if gap is None else gap.values,
        "records": None if gap is None else gap.records,
        "first_records": [] if gap is None else list(gap.first_records),
        "problem": tree.problem or None,
    }
    return {**described, "told": gap_told(described, LANGUAGES[0])}


def _column(
    column: Mapping[str, Any], tree: FoundTree | None, profile: ColumnProfile | None
) -> dict[str, Any]:
    """A column of a report, with its hierarchy in place of what was released."""
    left_out = ("released", "hierarchy_origin")
    described = {key: value for key, value in column.items() if key not in left_out}
    described["recognised"] = [] if profile is None else profile_as_json(profile)["recognised"]
    described["sampled"] = 0 if profile is None else profile.n_sampled
    described["hierarchy"] = None
    if tree is not None and tree.hierarchy is not None and tree.limits is not None:
        origin = tree.hierarchy.origin
        described["hierarchy"] = {
            "origin": None if origin is None else plain(origin),
            "levels": list(tree.hierarchy.level_names),
            "labels_per_level": [len(labels) for labels in tree.hierarchy.labels],
            "min": tree.limits[0],
            "max": tree.limits[1],
        }
    return described
