"""Decides whether rules apply, and writes down why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.plan import RuleTrace
from kiaim_server.policy.document import Rule
from kiaim_server.policy.expression import Expression
from kiaim_server.policy.logic import Scope, Truth

#: Columns that a trace lists by name at most.
_MAX_NAMES: Final = 20


@dataclass(frozen=True)
class Outcome:
    """A rule with its trace; `unknown` names the facts that keep it undetermined."""

    rule: Rule
    trace: RuleTrace
    unknown: tuple[str, ...]

    @property
    def applied(self) -> bool:
        """Whether the rule counts: it does when it applies, and when that is undetermined."""
        return self.trace.status != "silent"


def word(value: Truth) -> str:
    """A truth value in the words of reports."""
    return "unknown" if value is None else str(value).lower()


def judge(
    rule: Rule,
    context: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]],
    known: dict[str, Any],
) -> Outcome:
    """Evaluate a rule's conditions. ``when`` lines are joined by and, ``unless`` lines by or.

    `known` is shared by all rules that are judged on the same facts, so that equal quantifiers
    are evaluated once.
    """
    scope = Scope(context, columns, known=known)
    when = [(e, e.evaluate(scope)) for e in rule.when]
    unless = [(e, e.evaluate(scope)) for e in rule.unless]
    values: list[Truth] = [v for _, v in when]
    values += [None if v is None else not v for _, v in unless]
    status: Literal["applies", "undetermined", "silent"] = "applies"
    if any(v is False for v in values):
        status = "silent"
    elif any(v is None for v in values):
        status = "undetermined"
    undecided = [e for e, v in (*when, *unless) if v is None]
    trace = RuleTrace(
        id=rule.id,
        title=rule.title,
        status=status,
        conditions=tuple(
            [(_line(e), word(v)) for e, v in when]
            + [(f"unless {_line(e)}", word(v)) for e, v in unless]
        ),
        facts=_facts((*rule.when, *rule.unless), scope),
        because=rule.because,
        advice=rule.advice,
        citations=rule.citations,
        decide=rule.decide,
        place=rule.place,
    )
    return Outcome(rule, trace, unknown_facts(undecided, scope))


def unknown_facts(expressions: Sequence[Expression], scope: Scope) -> tuple[str, ...]:
    """Facts that the undecided conditions look at and that are not known."""
    names = dict.fromkeys(
        name for e in expressions for name in e.facts if scope.context.get(name) is None
    )
    for expression in expressions:
        if expression.quantified:
            names.update(
                dict.fromkeys(
                    f"{name} of {column['column.label']!r}"
                    for name in expression.column_facts
                    for column in scope.columns
                    if column.get(name) is None
                )
            )
    found = list(names)
    return tuple(found[:_MAX_NAMES])


def _line(expression: Expression) -> str:
    return " ".join(expression.text.split())


def _facts(expressions: Sequence[Expression], scope: Scope) -> dict[str, Any]:
    """Values of the facts that were looked at; for quantifiers the columns that were found."""
    facts = {name: plain_fact(scope.context.get(name)) for e in expressions for name in e.facts}
    for text, names in scope.seen.items():
        more = len(names) - _MAX_NAMES
        listed = [*names[:_MAX_NAMES], *([f"and {more} more"] if more > 0 else [])]
        facts[" ".join(text.split())] = listed
    return facts


def plain_fact(value: Any) -> Any:
    """A fact's value in JSON types."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else format_bound(value)
    return list(value) if isinstance(value, tuple) else value
