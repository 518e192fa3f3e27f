"""A text for people in one or several languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Self

#: Languages that texts can be in: ISO 639-1, the fallback of the product itself first.
LANGUAGES: Final = ("en", "de")


class Prose(str):
    """A text: itself in its main language, and with its translations.

    Whoever knows nothing of languages uses it as the text that it is. It equals, and sorts as, the
    text in its main language.

    Attributes
    ----------
    texts
        Language -> text, the main language first.
    """

    __slots__ = ("texts",)

    texts: Mapping[str, str]

    def __new__(cls, texts: Mapping[str, str]) -> Self:
        """Make one of texts by language, the first of which is the main one.

        Raises
        ------
        ValueError
            If there is no text at all.
        """
        if not texts:
            raise ValueError("a text in no language")
        self = super().__new__(cls, next(iter(texts.values())))
        self.texts = dict(texts)
        return self

    def __getnewargs__(self) -> tuple[Mapping[str, str]]:  # type: ignore[override]
        return (self.texts,)

    @property
    def language(self) -> str:
        """The main language."""
        return next(iter(self.texts))


def texts_of(text: str) -> dict[str, str]:
    """Language -> text; what says nothing of languages is in the product's own, English."""
    return dict(text.texts) if isinstance(text, Prose) else {LANGUAGES[0]: text}


def in_language(text: str, language: str) -> str:
    """The text in `language`, or in its main language where it has no such translation."""
    return text.texts.get(language, str(text)) if isinstance(text, Prose) else text
