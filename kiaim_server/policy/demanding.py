"""Merges the requirements of all rules that apply: for each measure the strictest bound."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Self

from kiaim_server.language import say
from kiaim_server.model.attribute import Role
from kiaim_server.model.bounds import format_bound
from kiaim_server.model.contract import smallest_size_for
from kiaim_server.model.plan import Attestation, Bound, Citation, Requirement
from kiaim_server.model.waiver import in_words
from kiaim_server.policy.context import Statement
from kiaim_server.policy.document import (
    ATTESTATION,
    FORM_VIOLATIONS,
    SUPPRESSED,
    Demand,
    Waiver,
)
from kiaim_server.policy.logic import Scope
from kiaim_server.policy.tracing import Outcome
from kiaim_server.policy.waiving import NO_GRANTS, Effect, Grants

_NO_COLUMN: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True)
class _Asked:
    """What one rule asks for, with the bounds that count where waivers relax them."""

    rule: str
    demand: Demand
    at_least: Fraction | None
    at_most: Fraction | None
    granted: tuple[Waiver, ...] = ()

    @classmethod
    def of(cls, rule: str, demand: Demand, granted: tuple[Waiver, ...]) -> Self:
        """Take the bounds: of what several waivers allow the strictest, else the demand's own."""
        stated = [w.demand for w in granted if w.demand is not None] or [demand]
        lows = [d.at_least for d in stated if d.at_least is not None]
        highs = [d.at_most for d in stated if d.at_most is not None]
        return cls(rule, demand, max(lows, default=None), min(highs, default=None), granted)


@dataclass
class _Merged:
    """All bounds on one measure, with equal parameters, for one attribute (or none)."""

    measure: str
    parameters: Mapping[str, Any]
    attribute: str | None
    describe: str = ""
    asked: list[_Asked] = field(default_factory=list)
    citations: dict[Citation, None] = field(default_factory=dict)

    @property
    def at_least(self) -> Fraction | None:
        return max((a.at_least for a in self.asked if a.at_least is not None), default=None)

    @property
    def at_most(self) -> Fraction | None:
        return min((a.at_most for a in self.asked if a.at_most is not None), default=None)

    @property
    def rules(self) -> tuple[str, ...]:
        """Those whose bound holds first, then the milder ones."""
        low, high = self.at_least, self.at_most
        deciding = {
            a.rule
            for a in self.asked
            if (low is not None and a.at_least == low) or (high is not None and a.at_most == high)
        }
        ranked = sorted((a.rule not in deciding, a.rule) for a in self.asked)
        return tuple(dict.fromkeys(rule for _, rule in ranked))

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """What each rule asks for, in the order of `rules`; a rule's own demands merged."""
        found = []
        for rule in self.rules:
            own = [a for a in self.asked if a.rule == rule]
            lows = [a.at_least for a in own if a.at_least is not None]
            highs = [a.at_most for a in own if a.at_most is not None]
            waivers = tuple(sorted({w.id for a in own for w in a.granted}))
            found.append(Bound(rule, max(lows, default=None), min(highs, default=None), waivers))
        return tuple(found)

    @property
    def waivers(self) -> tuple[str, ...]:
        """Those that relax something of it."""
        return tuple(sorted({w.id for a in self.asked for w in a.granted}))

    @property
    def smallest_class(self) -> int:
        """The class size that it amounts to, if it amounts to one and to nothing else; else 0."""
        return smallest_class(self.measure, self.parameters, self.at_least, self.at_most)


@dataclass(frozen=True)
class MergedDemands:
    """Requirements of all rules that apply, sorted by measure.

    `warnings` are about demands that concern no attribute, `effects` about the waivers in force.
    """

    requirements: tuple[Requirement, ...]
    warnings: tuple[tuple[str, str], ...]
    effects: tuple[Effect, ...]


