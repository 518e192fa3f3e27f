"""Finds conditions that can never hold, or always hold, by trying the values that matter.

A fact matters only through the sets of literals that it is compared with, so one value per
combination of these sets stands for all others. What cannot be decided (quantifiers over columns,
too many combinations) is taken as possible: nothing is reported that is not proven.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from kiaim_server.policy.expression import Expression
from kiaim_server.policy.facts import COLUMN_FACTS, CONTEXT_FACTS, FactType
from kiaim_server.policy.logic import Scope, Truth

#: Combinations of values that are tried at most for one question.
MAX_COMBINATIONS: Final = 2_000
#: Literals of a list fact whose subsets are tried.
_MAX_MEMBERS: Final = 4


@dataclass
class Effort:
    """What may be spent on proofs for one file, so that a hostile one cannot stall the linter.

    `left` counts evaluations, long conditions more than once. At 0 nothing is decided any more.
    """

    left: int = 60_000

    def spend(self, combinations: int, expressions: Sequence[Expression]) -> bool:
        """Take the price of trying that many combinations; False if there is not enough left."""
        price = combinations * sum(1 + len(e.text) // 50 for e in expressions)
        if combinations > MAX_COMBINATIONS or price > self.left:
            self.left -= len(expressions)
            return False
        self.left -= price
        return True


def can_hold(effort: Effort, true: Sequence[Expression], false: Sequence[Expression] = ()) -> bool:
    """Whether some facts make all of `true` hold and none of `false`; True where not decided."""
    for outcomes in _outcomes(effort, [*true, *false]):
        if outcomes is None:
            return True
        if all(v is not False for v in outcomes[: len(true)]) and all(
            v is not True for v in outcomes[len(true) :]
        ):
            return True
    return False


def always_holds(effort: Effort, expression: Expression) -> bool:
    """Whether it holds for all known facts; False where not decided."""
    return all(outcomes == [True] for outcomes in _outcomes(effort, [expression]))


def implies(
    effort: Effort,
    premise: Sequence[Expression],
    premise_not: Sequence[Expression],
    conclusion: Sequence[Expression],
    conclusion_not: Sequence[Expression],
) -> bool:
    """Whether the conclusion surely holds wherever the premise may; False where not decided."""
    every = [*premise, *premise_not, *conclusion, *conclusion_not]
    a, b, c = (
        len(premise),
        len(premise) + len(premise_not),
        len(premise) + len(premise_not) + len(conclusion),
    )
    for outcomes in _outcomes(effort, every):
        if outcomes is None:
            return False
        possible = all(v is not False for v in outcomes[:a]) and all(
            v is not True for v in outcomes[a:b]
        )
        sure = all(v is True for v in outcomes[b:c]) and all(v is False for v in outcomes[c:])
        if possible and not sure:
            return False
    return True


def _outcomes(effort: Effort, expressions: Sequence[Expression]) -> Iterator[list[Truth] | None]:
    """Values of all expressions per combination of facts; a single None if there are too many."""
    if effort.left <= 0:
        yield None
        return
    names = sorted({n for e in expressions for n in (*e.facts, *e.column_facts)})
    candidates = [_candidates(name, expressions) for name in names]
    if not effort.spend(math.prod(map(len, candidates)), expressions):
        yield None
        return
    for values in itertools.product(*candidates):
        facts = dict(zip(names, values, strict=True))
        scope = Scope(facts, (), facts, undecided=True)
        yield [e.evaluate(scope) for e in expressions]


def _candidates(name: str, expressions: Sequence[Expression]) -> Sequence[Any]:
    """One value for every combination of literal sets that the fact can be in."""
    fact = CONTEXT_FACTS.get(name) or COLUMN_FACTS[name]
    groups = sorted({g for e in expressions for g in e.constants.get(name, ())}, key=sorted)
    found = list(_by_type(fact.type, groups))
    if any(name in e.known_tests for e in expressions):
        found.append(None)
    return found


def _by_type(type_: FactType, groups: Sequence[frozenset[Any]]) -> Sequence[Any]:
    literals = sorted({literal for group in groups for literal in group})
    if type_.base == "boolean":
        return (True, False)
    if type_.base == "number":
        return _numbers(type_, literals)
    if type_.base == "list":
        if len(literals) > _MAX_MEMBERS:
            return (None,)
        sizes = range(len(literals) + 1)
        return [frozenset(c) for size in sizes for c in itertools.combinations(literals, size)]
    everything = type_.values or (*literals, "\0 anything else")
    if not groups:
        return everything[:1] if len(everything) > 1 and type_.values else everything
    by_membership = {tuple(value in group for group in groups): value for value in everything}
    return list(by_membership.values())


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
