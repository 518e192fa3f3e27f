"""Finds the column that says whose record it is, and what can be counted by it.

Every policy of the chain that names a person key has to find its column, and all of them the same
one: a policy that extends another can add a person key, not take it away or exchange it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kiaim_server.language import say
from kiaim_server.model.attribute import ColumnProfile
from kiaim_server.model.plan import PersonKey
from kiaim_server.policy.classifying import facts_of
from kiaim_server.policy.contradictions import Effort, can_hold
from kiaim_server.policy.document import Document, PersonSelector
from kiaim_server.policy.expression import compile_condition
from kiaim_server.policy.logic import Scope

#: The fact that says that records are not persons.
LONGITUDINAL = "data.longitudinal"


@dataclass(frozen=True)
class PersonChoice:
    """The person key, if policies name one that the table has; and why else there is none.

    `conflicts` block the release, as pairs of a rule's id and a reason.
    """

    key: PersonKey | None = None
    profile: ColumnProfile | None = None
    conflicts: tuple[tuple[str, str], ...] = ()


def choose_person(
    documents: Sequence[Document], profiles: Sequence[ColumnProfile], facts: Mapping[str, Any]
) -> PersonChoice:
    """The one column that all policies which name a person key select.

    A ``where`` that depends on something unknown selects the column.
    """
    selectors = [d.person for d in documents if d.person is not None]
    if not selectors:
        return PersonChoice()
    found = [(s, [p for p in profiles if _selects(s, p, facts)]) for s in selectors]
    conflicts = [(s.id, _fault(columns)) for s, columns in found if len(columns) != 1]
    if conflicts:
        return PersonChoice(conflicts=tuple(conflicts))
    first = found[0][1][0]
    differing = [(s.id, columns[0].name) for s, columns in found if columns[0] is not first]
    if differing:
        others = say("person.other", name=differing[0][1], rule=differing[0][0])
        for rule, name in differing[1:]:
            others = say("list.two", first=others, other=say("person.other", name=name, rule=rule))
        text = say("person.differ", name=first.name, rule=selectors[0].id, others=others)
        return PersonChoice(conflicts=((selectors[0].id, text),))
    if first.n_missing:
        text = say(
            "person.missing", name=first.name, missing=first.n_missing, records=first.n_records
        )
        return PersonChoice(conflicts=((selectors[0].id, text),))
    rules = tuple(s.id for s in selectors)
    return PersonChoice(PersonKey(first.name, rules, selectors[0].because), first)


def longitudinal_only(documents: Sequence[Document]) -> bool:
    """Whether the policies apply to nothing but tables in which persons have several records."""
    lines = [line for document in documents for line in document.applies]
    if not any(LONGITUDINAL in line.facts for line in lines):
        return False
    condition = compile_condition(LONGITUDINAL, {}, about_column=False)
    return not can_hold(Effort(), lines, [condition])


def person_warnings(
    documents: Sequence[Document], facts: Mapping[str, Any], policy: str
) -> Iterator[tuple[str, str]]:
    """Say that records are counted where they are not persons."""
    if facts.get(LONGITUDINAL) is True and all(d.person is None for d in documents):
        yield policy, say("person.records_counted", fact=LONGITUDINAL)


def _selects(selector: PersonSelector, profile: ColumnProfile, facts: Mapping[str, Any]) -> bool:
    named = selector.names is not None and selector.names.match(profile.name) is not None
    detected = not set(selector.detects).isdisjoint(profile.detected)
    anything = selector.names is None and not selector.detects
    if not (named or detected or anything):
        return False
    scope = Scope(facts, (), facts_of(profile))
    return selector.where is None or selector.where.evaluate(scope) is not False


def _fault(columns: Sequence[ColumnProfile]) -> str:
    if not columns:
        return say("person.none")
    return say("person.several", n=len(columns), names=[column.name for column in columns])
