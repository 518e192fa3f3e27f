"""Values that a shipped hierarchy is for: countries, states, regions, education, marital status.

Words such as *Bayern* or *verwitwet* speak for themselves. Codes of one to three signs look like
many an own numbering (``DE`` is a country, a language and an American state), so they count only
under a column name that says what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

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
from ..words import folded, folded_all

_PLACE: Final = Proposal(
    Role.QUASI, "geography", because="Where somebody lives or comes from narrows the search."
)


#: Longer texts are no term of any table, and no code.
_LONGEST_TERM: Final = 80
_LONGEST_CODE: Final = 12


class TermDetector(Detector):
    """Recognises terms anywhere, and codes under a telling column name."""

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that are terms, or codes where the name speaks of them."""
        if len(values) == 0:
            return 0.0
        found = _are_in(values, _LONGEST_TERM, self.terms())
        if self.confidence_of_name(name) > 0:
            rest = values.filter(pc.invert(found))
            short = rest.filter(pc.less_equal(pc.utf8_length(rest), _LONGEST_CODE))
            n_codes = sum(self.is_code(text) for text in short.to_pylist())
        else:
            n_codes = 0
        return (_count(found) + n_codes) / len(values)

    def terms(self) -> pa.StringArray:
        """All terms, folded."""
        return pa.array([], pa.string())

    def is_code(self, text: str) -> bool:
        """Whether a text is a code."""
        return False


def _are_in(values: pa.StringArray, longest: int, terms: pa.StringArray) -> pa.BooleanArray:
    """Which values are one of the folded terms."""
    brief = pc.less_equal(pc.utf8_length(values), longest)
    kept = pc.if_else(brief, values, pa.scalar("", pa.string()))
    return pc.is_in(folded_all(kept), value_set=terms)


def _count(found: pa.BooleanArray) -> int:
    return int(pc.sum(found).as_py() or 0)


@cache
def _terms(index: Callable[[], Mapping[str, object]]) -> pa.StringArray:
    return pa.array(list(index()), pa.string())


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

    def terms(self) -> pa.StringArray:
        """Names of countries."""
        return _terms(country_names)

    def is_code(self, text: str) -> bool:
        """Whether a text is the code of a country."""
        return folded(text) in country_codes()


class StateDeDetector(TermDetector):
    """German states. Three of them are cities too, so most values have to be others."""

    name = "de.state"
    summary = "German federal states: names; abbreviations and numbers under a telling column name."
    proposal = _PLACE
    names = ("bundesland", "*_bundesland", "state", "federal_state", "ags", "land", "*_land")

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that are states, 0 where most could as well be cities."""
        cities = _count(_are_in(values, _LONGEST_CODE, pa.array(["berlin", "hamburg", "bremen"])))
        if 2 * cities > len(values) and self.confidence_of_name(name) == 0:
            return 0.0
        return super().share(name, values)

    def terms(self) -> pa.StringArray:
        """Names of states."""
        return _terms(state_names)

    def is_code(self, text: str) -> bool:
        """Whether a text is a number or an abbreviation of a state."""
        return folded(text) in state_codes()


class IscedDetector(TermDetector):
    """Education, as the builder of the same name reads it."""

    name = "isced"
    summary = "Education by ISCED 2011: names of its levels; codes under a telling column name."
    proposal = Proposal(Role.QUASI, because="Known to employers and colleagues, often published.")
    names = ("isced*", "*_isced")

    def terms(self) -> pa.StringArray:
        """Names of levels and certificates."""
        return _terms(isced_terms)

    def is_code(self, text: str) -> bool:
        """Whether a text is a code."""
        return isced_level(text) is not None


class MaritalStatusDetector(TermDetector):
    """Marital status, as the builder of the same name reads it."""

    name = "marital-status"
    summary = "Marital status: English and German terms; codes under a telling column name."
    proposal = Proposal(Role.QUASI, because="Known to neighbours and registers.")
    names = ("familienstand", "zivilstand", "personenstand", "marital*", "civil_status")

    def terms(self) -> pa.StringArray:
        """Terms for marital status."""
        return _terms(marital_terms)

    def is_code(self, text: str) -> bool:
        """Whether a text is a code of German civil registration."""
        return folded(text) in marital_codes("xmeld")


class NutsDetector(TermDetector):
    """Codes of European regions; nothing but the name of the column can say that they are."""

    name = "nuts"
    summary = "Codes of European regions (NUTS) under a telling column name."
    proposal = _PLACE
    names = ("nuts*", "*_nuts")

    def is_code(self, text: str) -> bool:
        """Whether a text is a code."""
        return Nuts().place(text) is not None


#: What this module offers.
CLASSIFICATIONS: Final[tuple[type[Detector], ...]] = (
    CountryDetector,
    StateDeDetector,
    IscedDetector,
    MaritalStatusDetector,
    NutsDetector,
)
