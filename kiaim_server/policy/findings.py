"""Collects the linter's findings of one file."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.policy.source import Mark, Node, Scalar, mark_in
from kiaim_server.policy.tokens import ExpressionError


@dataclass
class Findings:
    """Findings of one file; `text` is its content, from which places inside texts are computed."""

    file: str
    text: str
    found: list[Diagnostic] = field(default_factory=list)

    def add(self, place: Mark | Node, code: str, message: str) -> None:
        """Note a finding at a mark or at the start of a node."""
        mark = place if isinstance(place, Mark) else place.mark
        self.found.append(Diagnostic(self.file, mark.line, mark.column, code, message))

    def add_expression(self, node: Scalar, error: ExpressionError) -> None:
        """Note a fault inside a condition, at its character."""
        mark, exact = mark_in(node, error.at, self.text)
        where = "" if exact else f"character {error.at + 1} of this condition: "
        self.add(mark, error.code, where + error.message)

    @property
    def has_errors(self) -> bool:
        """Whether anything found stops the policy from running."""
        return any(d.severity == "error" for d in self.found)

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All findings in the order of the file, each once."""
        return tuple(sorted(set(self.found)))
