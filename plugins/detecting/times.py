"""Days, years and times of day."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from kiaim_server.model.attribute import Proposal, Role

from .forms import NamedPatternDetector, PatternDetector, count

_DAY: Final = "(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH: Final = "(?:0?[1-9]|1[0-2])"
_YEAR: Final = "(?:1[6-9]|20)[0-9]{2}"
_CLOCK: Final = (
    r"(?:[T ][0-2][0-9]:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9:]{2,6})?)?"
)
#: A day, maybe with a time: ISO 8601, German, British and American writing.
DATE: Final = (
    rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}{_CLOCK}"
    rf"|{_DAY}[.]\s?{_MONTH}[.]\s?(?:{_YEAR}|[0-9]{{2}}){_CLOCK}"
    rf"|{_DAY}[-/]{_MONTH}[-/](?:{_YEAR}|[0-9]{{2}}){_CLOCK}"
    rf"|{_MONTH}[-/]{_DAY}[-/](?:{_YEAR}|[0-9]{{2}}){_CLOCK}"
    r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
)


class Date(PatternDetector):
    """Days in ISO, German, English and American writing, with or without a time."""

    name = "date"
    summary = "Dates, with or without a time of day."
    proposal = Proposal(
        Role.QUASI, "date", because="A day in a life is in registers and in other people's memory."
    )
    names = (
        *("datum", "*_datum", "datum_*", "geburtsdatum", "todesdatum", "sterbedatum"),
        *("gebdat", "gebdatum", "geb_dat", "geburtstag", "aufnahmetag", "entlasstag"),
        *("aufnahmedatum", "entlassdatum", "operationsdatum", "op_datum", "date", "*_date"),
        *("date_*", "dob", "birthdate", "birthday", "deathdate", "admission", "discharge"),
    )
    by_values = 0.97
    pattern = DATE


class TimeOfDay(PatternDetector):
    """Hours and minutes."""

    name = "time-of-day"
    summary = "Times of day."
    proposal = Proposal(
        Role.QUASI, because="With a day, a minute tells apart who was where at the same time."
    )
    names = ("uhrzeit", "*_uhrzeit", "time", "time_of_*", "zeitpunkt")
    by_name = 0.8
    by_values = 0.7
    pattern = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?(?: ?[AaPp][Mm])?"


class Year(NamedPatternDetector):
    """Calendar years, where the column is called so."""

    name = "year"
    summary = "Years of birth, death or events, by column name."
    proposal = Proposal(Role.QUASI, "age", because="The year of an event in a life is known.")
    names = (
        *("geburtsjahr", "todesjahr", "sterbejahr", "jahrgang", "birth_year", "year_of_birth"),
        *("year_of_death", "death_year", "yob", "*_jahr", "*_year", "year", "jahr", "*jahr"),
    )
    by_values = 0.6
    pattern = "(?:1[89]|20)[0-9]{2}"

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that are years, spelt as whole numbers or as ``1980.0``."""
        if not len(values) or self.confidence_of_name(name) == 0:
            return 0.0
        return count(values, rf"{self.pattern}(?:\.0)?") / len(values)
