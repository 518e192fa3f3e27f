"""Values that a shipped hierarchy is for: countries, states, regions, education, marital status.

Words such as *Bayern* or *verwitwet* speak for themselves. Codes of one to three signs look like
many an own numbering (``DE`` is a country, a language and an American state), so they count only
under a column name that says what they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pyarrow as pa

from kiaim_server.model.attribute import Proposal, Role
from kiaim_server.model.contract import Detector

from ..building.prefixes import Nuts
from ..building.terms import (
    country_codes,
    country_names,
    isced_level,
    isced_terms,
    marital_codes,
    marital_terms,
    state_codes,
    state_names,
)
from ..words import folded

_PLACE: Final = Proposal(
    Role.QUASI, "geography", because="Where somebody lives or comes from narrows the search."
)


class TermDetector(Detector):
    """Recognises terms anywhere, and codes under a telling column name."""

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that are terms, or codes where the name speaks of them."""
        if len(values) == 0:
            return 0.0
        known: Callable[[str], object] = self.term
        if self.confidence_of_name(name) > 0:
            known = self.term_or_code
        return sum(known(text) is not None for text in values.to_pylist()) / len(values)

    def term(self, text: str) -> object:
        """Something, if the text is a term."""
        return None

    def code(self, text: str) -> object:
        """Something, if the text is a code."""
        return None

    def term_or_code(self, text: str) -> object:
        """Something, if the text is either."""
        found = self.term(text)
        return self.code(text) if found is None else found


class CountryDetector(TermDetector):
    """Countries, as the builder of the same name reads them."""

    name = "country"
    summary = "Countries: English and German names; ISO 3166 codes under a telling column name."
    proposal = _PLACE
    names = (
        *("country", "country_*", "*_country", "land", "*_land", "staat", "nation", "nationality"),
        *("citizenship", "nationalitaet", "staatsangehoerigkeit", "geburtsland", "herkunftsland"),
        *("heimatland", "wohnland"),
    )

    def term(self, text: str) -> object:
        """Something, if the text is the name of a country."""
        return country_names().get(folded(text))

    def code(self, text: str) -> object:
        """Something, if the text is the code of a country."""
        return country_codes().get(folded(text))


class StateDeDetector(TermDetector):
    """German states. Three of them are cities too, so most values have to be others."""

    name = "de.state"
    summary = "German federal states: names; abbreviations and numbers under a telling column name."
    proposal = _PLACE
    names = ("bundesland", "*_bundesland", "state", "federal_state", "ags", "land", "*_land")
    _CITIES: Final = frozenset({"berlin", "hamburg", "bremen"})

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that are states, 0 where most could as well be cities."""
        cities = sum(folded(text) in self._CITIES for text in values.to_pylist())
        if 2 * cities > len(values) and self.confidence_of_name(name) == 0:
            return 0.0
        return super().share(name, values)

    def term(self, text: str) -> object:
        """Something, if the text is the name of a state."""
        return state_names().get(folded(text))

    def code(self, text: str) -> object:
        """Something, if the text is a number or an abbreviation of a state."""
        return state_codes().get(folded(text))


class IscedDetector(TermDetector):
    """Education, as the builder of the same name reads it."""

    name = "isced"
    summary = "Education by ISCED 2011: names of its levels; codes under a telling column name."
    proposal = Proposal(Role.QUASI, because="Known to employers and colleagues, often published.")
    names = ("isced*", "*_isced")

    def term(self, text: str) -> object:
        """Something, if the text is the name of a level."""
        return isced_terms().get(folded(text))

    def code(self, text: str) -> object:
        """Something, if the text is a code."""
        return isced_level(text)


class MaritalStatusDetector(TermDetector):
    """Marital status, as the builder of the same name reads it."""

    name = "marital-status"
    summary = "Marital status: English and German terms; codes under a telling column name."
    proposal = Proposal(Role.QUASI, because="Known to neighbours and registers.")
    names = ("familienstand", "zivilstand", "personenstand", "marital*", "civil_status")

    def term(self, text: str) -> object:
        """Something, if the text is a term."""
        return marital_terms().get(folded(text))

    def code(self, text: str) -> object:
        """Something, if the text is a code of German civil registration."""
        return marital_codes("xmeld").get(folded(text))


class NutsDetector(TermDetector):
    """Codes of European regions; nothing but the name of the column can say that they are."""

    name = "nuts"
    summary = "Codes of European regions (NUTS) under a telling column name."
    proposal = _PLACE
    names = ("nuts*", "*_nuts")

    def code(self, text: str) -> object:
        """Something, if the text is a code."""
        return Nuts().place(text)


#: What this module offers.
CLASSIFICATIONS: Final[tuple[type[Detector], ...]] = (
    CountryDetector,
    StateDeDetector,
    IscedDetector,
    MaritalStatusDetector,
    NutsDetector,
)
