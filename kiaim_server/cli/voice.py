"""In which language results are told on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

from kiaim_server.language import Formatter, phrase
from kiaim_server.language.numbers import localised
from kiaim_server.report import Translations


class Voice:
    """Tells a report or a plan in its language; everything it gives is escaped for `rich`."""

    def __init__(self, report: Mapping[str, Any], console: Console) -> None:
        self.language = str(report["language"])
        self.console = console
        self._translate = Translations(report["explanation"], self.language)
        self._formatter = Formatter(self.language)

    def say(self, key: str, **values: Any) -> str:
        """A phrase."""
        return escape(phrase(key, self.language, **values))

    def text(self, text: str) -> str:
        """What the report has in its main language, in this one."""
        return escape(self._translate(text))

    def listed(self, names: Iterable[str]) -> str:
        """Names joined by ``and``."""
        return escape(self._formatter.joined(list(names), phrase("word.and", self.language)))

    def number(self, value: Any) -> str:
        """A number with few digits; ``undefined`` where there is none."""
        if value is None:
            return self.say("measured.undefined")
        exact = float(value)
        text = f"{int(exact):,}" if exact == int(exact) else f"{exact:.4g}"
        return localised(text, self.language)

    def share(self, value: Any) -> str:
        """A share in percent, with two digits; ``undefined`` where there is none."""
        if value is None:
            return self.say("measured.undefined")
        return localised(f"{float(value):.2%}", self.language)
