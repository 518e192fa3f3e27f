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
from typing import Any, Final

from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import Attribute, ColumnProfile, Role
from kiaim_server.model.bounds import format_bound
from kiaim_server.model.plan import ColumnPlan, Objective, Plan, PolicyRef
from kiaim_server.policy.choosing import (
    choose_hierarchy,
    choose_objective,
    choose_suppressed,
    choose_weight,
)
from kiaim_server.policy.classifying import Classification, ClassifierIndex, facts_of
from kiaim_server.policy.context import ReleaseContext, read_context
from kiaim_server.policy.default_deny import RECORDS
from kiaim_server.policy.demanding import impossible, merge_attestations, merge_demands, reviews
from kiaim_server.policy.document import POLICY_HIERARCHY, Document, Policy, Weighting
from kiaim_server.policy.logic import Scope
from kiaim_server.policy.ordering import Ordered, Treatment, treat
from kiaim_server.policy.persons import LONGITUDINAL, PersonChoice, choose_person, person_warnings
from kiaim_server.policy.tracing import Outcome, judge, unknown_facts

Note = tuple[str, str]
_NO_ACTIONS: Final[Mapping[str, str]] = {}
_NO_PERSON: Final = PersonChoice()


@dataclass(frozen=True)
class _Column:
    """A column on its way: `attribute` is None where no rule covers it."""

    profile: ColumnProfile
    attribute: Attribute | None
    treatment: Treatment | None = None

    @property
    def facts(self) -> dict[str, Any]:
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
    return plan_for(policy, given, facts, classified, today, notes, person=person)