def merge_demands(
    outcomes: Sequence[Outcome],
    kept: Sequence[Sequence[Mapping[str, Any]]] | None,
    context: Mapping[str, Any],
    grants: Grants = NO_GRANTS,
) -> MergedDemands:
    """Requirements of all applied rules, strictest first named.

    Parameters
    ----------
    kept
        Facts of the columns that stay in the table: as they are, and, where a waiver
        relaxes a transform of the column, as they would be without it. A demand concerns a column
        if it does so by either, so that a waiver of a transform loosens no demand. None where
        there is no table yet: demands then concern each column that there may be.

    Notes
    -----
    Without any rule on ``suppressed-records`` no record may be suppressed: the requirement is
    added with the bound 0 and without rules.
    """
    merged: dict[tuple[str, str, str | None], _Merged] = {}
    warnings = []
    for outcome in outcomes:
        for entry, demand in enumerate(outcome.rule.demands):
            if demand.measure == ATTESTATION:
                continue
            columns = _columns(demand, kept, context)
            if not columns and demand.measure != FORM_VIOLATIONS:
                warnings.append(
                    (
                        outcome.rule.id,
                        say("demand.no_attribute", measure=demand.measure),
                    )
                )
            for facts in columns:
                attribute = None if facts is None else str(facts["column.label"])
                granted = grants.of_column(
                    outcome.rule.id, "require", entry, context, facts or _NO_COLUMN
                )
                key = (demand.measure, json.dumps(demand.parameters, sort_keys=True), attribute)
                found = merged.setdefault(
                    key,
                    _Merged(demand.measure, demand.parameters, attribute, demand.describe),
                )
                found.asked.append(_Asked.of(outcome.rule.id, demand, granted))
                found.citations.update(dict.fromkeys(outcome.rule.citations))
    effects = tuple(_effects(list(merged.values())))
    requirements = _grouped(merged)
    if requirements and all(r.measure != SUPPRESSED for r in requirements):
        requirements = (*requirements, Requirement(SUPPRESSED, {}, (), None, Fraction(0), ()))
    return MergedDemands(requirements, tuple(warnings), effects)


def smallest_class(
    measure: str, parameters: Mapping[str, Any], at_least: Fraction | None, at_most: Fraction | None
) -> int:
    """The class size that a demand amounts to; 0 for one that says something else.

    k-anonymity and the highest prosecutor risk are the same demand in two spellings.
    """
    if measure == "k-anonymity" and at_least is not None:
        return int(at_least)
    highest = (parameters.get("attacker"), parameters.get("measure")) == ("prosecutor", "maximum")
    if measure == "reidentification-risk" and highest and at_most is not None:
        return smallest_size_for(at_most)
    return 0


def _effects(merged: Sequence[_Merged]) -> Iterator[Effect]:
    """What each waiver in force has changed.

    One that leaves the release as strict as it was is taken back, so that the clause keeps the
    bound that its rule states. That changes what other waivers do in nothing: what is restored is
    no stricter than what is demanded anyway.
    """
    hindrances = [
        (entry, i, _hindrance(entry, asked.demand, merged))
        for entry in merged
        for i, asked in enumerate(entry.asked)
        if asked.granted
    ]
    for entry, i, hindrance in hindrances:
        asked = entry.asked[i]
        for waiver in asked.granted:
            note = hindrance or _remaining(entry, waiver)
            yield Effect(waiver.id, entry.attribute, not hindrance, note)
        if hindrance:
            entry.asked[i] = _Asked.of(asked.rule, asked.demand, ())


def _hindrance(entry: _Merged, demand: Demand, merged: Sequence[_Merged]) -> str:
    """Which other demand is as strict as the relaxed one was; empty if none is."""
    lower = demand.at_least is not None and entry.at_least is not None
    higher = demand.at_most is not None and entry.at_most is not None
    milder = (lower and entry.at_least < demand.at_least) or (  # type: ignore[operator]
        higher and entry.at_most > demand.at_most  # type: ignore[operator]
    )
    if not milder:
        return say("waiver.rules_as_strict", rules=", ".join(_deciding(entry, demand)))
    size = smallest_class(demand.measure, demand.parameters, demand.at_least, demand.at_most)
    for other in merged:
        if size and other is not entry and other.smallest_class >= size:
            return say(
                "waiver.measure_as_strict", measure=other.measure, rules=", ".join(other.rules)
            )
    return ""


def _deciding(entry: _Merged, demand: Demand) -> tuple[str, ...]:
    """Rules that ask for at least as much as `demand`, waivers considered."""
    return (
        tuple(
            sorted(
                {
                    a.rule
                    for a in entry.asked
                    if (demand.at_least is None or (a.at_least or 0) >= demand.at_least)
                    and (
                        demand.at_most is None
                        or (a.at_most is not None and a.at_most <= demand.at_most)
                    )
                }
            )
        )
        or entry.rules
    )


def _remaining(entry: _Merged, waiver: Waiver) -> str:
    """What holds where the waiver allows less than that; empty if nothing does."""
    allowed = waiver.demand
    if allowed is None or (entry.at_least, entry.at_most) == (allowed.at_least, allowed.at_most):
        return ""
    bounds = {"at_least": entry.at_least, "at_most": entry.at_most}
    said = {key: format_bound(value) for key, value in bounds.items() if value is not None}
    holds = in_words({"require": {entry.measure: {**entry.parameters, **said}}})
    return say("waiver.remains", holds=holds, rules=", ".join(entry.rules))


