"""Looks at the hierarchy of each quasi-identifier by itself, so that a plan can tell all gaps.

A release stops at the first one; whoever plans it wants to mend them in one go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from kiaim_server.encode.leaves import leaf_codes
from kiaim_server.errors import HierarchyError, InputError
from kiaim_server.hierarchy import HierarchySource
from kiaim_server.language import say
from kiaim_server.model.attribute import Role
from kiaim_server.model.gap import FoundTree, Gap
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.plan import ColumnPlan, Plan
from kiaim_server.model.records import Records
from kiaim_server.model.table import as_text
from kiaim_server.pipeline.change import change
from kiaim_server.pipeline.prepare import limits_of
from kiaim_server.pipeline.request import Workbench

#: Record numbers that are told.
TOLD: Final = 5


def find_trees(
    table: Records, plan: Plan, own: HierarchySource, workbench: Workbench, seed: int
) -> tuple[FoundTree, ...]:
    """The hierarchy of every quasi-identifier that the policy leaves in the table.

    Columns are changed as the policy orders; nothing is encoded or searched.
    """
    columns = [
        c for c in plan.columns if c.attribute.role is Role.QUASI and c.name in table.columns
    ]
    found = (_found(table, plan, column, own, workbench, seed) for column in columns)
    return tuple(tree for tree in found if tree is not None)


def reasons_of(trees: Sequence[FoundTree]) -> tuple[str, ...]:
    """Why there is nothing to search, a sentence per column."""
    return tuple(_reason(tree) for tree in trees if not tree.usable)


def _reason(tree: FoundTree) -> str:
    gap = tree.gap
    if gap is None:
        return say("plan.no_hierarchy", column=tree.column, reason=tree.problem)
    if gap.records is None:
        return say("plan.gap.changed", column=tree.column, values=gap.values)
    return say(
        "plan.gap",
        column=tree.column,
        values=gap.values,
        records=gap.records,
        whole=int(len(gap.first_records) == gap.records),
        places=gap.first_records,
    )


def _found(
    table: Records,
    plan: Plan,
    column: ColumnPlan,
    own: HierarchySource,
    workbench: Workbench,
    seed: int,
) -> FoundTree | None:
    """None for a column that transforms remove."""
    name = column.name
    alone = table.changed({name: None})
    try:
        changed, hierarchies, floors = change(
            alone, replace(plan, columns=(column,)), own, workbench, seed, "plan"
        )
        if name not in hierarchies:
            return None
        hierarchy = hierarchies[name]
        limits = limits_of(column, hierarchy, floors.get(name, 0))
    except HierarchyError as error:
        lacking = set(error.uncovered)
        if lacking:
            return FoundTree(name, None, None, _gap_of_texts(alone, name, lacking))
        return FoundTree(name, None, None, problem=str(error).rstrip("."))
    except InputError as error:
        return FoundTree(name, None, None, problem=str(error).rstrip("."))
    return FoundTree(name, hierarchy, limits, _gap(alone, changed, name, hierarchy))


def _gap(alone: Records, changed: Records, name: str, hierarchy: Hierarchy) -> Gap | None:
    """What a hierarchy lacks of what transforms made of the column."""
    distinct = changed.distinct(name)
    known = hierarchy.with_missing() if distinct.missing else hierarchy
    lacking = leaf_codes(distinct.every, known) < 0
    if not lacking.any():
        return None
    if changed.schema.field(name).type != alone.schema.field(name).type:
        return Gap(int(lacking.sum()), None, ())
    return _placed(changed, name, lacking)


def _gap_of_texts(alone: Records, name: str, texts: set[str]) -> Gap:
    """What a builder could not place; where transforms made it, only how much."""
    every = alone.distinct(name).every
    lacking = np.array([text in texts for text in as_text(every).to_pylist()], dtype=np.bool_)
    if int(lacking.sum()) < len(texts):
        return Gap(len(texts), None, ())
    return _placed(alone, name, lacking)


def _placed(table: Records, name: str, lacking: np.ndarray) -> Gap:
    """Count the records of the lacking ones among `Distinct.every`, and find the first."""
    records = table.distinct(name).records_of_every[lacking]
    first: list[int] = []
    start = 0
    for batch in table.places((name,)):
        places = batch[name]
        first += (np.flatnonzero(lacking[places])[: TOLD - len(first)] + start + 1).tolist()
        start += len(places)
        if len(first) >= TOLD:
            break
    return Gap(int(lacking.sum()), int(records.sum()), tuple(first))
