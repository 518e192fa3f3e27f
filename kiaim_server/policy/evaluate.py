"""From a policy, a release context and column profiles to a plan.

The strata, so that no rule can depend on itself: context, classification, transforms, then
requirements and decisions. What an earlier stratum does not know, its conditions cannot name
(the linter refuses them).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

from kiaim_server.hooks.host import PluginHost
from kiaim_server.language import say
from kiaim_server.model.attribute import Attribute, ColumnProfile, Role
from kiaim_server.model.bounds import format_bound
from kiaim_server.model.plan import ColumnPlan, Objective, Plan, PolicyRef, RoleReason
from kiaim_server.policy.choosing import (
    Choice,
    choose_hierarchy,
    choose_objective,
    choose_suppressed,
    choose_weight,
)
from kiaim_server.policy.classifying import Classification, ClassifierIndex, facts_of
from kiaim_server.policy.context import ReleaseContext, read_context
from kiaim_server.policy.default_deny import RECORDS
from kiaim_server.policy.demanding import impossible, merge_attestations, merge_demands, reviews
from kiaim_server.policy.document import (
    POLICY_HIERARCHY,
    Document,
    Order,
    Policy,
    Waiver,
    Weighting,
)
from kiaim_server.policy.logic import Scope
from kiaim_server.policy.ordering import Known, Ordered, Treatment, treat
from kiaim_server.policy.persons import LONGITUDINAL, PersonChoice, choose_person, person_warnings
from kiaim_server.policy.tracing import Outcome, judge, unknown_facts
from kiaim_server.policy.unmatched import unmatched
from kiaim_server.policy.waiving import (
    NO_GRANTS,
    Effect,
    Grants,
    relaxed_decision,
    standings,
    traces,
)

Note = tuple[str, str]
_NO_ACTIONS: Final[Mapping[str, str]] = {}
_NO_PERSON: Final = PersonChoice()


@dataclass(frozen=True)
class _Column:
    """A column on its way: `attribute` is None where no rule covers it."""

    profile: ColumnProfile
    attribute: Attribute | None
    treatment: Treatment | None = None
    reasons: tuple[RoleReason, ...] = ()

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """Facts that are known of it so far."""
        found = facts_of(self.profile)
        if self.attribute is not None:
            found["column.role"] = self.attribute.role.value
            found["column.kind"] = self.attribute.kind
            found["column.special_category"] = self.attribute.special_category
        if self.treatment is not None:
            found["column.action"] = self.treatment.action
            found["column.granularity"] = self.treatment.granularity
        return found


def evaluate(
    policy: Policy,
    context: Mapping[str, Any],
    profiles: Sequence[ColumnProfile],
    host: PluginHost,
    today: datetime.date,
) -> Plan:
    """What the policy says of a release, before any record is touched.

    Raises
    ------
    ContextError
        The context names unknown facts or gives values of the wrong type.
    PluginError
        A plugin that the policy was loaded with is not in `host`.

    Notes
    -----
    O(columns * (rules + patterns)); a policy of 200 rules on 300 columns takes well below 100 ms.
    """
    _check_plugins(policy, host)
    given = read_context(context)
    person = choose_person(policy.documents, profiles, given.facts)
    facts, notes = counted(given, profiles, policy.name, person)
    index = ClassifierIndex(policy.documents)
    classified = [index.classify(p, facts) for p in profiles]
    notes += unmatched(policy.documents, profiles)
    return plan_for(policy, given, facts, classified, today, notes, person=person)


def foresee(
    policy: Policy,
    context: Mapping[str, Any],
    host: PluginHost,
    today: datetime.date,
) -> Plan:
    """What the policy says of a release of which there is no table yet.

    Nothing is counted and nothing is known of columns, so rules about them are undetermined.
    Demands on sensitive attributes concern each one that there may be. It leads to no release.

    Raises
    ------
    ContextError, PluginError
        As by `evaluate`.
    """
    _check_plugins(policy, host)
    given = read_context(context)
    facts = dict(given.facts)
    facts.setdefault("release.form", RECORDS)
    return plan_for(policy, given, facts, None, today)


def plan_for(
    policy: Policy,
    given: ReleaseContext,
    facts: dict[str, Any],
    classified: Sequence[Classification] | None,
    today: datetime.date,
    notes: Sequence[Note] = (),
    actions: Mapping[str, str] = _NO_ACTIONS,
    person: PersonChoice = _NO_PERSON,
) -> Plan:
    """The plan for columns that are classified already.

    Parameters
    ----------
    facts
        The context with what was counted; special categories of the columns are added.
    classified
        None where there is no table: nothing is known of columns then.
    actions
        Per column what is done to it, instead of what the rules order: for cases of policies.
    """
    documents = policy.documents
    seen, classified = classified is not None, classified or ()
    notes = [*notes, *_special_categories(facts, classified, policy.name)]
    classes = [_Column(c.profile, c.attribute).facts for c in classified] if seen else None
    early = _judge(documents, facts, classes, with_orders=True)
    stood = standings(documents, early, facts, classes, today, with_orders=True)
    treated = _treated(classified, early, facts, actions, Grants.among(stood))
    columns = treated.columns
    late, kept = _judge_late(documents, facts, treated, seen=seen)
    final = [c.facts for c in columns] if seen else None
    stood += standings(documents, [*early, *late], facts, final, today, with_orders=False)
    grants = Grants.among(stood)
    decided = [relaxed_decision(o, grants) for o in (*early, *late)]
    outcomes = sorted((_marked(o, grants) for o, _ in decided), key=lambda o: o.rule.id)
    applied = [o for o in outcomes if o.applied]
    merged = merge_demands(applied, _kept(treated) if seen else None, facts, grants)
    requirements = merged.requirements
    attestations, aged = merge_attestations(applied, given.statements, today, grants)
    effects = [*treated.effects, *(e for _, found in decided for e in found), *merged.effects]
    compared = {
        attribute
        for requirement in requirements
        if requirement.parameters.get("hierarchy") == POLICY_HIERARCHY
        for attribute in requirement.attributes
    }
    plans, conflicts, weighting = _column_plans(treated, documents, facts, policy.name, compared)
    blocks = [
        *_validity_blocks(documents, today),
        *_applies_blocks(documents, facts),
        *((policy.name, c.conflict) for c in classified if c.conflict),
        *(b for c in columns if c.treatment for b in c.treatment.blocks),
        *conflicts,
        *person.conflicts,
        *impossible(requirements),
        *(_reason(o) for o in applied if o.rule.decide == "block"),
    ]
    waivers, unmet = traces(stood, [*effects, *aged], {rule for rule, _ in blocks})
    given_reviews = {a.of for a in attestations if a.met}
    warnings = [
        *notes,
        *unmet,
        *kept,
        *person_warnings(documents, facts, policy.name),
        *_review_due(documents, today),
        *(w for c in columns if c.treatment for w in c.treatment.warnings),
        *merged.warnings,
        *(_reason(o) for o in applied if o.rule.decide == "warn"),
    ]
    return Plan(
        policies=tuple(PolicyRef(d.name, d.version, policy.digest, d.title) for d in documents),
        context=_shown(given, facts),
        columns=plans,
        rules=tuple(o.trace for o in outcomes),
        requirements=requirements,
        attestations=attestations,
        unclassified=tuple(c.profile.name for c in classified if c.attribute is None),
        blocks=tuple(dict.fromkeys(blocks)),
        reviews=tuple(_reason(o) for o in applied if reviews(o) and o.rule.id not in given_reviews),
        warnings=tuple(dict.fromkeys(warnings)),
        objective=_objective(weighting, plans),
        suppressed=choose_suppressed(documents),
        not_covered=policy.not_covered,
        person=person.key,
        waivers=waivers,
        origins=_origins(given, facts, person),
    )


def _origins(
    given: ReleaseContext, facts: Mapping[str, Any], person: PersonChoice
) -> dict[str, str]:
    """Where each known fact comes from: ``given``, ``counted``, or ``assumed`` by default."""
    assumed = {"release.form"} | (set() if person.profile else {"data.subjects"})
    found = {}
    for name, value in facts.items():
        if value is None:
            continue
        stated = name in given.facts and given.facts[name] == value
        otherwise = "assumed" if name in assumed else "counted"
        found[name] = "given" if stated else otherwise
    return found


def _marked(outcome: Outcome, grants: Grants) -> Outcome:
    """The outcome with the waivers that are in force on its rule."""
    waivers = grants.on_rule(outcome.rule.id) if outcome.applied else ()
    return replace(outcome, trace=replace(outcome.trace, waivers=waivers)) if waivers else outcome


def _check_plugins(policy: Policy, host: PluginHost) -> None:
    """The policy holds instances of plugins; they must be those of this host."""
    for document in policy.documents:
        for rule in document.rules:
            for order in rule.orders:
                host.get("transform", order.transform.name, type(order.transform))


def counted(
    given: ReleaseContext,
    profiles: Sequence[ColumnProfile],
    policy: str,
    person: PersonChoice = _NO_PERSON,
) -> tuple[dict[str, Any], list[Note]]:
    """The context with what can be counted: records, and subjects where nobody gives them.

    With a person key subjects are counted by it, and the context cannot say otherwise; nor can it
    deny that persons have several records.
    """
    facts = dict(given.facts)
    notes: list[Note] = []
    records = max((p.n_records for p in profiles), default=0)
    facts["data.records"] = Fraction(records)
    facts.setdefault("release.form", RECORDS)
    if person.profile is not None:
        notes += _count_persons(facts, person.profile, policy)
    if "data.subjects" not in facts:
        facts["data.subjects"] = Fraction(records)
        notes.append((policy, say("note.subjects", records=records)))
    return facts, notes


def _count_persons(facts: dict[str, Any], key: ColumnProfile, policy: str) -> list[Note]:
    """Set what the person key shows; notes where the context says otherwise."""
    notes: list[Note] = []
    persons = Fraction(key.n_distinct)
    if facts.get("data.subjects", persons) != persons:
        text = say(
            "note.subjects_differ",
            stated=facts["data.subjects"],
            counted=key.n_distinct,
            column=key.name,
        )
        notes.append((policy, text))
    facts["data.subjects"] = persons
    if key.n_distinct < key.n_records:
        if facts.get(LONGITUDINAL) is False:
            notes.append((policy, say("note.longitudinal", fact=LONGITUDINAL)))
        facts[LONGITUDINAL] = True
    return notes


def _special_categories(
    facts: dict[str, Any], classified: Sequence[Classification], policy: str
) -> list[Note]:
    """Set the fact where a column is marked; the context cannot deny it."""
    special = [c.profile.name for c in classified if c.attribute and c.attribute.special_category]
    denied = special and facts.get("data.special_category") is False
    if special:
        facts["data.special_category"] = True
    text = say("note.special", n=len(special), names=", ".join(special[:5]))
    return [(policy, text)] if denied else []


def _shown(given: ReleaseContext, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **given.shown,
        "release.form": facts.get("release.form"),
        **{
            name: int(facts[name])
            for name in ("data.subjects", "data.records")
            if facts.get(name) is not None
        },
        **{
            name: True
            for name in ("data.special_category", LONGITUDINAL)
            if facts.get(name) is True
        },
    }


def _judge(
    documents: Sequence[Document],
    facts: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]] | None,
    *,
    with_orders: bool,
) -> list[Outcome]:
    """Judge the rules that order transforms, or all others."""
    known: dict[str, Any] = {}
    return [
        judge(rule, facts, columns, known)
        for document in documents
        for rule in document.rules
        if bool(rule.orders) is with_orders
    ]


def _judge_late(
    documents: Sequence[Document], facts: Mapping[str, Any], treated: _Treated, *, seen: bool
) -> tuple[list[Outcome], list[Note]]:
    """Judge the rules that order no transform, on the columns as they will be.

    A waiver of a transform must not silence another rule: one that would apply if nothing had been
    waived applies still, and a note says so.
    """
    columns = [c.facts for c in treated.columns] if seen else None
    late = _judge(documents, facts, columns, with_orders=False)
    if treated.unwaived is treated.columns:
        return late, []
    before = _judge(documents, facts, [c.facts for c in treated.unwaived], with_orders=False)
    kept = [o for o, now in zip(before, late, strict=True) if o.applied and not now.applied]
    text = say("waiver.silences_none")
    ids = {o.rule.id for o in kept}
    merged = [old if old.rule.id in ids else now for old, now in zip(before, late, strict=True)]
    return merged, [(o.rule.id, text) for o in kept]


@dataclass(frozen=True)
class _Treated:
    """Columns with their treatments; `unwaived` is what they would be without waivers.

    Where no waiver relaxes a transform, both are the same object.
    """

    columns: Sequence[_Column]
    unwaived: Sequence[_Column]
    effects: tuple[Effect, ...] = ()


def _treated(
    classified: Sequence[Classification],
    outcomes: Sequence[Outcome],
    facts: Mapping[str, Any],
    actions: Mapping[str, str],
    grants: Grants,
) -> _Treated:
    """All columns with the merged transforms of all rules that order some for them."""
    ordered = [
        (outcome.rule.id, entry, order)
        for outcome in outcomes
        if outcome.applied
        for entry, order in enumerate(outcome.rule.orders)
    ]
    merged: Known = {}
    plain = [
        _treat(c, ordered, facts, actions.get(c.profile.name), NO_GRANTS, merged)[0]
        for c in classified
    ]
    if not grants.by_entry:
        return _Treated(plain, plain)
    columns: list[_Column] = []
    effects: list[Effect] = []
    for column, unwaived in zip(classified, plain, strict=True):
        action = actions.get(column.profile.name)
        found, granted = _treat(column, ordered, facts, action, grants, merged)
        columns.append(found if granted else unwaived)
        effects += _effects_on(found, unwaived, granted)
    return _Treated(columns, plain if effects else columns, tuple(effects))


def _treat(
    column: Classification,
    ordered: Sequence[tuple[str, int, Order]],
    facts: Mapping[str, Any],
    action: str | None,
    grants: Grants,
    merged: Known,
) -> tuple[_Column, list[Waiver]]:
    """The column with what the rules order, and the waivers that are in force on these orders.

    `ordered` are the orders of all rules that apply, with the rule's id and their place in it.
    """
    plain = _Column(column.profile, column.attribute, None, column.reasons)
    if column.attribute is None:
        return plain, []
    if action is not None:
        return replace(plain, treatment=Treatment((), action, column.profile.granularity)), []
    known = plain.facts
    scope = Scope(facts, (), known)
    orders: list[Ordered] = []
    granted: list[Waiver] = []
    for rule, entry, order in ordered:
        if order.columns.evaluate(scope) is False:
            continue
        waivers = grants.of_column(rule, "transform", entry, facts, known)
        milder = [w.order for w in waivers if w.order is not None] or [order]
        orders += [Ordered(rule, o) for o in milder]
        granted += waivers
    treatment = treat(column.attribute, column.profile, orders, merged)
    return replace(plain, treatment=treatment), granted


def _effects_on(column: _Column, unwaived: _Column, granted: Sequence[Waiver]) -> list[Effect]:
    """What waivers changed of a column's treatment."""
    before, after = unwaived.treatment, column.treatment
    if before is None or after is None or not granted:
        return []
    changed = _done(before) != _done(after)
    rules = sorted({rule for planned in after.transforms for rule in planned.rules})
    who = ", ".join(rules) or say("waiver.product")
    note = "" if changed else say("waiver.orders_as_much", rules=who)
    return [Effect(w.id, column.profile.name, changed, note) for w in granted]


