"""What counts say of a column: that it tells every record apart, measures, or is free text.

A number with decimals may be different in every record and identifies nobody by that; text and
whole numbers that are different in every record are most often keys.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.model.attribute import Proposal, Recognition, Role
from kiaim_server.model.contract import ColumnSample, Detector

from .forms import count

_DECIMAL: Final = "[+-]?[0-9]+[.,][0-9]+"
#: Records with a value from which shares of distinct values mean anything.
_ENOUGH: Final = 20
#: Distinct values per record above which a column tells records apart.
_UNIQUE: Final = 0.95
#: Distinct whole numbers above which a column rather measures than counts categories.
_MANY: Final = 20


class StatisticsDetector(Detector):
    """Looks at counts; the values it looks at have no share of their own."""

    def share(self, name: str, values: pa.StringArray) -> float:
        """No value by itself says anything."""
        return 0.0


class UniqueValues(StatisticsDetector):
    """A text or whole number that is different in nearly every record."""

    name = "unique-values"
    summary = "Text and whole numbers that are different in nearly every record, as keys are."
    proposal = Proposal(
        Role.DIRECT, "identifier", because="Tells nearly every record apart, as a key does."
    )

    def recognise(self, column: ColumnSample) -> Recognition | None:
        """Distinct values per record that has one; text more than numbers, long text less."""
        present = column.n_records - column.n_missing
        distinct = column.n_distinct - (column.n_missing > 0)
        if column.type not in ("text", "integer") or present < _ENOUGH:
            return None
        share = distinct / present
        if share <= _UNIQUE or decimals(column.values) >= 0.5:
            return None
        confidence = 0.7 if column.type == "integer" or words(column.values) >= 4 else 0.8
        return self.concluded(0.0, confidence, share, "statistics")


class FreeText(StatisticsDetector):
    """Sentences: many words, seldom the same ones."""

    name = "free-text"
    summary = "Free text, by column name or by number of words."
    proposal = Proposal(
        Role.SENSITIVE, "free-text", because="Free text can hold anything, names included."
    )
    names = (
        *("freitext*", "kommentar*", "bemerkung*", "notiz*", "anmerkung*", "arztbrief*"),
        *("epikrise*", "befundtext", "verlauf", "free_text*", "comment", "comments", "note"),
        *("notes", "remarks", "clinical_note*", "narrative", "description", "beschreibung"),
    )

    def recognise(self, column: ColumnSample) -> Recognition | None:
        """Mean number of words; a telling name makes it certain."""
        mean = words(column.values) if column.type == "text" else 0.0
        distinct = column.n_distinct / max(column.n_records, 1)
        values = 0.0
        if mean >= 5 and distinct > 0.1:
            values = 0.9 if mean >= 10 else 0.7
        share = None if values == 0 else _share_of_sentences(column.values)
        return self.concluded(self.confidence_of_name(column.name), values, share, "statistics")


class Measurement(StatisticsDetector):
    """A number with decimals, or a whole number of many values that repeat."""

    name = "measurement"
    summary = "Numbers that rather measure something than name somebody."
    proposal = Proposal(
        Role.INSENSITIVE,
        "measurement",
        because="A number that changes, so that hardly anybody outside knows it.",
    )

    def recognise(self, column: ColumnSample) -> Recognition | None:
        """Never so sure that it would be set: whether others know a number, no count shows."""
        if column.type == "number" or (column.type == "text" and _mostly(column.values)):
            return self.concluded(0.0, 0.6, 1.0, "statistics")
        present = column.n_records - column.n_missing
        repeats = column.n_distinct <= _UNIQUE * present
        if column.type == "integer" and column.n_distinct > _MANY and repeats:
            return self.concluded(0.0, 0.55, 1.0, "statistics")
        return None


def decimals(values: pa.StringArray) -> float:
    """Share of the values that are numbers with a decimal point or comma, as text."""
    return count(values, _DECIMAL) / len(values) if len(values) else 0.0


def _mostly(values: pa.StringArray) -> bool:
    """Whether text spells numbers nearly throughout, some of them with decimals."""
    numbers = count(values, rf"{_DECIMAL}|[+-]?[0-9]+")
    return decimals(values) > 0 and numbers >= 0.9 * len(values)


def words(values: pa.StringArray) -> float:
    """Mean number of words of the values, separated by blanks; 0 without values."""
    if len(values) == 0:
        return 0.0
    return float(pc.mean(pc.count_substring_regex(values, r"\S+")).as_py())


def _share_of_sentences(values: pa.StringArray) -> float:
    fits = pc.greater_equal(pc.count_substring_regex(values, r"\S+"), 4)
    return int(pc.sum(fits).as_py() or 0) / len(values)
