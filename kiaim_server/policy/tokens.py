"""Cuts a condition into words, numbers and texts, each with its position."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

#: Limits of one condition: characters, nesting, and operands with operators.
MAX_LENGTH: Final = 2_000
MAX_DEPTH: Final = 32
MAX_NODES: Final = 400

TokenKind = Literal["number", "text", "name", "mark", "end"]

_TOKEN: Final = re.compile(
    r"(?P<blank>\s+)"
    r"|(?P<number>\d{1,15}(?:\.\d{1,12})?%|\d{1,9}/\d{1,9}|\d{1,15}(?:\.\d{1,12})?)"
    r"|(?P<text>'[^'\n]*'|\"[^\"\n]*\")"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)"
    r"|(?P<mark>!=|<=|>=|==|[=<>()\[\],])",
    re.ASCII,
)


class ExpressionError(Exception):
    """A fault in a condition, `at` being the position of the character, from 0."""

    def __init__(self, at: int, message: str, code: str = "P301") -> None:
        super().__init__(message)
        self.at = at
        self.message = message
        self.code = code


@dataclass(frozen=True)
class Token:
    """One word of a condition; `text` is as written, texts without their quotes."""

    kind: TokenKind
    text: str
    at: int


def tokens_of(source: str) -> tuple[Token, ...]:
    """All tokens, the last one of kind ``end``.

    Raises
    ------
    ExpressionError
        Too long, or a character that no token begins with.
    """
    if len(source) > MAX_LENGTH:
        raise ExpressionError(
            MAX_LENGTH,
            f"longer than {MAX_LENGTH} characters; split it into several lines of a list",
        )
    found: list[Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise ExpressionError(at, _unreadable(source, at))
        kind, text = str(match.lastgroup), match[0]
        if kind == "number" and re.match(r"[\w.%/]", source[match.end() : match.end() + 1]):
            raise ExpressionError(at, "this number cannot be read; write 11, 0.09, 9% or 1/11")
        if kind == "text":
            text = text[1:-1]
        if kind != "blank":
            found.append(Token(kind, text, at))  # type: ignore[arg-type]
        at = match.end()
    found.append(Token("end", "", len(source)))
    return tuple(found)


def _unreadable(source: str, at: int) -> str:
    character = source[at]
    if character in "'\"":
        return f"a text that begins with {character} does not end"
    hints = {
        "&": " - write 'and'",
        "|": " - write 'or'",
        "!": " - write 'not' or '!='",
        "-": " - there are no negative numbers",
    }
    return f"unexpected {character!r}{hints.get(character, '')}"
