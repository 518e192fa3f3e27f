"""Compiles the waivers of one file: what of which rule gives way to what, and who answers for it.

A waiver says itself what it relaxes, word for word: where the rule says something else by now, two
persons have approved something else, and the waiver does not hold.
"""

from __future__ import annotations

import datetime
import itertools
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final, Literal, cast

from kiaim_server.language import say
from kiaim_server.model.bounds import format_bound
from kiaim_server.model.contract import Transform
from kiaim_server.model.waiver import in_words
from kiaim_server.policy import source
from kiaim_server.policy.contradictions import can_hold
from kiaim_server.policy.document import ATTESTATION, Demand, Order, Rule, Waiver
from kiaim_server.policy.expression import Expression
from kiaim_server.policy.ruling import Rules
from kiaim_server.policy.schema import WAIVED_DECISIONS
from kiaim_server.policy.spelling import did_you_mean
from kiaim_server.policy.tree import mappings_at, scalar_at, scalars_at, text_at, value_at

Kind = Literal["require", "transform", "decide"]
_KINDS: Final[tuple[Kind, ...]] = ("require", "transform", "decide")
_AGE: Final = "max_age_days"
#: Persons who have to approve a waiver.
_APPROVERS: Final = 2
#: Waivers that a file can have, and what messages list at most.
MAX_WAIVERS: Final = 100
_TOLD: Final = 5
#: By how many letters a misspelt name may be shorter or longer, and names that are compared.
_MISSPELT: Final = 4
_LOOKED_AT: Final = 50


@dataclass(frozen=True)
class _Part:
    """``replaces`` or ``by``: one demand, one transform, or a decision."""

    kind: Kind
    place: source.Node
    demand: Demand | None = None
    transform: Transform | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    decide: str = ""

    @property
    def said(self) -> dict[str, Any]:
        """The part in the form of the file, with canonical parameters."""
        if self.demand is not None:
            return demand_said(self.demand)
        if self.transform is not None:
            return {"transform": {"apply": self.transform.name, **self.parameters}}
        return {"decide": self.decide}


