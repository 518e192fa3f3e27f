"""Spells parts of a policy file that a program writes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kiaim_server.model.naming import Name
from kiaim_server.policy.spelling import folded, pattern_fault

#: What needs no quotes in YAML and is no word with a meaning.
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}\Z", re.ASCII)
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_SENTENCE: Final = re.compile(r"[A-Z][A-Za-z0-9 ,;()'/-]*[A-Za-z0-9)]\.?\Z", re.ASCII)


@dataclass
class Ids:
    """Ids of entries, each once."""

    used: set[str] = field(default_factory=set)

    def of(self, name: str, ending: str = "") -> str:
        """An id after a column's name."""
        words = re.sub(r"[^a-z0-9]+", "-", folded(name)).strip("-")[:60].strip("-")
        base = (words if is_word(words) else f"column-{words}".rstrip("-")) + ending
        found, number = base, 2
        while found in self.used:
            found, number = f"{base}-{number}", number + 1
        self.used.add(found)
        return found


def selector_of(name: str) -> str:
    """What selects the column: its name, or a condition; empty if neither can say it."""
    if not pattern_fault(name) and "*" not in name and Name.of(name).squeezed:
        return f"names: [{quoted(name)}]"
    text = folded(name)
    if not text.isprintable() or not text or "\\" in text or len(text) > 200:
        return ""
    quote = next((q for q in "'\"" if q not in text), None)
    return f"where: {escaped(f'column.name = {quote}{text}{quote}')}" if quote else ""


def is_word(text: str) -> bool:
    """Whether it begins as an id does, and YAML takes it for a text."""
    return text[:1].isalpha() and text not in _WORDS


def flow(value: Any) -> str:
    """Plain values in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return quoted(value) if isinstance(value, str) else str(value)


def quoted(text: str) -> str:
    """A text as YAML, in double quotes where it needs any."""
    return text if _PLAIN.match(text) and text.lower() not in _WORDS else escaped(text)


def spelt_sentence(text: str) -> str:
    """A sentence as YAML, which is no part of a list or mapping in braces."""
    return text if _SENTENCE.match(text) else escaped(text)


def shown(text: str) -> str:
    """A name in a comment: as it is, or in quotes where it could break out of the line."""
    return text if re.fullmatch(r"[\w.%/()+-]{1,100}", text) else escaped(text)


def escaped(text: str) -> str:
    """In double quotes; whatever is not printable is written by its number."""
    return json.dumps(text, ensure_ascii=not text.isprintable())
