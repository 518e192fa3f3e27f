"""What a request brings tightens a plan and never loosens it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.errors import ParameterError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import Attribute, ColumnProfile, Role
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.model.plan import (
    ColumnPlan,
    Objective,
    Plan,
    PlannedTransform,
    PolicyRef,
    Requirement,
)
from kiaim_server.model.terms import Terms
from kiaim_server.policy import deny_unprotected, plan_of, tightened


@pytest.fixture(scope="module")
def host() -> PluginHost:
    return PluginHost.load()


def demand(
    measure: str,
    low: int | None = None,
    high: str | None = None,
    attributes: tuple[str, ...] = (),
    by: str = "policy/rule",
    **parameters: Any,
) -> Requirement:
    at_least = None if low is None else Fraction(low)
    return Requirement(
        measure, parameters, attributes, at_least, None if high is None else Fraction(high), (by,)
    )


def column(name: str, role: Role, *transforms: str) -> ColumnPlan:
    planned = tuple(PlannedTransform(t, {}, ("policy/rule",)) for t in transforms)
    return ColumnPlan(Attribute(name, role, "other", False, ("policy/rule",), "So."), planned)


def plan(columns: tuple[ColumnPlan, ...], *requirements: Requirement) -> Plan:
    return Plan(
        policies=(PolicyRef("house", "1.0.0", "d"),),
        context={"release.form": "microdata"},
        columns=columns,
        rules=(),
        requirements=requirements,
        attestations=(),
        unclassified=(),
        blocks=(("house/no", "never"),),
        reviews=(),
        warnings=(),
        objective=Objective(recoding="local"),
        suppressed="drop",
    )


def terms(roles: dict[str, Role], *requirements: Requirement) -> Terms:
    return Terms("asked", "0" * 64, roles, requirements)


ROLES = list(Role)


@given(st.sampled_from(ROLES), st.sampled_from(ROLES))
def test_a_role_never_takes_a_column_out_of_reach_of_the_policy(said: Role, asked: Role) -> None:
    """Only direct, and what is stricter than insensitive, may differ."""
    allowed = asked in (said, Role.DIRECT) or said is Role.INSENSITIVE
    host = PluginHost.load()
    wish = terms({"x": asked})
    if not allowed:
        with pytest.raises(ParameterError, match=f"'x' is {said.value} under the policy 'house'"):
            tightened(plan((column("x", said),)), wish, host)
        return
    (found,) = tightened(plan((column("x", said),)), wish, host).columns
    assert found.attribute.role is asked
    assert [t.name for t in found.transforms] == (["remove"] if asked is Role.DIRECT else [])


def test_a_column_that_the_request_does_not_describe_leaves_nothing(host: PluginHost) -> None:
    (found,) = tightened(plan((column("x", Role.QUASI),)), terms({}), host).columns
    assert found.attribute.role is Role.DIRECT
    assert [t.name for t in found.transforms] == ["remove"]


def test_transforms_of_the_policy_stay(host: PluginHost) -> None:
    before = plan((column("x", Role.INSENSITIVE, "round"),))
    (found,) = tightened(before, terms({"x": Role.QUASI}), host).columns
    assert [t.name for t in found.transforms] == ["round"]
    assert found.attribute.rules == ("asked/x", "policy/rule")
    assert [(r.rule, r.role) for r in found.reasons] == [("asked/x", "quasi")]


@given(
    st.lists(st.integers(2, 9), max_size=3),
    st.lists(st.integers(2, 9), max_size=3),
    st.lists(st.fractions(0, 1), max_size=3),
    st.lists(st.fractions(0, 1), max_size=3),
)
def test_the_strictest_bound_of_both_holds(
    ks: list[int], asked_ks: list[int], limits: list[Fraction], asked_limits: list[Fraction]
) -> None:
    """However often and on whichever side it is stated."""
    host = PluginHost.load()
    said = [demand("k-anonymity", k) for k in ks]
    said += [demand("suppressed-records", None, str(limit)) for limit in limits]
    wished = [demand("k-anonymity", k, by="asked/k") for k in asked_ks]
    wished += [demand("suppressed-records", None, str(x), by="asked/s") for x in asked_limits]
    found = tightened(
        plan((column("x", Role.QUASI),), *said), terms({"x": Role.QUASI}, *wished), host
    )
    k, limit = found.requirement("k-anonymity"), found.requirement("suppressed-records")
    assert (k.at_least if k else None) == max([*ks, *asked_ks], default=None)
    assert (limit.at_most if limit else None) == min([*limits, *asked_limits], default=None)
    if k:
        bounds = [("policy/rule", n) for n in ks] + [("asked/k", n) for n in asked_ks]
        assert k.rules[0] in {rule for rule, n in bounds if n == k.at_least}


def test_demands_that_are_about_something_else_stand_beside_each_other(host: PluginHost) -> None:
    """Each by itself: two clauses on the same would be counted as one."""
    said = demand("l-diversity", 2, attributes=("a", "b"), variant="recursive", c=4)
    asked = demand("l-diversity", 3, attributes=("a",), by="asked/l", variant="recursive", c="4")
    other = demand("l-diversity", 2, attributes=("b",), variant="recursive", c="5", by="asked/o")
    columns = (column("a", Role.SENSITIVE), column("b", Role.SENSITIVE))
    roles = {"a": Role.SENSITIVE, "b": Role.SENSITIVE}
    found = tightened(plan(columns, said), terms(roles, asked, other, said), host)
    assert found.requirements == (
        replace(said, attributes=("a",), at_least=Fraction(3), rules=("asked/l", "policy/rule")),
        replace(said, attributes=("b",)),
        other,
    )


def test_demands_on_what_does_not_leave_concern_nothing(host: PluginHost) -> None:
    """Whoever removes the column, the policy or the request."""
    said = demand("l-diversity", 2, attributes=("a", "b", "c"), variant="distinct")
    alone = demand("l-diversity", 2, attributes=("b",), variant="entropy")
    columns = (
        column("a", Role.SENSITIVE),
        column("b", Role.SENSITIVE),
        column("c", Role.SENSITIVE, "remove"),
    )
    wish = terms({"a": Role.SENSITIVE, "c": Role.SENSITIVE})
    found = tightened(plan(columns, said, alone), wish, host)
    assert found.requirements == (replace(said, attributes=("a",)),)


def test_all_else_of_the_policy_stays(host: PluginHost) -> None:
    before = plan((column("x", Role.QUASI),))
    found = tightened(before, terms({"x": Role.QUASI}), host)
    assert found.blocks == before.blocks
    assert found.suppressed == "drop"
    assert found.objective.recoding == "full-domain"


def test_terms_alone_are_a_plan(host: PluginHost) -> None:
    profiles = [ColumnProfile(n, "text", 7, 0, 2) for n in ("id", "age", "sick", "note")]
    k = demand("k-anonymity", 2, by="asked/k")
    wish = terms({"age": Role.QUASI, "sick": Role.SENSITIVE, "note": Role.INSENSITIVE}, k)
    found = plan_of(wish, profiles)
    assert [c.attribute.role for c in found.columns] == [
        Role.DIRECT,
        Role.QUASI,
        Role.SENSITIVE,
        Role.INSENSITIVE,
    ]
    assert found.requirements == (k,)
    assert found.suppressed == "star"
    assert not deny_unprotected(found, host).blocks


def test_terms_that_demand_nothing_are_denied(host: PluginHost) -> None:
    profiles = [ColumnProfile("age", "text", 7, 0, 2)]
    limit = demand("suppressed-records", None, "1")
    found = deny_unprotected(plan_of(terms({"age": Role.QUASI}, limit), profiles), host)
    assert [rule for rule, _ in found.blocks] == ["asked"]
    assert host.get("privacy model", "k-anonymity", PrivacyModel)  # type: ignore[type-abstract]