def _columns(
    demand: Demand,
    kept: Sequence[Sequence[Mapping[str, Any]]] | None,
    context: Mapping[str, Any],
) -> list[Mapping[str, Any] | None]:
    """Facts of the columns that a demand is about: sensitive ones, or any that must have a form.

    None stands for what is about no column.
    """
    if not demand.attribute_wise or kept is None:
        return [None]
    columns = demand.columns
    return [
        ways[0]
        for ways in kept
        if demand.measure == FORM_VIOLATIONS or ways[0]["column.role"] == Role.SENSITIVE.value
        if columns is None
        or any(columns.evaluate(Scope(context, (), facts)) is not False for facts in ways)
    ]


def _grouped(merged: Mapping[tuple[str, str, str | None], _Merged]) -> tuple[Requirement, ...]:
    """Join attributes with the same bounds by the same rules into one requirement."""
    groups: dict[tuple[Any, ...], list[_Merged]] = {}
    for (measure, parameters, _), entry in sorted(
        merged.items(), key=lambda i: (i[0][0], i[0][1], i[0][2] or "")
    ):
        key = (measure, parameters, entry.at_least, entry.at_most, entry.rules, entry.waivers)
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
            waivers=first.waivers,
            bounds=first.bounds,
            describe=first.describe,
        )
        for entries in groups.values()
        for first in entries[:1]
    )


def impossible(requirements: Sequence[Requirement]) -> tuple[tuple[str, str], ...]:
    """Requirements whose bounds exclude each other, as blocks."""
    return tuple(
        (
            r.rules[0],
            say(
                "demand.impossible",
                measure=r.measure,
                low=r.at_least,
                high=r.at_most,
                rules=", ".join(r.rules),
            ),
        )
        for r in requirements
        if r.at_least is not None and r.at_most is not None and r.at_least > r.at_most
    )


def merge_attestations(
    outcomes: Sequence[Outcome],
    statements: Mapping[str, Statement],
    today: datetime.date,
    grants: Grants = NO_GRANTS,
) -> tuple[tuple[Attestation, ...], tuple[Effect, ...]]:
    """Statements that applied rules ask for, each with the shortest age that one of them allows.

    A rule with ``decide: review`` asks for a statement under its own qualified id. Also what
    waivers have changed.
    """
    asked: dict[str, list[tuple[_Asked, int | None]]] = {}
    for outcome in outcomes:
        for entry, demand in enumerate(outcome.rule.demands):
            if demand.measure == ATTESTATION:
                granted = grants.of(outcome.rule.id, "require", entry)
                found = _Asked.of(outcome.rule.id, demand, granted)
                asked.setdefault(str(demand.parameters["of"]), []).append((found, _age(found)))
    effects = tuple(
        Effect(waiver.id, None, not held, held)
        for name, ages in sorted(asked.items())
        for found, _ in ages
        for waiver in found.granted
        for held in [_age_held(found.demand, ages)]
    )
    limits = {
        name: (_shortest(age for _, age in ages), [found.rule for found, _ in ages])
        for name, ages in asked.items()
    }
    limits |= {o.rule.id: (None, [o.rule.id]) for o in outcomes if reviews(o)}
    attestations = tuple(
        _attestation(name, age, statements.get(name), today, tuple(dict.fromkeys(rules)))
        for name, (age, rules) in sorted(limits.items())
    )
    return attestations, effects


def _age(asked: _Asked) -> int | None:
    """Days that a statement may be old: of what several waivers allow the fewest; None for any."""
    stated = [w.demand for w in asked.granted if w.demand is not None] or [asked.demand]
    return _shortest(d.parameters.get("max_age_days") for d in stated)


def _shortest(ages: Iterable[int | None]) -> int | None:
    return min((int(age) for age in ages if age is not None), default=None)


def _age_held(demand: Demand, ages: Sequence[tuple[_Asked, int | None]]) -> str:
    """Which other rules allow no older statement than the relaxed demand did; empty if none."""
    limit = demand.parameters.get("max_age_days")
    rules = [a.rule for a, age in ages if age is not None and limit is not None and age <= limit]
    return say("waiver.age_held", rules=", ".join(sorted(set(rules)))) if rules else ""


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
        return Attestation(name, max_age, None, None, False, say("attestation.none"), rules)
    age = (today - statement.on).days
    met = age >= 0 and (max_age is None or age <= max_age)
    reason = say("attestation.ago", age=age)
    if age < 0:
        reason = say("attestation.future")
    elif not met:
        reason = say("attestation.old", age=age, limit=max_age)
    return Attestation(name, max_age, statement.by, statement.on.isoformat(), met, reason, rules)
