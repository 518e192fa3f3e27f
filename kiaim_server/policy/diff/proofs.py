"""Proofs that one condition holds wherever another one does, for all facts, unknown ones included.

A rule applies where its condition is not surely false. So one condition replaces another without
weakening the policy if it is not false wherever the other one is not false. Every fact matters only
through the literals that it is compared with (see `kiaim_server.policy.contradictions`), so trying
one value for each of their combinations, and unknown, is a proof. What cannot be tried is treated
as a variable of its own that may be anything; so what is not proven may still be true.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from kiaim_server.model.attribute import ROLES_BY_STRICTNESS
from kiaim_server.policy.contradictions import Effort
from kiaim_server.policy.diff.clauses import line
from kiaim_server.policy.expression import Expression, compile_condition
from kiaim_server.policy.facts import COLUMN_FACTS
from kiaim_server.policy.logic import Scope, Truth
from kiaim_server.policy.tokens import ExpressionError

Values = Mapping[str, Fraction | str]
#: The text of a condition with the values of the parameters in it: equal keys, equal meaning.
Key = tuple[str, tuple[Fraction | str, ...]]
Pairs = Sequence[tuple[Any, Any]]

#: Combinations that are tried for one question.
_MAX_COMBINATIONS: Final = 20_000
#: Evaluations for all questions about one direction; long conditions count more than once.
_EFFORT: Final = 100_000
#: Pairs of atoms of classification, and of parts of rules, that are held against each other.
_PAIRS: Final = 250_000
_ROLES: Final = tuple(role.value for role in ROLES_BY_STRICTNESS)
#: What is done to a column.
ACTION: Final = "column.action"
_ACTIONS: Final = COLUMN_FACTS[ACTION].type.values
_ANY: Final = "any column where "
_NO: Final = "no column where "


def key_of(expression: Expression, values: Values) -> Key:
    """Equal for conditions that say the same."""
    return line(expression), tuple(values[name] for name in expression.parameters)


@dataclass(frozen=True)
class Conditions:
    """What a rule's ``when`` and ``unless`` say."""

    when: tuple[Expression, ...] = ()
    unless: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Moves:
    """Facts that can differ between the two policies on the same table, and how.

    Attributes
    ----------
    facts
        Their names.
    roles
        Pairs of unequal roles that a column can have under the one policy and under the other.
    rising
        Names of truth values that can only become true.
    steady
        What can be done to a column that is done under both policies or under none.
    """

    facts: frozenset[str] = frozenset()
    roles: frozenset[tuple[str, str]] = frozenset()
    rising: frozenset[str] = frozenset()
    steady: frozenset[str] = frozenset()

    def touch(self, expression: Expression | None) -> bool:
        """Whether an expression looks at such a fact."""
        if expression is None:
            return False
        return not self.facts.isdisjoint((*expression.facts, *expression.column_facts))

    def pairs(self, name: str, values: Sequence[Any]) -> Pairs:
        """Values of a fact under either policy that go together."""
        if name not in self.facts:
            return [(v, v) for v in values]
        if name == "column.role":
            return [*((r, r) for r in _ROLES), *self.roles]
        if name == ACTION:
            # Each by itself: of those that are one to the condition some may be steady. It is
            # unknown of columns without a role alone, and these block.
            moving = [v for v in _ACTIONS if v not in self.steady]
            return [*((v, v) for v in (*_ACTIONS, None)), *itertools.permutations(moving, 2)]
        if name in self.rising:
            ranks: Mapping[Any, int] = {False: 0, None: 1, True: 2}
            return [(a, b) for a in values for b in values if ranks[a] <= ranks[b]]
        return [(a, b) for a in values for b in values]

    def __or__(self, other: Moves) -> Moves:
        """What can differ by either of two reasons."""
        both = self.facts & other.facts
        rising = {
            n
            for n in self.rising | other.rising
            if n not in both or (n in self.rising and n in other.rising)
        }
        steady = self.steady if ACTION in self.facts else other.steady
        if ACTION in both:
            steady = self.steady & other.steady
        return Moves(self.facts | other.facts, self.roles | other.roles, frozenset(rising), steady)


