"""Whether one demand, order or decision of a rule asks for at least as much as another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from kiaim_server.model.attribute import Role
from kiaim_server.model.contract import Transform, smallest_size_for
from kiaim_server.policy.diff.clauses import demand_words, order_words
from kiaim_server.policy.diff.proofs import Direction
from kiaim_server.policy.document import (
    ATTESTATION,
    FORM_VIOLATIONS,
    SUPPRESSED,
    Demand,
    Order,
    Rule,
)

Decision = Literal["warn", "review", "block"]

_DECISIONS: Final = (None, "warn", "review", "block")
#: Stands for demands that come to a smallest class, whatever they are called.
_CLASS_SIZE: Final = "class size"


@dataclass(frozen=True)
class Part:
    """One demand, order or decision of a rule; `rule` is the rule's id in the comparison."""

    rule: str
    value: Demand | Order | Decision

    @property
    def words(self) -> str:
        """The part in one line."""
        if isinstance(self.value, Demand):
            return demand_words(self.value)
        return order_words(self.value) if isinstance(self.value, Order) else str(self.value)

    @property
    def kind(self) -> str:
        """What it is."""
        if isinstance(self.value, Demand):
            return "demand"
        return "order" if isinstance(self.value, Order) else "decision"

    @property
    def subject(self) -> str:
        """Equal for parts of which one can ask for as much as the other."""
        if isinstance(self.value, Demand):
            return _CLASS_SIZE if smallest_class(self.value) else self.value.measure
        return self.kind


def parts_of(name: str, rule: Rule) -> tuple[Part, ...]:
    """All parts of a rule but bounds of suppression, which are compared by themselves."""
    values: list[Demand | Order | Decision] = [
        *(d for d in rule.demands if d.measure != SUPPRESSED),
        *rule.orders,
    ]
    values += [rule.decide] if rule.decide else []
    return tuple(Part(name, value) for value in values)


def asks(early: Direction, late: Direction, first: Part, second: Part) -> bool:
    """Whether the second part asks for at least as much as the first, where both apply."""
    a, b = first.value, second.value
    if isinstance(a, Demand) and isinstance(b, Demand):
        return demands_as_much(late, a, b)
    if isinstance(a, Order) and isinstance(b, Order):
        return transforms_as_much(a.transform, b.transform) and early.reaches(a.columns, b.columns)
    if isinstance(a, Demand | Order) or isinstance(b, Demand | Order):
        return False
    if first.rule != second.rule:  # warnings and statements are those of one rule
        return b == "block"
    return _DECISIONS.index(b) >= _DECISIONS.index(a)


def demands_as_much(direction: Direction, first: Demand, second: Demand) -> bool:
    """Whether the second demand asks for at least as much as the first, column by column."""
    sizes = smallest_class(first), smallest_class(second)
    if sizes[0] is not None and sizes[1] is not None:
        return sizes[1] >= sizes[0]
    if first.measure == second.measure == ATTESTATION:
        return _as_young(first.parameters, second.parameters)
    if (first.measure, first.parameters) != (second.measure, second.parameters):
        return False
    low = first.at_least is None or (
        second.at_least is not None and second.at_least >= first.at_least
    )
    high = first.at_most is None or (second.at_most is not None and second.at_most <= first.at_most)
    return low and high and _of_as_many(direction, first, second)


def smallest_class(demand: Demand) -> int | None:
    """The class size that a demand comes to, where it is about nothing else."""
    if demand.measure == "k-anonymity" and demand.at_least and demand.at_most is None:
        return -(-demand.at_least.numerator // demand.at_least.denominator)
    highest = demand.parameters.get("measure") == "maximum"
    if demand.measure == "reidentification-risk" and highest and demand.at_most:
        return smallest_size_for(demand.at_most)
    return None


def transforms_as_much(first: Transform, second: Transform) -> bool:
    """Whether the second transform alone surely does all that the first one does."""
    if first == second or second.subsumes(first):
        return True
    return second in (second.merged(first), first.merged(second))


def _of_as_many(direction: Direction, first: Demand, second: Demand) -> bool:
    """Whether the second demand is made of every sensitive attribute that the first is made of."""
    if not first.attribute_wise:
        return True
    sensitive = Role.SENSITIVE.value
    if first.measure != FORM_VIOLATIONS and any(
        old == sensitive for old, _ in direction.moves.roles
    ):
        return False
    return direction.reaches(first.columns, second.columns)


def _as_young(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    oldest, other = first.get("max_age_days"), second.get("max_age_days")
    if first["of"] != second["of"]:
        return False
    return oldest is None or (other is not None and int(other) <= int(oldest))
