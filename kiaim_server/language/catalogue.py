"""Looks up a phrase and puts values into it.

A phrase is written in every language, with the same placeholders, in the tables of this room. A
placeholder is that of `str.format`; beside Python's own formats there are

``percent``, ``bound``, ``exact``, ``number``, ``day``, ``moment``
    a share, exact bound (with and without separators of thousands), number, day or instant as the
    language writes it,
``and``, ``or``
    a list joined by commas and the word,
``quoted``
    a list of names, each in quotes, joined by commas,
``one A|B``
    A if the number is 1, else B.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any, Final

from kiaim_server.language import numbers
from kiaim_server.model.bounds import format_bound, parse_bound
from kiaim_server.model.prose import LANGUAGES, Prose, texts_of

#: English and German.
Phrase = tuple[str, str]

_JOINERS: Final = {"and": ("and", "und"), "or": ("or", "oder")}


class Formatter(string.Formatter):
    """Puts values into phrases of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._at = LANGUAGES.index(language)

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value in the form that its placeholder asks for."""
        word, _, rest = format_spec.partition(" ")
        if word == "one":
            single, _, several = rest.partition("|")
            return single if value == 1 else several
        if word in _JOINERS:
            return self.joined(value, _JOINERS[word][self._at])
        if word == "quoted":
            return ", ".join(self.quoted(str(item)) for item in value)
        forms: dict[str, Callable[[], str]] = {
            "percent": lambda: numbers.percent(float(value), self.language),
            "bound": lambda: self.bound(value),
            "exact": lambda: self.exact(value),
            "number": lambda: numbers.number(value, self.language),
            "day": lambda: numbers.day(value, self.language),
            "moment": lambda: numbers.moment(value, self.language),
        }
        if word in forms:
            return forms[word]()
        if isinstance(value, Prose):
            return told(value, self.language)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return str(super().format_field(value, format_spec))
        return numbers.localised(format(value, format_spec), self.language)

    def convert_field(self, value: Any, conversion: Any) -> Any:
        """``!r`` quotes a name as messages of the language do."""
        if conversion == "r" and isinstance(value, str):
            return self.quoted(value)
        return super().convert_field(value, conversion)

    def quoted(self, name: str) -> str:
        """A name in the quotation marks that messages of the language have."""
        return f"\u201e{name}\u201c" if self.language == "de" else repr(str(name))

    def bound(self, value: Fraction | str | float) -> str:
        """An exact bound: ``5``, ``0.2``, ``1/11``."""
        exact = parse_bound(value)
        text = format_bound(exact)
        if "/" in text:
            return text
        whole, dot, digits = text.partition(".")
        return numbers.localised(f"{int(whole):,}{dot}{digits}", self.language)

    def exact(self, value: Fraction | str | float) -> str:
        """The same without separators of thousands, as policies write it."""
        return numbers.localised(format_bound(parse_bound(value)), self.language)

    def joined(self, items: Iterable[Any], word: str) -> str:
        """``a``, ``a and b``, ``a, b and c``."""
        texts = [told(i, self.language) if isinstance(i, Prose) else str(i) for i in items]
        if len(texts) < 2:
            return "".join(texts)
        return f"{', '.join(texts[:-1])} {word} {texts[-1]}"


@cache
def catalogue() -> Mapping[str, Phrase]:
    """Every phrase by its key.

    Raises
    ------
    ValueError
        If a key is there twice.
    """
    from kiaim_server.language import engine, figures, page, planning, telling, terminal, terms

    found: dict[str, Phrase] = {}
    for room in (engine, figures, page, planning, telling, terminal, terms):
        table = room.PHRASES
        if twice := found.keys() & table.keys():
            raise ValueError(f"phrases are there twice: {', '.join(sorted(twice))}")
        found.update(table)
    return found


@cache
def _formatter(language: str) -> Formatter:
    return Formatter(language)


def has_phrase(key: str) -> bool:
    """Whether there is a phrase of that key."""
    return key in catalogue()


def phrase(key: str, language: str, /, **values: Any) -> str:
    """The phrase in one language."""
    template = catalogue()[key][LANGUAGES.index(language)]
    return _formatter(language).vformat(template, (), values)


def say(key: str, /, **values: Any) -> Prose:
    """The phrase in every language; `Prose` among the values is put in by language."""
    return Prose({language: phrase(key, language, **values) for language in LANGUAGES})


def told(text: str, language: str) -> str:
    """A text in `language`; where it is not there, in its own, with the name of that one."""
    if not isinstance(text, Prose) or not text or language in text.texts:
        return text.texts[language] if isinstance(text, Prose) and text else str(text)
    mark = phrase(f"language.in.{text.language}", language)
    return f"{text} [{mark}]"


def mapped(text: str, change: Callable[[str], str]) -> Prose:
    """The text with a change made to it in each of its languages."""
    return Prose({language: change(one) for language, one in texts_of(text).items()})