@dataclass
class Direction:
    """Proofs that what the second policy says is at least as strict as what the first one says.

    Attributes
    ----------
    before, after
        Parameters of the first and of the second policy.
    given
        Conditions without which the second policy refuses anyway.
    """

    before: Values
    after: Values
    given: tuple[Expression, ...] = ()
    moves: Moves = field(default_factory=Moves)
    effort: int = _EFFORT
    pairs: int = _PAIRS

    def applies_wherever(self, first: Conditions, second: Conditions) -> bool:
        """Whether a rule on `second` surely applies wherever one on `first` does."""
        if self._contained(first, second):
            return True
        return _Question(self, first, second).is_proven()

    def reaches(
        self,
        first: Expression | None,
        second: Expression | None,
        *,
        first_surely: bool = False,
        second_surely: bool = False,
    ) -> bool:
        """Whether `second` takes in every column that `first` takes in; None takes in all.

        A condition takes in a column where it is not false, or only where it is true (`surely`).
        """
        if second is None:
            return True
        same = first is not None and key_of(first, self.before) == key_of(second, self.after)
        if same and not self.moves.touch(second) and (first_surely or not second_surely):
            return True
        return self._tried(first, second, first_surely, second_surely)

    def narrows(self, first: Sequence[Expression], second: Sequence[Expression]) -> bool:
        """Whether all of `first` are surely true wherever all of `second` are."""
        stated = {key_of(e, self.after) for e in second if not self.moves.touch(e)}
        missing = [e for e in first if key_of(e, self.before) not in stated]
        if not missing:
            return True
        every = [*missing, *second]
        worlds = self._worlds(every, sorted({n for e in every for n in e.facts}))
        if worlds is None:
            return False
        for old, new in worlds:
            if all(e.evaluate(Scope(new)) is True for e in second) and not all(
                e.evaluate(Scope(old)) is True for e in missing
            ):
                return False
        return True

    def look_at(self, pairs: int) -> bool:
        """Take the price of looking at so many pairs; False if there is not enough left."""
        self.pairs -= min(pairs, self.pairs + 1)
        return self.pairs >= 0

    def spend(self, combinations: int, expressions: Sequence[Expression]) -> bool:
        """Take the price of trying so many combinations; False if there is not enough left."""
        price = combinations * sum(1 + len(e.text) // 50 for e in expressions)
        if combinations > _MAX_COMBINATIONS or price > self.effort:
            self.effort -= len(expressions)
            return False
        self.effort -= price
        return True

    def keeps(self, line_: Expression) -> bool:
        """Whether a line that both policies have, not false under the first, is not under the
        second."""
        return self._quantified(line_, (_ANY, False), (_NO, True))

    def keeps_silent(self, line_: Expression) -> bool:
        """Whether a line that both have, not true under the first, is not true under the second."""
        return self._quantified(line_, (_NO, False), (_ANY, True))

    def _contained(self, first: Conditions, second: Conditions) -> bool:
        """Whether every line of the second stands in the first and means the same on all tables."""
        when = {key_of(e, self.before) for e in first.when}
        unless = {key_of(e, self.before) for e in first.unless}
        return all(
            key_of(e, self.after) in when and (not self.moves.touch(e) or self.keeps(e))
            for e in second.when
        ) and all(
            key_of(e, self.after) in unless and (not self.moves.touch(e) or self.keeps_silent(e))
            for e in second.unless
        )

    def _quantified(
        self, line_: Expression, straight: tuple[str, bool], turned: tuple[str, bool]
    ) -> bool:
        """Prove it of each column by itself, for a line that is one ``any`` or one ``no``.

        With several columns an ``any`` can only rise where none of them falls.
        """
        text = line(line_)
        for (word, surely), backwards in ((straight, False), (turned, True)):
            if text.startswith(word):
                try:
                    before, after = (
                        compile_condition(text[len(word) :], v, about_column=True)
                        for v in (self.before, self.after)
                    )
                except ExpressionError:
                    return False
                if backwards:
                    return self._tried(after, before, surely, surely, backwards=True)
                return self._tried(before, after, surely, surely)
        return False

    def _tried(
        self,
        first: Expression | None,
        second: Expression,
        first_surely: bool,
        second_surely: bool,
        *,
        backwards: bool = False,
    ) -> bool:
        """Try all columns; `backwards` if `first` is judged under the second policy."""
        every = [e for e in (first, second) if e is not None]
        names = sorted({n for e in every for n in (*e.facts, *e.column_facts)})
        worlds = self._worlds(every, names)
        if worlds is None:
            return False
        for old, new in worlds:
            one, other = (new, old) if backwards else (old, new)
            taken = True if first is None else first.evaluate(Scope(one, (), one))
            if _taken(taken, first_surely) and not _taken(
                second.evaluate(Scope(other, (), other)), second_surely
            ):
                return False
        return True

    def _worlds(
        self, every: Sequence[Expression], names: Sequence[str]
    ) -> Iterator[tuple[dict[str, Any], dict[str, Any]]] | None:
        """The facts under the first and under the second policy, for all that has to be tried.

        None where trying does not decide, or costs too much.
        """
        if any(map(untriable, every)) or _too_long(every, names):
            return None
        choices = [self.moves.pairs(n, _values(n, every)) for n in names]
        if not self.spend(math.prod(map(len, choices)), every):
            return None
        return (
            (
                dict(zip(names, (a for a, _ in pairs), strict=True)),
                dict(zip(names, (b for _, b in pairs), strict=True)),
            )
            for pairs in itertools.product(*choices)
        )


def _taken(value: Truth, surely: bool) -> bool:
    return value is True if surely else value is not False


def untriable(expression: Expression) -> bool:
    """Whether values of its single facts do not decide it, as far as is known here."""
    return expression.quantified or bool(expression.compared_facts)


def _values(name: str, expressions: Sequence[Expression]) -> list[Any]:
    """One value for every combination of literals, and unknown; only that if there are too many."""
    found = Effort().values_of(name, expressions)
    return [*(value for value in found if value is not None), None]


def _too_long(expressions: Sequence[Expression], names: Iterable[str]) -> bool:
    """Whether a list is compared with more members than whose subsets are tried."""
    return any(_values(name, expressions) == [None] for name in names)


@dataclass(frozen=True)
class _Use:
    """A line with its policy: 0 the first, 1 the second. `variable` if it cannot be tried."""

    line: Expression
    side: int
    variable: object | None


class _Question:
    """Whether one rule surely applies wherever another one does."""

    def __init__(self, direction: Direction, first: Conditions, second: Conditions) -> None:
        self.direction = direction
        self.long: set[str] = set()
        every = [*first.when, *first.unless, *second.when, *second.unless]
        names = {n for e in every if not untriable(e) for n in e.facts}
        self.given = [
            self._use(e, 1) for e in direction.given if not untriable(e) and names >= set(e.facts)
        ]
        self.long = {n for n in names if _too_long([*every, *(g.line for g in self.given)], [n])}
        self.given = [g for g in self.given if self.long.isdisjoint(g.line.facts)]
        self.first_when = [self._use(e, 0) for e in first.when]
        self.first_unless = [self._use(e, 0) for e in first.unless]
        self.second_when = [self._use(e, 1) for e in second.when]
        self.second_unless = [self._use(e, 1) for e in second.unless]

    def _use(self, expression: Expression, side: int) -> _Use:
        """A line that is evaluated, or a variable: one for both policies unless facts move."""
        if not untriable(expression) and self.long.isdisjoint(expression.facts):
            return _Use(expression, side, None)
        values = self.direction.after if side else self.direction.before
        key = key_of(expression, values)
        moving = self.direction.moves.touch(expression)
        return _Use(expression, side, (key, side) if moving else (key, None))

    def is_proven(self) -> bool:
        """Try everything."""
        uses = [
            *self.given,
            *self.first_when,
            *self.first_unless,
            *self.second_when,
            *self.second_unless,
        ]
        tried = [u.line for u in uses if u.variable is None]
        names = sorted({n for e in tried for n in e.facts})
        variables = list(dict.fromkeys(u.variable for u in uses if u.variable is not None))
        moves = self.direction.moves
        choices: list[Pairs] = [moves.pairs(n, _values(n, tried)) for n in names]
        choices += [[(v, v) for v in (True, False, None)]] * len(variables)
        lines = [u.line for u in uses]
        if not self.direction.spend(math.prod(map(len, choices)), lines):
            return False
        relations = self._relations(variables)
        for combination in itertools.product(*choices):
            old = {n: p[0] for n, p in zip(names, combination, strict=False)}
            new = {n: p[1] for n, p in zip(names, combination, strict=False)}
            opaque = {v: p[0] for v, p in zip(variables, combination[len(names) :], strict=True)}
            if self._possible(opaque, relations) and self._refuted((old, new), opaque):
                return False
        return True

    def _relations(self, variables: Sequence[Any]) -> list[tuple[Any, Any, bool, bool]]:
        """Pairs of variables for one line under either policy, and what is known of them."""
        by_key = {v: v for v in variables}
        found = []
        for use in (*self.second_when, *self.second_unless):
            key, side = use.variable if isinstance(use.variable, tuple) else (None, None)
            if side == 1 and (key, 0) in by_key:
                keeps, silent = (
                    self.direction.keeps(use.line),
                    self.direction.keeps_silent(use.line),
                )
                found.append(((key, 0), (key, 1), keeps, silent))
        return found

    @staticmethod
    def _possible(
        opaque: Mapping[Any, Truth], relations: Sequence[tuple[Any, Any, bool, bool]]
    ) -> bool:
        for old, new, keeps, silent in relations:
            if keeps and opaque[old] is not False and opaque[new] is False:
                return False
            if silent and opaque[old] is not True and opaque[new] is True:
                return False
        return True

    def _refuted(
        self, facts: tuple[Mapping[str, Any], Mapping[str, Any]], opaque: Mapping[Any, Truth]
    ) -> bool:
        """Whether these values make the first rule apply and the second not."""

        def value(use: _Use) -> Truth:
            if use.variable is not None:
                return opaque[use.variable]
            return use.line.evaluate(Scope(facts[use.side], undecided=True))

        return (
            all(value(u) is not False for u in self.first_when)
            and all(value(u) is not True for u in self.first_unless)
            and all(value(u) is True for u in self.given)
            and not (
                all(value(u) is not False for u in self.second_when)
                and all(value(u) is not True for u in self.second_unless)
            )
        )
