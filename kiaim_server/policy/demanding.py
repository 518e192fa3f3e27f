"""Merges the requirements of all rules that apply: for each measure the strictest bound."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from kiaim_server.model.attribute import Role
from kiaim_server.model.bounds import format_bound
from kiaim_server.model.plan import Attestation, Citation, Requirement
from kiaim_server.policy.context import Statement
from kiaim_server.policy.document import ATTESTATION, FORM_VIOLATIONS, SUPPRESSED, Demand
from kiaim_server.policy.logic import Scope
from kiaim_server.policy.tracing import Outcome


@dataclass
class _Merged:
    """All bounds on one measure, with equal parameters, for one attribute (or none)."""

    measure: str
    parameters: Mapping[str, Any]
    attribute: str | None
    bounds: list[tuple[Fraction | None, Fraction | None, str]] = field(default_factory=list)
    citations: dict[Citation, None] = field(default_factory=dict)

    @property
    def at_least(self) -> Fraction | None:
        return max((low for low, _, _ in self.bounds if low is not None), default=None)

    @property
    def at_most(self) -> Fraction | None:
        return min((high for _, high, _ in self.bounds if high is not None), default=None)

    @property
    def rules(self) -> tuple[str, ...]:
        """Those whose bound holds first, then the milder ones."""
        low, high = self.at_least, self.at_most
        deciding = {
            r
            for a, b, r in self.bounds
            if ((low is not None and a == low) or (high is not None and b == high))
        }
        ranked = sorted((rule not in deciding, rule) for _, _, rule in self.bounds)
        return tuple(dict.fromkeys(rule for _, rule in ranked))


def merge_demands(
    outcomes: Sequence[Outcome],
    kept: Sequence[Mapping[str, Any]],
    context: Mapping[str, Any],
) -> tuple[tuple[Requirement, ...], tuple[tuple[str, str], ...]]:
    """Requirements of all applied rules, strictest first named.

    Parameters
    ----------
    kept
        Facts of the columns that stay in the table.

    Returns
    -------
    The requirements, sorted by measure; and warnings about demands that concern no attribute.

    Notes
    -----
    Without any rule on ``suppressed-records`` no record may be suppressed: the requirement is
    added with the bound 0 and without rules.
    """
    merged: dict[tuple[str, str, str | None], _Merged] = {}
    warnings = []
    for outcome in outcomes:
        for demand in outcome.rule.demands:
            if demand.measure == ATTESTATION:
                continue
            attributes = _attributes(demand, kept, context)
            if not attributes and demand.measure != FORM_VIOLATIONS:
                warnings.append(
                    (
                        outcome.rule.id,
                        f"{demand.measure} concerns no sensitive attribute of this table",
                    )
                )
            for attribute in attributes:
                key = (demand.measure, json.dumps(demand.parameters, sort_keys=True), attribute)
                entry = merged.setdefault(
                    key, _Merged(demand.measure, demand.parameters, attribute)
                )
                entry.bounds.append((demand.at_least, demand.at_most, outcome.rule.id))
                entry.citations.update(dict.fromkeys(outcome.rule.citations))
    requirements = _grouped(merged)
    if requirements and all(r.measure != SUPPRESSED for r in requirements):
        requirements = (*requirements, Requirement(SUPPRESSED, {}, (), None, Fraction(0), ()))
    return requirements, tuple(warnings)


def _attributes(
    demand: Demand, kept: Sequence[Mapping[str, Any]], context: Mapping[str, Any]
) -> list[str | None]:
    """The columns that a demand is about: sensitive ones, or any that have to have a form."""
    if not demand.attribute_wise:
        return [None]
    columns = demand.columns
    return [
        str(facts["column.label"])
        for facts in kept
        if demand.measure == FORM_VIOLATIONS or facts["column.role"] == Role.SENSITIVE.value
        if columns is None or columns.evaluate(Scope(context, (), facts)) is not False
    ]


def _grouped(merged: Mapping[tuple[str, str, str | None], _Merged]) -> tuple[Requirement, ...]:
    """Join attributes with the same bounds by the same rules into one requirement."""
    groups: dict[tuple[Any, ...], list[_Merged]] = {}
    for (measure, parameters, _), entry in sorted(
        merged.items(), key=lambda i: (i[0][0], i[0][1], i[0][2] or "")
    ):
        key = (measure, parameters, entry.at_least, entry.at_most, entry.rules)
        groups.setdefault(key, []).append(entry)
    return tuple(
        Requirement(
            measure=first.measure,
            parameters=first.parameters,
            attributes=tuple(e.attribute for e in entries if e.attribute is not None),
            at_least=first.at_least,
            at_most=first.at_most,
            rules=first.rules,
            citations=tuple(first.citations),
        )
        for entries in groups.values()
        for first in entries[:1]
    )


def impossible(requirements: Sequence[Requirement]) -> tuple[tuple[str, str], ...]:
    """Requirements whose bounds exclude each other, as blocks."""
    return tuple(
        (
            r.rules[0],
            f"{r.measure} is asked to be at least {format_bound(r.at_least)} and at most "
            f"{format_bound(r.at_most)} ({', '.join(r.rules)}), which no release can be",
        )
        for r in requirements
        if r.at_least is not None and r.at_most is not None and r.at_least > r.at_most
    )


def merge_attestations(
    outcomes: Sequence[Outcome], statements: Mapping[str, Statement], today: datetime.date
) -> tuple[Attestation, ...]:
    """Statements that applied rules ask for, each with the shortest age that one of them allows.

    A rule with ``decide: review`` asks for a statement under its own qualified id.
    """
    asked: dict[str, tuple[int | None, list[str]]] = {}
    for outcome in outcomes:
        for demand in outcome.rule.demands:
            if demand.measure == ATTESTATION:
                name, age = str(demand.parameters["of"]), demand.parameters.get("max_age_days")
                known, rules = asked.get(name, (None, []))
                ages = [int(a) for a in (age, known) if a is not None]
                asked[name] = (min(ages, default=None), [*rules, outcome.rule.id])
        if reviews(outcome):
            asked[outcome.rule.id] = (None, [outcome.rule.id])
    return tuple(
        _attestation(name, age, statements.get(name), today, tuple(dict.fromkeys(rules)))
        for name, (age, rules) in sorted(asked.items())
    )


def reviews(outcome: Outcome) -> bool:
    """Whether the rule sends the release to a person."""
    return outcome.applied and outcome.rule.decide == "review"


def _attestation(
    name: str,
    max_age: int | None,
    statement: Statement | None,
    today: datetime.date,
    rules: tuple[str, ...],
) -> Attestation:
    if statement is None:
        return Attestation(name, max_age, None, None, False, "nobody has attested it", rules)
    age = (today - statement.on).days
    met = age >= 0 and (max_age is None or age <= max_age)
    reason = f"attested {age} days ago"
    if age < 0:
        reason = "the attestation is dated in the future"
    elif not met:
        reason = f"the attestation is {age} days old, but may be {max_age} at most"
    return Attestation(name, max_age, statement.by, statement.on.isoformat(), met, reason, rules)