def plan_for(
    policy: Policy,
    given: ReleaseContext,
    facts: dict[str, Any],
    classified: Sequence[Classification],
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
    actions
        Per column what is done to it, instead of what the rules order: for cases of policies.
    """
    documents = policy.documents
    notes = [*notes, *_special_categories(facts, classified, policy.name)]
    early = _judge(
        documents,
        facts,
        [_Column(c.profile, c.attribute).facts for c in classified],
        with_orders=True,
    )
    columns = [_treated(c, early, facts, actions.get(c.profile.name)) for c in classified]
    column_facts = [c.facts for c in columns]
    late = _judge(documents, facts, column_facts, with_orders=False)
    outcomes = sorted((*early, *late), key=lambda o: o.rule.id)
    applied = [o for o in outcomes if o.applied]
    requirements, unused = merge_demands(applied, _kept(columns), facts)
    attestations = merge_attestations(applied, given.statements, today)
    compared = {
        attribute
        for requirement in requirements
        if requirement.parameters.get("hierarchy") == POLICY_HIERARCHY
        for attribute in requirement.attributes
    }
    plans, conflicts, weighting = _column_plans(columns, documents, facts, policy.name, compared)
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
    given_reviews = {a.of for a in attestations if a.met}
    warnings = [
        *notes,
        *person_warnings(documents, facts, policy.name),
        *_review_due(documents, today),
        *(w for c in columns if c.treatment for w in c.treatment.warnings),
        *unused,
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
    )


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
    facts, notes = dict(given.facts), []
    records = max((p.n_records for p in profiles), default=0)
    facts["data.records"] = Fraction(records)
    facts.setdefault("release.form", RECORDS)
    if person.profile is not None:
        notes += _count_persons(facts, person.profile, policy)
    if "data.subjects" not in facts:
        facts["data.subjects"] = Fraction(records)
        text = f"data.subjects is not given; the number of records, {records}, stands for it"
        notes.append((policy, text))
    return facts, notes


def _count_persons(facts: dict[str, Any], key: ColumnProfile, policy: str) -> list[Note]:
    """Set what the person key shows; notes where the context says otherwise."""
    notes = []
    persons = Fraction(key.n_distinct)
    if facts.get("data.subjects", persons) != persons:
        stated = format_bound(facts["data.subjects"])
        text = f"the context states {stated} as data.subjects, but there are {key.n_distinct}"
        notes.append((policy, f"{text} by the person key {key.name!r}; that number is used"))
    facts["data.subjects"] = persons
    if key.n_distinct < key.n_records:
        if facts.get(LONGITUDINAL) is False:
            text = f"the context denies {LONGITUDINAL}, but persons have several records"
            notes.append((policy, text))
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
    text = f"the context denies special categories, but {len(special)} columns hold some"
    return [(policy, f"{text}: {', '.join(special[:5])}")] if denied else []


def _shown(given: ReleaseContext, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **given.shown,
        "release.form": facts.get("release.form"),
        "data.subjects": int(facts["data.subjects"]),
        "data.records": int(facts["data.records"]),
        **{
            name: True
            for name in ("data.special_category", LONGITUDINAL)
            if facts.get(name) is True
        },
    }


def _judge(
    documents: Sequence[Document],
    facts: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]],
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


def _treated(
    column: Classification,
    outcomes: Sequence[Outcome],
    facts: Mapping[str, Any],
    action: str | None,
) -> _Column:
    """The column with the merged transforms of all rules that order some for it."""
    plain = _Column(column.profile, column.attribute)
    if column.attribute is None:
        return plain
    if action is not None:
        return replace(plain, treatment=Treatment((), action, column.profile.granularity))
    scope = Scope(facts, (), plain.facts)
    orders = [
        Ordered(outcome.rule.id, order)
        for outcome in outcomes
        if outcome.applied
        for order in outcome.rule.orders
        if order.columns.evaluate(scope) is not False
    ]
    return replace(plain, treatment=treat(column.attribute, column.profile, orders))


def _kept(columns: Sequence[_Column]) -> list[dict[str, Any]]:
    """Facts of the columns that have a role and stay in the table."""
    return [c.facts for c in columns if c.attribute and not (c.treatment and c.treatment.removed)]


def _column_plans(
    columns: Sequence[_Column],
    documents: Sequence[Document],
    facts: Mapping[str, Any],
    policy: str,
    compared: Set[str],
) -> tuple[tuple[ColumnPlan, ...], list[Note], Weighting]:
    """Plans of the columns; `compared` ones take a hierarchy for the distance of their values."""
    weighting, conflict = choose_objective(documents)
    conflicts: list[Note] = [(policy, conflict)] if conflict else []
    plans = []
    for column in columns:
        if column.attribute is None or column.treatment is None:
            continue
        plan = ColumnPlan(column.attribute, column.treatment.transforms)
        if column.attribute.role is Role.QUASI and not column.treatment.removed:
            choice = choose_hierarchy(documents, column.facts, facts)
            weight, fault = choose_weight(weighting, column.profile.name)
            conflicts.extend((policy, c) for c in (choice.conflict, fault) if c)
            plan = replace(plan, hierarchy=choice.spec, levels=choice.levels, weight=weight)
        elif column.treatment.needs_hierarchy or column.profile.name in compared:
            choice = choose_hierarchy(documents, column.facts, facts)
            conflicts.extend((policy, c) for c in (choice.conflict,) if c)
            plan = replace(plan, hierarchy=choice.spec)
        plans.append(plan)
    return tuple(plans), conflicts, weighting


def _objective(weighting: Weighting, plans: Sequence[ColumnPlan]) -> Objective:
    """The objective with the weights by column name, where the policy gives any."""
    weights = {p.name: format_bound(p.weight) for p in plans if p.weight != 1}
    parameters = dict(weighting.objective.parameters) | ({"weights": weights} if weights else {})
    return replace(weighting.objective, parameters=parameters)


def _validity_blocks(documents: Sequence[Document], today: datetime.date) -> list[Note]:
    found = []
    for document in documents:
        validity = document.validity
        if document.status == "retired":
            found.append((document.name, "the policy is retired"))
        if validity.begins and today < validity.begins:
            found.append((document.name, f"the policy holds from {validity.begins} on"))
        if validity.ends and today > validity.ends:
            found.append((document.name, f"the policy ended on {validity.ends}"))
    return found


def _review_due(documents: Sequence[Document], today: datetime.date) -> list[Note]:
    found = []
    for document in documents:
        due = document.validity.review_by
        if due and today > due:
            found.append((document.name, f"the policy should have been reviewed by {due}"))
        if document.status == "draft":
            found.append((document.name, "the policy is a draft"))
    return found


def _applies_blocks(documents: Sequence[Document], facts: Mapping[str, Any]) -> list[Note]:
    """Default deny: a policy that does not apply, or of which that is not known, blocks."""
    found = []
    for document in documents:
        scope = Scope(facts)
        for line in document.applies:
            value = line.evaluate(scope)
            text = " ".join(line.text.split())
            if value is False:
                found.append((document.name, f"the policy does not apply because {text} is false"))
            elif value is None:
                names = ", ".join(unknown_facts([line], scope))
                found.append(
                    (
                        document.name,
                        f"it is not known whether the policy applies: {names} is not given "
                        f"({text})",
                    )
                )
    return found


def _reason(outcome: Outcome) -> Note:
    """A rule's id and its reason, with the facts that are missing where it is undetermined."""
    rule = outcome.rule
    text = f"{rule.title}: {rule.because}" if rule.title else rule.because
    if outcome.trace.status == "undetermined":
        text += f" (undetermined, hence applied; not known: {', '.join(outcome.unknown)})"
    return rule.id, text
