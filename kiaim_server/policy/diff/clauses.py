"""What a comparison of two policies says of one clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.prose import texts_of
from kiaim_server.policy.document import Demand, Order, Rule
from kiaim_server.policy.expression import Expression

#: What became of the clause itself.
Status = Literal["unchanged", "reworded", "stricter", "looser", "changed", "added", "removed"]
#: What that does to releases; ``undecided`` where neither direction is proven.
Effect = Literal["none", "stricter", "looser", "undecided"]


@dataclass(frozen=True)
class Clause:
    """One clause of either policy, and how it differs.

    Attributes
    ----------
    kind, id
        What it is (``rule``, ``condition``, ``demand``, ...) and the qualified id of what says it.
    old, new
        What the policies say, in one line; None where one says nothing.
    note
        Why, where that is not plain from the two.
    place
        ``file:line`` in the new policy, or in the old one where the new one lacks it.
    """

    kind: str
    id: str
    status: Status
    effect: Effect
    old: str | None
    new: str | None
    note: str = ""
    place: str = ""


@dataclass(frozen=True)
class Proven:
    """Which of two clauses is proven to be at least as strict as the other.

    `why` says what stands against a proof, where that is not plain.
    """

    new: bool
    old: bool
    why: str = ""

    @property
    def effect(self) -> Effect:
        """What the change does to releases."""
        if self.new and self.old:
            return "none"
        if self.new or self.old:
            return "stricter" if self.new else "looser"
        return "undecided"


def status_of(proven: Proven, *, equal: Status = "changed") -> Status:
    """The word for a clause that both policies have; `equal` where both are proven as strict."""
    words: Mapping[Effect, Status] = {
        "none": equal,
        "stricter": "stricter",
        "looser": "looser",
        "undecided": "changed",
    }
    return words[proven.effect]


def same_words(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether texts are equal in all their languages."""
    return [texts_of(t) for t in old] == [texts_of(t) for t in new]


def line(expression: Expression | None) -> str:
    """A condition on one line; empty if there is none."""
    return "" if expression is None else " ".join(expression.text.split())


def condition_words(rule: Rule) -> str:
    """When a rule applies."""
    when = " and ".join(map(line, rule.when))
    unless = " or ".join(map(line, rule.unless))
    words = f"when {when}" if when else "always"
    return f"{words} unless {unless}" if unless else words


def demand_words(demand: Demand) -> str:
    """A demand with its bounds."""
    inner = ", ".join(f"{key} {_spelt(value)}" for key, value in demand.parameters.items())
    bounds = [
        f"{word} {format_bound(bound)}"
        for word, bound in (("at least", demand.at_least), ("at most", demand.at_most))
        if bound is not None
    ]
    reach = f" where {line(demand.columns)}" if demand.columns else ""
    name = f"{demand.measure} ({inner})" if inner else demand.measure
    return " ".join([name, " and ".join(bounds)]).strip() + reach


def order_words(order: Order) -> str:
    """A transform and the columns that it is ordered for."""
    inner = ", ".join(f"{key} {_spelt(value)}" for key, value in order.parameters.items())
    return f"{order.transform.name}{f' ({inner})' if inner else ''} where {line(order.columns)}"


def rule_words(rule: Rule) -> str:
    """A whole rule."""
    parts = [demand_words(d) for d in rule.demands] + [order_words(o) for o in rule.orders]
    parts += [rule.decide] if rule.decide else []
    return f"{condition_words(rule)}: {'; '.join(parts)}"


def _spelt(value: Any) -> str:
    return format_bound(value) if isinstance(value, Fraction) else str(value)
