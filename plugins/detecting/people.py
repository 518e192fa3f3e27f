"""What a person is: name, age, sex, work, origin, belief, income, and where the person lives."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.model.attribute import Proposal, Role
from kiaim_server.model.contract import Detector

from .forms import NameDetector, NamedPatternDetector, PatternDetector, count, matches


class PersonName(NameDetector):
    """Names of persons, by the name of the column.

    Lists of names are not used: many a first name is a place, a category or a drug as well.
    """

    name = "person-name"
    summary = "Names of persons, by column name."
    proposal = Proposal(Role.DIRECT, "name", because="Names a person.")
    names = (
        *("name", "nachname", "vorname", "vornamen", "familienname", "geburtsname", "rufname"),
        *("maedchenname", "patientenname", "pat_name", "initialen", "vor_und_nachname"),
        *("surname", "last_name", "first_name", "forename", "given_name", "family_name"),
        *("middle_name", "maiden_name", "full_name", "patient_name", "initials", "nickname"),
        *("username", "user_name", "benutzername", "signature", "unterschrift", "arztname"),
    )
    likely_names = ("*_name", "name_*", "kontaktperson", "hausarzt", "angehoerige*", "next_of_kin")


class Age(NamedPatternDetector):
    """Ages in years, or bands of them, where the column is called so."""

    name = "age"
    summary = "Ages, by column name."
    proposal = Proposal(Role.QUASI, "age", because="Known to neighbours, colleagues and registers.")
    names = (
        *("age", "age_*", "*_age", "alter", "alter_*", "*_alter", "lebensalter", "altersgruppe"),
        *("altersklasse", "age_group", "aufnahmealter", "agegrp"),
    )
    by_name = 0.9
    by_values = 0.5
    pattern = (
        r"1?[0-9]{1,2}(?:\.[0-9]{1,12})?|[0-9]{1,3}\+|[<>≥≤]=? ?[0-9]{1,3}"
        r"|[0-9]{1,3} ?[-\x{2013}] ?[0-9]{1,3}"
    )


_FEMALE: Final = frozenset(
    ["f", "female", "w", "weiblich", "frau", "woman", "girl", "fem", "feminin"]
)
_MALE: Final = frozenset(
    ["m", "male", "maennlich", "männlich", "mann", "man", "boy", "masc", "maskulin"]
)
_OTHER: Final = frozenset(
    (
        *("d", "x", "u", "divers", "diverse", "other", "andere", "unbekannt", "unknown", "inter"),
        *("nonbinary", "intersex", "na", "n/a", "unspecified", "unbestimmt"),
    )
)


class Sex(Detector):
    """Words for sexes in German and English; a column has to hold both a male and a female one."""

    name = "sex"
    summary = "Sex or gender, by column name or by words for both sexes."
    proposal = Proposal(Role.QUASI, because="Visible to everybody.")
    names = ("sex", "gender", "geschlecht", "sex_*", "*_sex", "gender_*", "*_gender", "geschl")
    by_values = 0.9

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that are such words; 0 if only one sex is among them."""
        if not 0 < len(values) <= 20:
            return 0.0
        words = [text.strip().lower() for text in values.to_pylist()]
        found = [sum(word in group for word in words) for group in (_FEMALE, _MALE, _OTHER)]
        return sum(found) / len(words) if found[0] and found[1] else 0.0

    def confidence_of_name(self, name: str, share: float | None = None) -> float:
        """Sexes are coded in many ways: values never speak against the name."""
        return super().confidence_of_name(name)