def _done(treatment: Treatment) -> tuple[Any, ...]:
    """What happens to the column, whoever asks for it."""
    return (treatment.blocks, *((t.name, t.parameters) for t in treatment.transforms))


def _kept(treated: _Treated) -> list[list[Mapping[str, Any]]]:
    """Facts of the columns that have a role and stay in the table, with waivers and without."""
    return [
        [column.facts] if column is unwaived else [column.facts, unwaived.facts]
        for column, unwaived in zip(treated.columns, treated.unwaived, strict=True)
        if column.attribute and not (column.treatment and column.treatment.removed)
    ]


def _column_plans(
    treated: _Treated,
    documents: Sequence[Document],
    facts: Mapping[str, Any],
    policy: str,
    compared: Set[str],
) -> tuple[tuple[ColumnPlan, ...], list[Note], Weighting]:
    """Plans of the columns; `compared` ones take a hierarchy for the distance of their values."""
    weighting, conflict = choose_objective(documents)
    conflicts: list[Note] = [(policy, conflict)] if conflict else []
    plans = []
    for column, unwaived in zip(treated.columns, treated.unwaived, strict=True):
        if column.attribute is None or column.treatment is None:
            continue
        plan = ColumnPlan(column.attribute, column.treatment.transforms, reasons=column.reasons)
        if column.attribute.role is Role.QUASI and not column.treatment.removed:
            choice = choose_hierarchy(documents, column.facts, facts)
            weight, fault = choose_weight(weighting, column.profile.name)
            lost = _lost_level(column, unwaived, choice, documents, facts)
            conflicts.extend((policy, c) for c in (choice.conflict, fault, lost) if c)
            plan = replace(plan, hierarchy=choice.spec, levels=choice.levels, weight=weight)
        elif column.treatment.needs_hierarchy or column.profile.name in compared:
            choice = choose_hierarchy(documents, column.facts, facts)
            conflicts.extend((policy, c) for c in (choice.conflict,) if c)
            plan = replace(plan, hierarchy=choice.spec)
        plans.append(plan)
    return tuple(plans), conflicts, weighting


