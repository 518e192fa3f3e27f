"""Compares two policies after resolution: what they extend, and the values of parameters, count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from kiaim_server.model.contract import Transform
from kiaim_server.policy.diff.clauses import Clause
from kiaim_server.policy.diff.columns import Classifications, classification_clauses
from kiaim_server.policy.diff.exemptions import transforms_differ, waived, waiver_clauses
from kiaim_server.policy.diff.proofs import ACTION, Direction, Moves, key_of
from kiaim_server.policy.diff.rules import RuleComparison, Rules
from kiaim_server.policy.diff.settings import applies_of, person_clauses, setting_clauses
from kiaim_server.policy.diff.sides import Side
from kiaim_server.policy.diff.suppression import suppression_clauses
from kiaim_server.policy.diff.trees import hierarchy_clauses
from kiaim_server.policy.diff.versions import Advice, advise
from kiaim_server.policy.document import Policy

_GRANULARITY: Final = "column.granularity"
#: Places in the order of strictness (`Transform.strictness`): what a quasi-identifier gets without
#: any order, and what nothing milder can undo.
_GENERALISE: Final = 2
_STRICTER: Final = {"pseudonymise": 3, "remove": 4}
DIFF_SCHEMA: Final = "kiaim/policy-diff/v1"


@dataclass(frozen=True)
class Difference:
    """How two policies differ.

    Attributes
    ----------
    clauses
        Every clause of either policy, unchanged ones included.
    chains
        Name and version of each policy with all that it extends, nearest first.
    """

    old: Policy
    new: Policy
    clauses: tuple[Clause, ...]
    advice: Advice

    @property
    def chains(self) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        """Name and version of each policy with all that it extends, nearest first."""
        old, new = (
            tuple((d.name, d.version) for d in policy.documents) for policy in (self.old, self.new)
        )
        return old, new

    @property
    def looser(self) -> tuple[Clause, ...]:
        """The clauses that got looser, or of which that is not decided."""
        return tuple(c for c in self.clauses if c.effect in ("looser", "undecided"))

    def as_data(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            "schema": DIFF_SCHEMA,
            **{
                side: {
                    "policy": policy.name,
                    "version": policy.version,
                    "digest": policy.digest,
                    "chain": [{"policy": n, "version": v} for n, v in chain],
                }
                for side, policy, chain in zip(
                    ("old", "new"), (self.old, self.new), self.chains, strict=True
                )
            },
            "looser": bool(self.looser),
            "clauses": [asdict(clause) for clause in self.clauses],
            "version": {
                "needed": self.advice.needed,
                "taken": self.advice.taken,
                "finding": None if self.advice.finding is None else _finding(self.advice),
            },
        }


def _finding(advice: Advice) -> Mapping[str, Any]:
    found = advice.finding
    return {} if found is None else {**asdict(found), "severity": found.severity}


def compare(old: Policy, new: Policy) -> Difference:
    """Compare clause by clause.

    A clause is called stricter or looser only where that is proven for all contexts and tables;
    where neither is, its effect is ``undecided``, which counts as looser for versions. If no clause
    is looser or undecided, the new policy demands of every table whose columns the old one covers
    at least what the old one demands.

    Notes
    -----
    Proofs try combinations of values within a budget, so hostile policies end as undecided.
    """
    sides = _Sides(old, new)
    clauses = (*sides.settings(), *sides.columns(), *sides.rules())
    return Difference(old, new, clauses, advise(old, new, clauses))


class _Sides:
    """The two policies, with all that is known when each kind of clause is compared."""

    def __init__(self, old: Policy, new: Policy) -> None:
        names = {d.name for policy in (old, new) for d in policy.documents[1:]}
        renamed = old.name != new.name and names.isdisjoint((old.name, new.name))
        self.old, self.new = Side(old, renamed), Side(new, renamed)
        self.person, forth, back = person_clauses(self.old, self.new)
        first, second = self.old.values, self.new.values
        self.forwards = Direction(first, second, applies_of(self.new), forth)
        self.backwards = Direction(second, first, applies_of(self.old), back)
        self.classified = (
            Classifications.of(self.old, self.new, self.forwards, self.backwards),
            Classifications.of(self.new, self.old, self.backwards, self.forwards),
        )

    def settings(self) -> tuple[Clause, ...]:
        """Clauses outside of classification and rules."""
        found = setting_clauses(self.old, self.new, self.forwards, self.backwards)
        person = () if self.person is None else (self.person,)
        return (*found, *person, *hierarchy_clauses(self.old, self.new))

    def columns(self) -> tuple[Clause, ...]:
        """Clauses of classification."""
        return tuple(classification_clauses(self.old, self.new, *self.classified))

    def rules(self) -> tuple[Clause, ...]:
        """Clauses of rules."""
        acted = self._acted()
        forwards = self._rules(self.forwards, self.classified[0], acted)
        backwards = self._rules(self.backwards, self.classified[1], acted)
        compared = RuleComparison(self.old, self.new, forwards, backwards)
        return (
            *compared.clauses(),
            *suppression_clauses(forwards, backwards),
            *waiver_clauses(self.old, self.new, forwards.late, backwards.late),
        )

    def _rules(self, direction: Direction, classified: Classifications, acted: Moves) -> Rules:
        early = replace(direction, moves=direction.moves | classified.moves())
        straight = direction is self.forwards
        before, after = (self.old, self.new) if straight else (self.new, self.old)
        return Rules(
            early,
            replace(early, moves=early.moves | acted),
            replace(early, moves=early.moves | Moves(frozenset({ACTION, _GRANULARITY}))),
            before.rules,
            after.rules,
            waived(after),
        )

    def _acted(self) -> Moves:
        """What can differ because columns are changed in another way."""
        moves = self.forwards.moves | self.classified[0].moves() | self.classified[1].moves()
        old, new = _orders(self.old), _orders(self.new)
        changed = [
            transform
            for key, (transform, said) in (*old.items(), *new.items())
            if any(key not in orders or orders[key][1] != said for orders in (old, new))
        ]
        changed += [
            order.transform
            for rule in (*self.old.rules.values(), *self.new.rules.values())
            for order in rule.orders
            if any(map(moves.touch, (*rule.when, *rule.unless, order.columns)))
        ]
        if transforms_differ(self.old, self.new):
            return Moves(frozenset({ACTION, _GRANULARITY}))
        if not changed and not moves.roles:
            return Moves()
        strictest = max((t.strictness for t in changed), default=_GENERALISE)
        steady = frozenset(action for action, place in _STRICTER.items() if place > strictest)
        facts = {ACTION, *({_GRANULARITY} if any(t.granularity for t in changed) else ())}
        return Moves(frozenset(facts), steady=steady)


def _orders(side: Side) -> dict[Any, tuple[Transform, set[Any]]]:
    """Every transform that is ordered, with all that decides where."""
    found: dict[Any, tuple[Transform, set[Any]]] = {}
    for rule in side.rules.values():
        for order in rule.orders:
            where = (
                key_of(order.columns, side.values),
                tuple(key_of(e, side.values) for e in rule.when),
                tuple(key_of(e, side.values) for e in rule.unless),
            )
            key = order.transform.name, repr(order.parameters)
            found.setdefault(key, (order.transform, set()))[1].add(where)
    return found