class GermanPostcode(PatternDetector):
    """German postcodes: five digits, under a telling name or as text with leading zeros.

    No postcode begins with 00, 05, 43 or 62 (Deutsche Post). Five digits alone are any number.
    """

    name = "de.postcode"
    summary = "German postcodes."
    proposal = Proposal(
        Role.QUASI, "geography", because="Where somebody lives is known and narrows the search."
    )
    names = ("plz", "plz_*", "*_plz", "postleitzahl", "wohnort_plz", "postcode", "postal_code")
    by_values = 0.7
    pattern = "(?:0[1-46-9]|[1-357-9][0-9]|4[0-24-9]|6[013-9])[0-9]{3}"

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that can be postcodes; 0 for what is any number of five digits."""
        if len(values) == 0:
            return 0.0
        if self.confidence_of_name(name) == 0:
            zeros = pc.any(matches(values, "0[0-9]{4}")).as_py()
            if not zeros or count(values, "[0-9]{5}") < len(values):
                return 0.0
        return super().share(name, values)


class UsZip(NamedPatternDetector):
    """United States ZIP codes, with or without the last four digits, where named so."""

    name = "us.zip"
    summary = "United States ZIP codes, by column name and form."
    proposal = GermanPostcode.proposal
    names = ("zip", "zip_*", "zipcode*", "*_zip", "zip3", "zip5")
    by_values = 0.8
    pattern = r"[0-9]{5}(?:-[0-9]{4})?|[0-9]{3}(?:\*\*)?"


class Place(NameDetector):
    """Places of living, birth or origin, by the name of the column."""

    name = "place"
    summary = "Places, countries and coordinates, by column name."
    proposal = GermanPostcode.proposal
    names = (
        *("ort", "wohnort", "stadt", "gemeinde", "gemeinde_*", "gemeindeschluessel", "ags"),
        *("kreis", "landkreis", "bezirk", "bundesland", "land", "geburtsland", "geburtsort"),
        *("staatsangehoerigkeit", "nationalitaet", "herkunftsland", "stadtteil", "region"),
        *("city", "town", "county", "state", "country", "native_country", "country_of_*"),
        *("birth_country", "birthplace", "place_of_*", "nationality", "citizenship", "nuts*"),
        *("latitude", "longitude", "lat", "lon", "lng", "breitengrad", "laengengrad", "geo_*"),
    )
    likely_names = ("*_ort", "*_land", "*_city", "*_country", "*_state", "*_region", "standort")


class Household(NameDetector):
    """Marital status, children and household, by the name of the column."""

    name = "household"
    summary = "Marital status, children and household, by column name."
    proposal = Proposal(Role.QUASI, because="Known to neighbours and registers.")
    names = (
        *("familienstand", "zivilstand", "haushaltsgroesse", "kinderzahl", "anzahl_kinder"),
        *("marital*", "household_*", "number_of_children", "relationship", "civil_status"),
    )


class Work(NameDetector):
    """Education and occupation, by the name of the column."""

    name = "work"
    summary = "Education, occupation and employer, by column name."
    proposal = Proposal(Role.QUASI, because="Known to employers and colleagues, often published.")
    names = (
        *("bildung*", "schulabschluss*", "schulbildung", "beruf*", "taetigkeit*", "arbeitgeber*"),
        *("branche*", "abschluss", "education*", "occupation*", "job", "job_*", "profession"),
        *("employer*", "workclass", "industry*", "degree"),
    )


class Origin(NameDetector):
    """Ethnic origin, by the name of the column."""

    name = "origin"
    summary = "Racial or ethnic origin, by column name."
    proposal = Proposal(
        Role.QUASI,
        special_category=True,
        because="Racial or ethnic origin is a special category, and often visible.",
    )
    names = (
        *("race", "ethni*", "rasse", "hautfarbe", "skin_colo*", "migrationshintergrund"),
        *("muttersprache", "native_language", "hispanic"),
    )


class Belief(NameDetector):
    """Religion, opinion, union membership and sex life, by the name of the column."""

    name = "belief"
    summary = "Religion, political opinion, union membership and sex life, by column name."
    proposal = Proposal(
        Role.SENSITIVE,
        special_category=True,
        because="Reveals belief, opinion, union membership or sex life.",
    )
    names = (
        *("religion*", "konfession*", "weltanschauung*", "partei", "partei_*", "gewerkschaft*"),
        *("political*", "party", "trade_union*", "union_member*", "sexual*", "orientation"),
    )


class Money(NameDetector):
    """Income and debt, by the name of the column."""

    name = "money"
    summary = "Income, wealth and debt, by column name."
    proposal = Proposal(
        Role.SENSITIVE, because="What somebody earns or owes is nobody else's business."
    )
    names = (
        *("einkommen*", "gehalt*", "lohn*", "vermoegen*", "schulden*", "income*", "salary*"),
        *("wage", "wages", "debt*", "net_worth", "capital_gain", "capital_loss"),
    )


class Likeness(NameDetector):
    """Pictures, voices and prints, by the name of the column."""

    name = "likeness"
    summary = "Pictures, voices and fingerprints, by column name."
    proposal = Proposal(Role.DIRECT, "image", because="Shows a person.")
    names = (
        *("photo*", "foto*", "bild", "portrait*", "gesichtsbild", "image", "face_image"),
        *("fingerprint*", "fingerabdruck*", "iris_scan*", "stimmprobe*", "voice*"),
    )
