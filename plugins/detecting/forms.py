"""How detectors look at values: by patterns, by lists of codes, or not at all.

Patterns run in Arrow's RE2, whose time is linear in the text whatever the pattern.
"""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.model.attribute import Recognition
from kiaim_server.model.contract import ColumnSample, Detector


class PatternDetector(Detector):
    """Recognises values by a pattern (RE2 syntax, for the whole value) and perhaps a check."""

    pattern: ClassVar[str]
    #: Signs that people put between the parts of the number; taken out before the match.
    separators: ClassVar[str] = ""

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that have the form and pass the check."""
        if len(values) == 0:
            return 0.0
        if self.separators:
            values = pc.replace_substring_regex(values, f"[{self.separators}]", "")
        found = values.filter(matches(values, self.pattern))
        return sum(map(self.accepts, found.to_pylist())) / len(values)

    def accepts(self, text: str) -> bool:
        """Whether a value of the right form is one; by default it is."""
        return True


class NamedPatternDetector(PatternDetector):
    """Recognises values by a pattern that much else has too, so only where the name says so."""

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that have the form and pass the check; 0 under any other name."""
        return super().share(name, values) if self.confidence_of_name(name) > 0 else 0.0


class CodeDetector(Detector):
    """Recognises codes of a list: complete ones anywhere, short ones where something backs them.

    Short codes look like many an own numbering. They are backed by a column name that contains one
    of `hints`, or by a tenth of complete codes among the values.
    """

    complete: ClassVar[str]
    short: ClassVar[str]
    hints: ClassVar[tuple[str, ...]]

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that are codes."""
        if len(values) == 0:
            return 0.0
        complete = count(values, self.complete)
        hinted = any(hint in name.lower() for hint in self.hints)
        if hinted or complete >= len(values) / 10:
            return count(values, f"{self.complete}|{self.short}") / len(values)
        return complete / len(values)


class NameDetector(Detector):
    """Recognises a column by its name alone: lists of such values would raise false alarms."""

    def share(self, name: str, values: pa.StringArray) -> float:
        """No value is looked at."""
        return 0.0

    def recognise(self, column: ColumnSample) -> Recognition | None:
        """What the name says."""
        return self.concluded(self.confidence_of_name(column.name), 0.0, None)


def matches(values: pa.StringArray, pattern: str) -> pa.BooleanArray:
    """Which values have the pattern throughout."""
    return pc.match_substring_regex(values, rf"\A(?:{pattern})\z")


def count(values: pa.StringArray, pattern: str) -> int:
    """How many values have the pattern throughout."""
    return int(pc.sum(matches(values, pattern)).as_py() or 0)
