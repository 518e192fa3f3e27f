"""One finding of the policy linter, at its place in the file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

#: Findings that one sentence tells at most.
_TOLD: Final = 5


@dataclass(frozen=True, order=True)
class Diagnostic:
    """A located message: ``file:line:column: CODE message``.

    `line` and `column` count from 1. Codes that begin with ``P`` are errors, with ``W`` warnings.
    """

    file: str
    line: int
    column: int
    code: str
    message: str

    @property
    def severity(self) -> Literal["error", "warning"]:
        """Errors stop a policy from running; warnings do not."""
        return "warning" if self.code.startswith("W") else "error"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.code} {self.message}"


def errors_in_words(found: Iterable[Diagnostic]) -> str:
    """The first five errors in one line: an error often is the consequence of another one."""
    errors = [str(d) for d in found if d.severity == "error"]
    more = f" (and {len(errors) - _TOLD} more)" if len(errors) > _TOLD else ""
    return "; ".join(errors[:_TOLD]) + more
