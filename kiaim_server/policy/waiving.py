"""Which waivers are in force for a release, and what they have relaxed.

A waiver that has expired, or whose scope is not surely met, changes nothing. One that is in force
reaches what it names and nothing else: of all other demands, orders and decisions the strictest
still holds, and where that is as strict as what was relaxed, the waiver has no effect and says so.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from kiaim_server.language import say
from kiaim_server.model.plan import WaiverTrace
from kiaim_server.model.waiver import in_words
from kiaim_server.policy.document import Document, Waiver
from kiaim_server.policy.logic import Scope, Truth
from kiaim_server.policy.schema import WAIVED_DECISIONS
from kiaim_server.policy.tracing import Outcome, unknown_facts, word

Kind = Literal["require", "transform", "decide"]
Note = tuple[str, str]
#: Where a decision stands among what can be relaxed of a rule: there is only one.
_DECISION: Final = (0,)


@dataclass(frozen=True)
class Standing:
    """A waiver, and whether it is in force; `conditions` are the lines of its scope."""

    waiver: Waiver
    status: Literal["in-force", "no-effect", "out-of-scope", "undetermined", "expired", "idle"]
    note: str = ""
    conditions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Effect:
    """What a waiver that is in force did to one column or attribute, or to the whole release.

    Where it has not `relaxed` anything, or not as far as it allows, `note` says what is in the way.
    """

    waiver: str
    subject: str | None
    relaxed: bool
    note: str = ""


@dataclass(frozen=True)
class Grants:
    """The waivers that are in force, by the rule, kind and entry that they relax."""

    by_entry: Mapping[tuple[str, Kind, int], tuple[Waiver, ...]] = field(default_factory=dict)

    @classmethod
    def among(cls, standings: Iterable[Standing]) -> Grants:
        """Collect those in force, in an order that does not depend on files."""
        found: dict[tuple[str, Kind, int], tuple[Waiver, ...]] = {}
        for waiver in sorted(
            (s.waiver for s in standings if s.status == "in-force"), key=lambda w: w.id
        ):
            for entry in waiver.entries or _DECISION:
                key = (waiver.rule, waiver.kind, entry)
                found[key] = (*found.get(key, ()), waiver)
        return cls(found)

    def of(self, rule: str, kind: Kind, entry: int = 0) -> tuple[Waiver, ...]:
        """Waivers in force on one part of a rule."""
        return self.by_entry.get((rule, kind, entry), ())

    def of_column(
        self,
        rule: str,
        kind: Kind,
        entry: int,
        context: Mapping[str, Any],
        column: Mapping[str, Any],
    ) -> tuple[Waiver, ...]:
        """Those of them that surely hold for the column."""
        found = self.of(rule, kind, entry)
        return tuple(w for w in found if _holds_for(w, context, column)) if found else ()

    def on_rule(self, rule: str) -> tuple[str, ...]:
        """Ids of all waivers in force on any part of a rule."""
        found = (ws for (name, _, _), ws in self.by_entry.items() if name == rule)
        return tuple(sorted({w.id for ws in found for w in ws}))


#: No waiver is in force.
NO_GRANTS: Final = Grants()


def _holds_for(waiver: Waiver, context: Mapping[str, Any], column: Mapping[str, Any]) -> bool:
    scope = Scope(context, (), column)
    return waiver.columns is None or waiver.columns.evaluate(scope) is True


def standings(
    documents: Sequence[Document],
    outcomes: Sequence[Outcome],
    context: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]] | None,
    today: datetime.date,
    *,
    with_orders: bool,
) -> list[Standing]:
    """Judge the waivers of the rules that order transforms, or of all others.

    Parameters
    ----------
    outcomes
        Of at least the rules that these waivers are about.
    columns
        None where there is no table yet.
    """
    applied = {o.rule.id for o in outcomes if o.applied}
    judged = {o.rule.id for o in outcomes}
    known: dict[str, Any] = {}
    return [
        _standing(
            waiver,
            waiver.rule in applied,
            Scope(context, columns or (), known=known, undecided=columns is None),
            today,
        )
        for document in documents
        for waiver in document.waivers
        if waiver.rule in judged and (waiver.kind == "transform") is with_orders
    ]


def _standing(waiver: Waiver, applied: bool, scope: Scope, today: datetime.date) -> Standing:
    if today > waiver.until:
        return Standing(waiver, "expired", say("waiver.expired", day=waiver.until))
    if not applied:
        return Standing(waiver, "idle", say("waiver.idle"))
    values: list[tuple[Any, Truth]] = [(e, e.evaluate(scope)) for e in waiver.when]
    conditions = tuple((" ".join(e.text.split()), word(v)) for e, v in values)
    if false := [e for e, v in values if v is False]:
        text = " ".join(false[0].text.split())
        return Standing(waiver, "out-of-scope", say("waiver.scope_false", line=text), conditions)
    if unknown := [e for e, v in values if v is None]:
        names = ", ".join(unknown_facts(unknown, scope))
        note = say("waiver.scope_unknown", names=names)
        return Standing(waiver, "undetermined", note, conditions)
    if waiver.obstacle:
        return Standing(waiver, "no-effect", waiver.obstacle, conditions)
    return Standing(waiver, "in-force", "", conditions)


def relaxed_decision(outcome: Outcome, grants: Grants) -> tuple[Outcome, list[Effect]]:
    """The rule with the decision that its waivers leave: of several the strictest."""
    granted = grants.of(outcome.rule.id, "decide")
    if not granted or not outcome.applied:
        return outcome, []
    strictest = max(granted, key=lambda w: WAIVED_DECISIONS.index(w.by["decide"]))
    effects = [
        Effect(w.id, None, True)
        if w.by == strictest.by
        else Effect(
            w.id,
            None,
            True,
            say("waiver.strictest", waiver=strictest.id, by=in_words(strictest.by)),
        )
        for w in granted
    ]
    rule = replace(outcome.rule, decide=strictest.decide)
    return replace(outcome, rule=rule, trace=replace(outcome.trace, decide=rule.decide)), effects


def traces(
    stood: Sequence[Standing], effects: Sequence[Effect], blocking: Set[str]
) -> tuple[tuple[WaiverTrace, ...], list[Note]]:
    """What is to be said of every waiver, sorted by id; and warnings of those without effect.

    `blocking` are the ids of the rules that refuse the release all the same.
    """
    found: list[WaiverTrace] = []
    warnings: list[Note] = []
    for standing in sorted(stood, key=lambda s: s.waiver.id):
        own = [e for e in effects if e.waiver == standing.waiver.id]
        if standing.waiver.replaces == {"decide": "block"} and blocking:
            refusing = say("waiver.refused_anyway", rules=", ".join(sorted(blocking)))
            own = [replace(e, note=refusing) for e in own]
        trace = _trace(standing, own)
        found.append(trace)
        if trace.status not in ("relaxes", "idle"):
            warnings.append((trace.id, say("waiver.no_effect", rule=trace.rule, note=trace.note)))
        elif trace.note and trace.status == "relaxes":
            warnings.append((trace.id, say("waiver.less_effect", rule=trace.rule, note=trace.note)))
    return tuple(found), warnings


def _trace(standing: Standing, effects: Sequence[Effect]) -> WaiverTrace:
    waiver = standing.waiver
    status: Any = standing.status
    notes = [standing.note] if standing.note else []
    relaxed = [e for e in effects if e.relaxed]
    if status == "in-force":
        status = "relaxes" if relaxed else "no-effect"
        notes = list(dict.fromkeys(e.note for e in effects if e.note))
        if not effects:
            status, notes = "out-of-scope", [_NOTHING[waiver.kind]]
    return WaiverTrace(
        id=waiver.id,
        rule=waiver.rule,
        status=status,
        note=_joined(notes),
        subjects=tuple(sorted({e.subject for e in relaxed if e.subject is not None})),
        replaces=waiver.replaces,
        by=waiver.by,
        conditions=standing.conditions,
        reason=waiver.reason,
        approved_by=waiver.approved_by,
        until=waiver.until.isoformat(),
        citations=waiver.citations,
        place=waiver.place,
    )


def _joined(notes: Sequence[str]) -> str:
    """Several notes as one."""
    found = notes[0] if notes else ""
    for note in notes[1:]:
        found = say("list.clauses", first=found, other=note)
    return found


_NOTHING: Final[Mapping[Kind, str]] = {
    "require": say("waiver.nothing.require"),
    "transform": say("waiver.nothing.transform"),
    "decide": say("waiver.nothing.decide"),
}