def _lost_level(
    column: _Column,
    unwaived: _Column,
    choice: Choice,
    documents: Sequence[Document],
    facts: Mapping[str, Any],
) -> str | None:
    """Say if a waived transform would also undo a least level, which nobody has waived."""
    if column is unwaived:
        return None
    least = choose_hierarchy(documents, unwaived.facts, facts).levels[0]
    kept = choice.levels[0]
    if least in (None, kept) or (isinstance(least, int) and isinstance(kept, int) and kept > least):
        return None
    return say("waiver.lost_level", name=column.profile.name, least=least)


def _objective(weighting: Weighting, plans: Sequence[ColumnPlan]) -> Objective:
    """The objective with the weights by column name, where the policy gives any."""
    weights = {p.name: format_bound(p.weight) for p in plans if p.weight != 1}
    parameters = dict(weighting.objective.parameters) | ({"weights": weights} if weights else {})
    return replace(weighting.objective, parameters=parameters)


def _validity_blocks(documents: Sequence[Document], today: datetime.date) -> list[Note]:
    found: list[Note] = []
    for document in documents:
        validity = document.validity
        if document.status == "retired":
            found.append((document.name, say("policy.retired")))
        if validity.begins and today < validity.begins:
            found.append((document.name, say("policy.begins", day=validity.begins)))
        if validity.ends and today > validity.ends:
            found.append((document.name, say("policy.ended", day=validity.ends)))
    return found


