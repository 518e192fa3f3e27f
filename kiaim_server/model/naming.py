"""Folds column names and matches name patterns, for policies and detectors alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Self

_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_CAMEL: Final = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])|(?<=[A-ZÄÖÜ])(?=[A-ZÄÖÜ][a-zäöüß])")
_SEPARATORS: Final = re.compile(r"[\s_\-./:]+")


@lru_cache(maxsize=8192)
def folded(name: str) -> str:
    """Spell a column name as lower case words joined by ``_``: BirthDate becomes birth_date."""
    words = _SEPARATORS.sub("_", _CAMEL.sub("_", name.strip())).lower()
    return words.translate(_UMLAUTS).strip("_")


@dataclass(frozen=True)
class Glob:
    """A pattern with ``*``: literal text at both ends and pieces in between, folded.

    If `separated`, the pattern has separators of its own and so those of the name count.
    """

    pattern: str
    head: str
    middle: tuple[str, ...]
    tail: str
    separated: bool

    @classmethod
    def of(cls, pattern: str) -> Self:
        """Prepare a pattern that has at least one ``*``."""
        head, *middle, tail = (_fold_piece(piece) for piece in pattern.split("*"))
        separated = any("_" in piece for piece in (head, *middle, tail))
        return cls(pattern, head, tuple(middle), tail, separated)

    def matches(self, name: Name) -> bool:
        """Whether the pattern matches: linear, no backtracking."""
        return self._fits(name.words) or (not self.separated and self._fits(name.squeezed))

    def _fits(self, text: str) -> bool:
        if not (text.startswith(self.head) and text.endswith(self.tail)):
            return False
        at, end = len(self.head), len(text) - len(self.tail)
        for piece in self.middle:
            found = text.find(piece, at, max(end, 0))
            if found < 0:
                return False
            at = found + len(piece)
        return at <= end


@dataclass(frozen=True)
class Name:
    """A column name in the two spellings that patterns are held against."""

    words: str
    squeezed: str

    @classmethod
    def of(cls, name: str) -> Self:
        """Fold a column name."""
        words = folded(name)
        return cls(words, words.replace("_", ""))


@dataclass(frozen=True)
class NamePatterns:
    """A set of patterns, prepared for matching many names. ``*`` stands for any letters.

    A pattern without ``*`` matches a name of the same letters however its words are joined:
    ``birthdate`` matches birth_date and BirthDate. With ``*``, separators count if the pattern
    has any.

    Attributes
    ----------
    exact
        Squeezed spelling -> pattern, for the patterns without ``*``.
    globs
        The others.
    """

    patterns: tuple[str, ...]
    exact: Mapping[str, str] = field(init=False, repr=False, compare=False)
    globs: tuple[Glob, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        exact = {Name.of(p).squeezed: p for p in reversed(self.patterns) if "*" not in p}
        object.__setattr__(self, "exact", exact)
        object.__setattr__(self, "globs", tuple(Glob.of(p) for p in self.patterns if "*" in p))

    def match(self, name: str) -> str | None:
        """The first pattern that matches the column name, exact ones before those with ``*``."""
        spelt = Name.of(name)
        if spelt.squeezed in self.exact:
            return self.exact[spelt.squeezed]
        return next((glob.pattern for glob in self.globs if glob.matches(spelt)), None)


def _fold_piece(piece: str) -> str:
    """Fold a part of a pattern; separators at its ends stay, they bind to the star."""
    inner = folded(piece)
    lead = "_" if inner and piece[:1] in "_- " else ""
    tail = "_" if inner and piece[-1:] in "_- " else ""
    return f"{lead}{inner}{tail}" if inner else ("_" if piece else "")
