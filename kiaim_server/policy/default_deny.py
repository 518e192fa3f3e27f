"""What no rule says, but the product refuses all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from kiaim_server.hooks.host import PluginHost
from kiaim_server.language import say
from kiaim_server.model.attribute import Role
from kiaim_server.model.contract import PrivacyModel, Transform
from kiaim_server.model.plan import Plan, Requirement
from kiaim_server.policy.measures import OWN_MEASURES

#: The one form in which this version releases a table.
RECORDS: Final = "microdata"


def deny_unprotected(plan: Plan, host: PluginHost) -> Plan:
    """Block a plan under which records would leave without any protection.

    A context that calls the table something else than single records would silence the rules
    about single records; and a policy whose rules all happen not to apply would demand nothing of
    the quasi-identifiers. Neither is a permission.
    """
    policy = plan.policies[0].name
    return replace(plan, blocks=(*plan.blocks, *((policy, r) for r in _reasons(plan, host))))


def deny_unpopulated(plan: Plan, host: PluginHost) -> Plan:
    """Block a plan that speaks of a population although no research subset was given.

    A table that is its own population hides nobody's presence, and k-map is k-anonymity then: a
    policy that means that has to say it.
    """
    blocks = tuple(
        (
            rule,
            say("deny.population", measure=requirement.measure),
        )
        for requirement in plan.requirements
        if looks_at_population(requirement.measure, host)
        for rule in requirement.rules[:1]
    )
    return replace(plan, blocks=(*plan.blocks, *blocks))


def looks_at_population(measure: str, host: PluginHost) -> bool:
    """Whether a demand compares the records that leave with the population that they are from."""
    if measure in OWN_MEASURES:
        return False
    return host.get("privacy model", measure, PrivacyModel).needs_population  # type: ignore[type-abstract]


def _reasons(plan: Plan, host: PluginHost) -> Iterator[str]:
    form = plan.context["release.form"]
    if form != RECORDS:
        yield say("deny.form", form=form, records=RECORDS)
    quasi = [
        column.name
        for column in plan.columns
        if column.attribute.role is Role.QUASI
        and not any(
            host.get("transform", planned.name, Transform).removes_column  # type: ignore[type-abstract]
            for planned in column.transforms
        )
    ]
    if quasi and all(r.measure in OWN_MEASURES for r in plan.requirements):
        yield say("deny.unprotected", names=", ".join(quasi))
    elif quasi and not any(_protects(r, host) for r in plan.requirements):
        waivers = sorted({w for r in plan.requirements for w in r.waivers})
        yield say("deny.waived", waivers=", ".join(waivers))


def _protects(requirement: Requirement, host: PluginHost) -> bool:
    """Whether a demand can stand for the protection that no waiver takes away.

    What a policy demands by itself is its author's answer. What is left of a demand that a waiver
    has relaxed counts only if it still keeps records from standing alone.
    """
    if requirement.measure in OWN_MEASURES:
        return False
    if not requirement.waivers:
        return True
    bounds = {"at_least": requirement.at_least, "at_most": requirement.at_most}
    given = {key: bound for key, bound in bounds.items() if bound is not None}
    kind = host.get("privacy model", requirement.measure, PrivacyModel)  # type: ignore[type-abstract]
    model = kind.from_parameters({**requirement.parameters, **given})
    return max(model.minimum_size, model.minimum_distinct, model.minimum_population) > 1
