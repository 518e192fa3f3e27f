"""Collects the linter's findings of one file."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.policy.source import MAX_FAULTS, Mark, Node, Scalar, mark_in
from kiaim_server.policy.tokens import ExpressionError


class TooManyFaultsError(Exception):
    """A file has so many faults that nobody reads them."""


@dataclass
class Findings:
    """Findings of one file; `text` is its content, from which places inside texts are computed."""

    file: str
    text: str
    found: list[Diagnostic] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._n_errors = sum(d.severity == "error" for d in self.found)

    def add(self, place: Mark | Node, code: str, message: str) -> None:
        """Note a finding at a mark or at the start of a node.

        Raises
        ------
        TooManyFaultsError
            More than `kiaim_server.policy.source.MAX_FAULTS` errors; the rest are not looked for.
        """
        mark = place if isinstance(place, Mark) else place.mark
        found = Diagnostic(self.file, mark.line, mark.column, code, message)
        if found.severity == "error":
            self._n_errors += 1
            if self._n_errors > MAX_FAULTS:
                raise TooManyFaultsError
        self.found.append(found)

    def add_expression(self, node: Scalar, error: ExpressionError) -> None:
        """Note a fault inside a condition, at its character."""
        mark, exact = mark_in(node, error.at, self.text)
        where = "" if exact else f"character {error.at + 1} of this condition: "
        self.add(mark, error.code, where + error.message)

    @property
    def has_errors(self) -> bool:
        """Whether anything found stops the policy from running."""
        return self._n_errors > 0

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All findings in the order of the file, each once."""
        return tuple(sorted(set(self.found)))