def _review_due(documents: Sequence[Document], today: datetime.date) -> list[Note]:
    found: list[Note] = []
    for document in documents:
        due = document.validity.review_by
        if due and today > due:
            found.append((document.name, say("policy.review_due", day=due)))
        if document.status == "draft":
            found.append((document.name, say("policy.draft")))
    return found


def _applies_blocks(documents: Sequence[Document], facts: Mapping[str, Any]) -> list[Note]:
    """Default deny: a policy that does not apply, or of which that is not known, blocks."""
    found: list[Note] = []
    for document in documents:
        scope = Scope(facts)
        for line in document.applies:
            value = line.evaluate(scope)
            text = " ".join(line.text.split())
            if value is False:
                found.append((document.name, say("policy.not_applying", line=text)))
            elif value is None:
                names = ", ".join(unknown_facts([line], scope))
                reason = say("policy.maybe_applying", names=names, line=text)
                found.append((document.name, reason))
    return found


def _reason(outcome: Outcome) -> Note:
    """A rule's id and its reason, with the facts that are missing where it is undetermined."""
    rule = outcome.rule
    text: str = rule.because
    if rule.title:
        text = say("rule.titled", title=rule.title, because=rule.because)
    if outcome.trace.status == "undetermined":
        text = say("rule.undetermined", reason=text, names=", ".join(outcome.unknown))
    return rule.id, text
