"""From a plan and a table to a search problem."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
import pyarrow as pa

from kiaim_server.encode import Coding, coding_of, count_batches
from kiaim_server.errors import HierarchyError
from kiaim_server.hierarchy import HierarchySource
from kiaim_server.hooks.host import PluginHost
from kiaim_server.language import say
from kiaim_server.model.attribute import Role
from kiaim_server.model.contract import LossMeasure, PrivacyModel
from kiaim_server.model.encoded import TupleTable
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.plan import ColumnPlan, Plan, Requirement
from kiaim_server.model.records import Records
from kiaim_server.model.solution import SearchProblem
from kiaim_server.pipeline.change import change, labels_put
from kiaim_server.pipeline.request import Workbench
from kiaim_server.pipeline.trees import NamedTree, TreeFinder, with_trees
from kiaim_server.read import members_of, without_column

#: A requirement that the search keeps as its limit.
SUPPRESSED = "suppressed-records"
#: One about the cells of a column, which transforms bring about.
FORM_VIOLATIONS = "form-violations"
#: Every other requirement is a privacy model.
NO_MODELS: Final = frozenset({SUPPRESSED, FORM_VIOLATIONS})


@dataclass(frozen=True, eq=False)
class Prepared:
    """The table after value transforms, its coding, and the problem that the search has to solve.

    Attributes
    ----------
    orders
        Sensitive attributes and the order that a requirement states for their values.
    membership
        The column that says who belongs to the research subset, as it was put in; None if there
        is none. It is not in `table`.
    persons, key
        The person key as it was put in, and its name; None where records are counted.
    trees
        Hierarchies along which models measure the distance of sensitive values.
    """

    table: Records
    coding: Coding
    problem: SearchProblem
    orders: Mapping[str, str | tuple[str, ...]]
    membership: pa.ChunkedArray | None = None
    persons: pa.ChunkedArray | None = None
    trees: tuple[NamedTree, ...] = ()
    key: str | None = None

    @property
    def members(self) -> np.ndarray:
        """bool[:], shape (n_records,): the records that may leave."""
        if self.coding.subset is None:
            return np.ones(self.table.n_records, dtype=np.bool_)
        return self.coding.subset


def prepare(
    table: Records,
    plan: Plan,
    own: HierarchySource,
    workbench: Workbench,
    seed: int,
    release_id: str,
    subset: str | None = None,
) -> Prepared:
    """Change values, find hierarchies, encode, count, and make the models.

    Parameters
    ----------
    release_id
        Binds keys that transforms derive to this input and policy.
    subset
        The column that says which records may leave.

    Raises
    ------
    HierarchyError
        A quasi-identifier without hierarchy, or with values that its hierarchy does not cover; a
        sensitive attribute without the hierarchy that a model needs.
    InputError
        From transforms, builders and models whose parameters or columns do not fit.
    """
    members = membership = None
    if subset is not None:
        members, membership = members_of(table, subset), table.column(subset)
        table = without_column(table, subset)
    changed, hierarchies, floors = change(table, plan, own, workbench, seed, release_id)
    orders = stated_orders(plan.requirements)
    columns = _quasi(plan, changed)
    sensitive = {
        c.name: orders.get(c.name)
        for c in plan.columns
        if c.attribute.role is Role.SENSITIVE and c.name in changed.columns
    }
    in_order = [hierarchies[c.name] for c in columns]
    persons = None if plan.person is None else table.column(plan.person.column)
    keyed, key = _with_key(changed, plan, persons)
    coding = coding_of(keyed, in_order, sensitive, person=key, subset=members)
    tuples = count_batches(coding.encode(keyed), keyed.n_records)
    complete, trees = with_trees(
        models(plan.requirements, workbench.host),
        [requirement.parameters.get("hierarchy") for requirement, _ in _demands(plan.requirements)],
        TreeFinder(changed, coding.labels, plan, own, workbench.host),
        labels_put(plan, workbench),
    )
    problem = SearchProblem(
        tuples=tuples,
        hierarchies=coding.hierarchies,
        levels=tuple(
            limits_of(column, hierarchy, floors.get(column.name, 0))
            for column, hierarchy in zip(columns, in_order, strict=True)
        ),
        models=complete,
        max_suppressed=max_suppressed(plan.requirements, tuples.n_records),
        loss=_loss(plan, workbench),
        reference="input" if plan.suppressed == "star" else "released",
    )
    named = None if plan.person is None else plan.person.column
    return Prepared(changed, coding, problem, orders, membership, persons, trees, named)


def _with_key(
    table: Records, plan: Plan, persons: pa.ChunkedArray | None
) -> tuple[Records, str | None]:
    """The table with the person key as it was put in, whatever transforms made of it; its name."""
    if persons is None or plan.person is None:
        return table, None
    name = plan.person.column
    while name in table.columns:
        name += "'"
    return table.changed({**dict.fromkeys(table.columns), name: persons}), name


def stated_orders(requirements: Sequence[Requirement]) -> dict[str, str | tuple[str, ...]]:
    """Per sensitive attribute the order of its values, where a requirement states one."""
    orders: dict[str, str | tuple[str, ...]] = {}
    for requirement in requirements:
        order = requirement.parameters.get("order")
        if order is not None:
            for attribute in requirement.attributes:
                orders[attribute] = order if isinstance(order, str) else tuple(order)
    return orders


def models(requirements: Sequence[Requirement], host: PluginHost) -> tuple[PrivacyModel, ...]:
    """The privacy models that the requirements ask for, one per sensitive attribute."""
    return tuple(
        model_of(host, r.measure, r.parameters, attribute, r.at_least, r.at_most)
        for r, attribute in _demands(requirements)
    )


def _demands(requirements: Sequence[Requirement]) -> Iterator[tuple[Requirement, str | None]]:
    """What becomes a model each: a requirement and one of its attributes, or None."""
    for requirement in requirements:
        if requirement.measure not in NO_MODELS:
            for attribute in requirement.attributes or (None,):
                yield requirement, attribute


def model_of(
    host: PluginHost,
    measure: str,
    parameters: Mapping[str, Any],
    attribute: str | None,
    at_least: Fraction | str | None,
    at_most: Fraction | str | None,
) -> PrivacyModel:
    """Make a privacy model from its parameters and bounds.

    Raises
    ------
    PluginError
        If no usable plugin offers the model.
    ParameterError
        If a parameter does not fit its schema.
    """
    bounds = {"at_least": at_least, "at_most": at_most}
    given = dict(parameters) | {key: bound for key, bound in bounds.items() if bound is not None}
    kind = host.get("privacy model", measure, PrivacyModel)  # type: ignore[type-abstract]
    model = kind.from_parameters(given)
    return model if attribute is None else model.for_attribute(attribute)


def max_suppressed(requirements: Sequence[Requirement], n_records: int) -> int:
    """Records that may be suppressed; none where no rule speaks of suppression."""
    limits = [r.at_most for r in requirements if r.measure == SUPPRESSED and r.at_most is not None]
    limit = min(limits, default=Fraction(0))
    return int(limit * n_records)


def _quasi(plan: Plan, table: Records) -> tuple[ColumnPlan, ...]:
    """Quasi-identifiers that are still in the table, in its order."""
    by_name = {c.name: c for c in plan.columns if c.attribute.role is Role.QUASI}
    return tuple(by_name[name] for name in table.columns if name in by_name)


def limits_of(column: ColumnPlan, hierarchy: Hierarchy, floor: int) -> tuple[int, int]:
    """Level limits of the search: the policy's, and not below what transforms amount to.

    Raises
    ------
    HierarchyError
        A level that the hierarchy does not have, or no level within the limits.
    """
    low, high = (_level(limit, column.name, hierarchy) for limit in column.levels)
    least = max(floor, low if low is not None else 0)
    most = high if high is not None else hierarchy.n_levels - 1
    if least > most:
        raise HierarchyError(
            f"column {column.name!r}: the least level is {least} ({hierarchy.level_names[least]}), "
            f"but the policy allows at most {most} ({hierarchy.level_names[most]}); raise 'max'"
        )
    return least, most


def _level(limit: int | str | None, name: str, hierarchy: Hierarchy) -> int | None:
    level = hierarchy.level_of(limit) if isinstance(limit, str) else limit
    if limit is not None and (level is None or not 0 <= level < hierarchy.n_levels):
        raise HierarchyError(
            f"column {name!r}: its hierarchy has no level {limit!r}; it has "
            + ", ".join(f"{i} ({n})" for i, n in enumerate(hierarchy.level_names))
        )
    return level


def _loss(plan: Plan, workbench: Workbench) -> LossMeasure:
    kind = workbench.host.get("loss measure", plan.objective.loss, LossMeasure)  # type: ignore[type-abstract]
    return kind.from_parameters(plan.objective.parameters)


def original_sizes(tuples: TupleTable) -> np.ndarray:
    """int64[:]: classes of the records that may leave before anything is done to them.

    In persons where these are counted.
    """
    sizes = tuples.counts
    if tuples.persons is not None:
        groups = tuples.persons.groups
        summed = np.concatenate([[0], np.cumsum(groups.sizes[groups.groups])])
        sizes = summed[groups.indptr[1:]] - summed[groups.indptr[:-1]]
    return np.asarray(sizes[sizes > 0], dtype=np.int64)


def hopeless(prepared: Prepared, requirements: Sequence[Requirement]) -> tuple[str, ...]:
    """Why no search could succeed, in sentences; empty if one might.

    A class larger than the table and more distinct values than there are need no search to be
    refused, and say more plainly what is wrong.
    """
    tuples = prepared.problem.tuples
    unit, available = say("unit.records"), tuples.n_records
    if tuples.persons is not None:
        unit, available = say("unit.persons"), tuples.persons.n_persons
    distinct = {name: len(labels) for name, labels in prepared.coding.labels.items()}
    reasons = []
    demands = zip(_demands(requirements), prepared.problem.models, strict=True)
    for (requirement, attribute), model in demands:
        rules = ", ".join(requirement.rules) or say("decide.default")
        asked = say("decide.asked_by", rules=rules)
        if model.minimum_size > available:
            reasons.append(
                say(
                    "search.class_too_large",
                    model=model.name,
                    size=model.minimum_size,
                    unit=unit,
                    available=available,
                    asked=asked,
                )
            )
        if attribute is not None and model.minimum_distinct > distinct[attribute]:
            reasons.append(
                say(
                    "search.too_few_values",
                    model=model.name,
                    needed=model.minimum_distinct,
                    attribute=attribute,
                    distinct=distinct[attribute],
                    asked=asked,
                )
            )
    return tuple(dict.fromkeys(reasons))
