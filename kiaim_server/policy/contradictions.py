"""Finds conditions that can never hold, or always hold, by trying the values that matter.

A fact matters only through the sets of literals that it is compared with, so one value per
combination of these sets stands for all others. Facts are given values one after the other, and a
branch is left as soon as what is known so far decides it: in three-valued logic what is decided
while facts are unknown stays so whatever they turn out to be.

What cannot be decided is taken as possible: nothing is reported that is not proven. That are counts
of columns, facts that are compared with each other, and questions that cost too much. ``any column
where B`` and ``no column where B`` are opposites of each other, whatever B is.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from kiaim_server.policy.expression import Expression
from kiaim_server.policy.facts import COLUMN_FACTS, CONTEXT_FACTS, FactType
from kiaim_server.policy.logic import Scope, Truth

#: Evaluations that one question may cost at most.
MAX_EVALUATIONS: Final = 2_000
#: Literals of a list fact whose subsets are tried.
_MAX_MEMBERS: Final = 6

#: Given the outcomes of all expressions while some facts may still be unknown: True if this is what
#: is looked for whatever they are, False if it never can be, None if that depends on them. Where
#: None is left although every fact has a value, it is taken as True.
Goal = Callable[[Sequence[Truth]], bool | None]


@dataclass
class Effort:
    """What may be spent on proofs for one file, so that a hostile one cannot stall the linter.

    `left` counts evaluations, long conditions more than once. At 0 nothing is decided any more.
    """

    left: int = 60_000
    _values: dict[Any, Sequence[Any]] = field(default_factory=dict, repr=False)

    def values_of(self, name: str, expressions: Sequence[Expression]) -> Sequence[Any]:
        """One value for every combination of literal sets that the fact can be in."""
        groups = frozenset(g for e in expressions for g in e.constants.get(name, ()))
        asked = any(name in e.known_tests for e in expressions)
        key = (name, groups, asked)
        if key not in self._values:
            self.left -= 10 * (1 + sum(map(len, groups)))
            fact = CONTEXT_FACTS.get(name) or COLUMN_FACTS[name]
            found = _by_type(fact.type, sorted(groups, key=sorted))
            self._values[key] = (*found, None) if asked else tuple(found)
        return self._values[key]


def can_hold(effort: Effort, true: Sequence[Expression], false: Sequence[Expression] = ()) -> bool:
    """Whether some facts make all of `true` hold and none of `false`; True where not decided."""
    n = len(true)

    def goal(outcomes: Sequence[Truth]) -> bool | None:
        wanted, unwanted = outcomes[:n], outcomes[n:]
        if any(v is False for v in wanted) or any(v is True for v in unwanted):
            return False
        certain = all(v is True for v in wanted) and all(v is False for v in unwanted)
        return True if certain else None

    return _exists(effort, [*true, *false], goal) is not False


def always_holds(effort: Effort, expression: Expression) -> bool:
    """Whether it holds for all known facts; False where not decided."""

    def goal(outcomes: Sequence[Truth]) -> bool | None:
        return None if outcomes[0] is None else not outcomes[0]

    return _exists(effort, [expression], goal) is False


def implies(
    effort: Effort,
    premise: Sequence[Expression],
    premise_not: Sequence[Expression],
    conclusion: Sequence[Expression],
    conclusion_not: Sequence[Expression],
) -> bool:
    """Whether the conclusion surely holds wherever the premise may; False where not decided."""
    every = [*premise, *premise_not, *conclusion, *conclusion_not]
    a, b = len(premise), len(premise) + len(premise_not)
    c = b + len(conclusion)

    def goal(outcomes: Sequence[Truth]) -> bool | None:
        """A counterexample: the premise may hold, and the conclusion does not surely."""
        if any(v is False for v in outcomes[:a]) or any(v is True for v in outcomes[a:b]):
            return False
        if all(v is True for v in outcomes[b:c]) and all(v is False for v in outcomes[c:]):
            return False
        return None

    return _exists(effort, every, goal) is False


def _exists(effort: Effort, expressions: Sequence[Expression], goal: Goal) -> bool | None:
    """Whether some values of the facts meet the goal; None if that is not decided.

    Depth first, the facts that most expressions mention first. Facts whose being known is asked
    for come before all others, and nothing is judged before they have values: only then is what is
    unknown merely not tried yet.
    """
    if effort.left <= 0 or any(e.compared_facts & e.known_tests for e in expressions):
        return None
    asked = {name for e in expressions for name in e.known_tests}
    opaque = {name for e in expressions for name in e.compared_facts}
    uses = Counter(name for e in expressions for name in e.deciding if name not in opaque)
    names = sorted(uses, key=lambda name: (name not in asked, -uses[name], name))
    n_asked = sum(name in asked for name in names)
    price = sum(1 + len(e.text) // 50 for e in expressions)
    return _Search(effort, expressions, goal, names, n_asked, price).run(0, {})


@dataclass
class _Search:
    effort: Effort
    expressions: Sequence[Expression]
    goal: Goal
    names: Sequence[str]
    n_asked: int
    price: int
    spent: int = 0

    def run(self, depth: int, facts: dict[str, Any]) -> bool | None:
        """Whether the goal can be met with the first `depth` facts as given."""
        at_end = depth == len(self.names)
        if depth >= self.n_asked:
            self.spent += self.price
            self.effort.left -= self.price
            if self.spent > MAX_EVALUATIONS or self.effort.left <= 0:
                return None
            scope = Scope(facts, (), facts, undecided=True)
            met = self.goal([e.evaluate(scope) for e in self.expressions])
            if met is not None or at_end:
                return met is not False
        undecided = False
        name = self.names[depth]
        for value in self.values_of(name):
            found = self.run(depth + 1, {**facts, name: value})
            if found:
                return True
            undecided = undecided or found is None
            if self.spent > MAX_EVALUATIONS:
                return None
        return None if undecided else False

    def values_of(self, name: str) -> Sequence[Any]:
        """The values to try for a fact, or for a statement on columns."""
        if name in CONTEXT_FACTS or name in COLUMN_FACTS:
            return self.effort.values_of(name, self.expressions)
        return (True, False)


def _by_type(type_: FactType, groups: Sequence[frozenset[Any]]) -> Sequence[Any]:
    literals = sorted({literal for group in groups for literal in group})
    if type_.base == "boolean":
        return (True, False)
    if type_.base == "number":
        return _numbers(type_, literals)
    if type_.base == "list":
        return _UNDECIDED if len(literals) > _MAX_MEMBERS else list(_subsets(literals))
    everything = type_.values or (*literals, "\0 anything else")
    if not groups:
        return everything[:1] if len(everything) > 1 and type_.values else everything
    by_membership = {tuple(value in group for group in groups): value for value in everything}
    return list(by_membership.values())


#: The only value of a list that has too many subsets: what looks at it stays open.
_UNDECIDED: Final = (None,)


def _subsets(literals: Sequence[Any]) -> Iterator[frozenset[Any]]:
    for size in range(len(literals) + 1):
        yield from map(frozenset, itertools.combinations(literals, size))


def _numbers(type_: FactType, literals: Sequence[Any]) -> Sequence[Fraction]:
    """The literals, a value in each gap between them, and one beyond either end."""
    points = [Fraction(v) for v in literals] or [Fraction(1, 2) if type_.high == 1 else Fraction(1)]
    low = type_.low if type_.low is not None else points[0] - 1
    high = type_.high if type_.high is not None else points[-1] + 2
    edges = sorted({low, *points, high})
    between = [(a + b) / 2 for a, b in itertools.pairwise(edges)]
    values = sorted({*edges, *between})
    if type_.integer:
        values = sorted({Fraction(v) for x in values for v in (math.floor(x), math.ceil(x))})
    return [v for v in values if low <= v <= high]
