"""Folds column names, matches name patterns, and guesses what a misspelt word was meant to be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_CAMEL: Final = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])|(?<=[A-ZÄÖÜ])(?=[A-ZÄÖÜ][a-zäöüß])")
_SEPARATORS: Final = re.compile(r"[\s_\-./:]+")
_PATTERN: Final = re.compile(r"[A-Za-z0-9äöüÄÖÜß _*-]{1,100}\Z")


@lru_cache(maxsize=8192)
def folded(name: str) -> str:
    """Spell a column name as lower case words joined by ``_``: BirthDate becomes birth_date."""
    words = _SEPARATORS.sub("_", _CAMEL.sub("_", name.strip())).lower()
    return words.translate(_UMLAUTS).strip("_")


def pattern_fault(pattern: str) -> str | None:
    """Why a text is no name pattern, or None if it is one."""
    if not _PATTERN.match(pattern):
        return "has letters that column patterns lack; write a name, or a part of it with *"
    if not re.search(r"[A-Za-z0-9äöüÄÖÜß]", pattern):
        return "would match every column; write at least one letter"
    return None


@dataclass(frozen=True)
class NamePatterns:
    """A set of patterns, prepared for matching many names. ``*`` stands for any letters.

    A pattern without ``*`` matches a name of the same letters however its words are joined:
    ``birthdate`` matches birth_date and BirthDate. With ``*``, separators count if the pattern
    has any.
    """

    patterns: tuple[str, ...]

    def __post_init__(self) -> None:
        exact: dict[str, str] = {}
        globs: list[tuple[str, list[str], bool]] = []
        for pattern in self.patterns:
            if "*" in pattern:
                pieces = [_fold_piece(piece) for piece in pattern.split("*")]
                globs.append((pattern, pieces, any("_" in piece for piece in pieces)))
            else:
                exact.setdefault(_squeezed(folded(pattern)), pattern)
        object.__setattr__(self, "_exact", exact)
        object.__setattr__(self, "_globs", tuple(globs))

    def match(self, name: str) -> str | None:
        """The first pattern that matches the column name, exact ones before those with ``*``."""
        words = folded(name)
        squeezed = _squeezed(words)
        if found := self._exact.get(squeezed):  # type: ignore[attr-defined]
            return str(found)
        for pattern, pieces, separated in self._globs:  # type: ignore[attr-defined]
            if _glob(pieces, words) or (not separated and _glob(pieces, squeezed)):
                return str(pattern)
        return None


def _fold_piece(piece: str) -> str:
    """Fold a part of a pattern; separators at its ends stay, they bind to the star."""
    inner = folded(piece)
    lead = "_" if inner and piece[:1] in "_- " else ""
    tail = "_" if inner and piece[-1:] in "_- " else ""
    return f"{lead}{inner}{tail}" if inner else ("_" if piece else "")


def _squeezed(words: str) -> str:
    return words.replace("_", "")


def _glob(pieces: Sequence[str], text: str) -> bool:
    """Match literal pieces with gaps, leftmost first: linear, no backtracking."""
    if len(text) < sum(map(len, pieces)) or not text.startswith(pieces[0]):
        return False
    at = len(pieces[0])
    for piece in pieces[1:-1]:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return text.endswith(pieces[-1]) and len(text) - len(pieces[-1]) >= at


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint to append to a message, `` - did you mean 'x'?``, or nothing."""
    close = difflib.get_close_matches(word[:100], list(known), n=1, cutoff=0.6)
    return f" - did you mean {close[0]!r}?" if close else ""
