"""Changes values as the policy orders, and finds hierarchies for what they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.errors import HierarchyError
from kiaim_server.hierarchy import HierarchySource, resolve
from kiaim_server.model.attribute import Role
from kiaim_server.model.contract import ColumnContext, Transform
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.plan import ColumnPlan, Plan
from kiaim_server.model.records import Records
from kiaim_server.model.table import as_text, value_type
from kiaim_server.pipeline.request import Workbench
from kiaim_server.transform import change_values


@dataclass(frozen=True, eq=False)
class _Stage:
    """What the columns of a plan are made with."""

    plan: Plan
    own: HierarchySource
    workbench: Workbench
    seed: int
    release_id: str

    def contexts(
        self,
        table: Records,
        hierarchies: Mapping[str, Hierarchy],
        done: Mapping[str, Sequence[Transform]],
    ) -> dict[str, ColumnContext]:
        """What transforms may know; `done` are those that were applied to `table` already."""
        return {
            column.name: ColumnContext(
                attribute=column.attribute,
                type=value_type(table.schema.field(column.name).type),
                hierarchy=hierarchies.get(column.name),
                seed=self.seed,
                key=self._key(column.name),
                codes=_codes(done.get(column.name, ())),
            )
            for column in self.plan.columns
            if column.name in table.columns
        }

    def hierarchy(self, column: ColumnPlan, table: Records, done: Sequence[Transform]) -> Hierarchy:
        """The hierarchy over the values in `table`; labels of codings are groups of their own."""
        distinct = table.distinct(column.name).every
        codes = _codes(done)
        if codes:
            distinct = distinct.filter(
                pc.invert(pc.is_in(as_text(distinct), value_set=pa.array(codes)))
            )
        host = self.workbench.host
        sensitive = column.attribute.role is not Role.QUASI
        found = resolve(
            column.hierarchy, self.own, column.name, distinct, host, sensitive=sensitive
        )
        for code in codes:
            found = found.with_code(code)
        return found

    def _key(self, column: str) -> Any:
        return lambda purpose: self.workbench.keys.derive(purpose, self.release_id, column)


def change(
    table: Records,
    plan: Plan,
    own: HierarchySource,
    workbench: Workbench,
    seed: int,
    release_id: str,
) -> tuple[Records, dict[str, Hierarchy], dict[str, int]]:
    """Apply the transforms of every column and resolve the hierarchies of quasi-identifiers.

    The last transforms of a quasi-identifier that amount to levels of its hierarchy (over the
    values that those before them leave) do not change values: they forbid the search to stay
    below that level, so that loss is counted from the finer values. Where the hierarchy lacks
    such a level the values change, and the hierarchy is found for what they become.

    Returns
    -------
    tuple
        The changed table, a hierarchy for every quasi-identifier in it, and the least level of
        those for which transforms amount to one.

    Raises
    ------
    HierarchyError
        A quasi-identifier without hierarchy, or one whose hierarchy knows neither the level that
        a transform names nor what the transform makes of the values.
    InputError
        From transforms and builders whose parameters or columns do not fit.
    """
    stage = _Stage(plan, own, workbench, seed, release_id)
    steps = _transforms(plan, workbench)
    first, last = {}, {}
    for column in plan.columns:
        first[column.name], last[column.name] = _split(column, steps[column.name])
    changed = change_values(table, first, stage.contexts(table, {}, {}))
    hierarchies: dict[str, Hierarchy] = {}
    floors: dict[str, int] = {}
    for column in plan.columns:
        name = column.name
        if name not in changed.columns:
            continue
        if column.attribute.role is Role.QUASI:
            hierarchies[name] = stage.hierarchy(column, changed, first[name])
            level = _level_of(last[name], hierarchies[name])
            if level is not None:
                floors[name], last[name] = level, []
        elif any(step.needs_hierarchy for step in last[name]) and _has_hierarchy(column, own):
            hierarchies[name] = stage.hierarchy(column, changed, first[name])
    changed = change_values(changed, last, stage.contexts(changed, hierarchies, first))
    quasi = [c for c in plan.columns if c.attribute.role is Role.QUASI]
    for column in quasi:
        if last[column.name] and column.name in changed.columns:
            before = hierarchies[column.name]
            hierarchies[column.name] = _for_changed(
                stage, column, changed, steps[column.name], before
            )
    return changed, {c.name: hierarchies[c.name] for c in quasi if c.name in hierarchies}, floors


def _split(
    column: ColumnPlan, steps: Sequence[Transform]
) -> tuple[list[Transform], list[Transform]]:
    """Transforms that surely change values, and from which on a hierarchy has a say."""
    quasi = column.attribute.role is Role.QUASI
    if any(step.removes_column for step in steps):
        return list(steps), []
    start = len(steps)
    if quasi:
        while start and steps[start - 1].level_name is not None:
            start -= 1
    needing = [i for i, step in enumerate(steps) if step.needs_hierarchy]
    start = min([start, *needing])
    return list(steps[:start]), list(steps[start:])


def _level_of(steps: Sequence[Transform], hierarchy: Hierarchy) -> int | None:
    """The least level that all these transforms amount to; None if one amounts to none."""
    levels = [None if s.level_name is None else hierarchy.level_of(s.level_name) for s in steps]
    found = [level for level in levels if level is not None]
    return max(found, default=0) if len(found) == len(levels) else None


def _for_changed(
    stage: _Stage,
    column: ColumnPlan,
    table: Records,
    steps: Sequence[Transform],
    before: Hierarchy,
) -> Hierarchy:
    """The hierarchy for what the transforms made of the values; it has to know them all."""
    named = [s for s in steps if s.level_name is not None and before.level_of(s.level_name) is None]
    try:
        found = stage.hierarchy(column, table, steps)
    except HierarchyError as error:
        if named:
            raise _no_such_level(column, named[0], before) from error
        raise
    leaves = {label for label in found.labels[0].tolist() if label is not None}
    values = as_text(table.distinct(column.name).values).to_pylist()
    if named and not leaves.issuperset(values):
        raise _no_such_level(column, named[0], before)
    return found


def _no_such_level(column: ColumnPlan, step: Transform, hierarchy: Hierarchy) -> HierarchyError:
    rules = ", ".join(r for t in column.transforms if t.name == step.name for r in t.rules)
    return HierarchyError(
        f"column {column.name!r}: {rules} orders {step.name!r} to the level {step.level_name!r}, "
        f"but the column's hierarchy has no level of this name (it has "
        f"{', '.join(hierarchy.level_names)}) and does not know what the values would become; "
        "order one of its levels instead, or have the policy build a hierarchy with that level"
    )


def _has_hierarchy(column: ColumnPlan, own: HierarchySource) -> bool:
    return column.hierarchy is not None or own.find(column.name) is not None


def _transforms(plan: Plan, workbench: Workbench) -> dict[str, list[Transform]]:
    """What the policy orders for each column, in the order in which it is applied."""
    return {
        column.name: [
            workbench.host.get("transform", t.name, Transform).from_parameters(t.parameters)  # type: ignore[type-abstract]
            for t in column.transforms
        ]
        for column in plan.columns
    }


def labels_put(plan: Plan, workbench: Workbench) -> dict[str, tuple[str, ...]]:
    """Per column the labels such as ``90+`` that its transforms put for values."""
    return {name: _codes(steps) for name, steps in _transforms(plan, workbench).items()}


def _codes(steps: Sequence[Transform]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for step in steps for code in step.codes))
