"""Compares what the rules of two policies demand, order and decide.

A part of a rule (a demand, an order, a decision) is kept where the other policy has a rule that
applies wherever this one does, with a part that asks for at least as much. Mostly that is the rule
of the same id; where another one does it too, nothing got looser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kiaim_server.model.attribute import Role
from kiaim_server.policy.diff.clauses import (
    Clause,
    Proven,
    Status,
    condition_words,
    rule_words,
    same_words,
    status_of,
)
from kiaim_server.policy.diff.parts import Part, asks, parts_of
from kiaim_server.policy.diff.proofs import Conditions, Direction, key_of
from kiaim_server.policy.diff.sides import Side
from kiaim_server.policy.document import Order, Rule
from kiaim_server.policy.expression import compile_condition

#: Transforms from here on let a direct identifier leave, if they do not remove it.
_PSEUDONYM: Final = 3
_NOT_DIRECT: Final = compile_condition(f"column.role != '{Role.DIRECT.value}'", about_column=True)
_MOVED: Final = "its words are the same, but not what they look at ({})"
_ELSEWHERE: Final = "{} asks for as much"
_REVEALS: Final = "a direct identifier that blocks the release otherwise leaves as a pseudonym"


def conditions_of(rule: Rule) -> Conditions:
    """When a rule applies."""
    return Conditions(rule.when, rule.unless)


@dataclass(frozen=True)
class Rules:
    """All rules of two policies, with the direction of the question.

    Attributes
    ----------
    early, late, mixed
        What is known when a rule that orders transforms is judged, when any other one is, and where
        one of each kind is compared.
    waived
        Rules that some waiver of their policy relaxes: they do not stand in for another one.
    """

    early: Direction
    late: Direction
    mixed: Direction
    before: Mapping[str, Rule]
    after: Mapping[str, Rule]
    waived: frozenset[str]

    def applies(self, first: Rule, second: Rule) -> bool:
        """Whether the second rule surely applies wherever the first one does."""
        direction = self.early if second.orders else self.late
        if bool(first.orders) is not bool(second.orders):
            direction = self.mixed
        return direction.applies_wherever(conditions_of(first), conditions_of(second))

    def asks(self, first: Part, second: Part) -> bool:
        """Whether the second part asks for at least as much as the first, where both apply."""
        return asks(self.early, self.late, first, second)

    def elsewhere(self, part: Part) -> str | None:
        """The id of another rule of the second policy that surely asks for as much, if any."""
        for other in self._by_subject.get(part.subject, ()):
            if other.rule == part.rule or other.rule in self.waived:
                continue
            if not self.late.look_at(1):
                return None
            rule = self.before[part.rule]
            if self.asks(part, other) and self.applies(rule, self.after[other.rule]):
                return other.rule
        return None

    def reveals(self, part: Part) -> bool:
        """Whether an order of the second policy may let a direct identifier leave that blocked."""
        order, rule = part.value, self.after[part.rule]
        if not isinstance(order, Order) or not _pseudonymises(order):
            return False
        turned = Direction(self.early.after, self.early.before)
        if turned.reaches(order.columns, _NOT_DIRECT):
            return False
        return not any(
            _pseudonymises(old)
            and turned.reaches(order.columns, old.columns)
            and turned.applies_wherever(conditions_of(rule), conditions_of(other))
            for name, other in self.before.items()
            for old in (other.orders if name not in self.waived else ())
        )

    @cached_property
    def _by_subject(self) -> Mapping[str, tuple[Part, ...]]:
        found: dict[str, list[Part]] = {}
        for name, rule in sorted(self.after.items()):
            for part in parts_of(name, rule):
                found.setdefault(part.subject, []).append(part)
        return {subject: tuple(parts) for subject, parts in found.items()}


def _pseudonymises(order: Order) -> bool:
    """Whether it lets a direct identifier leave in another form."""
    return order.transform.strictness >= _PSEUDONYM and not order.transform.removes_column


@dataclass(frozen=True)
class RuleComparison:
    """Both directions of the question."""

    old: Side
    new: Side
    forwards: Rules
    backwards: Rules

    def clauses(self) -> Iterator[Clause]:
        """What became of every rule of either policy."""
        for name in sorted({*self.old.rules, *self.new.rules}):
            was, now = self.old.rules.get(name), self.new.rules.get(name)
            if was is not None and now is not None:
                yield from self._compared(name, was, now)
            elif now is not None:
                yield self._added(name, now)
            elif was is not None:
                yield self._removed(name, was)

    def _added(self, name: str, rule: Rule) -> Clause:
        """A rule that only the new policy has: stricter, unless the old one asks for as much."""
        parts = parts_of(name, rule)
        others = [self.backwards.elsewhere(part) for part in parts]
        reveals = any(map(self.forwards.reveals, parts))
        proven = Proven(not reveals, None not in others)
        note = _REVEALS if reveals else _found_in(others)
        words = rule_words(rule)
        return Clause("rule", name, "added", proven.effect, None, words, note, rule.place)

    def _removed(self, name: str, rule: Rule) -> Clause:
        """A rule that only the old policy has: looser, unless the new one asks for as much."""
        parts = parts_of(name, rule)
        others = [self.forwards.elsewhere(part) for part in parts]
        reveals = any(map(self.backwards.reveals, parts))
        proven = Proven(None not in others, not reveals)
        words = rule_words(rule)
        note = _found_in(others)
        return Clause("rule", name, "removed", proven.effect, words, None, note, rule.place)

    def _compared(self, name: str, was: Rule, now: Rule) -> Iterator[Clause]:
        found = [
            *self._condition(name, was, now),
            *self._parts(name, was, now),
            *_tightening(name, was, now),
        ]
        if found:
            yield from found
            return
        same = same_words(_texts(was), _texts(now)) and was.citations == now.citations
        status: Status = "unchanged" if same else "reworded"
        yield Clause("rule", name, status, "none", rule_words(was), rule_words(now), "", now.place)

    def _condition(self, name: str, was: Rule, now: Rule) -> Iterator[Clause]:
        """Whether the rule applies as often as before."""
        same = self._same_conditions(was, now)
        forwards, backwards = self.forwards.applies(was, now), self.backwards.applies(now, was)
        if same and forwards and backwards:
            return
        kept = forwards or self._all_elsewhere(self.forwards, name, was)
        as_strict = backwards or self._all_elsewhere(self.backwards, name, now)
        note = ""
        if same:
            facts = (self.forwards.early if now.orders else self.forwards.late).moves.facts
            note = _MOVED.format(", ".join(sorted(facts)))
        elif (kept, as_strict) != (forwards, backwards):
            note = "other rules ask for as much where only one of the two applies"
        status = status_of(Proven(forwards, backwards), equal="reworded")
        effect = Proven(kept, as_strict).effect
        old, new = condition_words(was), condition_words(now)
        yield Clause("condition", name, status, effect, old, new, note, now.place)

    def _same_conditions(self, was: Rule, now: Rule) -> bool:
        return bool(was.orders) is bool(now.orders) and all(
            [key_of(e, self.old.values) for e in a] == [key_of(e, self.new.values) for e in b]
            for a, b in ((was.when, now.when), (was.unless, now.unless))
        )

    @staticmethod
    def _all_elsewhere(rules: Rules, name: str, rule: Rule) -> bool:
        return all(rules.elsewhere(part) for part in parts_of(name, rule))

    def _parts(self, name: str, was: Rule, now: Rule) -> Iterator[Clause]:
        for first, second in _matched(list(parts_of(name, was)), list(parts_of(name, now))):
            yield from self._part(first, second, now)

    def _part(self, first: Part | None, second: Part | None, now: Rule) -> Iterator[Clause]:
        """A clause for a part, unless it says and means the same."""
        kept = first is None or (second is not None and self.forwards.asks(first, second))
        as_strict = second is None or (first is not None and self.backwards.asks(second, first))
        reveals = second is not None and self.forwards.reveals(second)
        revealed = first is not None and self.backwards.reveals(first)
        same = first is not None and second is not None and first.words == second.words
        if same and kept and as_strict and not reveals and not revealed:
            return
        others = (
            None if kept or first is None else self.forwards.elsewhere(first),
            None if as_strict or second is None else self.backwards.elsewhere(second),
        )
        proven = Proven(
            (kept or others[0] is not None) and not reveals,
            (as_strict or others[1] is not None) and not revealed,
        )
        part = second or first
        if part is None:
            return
        status = status_of(Proven(kept, as_strict), equal="changed" if same else "reworded")
        if first is None or second is None:
            status = "added" if first is None else "removed"
        yield Clause(
            part.kind,
            part.rule,
            status,
            proven.effect,
            first.words if first else None,
            second.words if second else None,
            _REVEALS if reveals else self._why(same, [o for o in others if o], now),
            now.place,
        )

    def _why(self, same: bool, others: list[str], now: Rule) -> str:
        if others:
            return _found_in(others)
        facts = (self.forwards.early if now.orders else self.forwards.late).moves.facts
        if not same:
            return ""
        return _MOVED.format(", ".join(sorted(facts))) if facts else "a parameter in it changed"


def _found_in(others: list[str] | list[str | None]) -> str:
    found = sorted({other for other in others if other is not None})
    return _ELSEWHERE.format(" and ".join(found)) if found and None not in others else ""


def _matched(old: list[Part], new: list[Part]) -> Iterator[tuple[Part | None, Part | None]]:
    """Pair the parts of a rule: equal ones, then those alike in ever less."""
    for alike in (
        lambda a, b: a.value == b.value,
        lambda a, b: _of(a) == _of(b),
        lambda a, b: a.subject == b.subject,
    ):
        for first in list(old):
            second = next((b for b in new if alike(first, b)), None)
            if second is not None:
                old.remove(first)
                new.remove(second)
                yield first, second
    yield from ((first, None) for first in old)
    yield from ((None, second) for second in new)


def _of(part: Part) -> object:
    value = part.value
    if isinstance(value, Order):
        return part.kind, value.transform.name
    return part.subject if isinstance(value, str) else (value.measure, repr(value.parameters))


def _tightening(name: str, was: Rule, now: Rule) -> Iterator[Clause]:
    """Whether waivers may relax the rule."""
    if was.tighten_only is not now.tighten_only:
        words = {True: "no waiver may relax it", False: "a waiver may relax it"}
        effect = Proven(now.tighten_only, was.tighten_only)
        old, new = words[was.tighten_only], words[now.tighten_only]
        yield Clause(
            "tighten_only", name, status_of(effect), effect.effect, old, new, "", now.place
        )


def _texts(rule: Rule) -> tuple[str, ...]:
    return rule.title, rule.because, rule.advice