@dataclass(frozen=True)
class Waivers:
    """Compiles waivers.

    Attributes
    ----------
    known
        Rules that they may reach, by qualified id: those of the file and of all that it extends.
    bypasses
        Policies that are also extended around this file, with the policy that does it: their rules
        hold as they are.
    own
        Whether the file is the one that was asked for. A waiver that does not fit its rule is an
        error there; in a file that is extended it may be the extending file that tightened the
        rule, and then the waiver just has no effect.
    """

    policy: str
    rules: Rules
    known: Mapping[str, Rule]
    bypasses: Mapping[str, str]
    today: datetime.date
    own: bool
    applies: tuple[Expression, ...]
    _entries: dict[str, dict[tuple[Any, ...], list[int]]] = field(default_factory=dict)

    def compile(self, root: source.Node) -> tuple[Waiver, ...]:
        """All waivers of the file; faults go to the findings of the file."""
        nodes = list(mappings_at(root, "waivers"))
        if len(nodes) > MAX_WAIVERS:
            self._add(
                nodes[MAX_WAIVERS],
                f"more than {MAX_WAIVERS} waivers; a policy of which so much is waived has to be "
                "another one",
                "P109",
            )
        found = map(self._waiver, nodes[:MAX_WAIVERS])
        return tuple(waiver for waiver in found if waiver is not None)

    def _waiver(self, node: source.Mapping) -> Waiver | None:
        self._check_approval(node)
        until = self._until(node)
        citations = self.rules.cite(node)
        self._check_parameters(node)
        rule = self._rule(node)
        old, new = self._part(node, "replaces"), self._part(node, "by")
        if rule is None or old is None or new is None or until is None:
            return None
        if old.kind != new.kind:
            self._add(new.place, f"{old.kind!r} can only give way to {old.kind!r}")
            return None
        if new.decide == old.decide == "none":
            self._add(old.place, "'none' is no decision of a rule; write what the rule decides")
            return None
        when, columns = self._scope(node, old)
        if self.own:
            self._check_possible(node, rule, when)
        reached = self._reached(rule, old)
        obstacle = self._obstacle(rule, old, new, reached)
        waiver = Waiver(
            id=f"{self.policy}/{text_at(node, 'id')}",
            rule=rule.id,
            kind=old.kind,
            entries=reached,
            when=when,
            columns=columns,
            replaces=old.said,
            by=new.said,
            demand=new.demand,
            order=None,
            decide=cast(Any, new.decide if new.decide in ("warn", "review") else None),
            reason=self.rules.texts.at(node, "reason"),
            approved_by=tuple(str(s.value) for s in scalars_at(node, "approved_by")),
            until=until,
            citations=citations,
            place=f"{self.rules.binder.findings.file}:{node.mark.line}",
            obstacle=obstacle,
        )
        if new.transform is None or not reached:
            return waiver
        order = Order(rule.orders[reached[0]].columns, new.transform, new.parameters)
        return replace(waiver, order=order)

    def _add(self, place: source.Node, message: str, code: str = "P208") -> None:
        self.rules.binder.findings.add(place, code, message)

    def _check_approval(self, node: source.Mapping) -> None:
        """P209: two different persons, however they spell their names."""
        approvers = scalars_at(node, "approved_by")
        persons = {_person(str(s.value)) for s in approvers} - {""}
        if value_at(node, "approved_by") is not None and len(persons) < _APPROVERS:
            self._add(
                value_at(node, "approved_by") or node,
                f"approved by {len(persons)} person(s); name {_APPROVERS} different ones",
                "P209",
            )

    def _until(self, node: source.Mapping) -> datetime.date | None:
        """The last day; P209 if it has passed."""
        place = scalar_at(node, "until")
        try:
            until = datetime.date.fromisoformat(str(place.value)) if place else None
        except ValueError:
            return None  # reported by the schema
        if place is not None and until is not None and until < self.today:
            self._add(
                place,
                f"the waiver expired on {until}; delete it, or have it approved again with a later "
                "'until'",
                "P209",
            )
        return until

    def _check_parameters(self, node: source.Mapping) -> None:
        """P208: two persons approved numbers, not the name of one that another file can set."""
        for key in ("replaces", "by"):
            for scalar in _scalars(value_at(node, key)):
                if isinstance(scalar.value, str) and scalar.value.startswith("params."):
                    self._add(
                        scalar,
                        f"{scalar.value!r} can be set by other policies; write the value that was "
                        "approved",
                    )

    def _rule(self, node: source.Mapping) -> Rule | None:
        place = scalar_at(node, "rule")
        if place is None:
            return None
        found = self.known.get(str(place.value))
        if found is None:
            there = _listed(sorted(self.known)) or "none"
            hint = _like(str(place.value), self.known) or f"; there are: {there}"
            self._add(
                place,
                f"no rule of this policy or of one that it extends is called {place.value!r}{hint}",
            )
        elif found.tighten_only:
            self._add(
                place,
                f"{found.id!r} is marked 'tighten_only', so it cannot be waived; delete the waiver",
            )
            return None
        return found

    def _part(self, node: source.Mapping, key: str) -> _Part | None:
        """What stands under ``replaces`` or ``by``, or None after a finding."""
        block = value_at(node, key)
        if not isinstance(block, source.Mapping):
            return None
        given = [kind for kind in _KINDS if kind in block.entries]
        if len(given) != 1:
            self._add(block, f"give exactly one of {', '.join(_KINDS)}", "P105")
            return None
        place = block.entries[given[0]].value
        if given[0] == "decide":
            decision = text_at(block, "decide")
            return _Part("decide", place, decide=decision) if decision in WAIVED_DECISIONS else None
        if not isinstance(place, source.Mapping):
            return None
        if given[0] == "transform":
            bound = self.rules.transform(place)
            return _Part("transform", place, None, *bound) if bound else None
        return self._demand(place)

    def _demand(self, block: source.Mapping) -> _Part | None:
        for name, entry in block.entries.items():
            if len(block.entries) != 1 or not isinstance(entry.value, source.Mapping):
                return None
            columns = value_at(entry.value, "columns")
            if columns is not None:
                self._add(columns, "say under 'scope' for which columns the waiver holds")
                return None
            demand = self.rules.demand(name, entry, entry.value)
            return _Part("require", block, demand) if demand else None
        return None

    def _scope(
        self, node: source.Mapping, part: _Part
    ) -> tuple[tuple[Expression, ...], Expression | None]:
        scope = value_at(node, "scope")
        if not isinstance(scope, source.Mapping):
            return (), None
        if not scope.entries:
            self._add(scope, "a scope for everything; give it 'when' or 'columns'", "P105")
        orders = part.kind == "transform"
        when = self.rules.conditions.lines(scope, "when", before_actions=orders)
        columns = self.rules.conditions.of_column(scope, "columns", "transform" if orders else "")
        for key, expressions in (("when", when), ("columns", (columns,) if columns else ())):
            if any(e.parameters for e in expressions):
                place = value_at(scope, key) or scope
                self._add(place, "parameters can be set by other policies; write the value")
        if columns is not None and not (orders or (part.demand and part.demand.attribute_wise)):
            self._add(
                value_at(scope, "columns") or scope,
                "what is relaxed is not about single columns, so 'columns' has no meaning",
                "P120",
            )
        return when, columns

    def _check_possible(
        self, node: source.Mapping, rule: Rule, when: tuple[Expression, ...]
    ) -> None:
        """P401: a scope that rules out what `applies` or the rule itself asks for."""
        effort = self.rules.conditions.effort
        alone_possible = all(can_hold(effort, [e]) for e in when)
        if alone_possible and not can_hold(effort, (*self.applies, *rule.when, *when), rule.unless):
            self._add(
                value_at(node, "scope") or node,
                f"the waiver can never hold: its scope contradicts 'applies' or {rule.id}",
                "P401",
            )

    def _reached(self, rule: Rule, part: _Part) -> tuple[int, ...]:
        """Positions of the entries of the rule that say exactly what the waiver replaces."""
        if part.demand is not None:
            if rule.id not in self._entries:
                self._entries[rule.id] = _by_identity(rule.demands)
            return tuple(self._entries[rule.id].get(_identity(part.demand), ()))
        return tuple(
            i
            for i, order in enumerate(rule.orders)
            if (order.transform.name, order.parameters)
            == (part.transform.name if part.transform else "", part.parameters)
        )

    def _obstacle(self, rule: Rule, old: _Part, new: _Part, reached: tuple[int, ...]) -> str:
        """Why the waiver cannot take effect; in the own file that is an error."""
        place = old.place
        reason: str = ""
        if not reached and not (old.kind == "decide" and old.decide == rule.decide):
            reason = say(
                "waiver.no_such_part",
                rule=rule.id,
                part=in_words(old.said),
                instead=_instead(rule, old.kind),
            )
        elif not _milder(old, new):
            place = new.place
            reason = say("waiver.not_milder", new=in_words(new.said), old=in_words(old.said))
        if reason and self.own:
            self._add(place, reason)
        policy = rule.id.partition("/")[0]
        if not reason and policy in self.bypasses:
            return say("waiver.bypassed", other=self.bypasses[policy], policy=policy)
        return reason


