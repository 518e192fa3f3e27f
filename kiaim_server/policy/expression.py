"""The language of conditions: recursive descent over tokens, typed against the table of facts.

Grammar, loosest first::

    condition   = and {"or" and}
    and         = not {"and" not}
    not         = "not" not | comparison
    comparison  = operand [("=" | "!=" | "<" | "<=" | ">" | ">=") operand
                          | ["not"] "in" operand | "has" operand | "is" ["not"] "known"]
    operand     = number | percent | fraction | text | "true" | "false" | list | fact | set
                | "params." name | "(" condition ")" | quantifier
    quantifier  = ("any" | "no" | "count") "column" "where" condition
                | "every" "column" "where" condition "has" condition

There is no object access, no call, no loop; quantifiers do not nest. What compiles, evaluates in
time proportional to its size and the number of columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.condition import Form
from kiaim_server.policy import logic
from kiaim_server.policy.comparing import check_in, check_pair, check_range
from kiaim_server.policy.facts import (
    BOOLEAN,
    COLUMN_FACTS,
    CONTEXT_FACTS,
    COUNT,
    COUNTRY,
    NAMED_SETS,
    NUMBER,
    TEXT,
    FactType,
)
from kiaim_server.policy.logic import Evaluate, Scope, Term, Truth
from kiaim_server.policy.spelling import did_you_mean, folded
from kiaim_server.policy.tokens import MAX_DEPTH, MAX_NODES, ExpressionError, Token, tokens_of

_QUANTIFIERS: Final = ("any", "no", "every", "count")
_COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")
_KEYWORDS: Final = (
    "and",
    "or",
    "not",
    "in",
    "has",
    "is",
    "known",
    "column",
    "where",
    *_QUANTIFIERS,
)
_BEFORE_VALUES: Final = (*_COMPARISONS, "[", ",", "in", "has")
#: Characters of an unknown name that messages show.
_SHOWN: Final = 60
_NO_VALUES: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True)
class Expression:
    """A compiled condition.

    Attributes
    ----------
    facts, column_facts
        Names that it mentions.
    parameters
        Names of the parameters that it mentions.
    constants
        Per fact the sets of literals that it is compared with.
    known_tests
        Facts whose being known is asked for.
    compared_facts
        Facts that are compared with other facts.
    deciding
        What decides it: facts that stand outside of quantifiers, and the quantifiers, as
        `kiaim_server.policy.logic.quantifier` calls them.
    quantifiers
        Its statements about all columns.
    form
        Its structure (see `kiaim_server.model.condition`).
    """

    text: str
    facts: tuple[str, ...]
    column_facts: tuple[str, ...]
    parameters: tuple[str, ...]
    constants: Mapping[str, frozenset[frozenset[Any]]]
    known_tests: frozenset[str]
    compared_facts: frozenset[str]
    deciding: frozenset[str]
    quantifiers: tuple[Quantifier, ...]
    form: Form = field(repr=False, compare=False)
    _evaluate: Evaluate = field(repr=False, compare=False)

    @property
    def quantified(self) -> bool:
        """Whether it looks at all columns."""
        return bool(self.quantifiers)

    def evaluate(self, scope: Scope) -> Truth:
        """True, False, or None if facts that matter are unknown."""
        result: Truth = self._evaluate(scope)
        return result


@dataclass(frozen=True)
class Quantifier:
    """A statement about all columns.

    `at` is where it begins in the condition; `body` says which columns it looks at, `then` what
    ``every`` demands of them.
    """

    word: str
    at: int
    body: Expression
    then: Expression | None


@dataclass
class _Mentions:
    """What a condition, or a part of it, mentions."""

    facts: set[str] = field(default_factory=set)
    column_facts: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    constants: dict[str, set[frozenset[Any]]] = field(default_factory=dict)
    known_tests: set[str] = field(default_factory=set)
    compared: set[str] = field(default_factory=set)
    deciding: set[str] = field(default_factory=set)
    quantifiers: list[Quantifier] = field(default_factory=list)

    def absorb(self, part: _Mentions) -> None:
        """Mention what a part mentions, apart from what decides the part by itself."""
        self.facts |= part.facts
        self.column_facts |= part.column_facts
        self.parameters |= part.parameters
        self.known_tests |= part.known_tests
        self.compared |= part.compared
        for name, values in part.constants.items():
            self.constants.setdefault(name, set()).update(values)

    def expression(self, text: str, term: Term) -> Expression:
        """The condition that mentions this."""
        return Expression(
            text,
            tuple(sorted(self.facts)),
            tuple(sorted(self.column_facts)),
            tuple(sorted(self.parameters)),
            {name: frozenset(values) for name, values in self.constants.items()},
            frozenset(self.known_tests),
            frozenset(self.compared),
            frozenset(self.deciding),
            tuple(self.quantifiers),
            term.form,
            term.evaluate,
        )


def compile_condition(
    source: str,
    parameters: Mapping[str, Any] = _NO_VALUES,
    *,
    about_column: bool = False,
) -> Expression:
    """Parse and type a condition.

    Parameters
    ----------
    parameters
        Values that ``params.x`` stands for: `fractions.Fraction` or text.
    about_column
        Whether it is about one column (``where``, ``columns``), so that column facts may be used
        everywhere and quantifiers nowhere.

    Raises
    ------
    ExpressionError
        The only exception, whatever the text.
    """
    parser = _Parser(source, parameters, about_column)
    return parser.mentions.expression(source, parser.whole())


class _Parser:
    """State of one parse: where it is, how deep, and what was mentioned."""

    def __init__(self, source: str, parameters: Mapping[str, Any], about_column: bool) -> None:
        self.source = source
        self.tokens = tokens_of(source)
        self.position = 0
        self.depth = 0
        self.nodes = 0
        self.parameters = parameters
        self.in_column = about_column
        self.about_column = about_column
        self.head_of_every = False
        self.mentions = _Mentions()

    # --- tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.token
        self.position = min(self.position + 1, len(self.tokens) - 1)
        return token

    @property
    def at_end(self) -> bool:
        return self.position == len(self.tokens) - 1

    def at_word(self, *words: str) -> bool:
        return self.token.kind in ("name", "mark") and self.token.text in words

    def expect(self, word: str) -> Token:
        if not self.at_word(word):
            raise ExpressionError(self.token.at, f"expected {word!r}, found {self.found()}")
        return self.take()

    def found(self) -> str:
        if self.at_end:
            return "the end"
        hint = did_you_mean(self.token.text, _KEYWORDS) if self.token.kind == "name" else ""
        if self.token.text == "==":
            hint = " - write '='"
        elif self.token.text == "(":
            hint = " - there are no functions"
        return f"{self.token.text!r}{hint}"

    def deeper(self, parse: Callable[[], Term]) -> Term:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(
                self.token.at, f"nested more than {MAX_DEPTH} deep; write several lines"
            )
        term = parse()
        self.depth -= 1
        return term

    def counted(self, term: Term) -> Term:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise ExpressionError(
                term.at, f"more than {MAX_NODES} parts; split it into several lines"
            )
        return term

    # --- grammar

    def whole(self) -> Term:
        if len(self.tokens) == 1:
            raise ExpressionError(0, "an empty condition")
        term = self.condition()
        if not self.at_end:
            raise ExpressionError(self.token.at, f"unexpected {self.found()}")
        self.truth(term)
        found = self.mentions
        if not found.facts and not found.column_facts and not found.quantifiers:
            raise ExpressionError(
                0, "this condition looks at no fact, so it is always the same", "P305"
            )
        return term

    def truth(self, term: Term) -> Term:
        if term.type.base != "boolean" or term.counts:
            raise ExpressionError(
                term.at, f"this is a {_noun(term)}, not true or false; compare it with something"
            )
        return term

    def condition(self) -> Term:
        return self.joined("or", self.conjunction, logic.any_of)

    def conjunction(self) -> Term:
        return self.joined("and", self.negation, logic.all_of)

    def joined(
        self, word: str, parse: Callable[[], Term], join: Callable[[list[Evaluate]], Evaluate]
    ) -> Term:
        first = parse()
        parts = [first]
        while self.at_word(word):
            self.truth(parts[-1])
            self.take()
            parts.append(self.truth(parse()))
        if len(parts) == 1:
            return first
        evaluate = join([p.evaluate for p in parts])
        return self.counted(Term(BOOLEAN, evaluate, first.at, form=_form(word, *parts)))

    def negation(self) -> Term:
        if self.at_word("not"):
            at = self.take().at
            inner = self.truth(self.deeper(self.negation))
            evaluate = logic.negate(inner.evaluate)
            return self.counted(Term(BOOLEAN, evaluate, at, form=_form("not", inner)))
        return self.comparison()

    def comparison(self) -> Term:
        left = self.operand()
        if self.at_word(*_COMPARISONS):
            symbol = self.take()
            return self.counted(self.compared(symbol.text, left, self.operand()))
        if self.at_word("not") and self.tokens[self.position + 1].text == "in":
            self.take()
            self.take()
            inside = self.membership(left, self.operand())
            negative = {**inside.form, "op": "not in"}
            return self.counted(
                Term(BOOLEAN, logic.negate(inside.evaluate), left.at, form=negative)
            )
        if self.at_word("in"):
            self.take()
            return self.counted(self.membership(left, self.operand()))
        if self.at_word("has") and (left.type.base == "list" or not self.head_of_every):
            self.take()
            return self.counted(self.membership(self.operand(), left))
        if self.at_word("is"):
            return self.known(left)
        return left

    def known(self, left: Term) -> Term:
        self.take()
        negative = self.at_word("not")
        if negative:
            self.take()
        self.expect("known")
        if left.fact is None:
            raise ExpressionError(left.at, "only a fact can be known or not")
        self.mentions.known_tests.add(left.fact)
        test = logic.is_known(left.evaluate)
        evaluate = logic.negate(test) if negative else test
        form = _form("not known" if negative else "known", left)
        return self.counted(Term(BOOLEAN, evaluate, left.at, form=form))

    def compared(self, symbol: str, left: Term, right: Term) -> Term:
        left, right = self.spelt(left, right)
        check_pair(symbol, left, right)
        check_range(symbol, left, right)
        for fact, other in ((left, right), (right, left)):
            if fact.fact and other.constant is not None:
                self.compare_with(fact.fact, [other.constant])
        self.note_pair(left, right)
        evaluate = logic.compare(symbol, left.evaluate, right.evaluate)
        return Term(BOOLEAN, evaluate, left.at, form=_form(symbol, left, right))

    def membership(self, part: Term, whole: Term) -> Term:
        part, whole = self.spelt(part, whole)
        check_in(part, whole)
        if part.fact and isinstance(whole.constant, tuple):
            self.compare_with(part.fact, whole.constant)
        if whole.fact and part.constant is not None:
            self.compare_with(whole.fact, [part.constant])
        self.note_pair(part, whole)
        evaluate = logic.contains(whole.evaluate, part.evaluate)
        return Term(BOOLEAN, evaluate, min(part.at, whole.at), form=_form("in", part, whole))

    def compare_with(self, fact: str, values: Iterable[Any]) -> None:
        self.mentions.constants.setdefault(fact, set()).add(frozenset(values))

    def note_pair(self, left: Term, right: Term) -> None:
        """Note facts that are compared with each other."""
        if left.fact and right.fact:
            self.mentions.compared |= {left.fact, right.fact}

    @staticmethod
    def spelt(left: Term, right: Term) -> tuple[Term, Term]:
        """Fold literals that are compared with a column name, as the name itself is folded."""
        if left.fact != "column.name" and right.fact != "column.name":
            return left, right

        def fold(term: Term) -> Term:
            value = term.constant
            if isinstance(value, str):
                return logic.constant(folded(value), term.type, term.at)
            if isinstance(value, tuple):
                names = tuple(folded(v) if isinstance(v, str) else v for v in value)
                return logic.constant(names, term.type, term.at)
            return term

        return fold(left), fold(right)

    # --- operands

    def operand(self) -> Term:
        token = self.token
        if token.kind == "number":
            self.take()
            return self.counted(logic.constant(self.number(token), NUMBER, token.at))
        if token.kind == "text":
            self.take()
            return self.counted(logic.constant(token.text, TEXT, token.at))
        if self.at_word("("):
            return self.deeper(self.parenthesis)
        if self.at_word("["):
            return self.deeper(self.list_literal)
        if self.at_word(*_QUANTIFIERS) and self.tokens[self.position + 1].text == "column":
            return self.deeper(self.quantifier)
        if token.kind == "name":
            return self.counted(self.name(self.take()))
        raise ExpressionError(token.at, f"expected a fact or a value, found {self.found()}")

    @staticmethod
    def number(token: Token) -> Fraction:
        try:
            return parse_bound(token.text)
        except ValueError as error:
            raise ExpressionError(token.at, f"{token.text} {error}") from None

    def parenthesis(self) -> Term:
        self.take()
        outer, self.head_of_every = self.head_of_every, False
        term = self.condition()
        self.head_of_every = outer
        self.expect(")")
        return term

    def list_literal(self) -> Term:
        at = self.take().at
        items: list[Term] = []
        while True:
            item = self.operand()
            if item.constant is None or isinstance(item.constant, tuple):
                raise ExpressionError(item.at, "a list holds values, not facts or lists")
            items.append(item)
            if not self.at_word(","):
                break
            self.take()
        self.expect("]")
        if len({item.type.base for item in items}) > 1:
            raise ExpressionError(at, "a list holds texts or numbers, not both")
        values = tuple(item.constant for item in items)
        kind = FactType("list", label=f"list of {items[0].type.base}s")
        return self.counted(logic.constant(values, kind, at))

    def name(self, token: Token) -> Term:
        word, at = token.text, token.at
        if word in ("true", "false"):
            return logic.constant(word == "true", BOOLEAN, at)
        if word in NAMED_SETS:
            values = NAMED_SETS[word]
            return Term(
                FactType("list", COUNTRY.values, label=word),
                lambda scope: values,
                at,
                constant=values,
                form={"set": word},
            )
        if word in CONTEXT_FACTS:
            self.mentions.facts.add(word)
            self.mentions.deciding.add(word)
            return logic.context_fact(word, CONTEXT_FACTS[word].type, at)
        if word in COLUMN_FACTS:
            if not self.in_column:
                raise ExpressionError(
                    at, f"{word!r} has a meaning only inside 'any/every/no/count column where ...'"
                )
            self.mentions.column_facts.add(word)
            self.mentions.deciding.add(word)
            return logic.column_fact(word, COLUMN_FACTS[word].type, at)
        if word.startswith("params."):
            return self.parameter(word.removeprefix("params."), at)
        raise self.unknown(word, at)

    def parameter(self, name: str, at: int) -> Term:
        if name not in self.parameters:
            hint = did_you_mean(name, self.parameters) or "; declare it under 'parameters'"
            raise ExpressionError(at, f"unknown parameter {name!r}{hint}", "P302")
        self.mentions.parameters.add(name)
        value = self.parameters[name]
        return logic.constant(value, TEXT if isinstance(value, str) else NUMBER, at)

    def unknown(self, word: str, at: int) -> ExpressionError:
        shown = word if len(word) <= _SHOWN else f"{word[:_SHOWN]}..."
        if word.startswith("measured."):
            message = f"unknown name {shown!r}; measured values appear only in 'require'"
            return ExpressionError(at, message, "P304")
        names: Iterable[str] = [
            *CONTEXT_FACTS,
            *NAMED_SETS,
            *(COLUMN_FACTS if self.in_column else ()),
            *_KEYWORDS,
        ]
        hint = did_you_mean(word, [n for n in names if n != word])
        if (
            not hint
            and self.position >= 2
            and self.tokens[self.position - 2].text in _BEFORE_VALUES
        ):
            hint = f" - write '{shown}' in quotes if it is a value"
        return ExpressionError(at, f"unknown name {shown!r}{hint}")

    def quantifier(self) -> Term:
        word = self.take()
        if self.in_column:
            where = "in a condition about one column" if self.about_column else "inside each other"
            raise ExpressionError(
                word.at, f"'{word.text} column' cannot stand {where}; give it a line"
            )
        self.expect("column")
        self.expect("where")
        self.in_column = True
        self.head_of_every = word.text == "every"
        body = self.part()
        self.head_of_every = False
        then = None
        if word.text == "every":
            self.expect("has")
            then = self.part()
        self.in_column = False
        source = self.source[word.at : self.token.at].strip()
        evaluate = logic.quantifier(
            word.text, source, body.evaluate, then.evaluate if then else None
        )
        self.mentions.quantifiers.append(Quantifier(word.text, word.at, body, then))
        if assumed := logic.assumed_as(word.text, source):
            self.mentions.deciding.add(assumed)
        counts = word.text == "count"
        form = _form(word.text, body, *([] if then is None else [then]))
        return self.counted(
            Term(COUNT if counts else BOOLEAN, evaluate, word.at, counts=counts, form=form)
        )

    def part(self) -> Expression:
        """A condition inside a quantifier, as an expression of its own."""
        outer, self.mentions = self.mentions, _Mentions()
        start = self.token.at
        term = self.truth(self.condition())
        found = self.mentions.expression(self.source[start : self.token.at].strip(), term)
        outer.absorb(self.mentions)
        self.mentions = outer
        return found


def _form(op: str, *parts: Term | Expression) -> Form:
    return {"op": op, "parts": [part.form for part in parts]}


def _noun(term: Term) -> str:
    return (
        "count" if term.counts else {"list": "list", "number": "number"}.get(term.type.base, "text")
    )
