"""Three-valued logic over facts: True, False, and None for unknown (Kleene's strong logic)."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from kiaim_server.model.condition import Form, value_form
from kiaim_server.policy.facts import FactType

Truth = bool | None


@dataclass
class Scope:
    """What a condition looks at while it is evaluated.

    `context` has the facts of the release, `columns` those of every column; a fact that is absent
    or None is unknown. `seen` collects, per quantifier as written, the columns that it found.
    """

    context: Mapping[str, Any]
    columns: Sequence[Mapping[str, Any]] = ()
    column: Mapping[str, Any] = field(default_factory=dict)
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    undecided: bool = False
    known: dict[str, tuple[Any, tuple[str, ...]]] = field(default_factory=dict)


Evaluate = Callable[[Scope], Any]

_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Span:
    """A count between `low` and `high`, where some columns are undecided."""

    low: int
    high: int


@dataclass(frozen=True)
class Term:
    """A part of a condition: its type, how to evaluate it, where it stands.

    `fact` is set if it is a fact by itself, `constant` if it is a literal or parameter. A list of
    literals has type ``list`` and a tuple as constant. `form` is its structure in JSON types (see
    `kiaim_server.model.condition`).
    """

    type: FactType
    evaluate: Evaluate
    at: int
    fact: str | None = None
    constant: Any = None
    counts: bool = False
    form: Form = field(default_factory=dict)


def constant(value: Any, type_: FactType, at: int) -> Term:
    """A literal."""
    return Term(type_, lambda scope: value, at, constant=value, form=value_form(value))


def context_fact(name: str, type_: FactType, at: int) -> Term:
    """A fact of the release."""
    return Term(type_, lambda scope: scope.context.get(name), at, fact=name, form={"fact": name})


def column_fact(name: str, type_: FactType, at: int) -> Term:
    """A fact of the column that a quantifier looks at."""
    return Term(type_, lambda scope: scope.column.get(name), at, fact=name, form={"fact": name})


def negate(inner: Evaluate) -> Evaluate:
    """Not; unknown stays unknown."""

    def evaluate(scope: Scope) -> Truth:
        value = inner(scope)
        return None if value is None else not value

    return evaluate


def all_of(parts: Sequence[Evaluate]) -> Evaluate:
    """And: false as soon as one part is, unknown if none is and one is unknown."""

    def evaluate(scope: Scope) -> Truth:
        result: Truth = True
        for part in parts:
            value = part(scope)
            if value is False:
                return False
            if value is None:
                result = None
        return result

    return evaluate


def any_of(parts: Sequence[Evaluate]) -> Evaluate:
    """Or: true as soon as one part is, unknown if none is and one is unknown."""

    def evaluate(scope: Scope) -> Truth:
        result: Truth = False
        for part in parts:
            value = part(scope)
            if value is True:
                return True
            if value is None:
                result = None
        return result

    return evaluate


def compare(symbol: str, left: Evaluate, right: Evaluate) -> Evaluate:
    """A comparison; unknown if either side is. A `Span` is decided where all its counts agree."""
    test = _COMPARE[symbol]

    def evaluate(scope: Scope) -> Truth:
        a, b = left(scope), right(scope)
        if a is None or b is None:
            return None
        if isinstance(a, Span) or isinstance(b, Span):
            outcomes = {test(x, y) for x in _counts(a) for y in _counts(b)}
            return outcomes.pop() if len(outcomes) == 1 else None
        return test(a, b)

    return evaluate


def _counts(value: Any) -> Sequence[Any]:
    return range(value.low, value.high + 1) if isinstance(value, Span) else (value,)


def contains(collection: Evaluate, element: Evaluate) -> Evaluate:
    """Membership; unknown if either side is."""

    def evaluate(scope: Scope) -> Truth:
        whole, part = collection(scope), element(scope)
        if whole is None or part is None:
            return None
        if isinstance(part, Span):
            outcomes = {count in whole for count in _counts(part)}
            return outcomes.pop() if len(outcomes) == 1 else None
        return part in whole

    return evaluate


def is_known(inner: Evaluate) -> Evaluate:
    """Whether a fact is known; itself always known."""
    return lambda scope: inner(scope) is not None


def assumed_as(word: str, source: str) -> str:
    """What a statement on columns is called where its truth is assumed, not looked up.

    ``no`` is called as ``any`` is, whose opposite it is. Counts are not assumed: an empty text.
    """
    text = " ".join(source.split())
    if word == "no":
        return f"any{text.removeprefix('no')}"
    return "" if word == "count" else text


def quantifier(word: str, source: str, body: Evaluate, then: Evaluate | None = None) -> Evaluate:
    """Any, no, every or count over all columns.

    ``every`` looks at the columns of which `body` holds and demands `then`. The columns that make
    it true (for ``every``: that break it) are noted in ``scope.seen[source]``, undecided ones
    with a question mark. In an undecided scope no column is looked at: the truth is that which the
    context assumes under the name `assumed_as`, or unknown.
    """
    wanted = body if then is None else all_of((body, negate(then)))

    assumed = assumed_as(word, source)

    def evaluate(scope: Scope) -> Any:
        if scope.undecided:
            value = scope.context.get(assumed)
            return value if value is None or word != "no" else not value
        if source not in scope.known:
            scope.known[source] = evaluated(scope)
        result, scope.seen[source] = scope.known[source]
        return result

    def evaluated(scope: Scope) -> tuple[Any, tuple[str, ...]]:
        found, open_ = [], []
        outer = scope.column
        for column in scope.columns:
            scope.column = column
            value = wanted(scope)
            if value is True:
                found.append(str(column.get("column.label", "")))
            elif value is None:
                open_.append(f"{column.get('column.label', '')}?")
        scope.column = outer
        names = (*found, *open_)
        if word == "count":
            return Span(len(found), len(names)), names
        any_: Truth = True if found else (None if open_ else False)
        return (any_ if word == "any" or any_ is None else not any_), names

    return evaluate