def demand_said(demand: Demand) -> dict[str, Any]:
    """A demand in the form of the file, with canonical parameters and exact bounds."""
    bounds = {"at_least": demand.at_least, "at_most": demand.at_most}
    said = {key: format_bound(value) for key, value in bounds.items() if value is not None}
    return {"require": {demand.measure: {**demand.parameters, **said}}}


def _identity(demand: Demand) -> tuple[Any, ...]:
    parameters = json.dumps(demand.parameters, sort_keys=True)
    return demand.measure, parameters, demand.at_least, demand.at_most


def _by_identity(demands: Sequence[Demand]) -> dict[tuple[Any, ...], list[int]]:
    """Positions of demands that say the same, columns apart."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for entry, demand in enumerate(demands):
        found.setdefault(_identity(demand), []).append(entry)
    return found


def is_milder(milder: Demand, demand: Demand) -> bool:
    """Whether a demand of the same thing asks for less, and in no respect for more.

    Both have to state the same bounds, apart from the age of a statement, which may be left out.
    """
    if milder.measure == ATTESTATION == demand.measure:
        ages = [d.parameters.get(_AGE) for d in (milder, demand)]
        same = milder.parameters["of"] == demand.parameters["of"]
        return same and ages[1] is not None and (ages[0] is None or ages[0] > ages[1])
    if (milder.measure, milder.parameters) != (demand.measure, demand.parameters):
        return False
    low, high = (
        _by_how_much(milder.at_least, demand.at_least),
        _by_how_much(demand.at_most, milder.at_most),
    )
    return low is not None and high is not None and max(low, high) > 0 and min(low, high) >= 0


def _by_how_much(milder: Fraction | None, bound: Fraction | None) -> Fraction | None:
    """How far the bound is above; None where only one of them is there."""
    if milder is None or bound is None:
        return Fraction(0) if milder is bound else None
    return bound - milder


def is_milder_transform(milder: Transform, transform: Transform) -> bool:
    """Whether `transform` surely does all that `milder` does, and not the other way round."""
    if milder == transform or milder.subsumes(transform):
        return False
    return transform.subsumes(milder) or transform in (
        transform.merged(milder),
        milder.merged(transform),
    )


def _milder(old: _Part, new: _Part) -> bool:
    if old.demand is not None and new.demand is not None:
        return is_milder(new.demand, old.demand)
    if old.transform is not None and new.transform is not None:
        return is_milder_transform(new.transform, old.transform)
    return WAIVED_DECISIONS.index(new.decide) < WAIVED_DECISIONS.index(old.decide)


def _instead(rule: Rule, kind: Kind) -> str:
    """What of that kind the rule does say, to be shown."""
    said: Iterable[Mapping[str, Any]] = map(demand_said, rule.demands)
    if kind == "transform":
        said = (
            {"transform": {"apply": o.transform.name, **dict(o.parameters)}} for o in rule.orders
        )
    elif kind == "decide":
        said = [{"decide": rule.decide}] if rule.decide else []
    shown = _listed([repr(in_words(s)) for s in itertools.islice(said, _TOLD + 1)])
    return f", but {shown}" if shown else ""


def _listed(words: Sequence[str]) -> str:
    """Some words of a list that may be long."""
    return ", ".join(words[:_TOLD]) + (" and others" if len(words) > _TOLD else "")


def _like(name: str, known: Iterable[str]) -> str:
    """A hint at a rule of nearly that name; of very many rules only some are looked at."""
    near = (k for k in known if abs(len(k) - len(name)) <= _MISSPELT)
    return did_you_mean(name, itertools.islice(near, _LOOKED_AT))


def _person(name: str) -> str:
    """A name without case, accents' encodings, blanks and punctuation."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def _scalars(node: source.Node | None) -> Iterator[source.Scalar]:
    """All single values below a node."""
    if isinstance(node, source.Scalar):
        yield node
    elif isinstance(node, source.Sequence):
        for item in node.items:
            yield from _scalars(item)
    elif isinstance(node, source.Mapping):
        for entry in node.entries.values():
            yield from _scalars(entry.value)
