"""Compiles the conditions of one file and checks which facts they may look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from kiaim_server.policy.contradictions import Effort, always_holds, can_hold, implies
from kiaim_server.policy.expression import Expression, Quantifier, compile_condition
from kiaim_server.policy.findings import Findings
from kiaim_server.policy.source import Node, Scalar, mark_in
from kiaim_server.policy.tokens import ExpressionError
from kiaim_server.policy.tree import scalar_at, scalars_at

#: Facts that are not known yet where a condition is decided, with the reason.
_CLASSIFYING: Final = dict.fromkeys(
    (
        "column.role",
        "column.kind",
        "column.special_category",
        "column.action",
        "data.special_category",
    ),
    "is known only after classification",
)
_TRANSFORMING: Final = {"column.action": "is known only after all transforms are chosen"}


@dataclass(frozen=True)
class Conditions:
    """Compiles conditions; faults go to `findings`, names of parameters to `used`."""

    values: Mapping[str, Fraction | str]
    findings: Findings
    used: set[str]
    effort: Effort
    _compiled: dict[tuple[str, bool], Expression | ExpressionError] = field(default_factory=dict)
    _verdicts: dict[tuple[str, bool], tuple[tuple[int, str], ...]] = field(default_factory=dict)

    def lines(
        self, node: Node, key: str, *, before_actions: bool = False
    ) -> tuple[Expression, ...]:
        """All lines under a key that are about the release."""
        late = _TRANSFORMING if before_actions else {}
        compiled = (self._compile(s, about_column=False, late=late) for s in scalars_at(node, key))
        return tuple(e for e in compiled if e is not None)

    def applies(self, node: Node) -> tuple[Expression, ...]:
        """The lines of ``applies``, which are about the release and not about columns."""
        found = []
        for scalar in scalars_at(node, "applies"):
            compiled = self._compile(scalar, about_column=False, late={})
            if compiled is not None and compiled.quantified:
                self.findings.add(
                    scalar,
                    "P301",
                    "'applies' is about the release, not about its columns; use 'when'",
                )
            elif compiled is not None:
                found.append(compiled)
        return tuple(found)

    def of_column(self, node: Node, key: str, stage: str = "") -> Expression | None:
        """A condition on one column. `stage` is ``classify``, ``transform`` or nothing."""
        scalar = scalar_at(node, key)
        late = {"classify": _CLASSIFYING, "transform": _TRANSFORMING}.get(stage, {})
        return self._compile(scalar, about_column=True, late=late) if scalar else None

    def _compile(
        self, scalar: Scalar, *, about_column: bool, late: Mapping[str, str]
    ) -> Expression | None:
        text = str(scalar.value)
        found = self._parsed(text, about_column)
        if isinstance(found, ExpressionError):
            self.findings.add_expression(scalar, found)
            return None
        self.used.update(found.parameters)
        for name in (*found.facts, *found.column_facts):
            if name in late:
                mark, _ = mark_in(scalar, max(text.find(name), 0), self.findings.text)
                self.findings.add(
                    mark, "P304", f"{name!r} {late[name]}, so this condition cannot use it"
                )
        key = (text, about_column)
        if key not in self._verdicts:
            self._verdicts[key] = tuple(_decided(self.effort, found))
        for at, message in self._verdicts[key]:
            if at:
                self.findings.add_expression(scalar, ExpressionError(at, message, "P305"))
            else:
                self.findings.add(scalar, "P305", message)
        return found

    def _parsed(self, text: str, about_column: bool) -> Expression | ExpressionError:
        """The condition, compiled once however often it is written."""
        key = (text, about_column)
        if key not in self._compiled:
            try:
                found = compile_condition(text, self.values, about_column=about_column)
                self._compiled[key] = found
            except ExpressionError as error:
                self._compiled[key] = error
        return self._compiled[key]


def _decided(effort: Effort, found: Expression) -> Iterator[tuple[int, str]]:
    """What is always the same in a condition: where it begins, and what is wrong."""
    if not can_hold(effort, [found]):
        yield 0, "this condition can never hold; correct or delete it"
    elif always_holds(effort, found):
        yield 0, "this condition always holds; delete it"
    for quantifier in found.quantifiers:
        if not can_hold(effort, [quantifier.body]):
            text = "no column can ever be what this asks for; correct or delete it"
            yield quantifier.at, text
        elif always_holds(effort, quantifier.body):
            yield quantifier.at, "every column is what this asks for; correct or delete it"
        elif quantifier.then is not None:
            yield from _decided_of_every(effort, quantifier)


def _decided_of_every(effort: Effort, every: Quantifier) -> Iterator[tuple[int, str]]:
    """The same of what ``every`` demands of the columns that it looks at."""
    if every.then is None:
        return
    if not can_hold(effort, [every.body, every.then]):
        text = f"no such column can have this; write 'no column where {every.body.text}'"
        yield every.at, text
    elif implies(effort, [every.body], [], [every.then], []):
        yield every.at, "every such column has this anyway; correct or delete it"
