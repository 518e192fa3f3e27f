"""Decides whether rules apply, and writes down why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.plan import Ask, Change, Line, RuleTrace
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


def word(value: Truth) -> Literal["true", "false", "unknown"]:
    """A truth value in the words of reports."""
    if value is None:
        return "unknown"
    return "true" if value else "false"


def judge(
    rule: Rule,
    context: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]] | None,
    known: dict[str, Any],
) -> Outcome:
    """Evaluate a rule's conditions. ``when`` lines are joined by and, ``unless`` lines by or.

    `columns` is None where there is no table yet: what is asked of columns is unknown then. `known`
    is shared by all rules that are judged on the same facts, so that equal quantifiers are
    evaluated once.
    """
    lines = [_judged("when", e, context, columns, known) for e in rule.when]
    lines += [_judged("unless", e, context, columns, known) for e in rule.unless]
    status: Literal["applies", "undetermined", "silent"] = "applies"
    if any(line.value == _SILENCING[line.clause] for line in lines):
        status = "silent"
    elif any(line.value == "unknown" for line in lines):
        status = "undetermined"
    expressions = (*rule.when, *rule.unless)
    undecided = [e for e, ln in zip(expressions, lines, strict=True) if ln.value == "unknown"]
    trace = RuleTrace(
        id=rule.id,
        title=rule.title,
        status=status,
        conditions=tuple((_as_written(line), line.value) for line in lines),
        facts=_facts(lines),
        because=rule.because,
        advice=rule.advice,
        citations=rule.citations,
        decide=rule.decide,
        place=rule.place,
        lines=tuple(lines),
        asks=asks_of(rule),
        changes=changes_of(rule),
        tighten_only=rule.tighten_only,
    )
    return Outcome(rule, trace, unknown_facts(undecided, Scope(context, columns or ())))


#: What a line has to be for the rule not to apply.
_SILENCING: Final = {"when": "false", "unless": "true"}


def asks_of(rule: Rule) -> tuple[Ask, ...]:
    """What a rule demands where it applies."""
    return tuple(
        Ask(
            measure=demand.measure,
            parameters=demand.parameters,
            at_least=demand.at_least,
            at_most=demand.at_most,
            each=demand.attribute_wise,
            columns=None if demand.columns is None else demand.columns.form,
            describe=demand.describe,
        )
        for demand in rule.demands
    )


def changes_of(rule: Rule) -> tuple[Change, ...]:
    """What a rule orders for columns where it applies."""
    return tuple(
        Change(order.transform.name, order.parameters, order.columns.form, order.transform.summary)
        for order in rule.orders
    )


def _judged(
    clause: Literal["when", "unless"],
    expression: Expression,
    context: Mapping[str, Any],
    columns: Sequence[Mapping[str, Any]] | None,
    known: dict[str, Any],
) -> Line:
    """Evaluate one line."""
    scope = Scope(context, columns or (), known=known, undecided=columns is None)
    value = expression.evaluate(scope)
    return Line(
        clause=clause,
        text=_line(expression),
        form=expression.form,
        value=word(value),
        facts={name: plain_fact(context.get(name)) for name in expression.facts},
        found=tuple((" ".join(text.split()), names) for text, names in scope.seen.items()),
    )


def _as_written(line: Line) -> str:
    return line.text if line.clause == "when" else f"unless {line.text}"


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


def _facts(lines: Sequence[Line]) -> dict[str, Any]:
    """Values of the facts that were looked at; for quantifiers the columns that were found."""
    facts = {name: value for line in lines for name, value in line.facts.items()}
    for text, names in (found for line in lines for found in line.found):
        more = len(names) - _MAX_NAMES
        listed = [*names[:_MAX_NAMES], *([f"and {more} more"] if more > 0 else [])]
        facts[text] = listed
    return facts


def plain_fact(value: Any) -> Any:
    """A fact's value in JSON types."""
    if isinstance(value, Fraction):
        return int(value) if value.denominator == 1 else format_bound(value)
    return list(value) if isinstance(value, tuple) else value
