"""Plans for requests that bring their own roles and requirements: alone, or on top of a policy.

On top of a policy they can tighten it, never loosen it. The strictest bound of both holds, and a
role that would take a column out of the reach of one of the policy's demands is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from kiaim_server.errors import ParameterError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.language import say
from kiaim_server.model.attribute import Attribute, ColumnProfile, Role
from kiaim_server.model.contract import Transform
from kiaim_server.model.plan import (
    ColumnPlan,
    Objective,
    Plan,
    PlannedTransform,
    PolicyRef,
    Requirement,
    RoleReason,
)
from kiaim_server.model.terms import Terms
from kiaim_server.policy.default_deny import RECORDS

_REMOVE: Final = "remove"
#: What a request may call a column that the policy calls insensitive, beside direct.
_STRICTER_THAN_INSENSITIVE: Final = frozenset({Role.QUASI, Role.SENSITIVE})


def plan_of(terms: Terms, profiles: Sequence[ColumnProfile]) -> Plan:
    """The plan of a request without a policy: what it asks for, and nothing more.

    Direct identifiers are removed, suppressed records stay with stars, and loss is the measure
    of that name. Where the terms demand nothing of quasi-identifiers, the default denial does.
    """
    records = max((p.n_records for p in profiles), default=0)
    return Plan(
        policies=(PolicyRef(terms.name, "1", terms.digest, say("terms.title")),),
        context={"release.form": RECORDS, "data.subjects": records, "data.records": records},
        columns=tuple(_planned(p.name, terms) for p in profiles),
        rules=(),
        requirements=_merged(terms.requirements),
        attestations=(),
        unclassified=(),
        blocks=(),
        reviews=(),
        warnings=(),
        objective=Objective(),
        suppressed="star",
    )


def tightened(plan: Plan, terms: Terms, host: PluginHost) -> Plan:
    """A policy's plan with what the request asks for on top; all records share their levels.

    A column is what the policy says. The request may call it a direct identifier, which removes
    it, and may be stricter where the policy calls it insensitive. Demands on values of a column
    that does not leave concern nothing, as everywhere.

    Raises
    ------
    ParameterError
        The request calls a column something by which a demand of the policy would not reach it;
        the message says what it has to be called.
    """
    columns = tuple(_tightened(column, terms, plan.policies[0].name) for column in plan.columns)
    removed = frozenset(c.name for c in columns if _is_removed(c, host))
    merged = _merged((*plan.requirements, *terms.requirements))
    return replace(
        plan,
        columns=columns,
        requirements=tuple(r for r in merged if removed.isdisjoint(r.attributes)),
        objective=replace(plan.objective, recoding="full-domain"),
    )


def _planned(name: str, terms: Terms) -> ColumnPlan:
    return _with_role(ColumnPlan(Attribute(name, Role.INSENSITIVE, "other", False, ())), terms)


def _with_role(column: ColumnPlan, terms: Terms) -> ColumnPlan:
    role, rule = terms.role(column.name), f"{terms.name}/{column.name}"
    because = say("terms.role")
    attribute = replace(
        column.attribute, role=role, rules=(rule, *column.attribute.rules), because=because
    )
    reasons = (RoleReason(rule, role.value, because), *column.reasons)
    if role is Role.DIRECT:
        removal = PlannedTransform(_REMOVE, {}, (rule,))
        return ColumnPlan(attribute, (removal,), reasons=reasons)
    return replace(column, attribute=attribute, reasons=reasons)


def _tightened(column: ColumnPlan, terms: Terms, policy: str) -> ColumnPlan:
    said, asked = column.attribute.role, terms.role(column.name)
    if asked is Role.DIRECT or (said is Role.INSENSITIVE and asked in _STRICTER_THAN_INSENSITIVE):
        return _with_role(column, terms)
    if asked is not said:
        raise ParameterError(
            f"column {column.name!r} is {said.value} under the policy {policy!r}, but the request "
            f"calls it {asked.value}; call it {said.value}, or direct if it need not leave"
        )
    return column


def _is_removed(column: ColumnPlan, host: PluginHost) -> bool:
    return any(
        host.get("transform", planned.name, Transform).removes_column  # type: ignore[type-abstract]
        for planned in column.transforms
    )


def _merged(requirements: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """One requirement per measure, parameters and attribute, with the strictest of their bounds."""
    found: dict[object, Requirement] = {}
    for requirement in requirements:
        parameters = tuple(sorted((k, str(v)) for k, v in requirement.parameters.items()))
        singles: list[tuple[str, ...]] = [(a,) for a in requirement.attributes]
        for attributes in singles or [()]:
            key = (requirement.measure, parameters, attributes)
            single = replace(requirement, attributes=attributes)
            found[key] = _strictest(found[key], single) if key in found else single
    return tuple(found.values())


def _strictest(first: Requirement, second: Requirement) -> Requirement:
    low = max((b for b in (first.at_least, second.at_least) if b is not None), default=None)
    high = min((b for b in (first.at_most, second.at_most) if b is not None), default=None)
    second_decides = (low, high) != (first.at_least, first.at_most)
    ordered = (second, first) if second_decides else (first, second)
    return replace(
        first,
        at_least=low,
        at_most=high,
        rules=tuple(dict.fromkeys(rule for r in ordered for rule in r.rules)),
    )
