"""Numbers that are given to one person, account, card or device.

Check digits and structures are python-stdnum's, where it knows them.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from stdnum import iban, imei, luhn
from stdnum.at import vnr
from stdnum.ch import ssn as ahv
from stdnum.de import idnr, stnr
from stdnum.us import ssn

from kiaim_server.model.attribute import Proposal, Role

from . import checksums
from .forms import NameDetector, NamedPatternDetector, PatternDetector

_NUMBER: Final = Proposal(Role.DIRECT, "identifier", because="The number of one person.")
_ACCOUNT: Final = Proposal(Role.DIRECT, "identifier", because="The number of one account.")
_DEVICE: Final = Proposal(Role.DIRECT, "identifier", because="The number of one device or thing.")
_CASE: Final = Proposal(
    Role.DIRECT, "identifier", because="A number by which a record or person is looked up."
)
_DOCTOR: Final = Proposal(
    Role.DIRECT, "identifier", because="Names a physician or a practice, and narrows who came."
)


class Iban(PatternDetector):
    """ISO 13616 account numbers, with the structure of their country."""

    name = "iban"
    summary = "Bank account numbers (IBAN, check digits verified)."
    proposal = _ACCOUNT
    names = ("iban", "*_iban", "iban_*", "kontonummer", "kontonr", "account_number", "bankkonto")
    by_values = 0.99
    chance = 1 / 97
    separators = " "
    pattern = "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"

    def accepts(self, text: str) -> bool:
        """Whether the check digits are right, and the structure is that of the country."""
        return iban.is_valid(text, check_country=False)


class PaymentCard(PatternDetector):
    """Numbers of payment cards (ISO/IEC 7812) of the large networks."""

    name = "payment-card"
    summary = "Numbers of payment cards (check digit verified)."
    proposal = _ACCOUNT
    names = ("kreditkarte*", "kartennummer", "credit_card*", "card_number", "debit_card*", "ccnum")
    by_values = 0.97
    chance = 0.1
    separators = " -"
    pattern = (
        "4[0-9]{12}(?:[0-9]{3})?|(?:5[1-5]|2[2-7])[0-9]{14}"
        "|3[47][0-9]{13}|6(?:011|5[0-9]{2})[0-9]{12}"
    )

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right."""
        return luhn.is_valid(text)


class Imei(PatternDetector):
    """Numbers of mobile phones (3GPP TS 23.003), with their check digit."""

    name = "imei"
    summary = "Numbers of mobile phones (IMEI, check digit verified)."
    proposal = _DEVICE
    names = ("imei", "imei_*", "geraetenummer", "device_id", "device_number", "serial_number")
    by_values = 0.95
    chance = 0.1
    separators = " /-"
    pattern = "[0-9]{15}"

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right."""
        return imei.is_valid(text)


class Kvnr(PatternDetector):
    """German health insurance numbers, with or without the part that names the insurer."""

    name = "de.kvnr"
    summary = "German health insurance numbers (KVNR, check digit verified)."
    proposal = _NUMBER
    names = (
        *("kvnr", "kv_nr", "kv_nummer", "egk_nummer", "versichertennr", "versichertennummer"),
        *("krankenversichertennr", "krankenversichertennummer", "versicherten_id"),
        *("health_insurance_number", "insurance_number"),
    )
    by_values = 0.99
    chance = 0.1
    separators = " "
    pattern = "[A-Z][0-9]{9}(?:[0-9]{10})?"

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right."""
        return checksums.kvnr(text)


class SteuerId(PatternDetector):
    """German tax identification numbers (AO section 139b)."""

    name = "de.steuer-id"
    summary = "German tax identification numbers (check digit verified)."
    proposal = _NUMBER
    names = ("steuer_id", "steuerid", "steueridentifikationsnummer", "idnr", "tin", "tax_id")
    by_values = 0.98
    chance = 0.1
    separators = " "
    pattern = "[1-9][0-9]{10}"

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right, and no digit stands three times in a row.

        python-stdnum knows the check digit and how often digits may repeat, but not the last rule
        (Bundeszentralamt fuer Steuern, Pruefziffernberechnung).
        """
        in_a_row = any(digit * 3 in text[:10] for digit in "0123456789")
        return idnr.is_valid(text) and not in_a_row


class Steuernummer(NamedPatternDetector):
    """German tax numbers of the offices of the states; their check digits are not published."""

    name = "de.steuernummer"
    summary = "German tax numbers, by column name and form."
    proposal = _NUMBER
    names = ("steuernummer", "steuernr", "steuer_nr", "stnr", "tax_number")
    by_values = 0.7
    separators = " /"
    pattern = "[0-9]{10,13}"

    def accepts(self, text: str) -> bool:
        """Whether a state has numbers of this form."""
        return stnr.is_valid(text)


class Svnr(PatternDetector):
    """German pension insurance numbers, the social security numbers of Germany."""

    name = "de.svnr"
    summary = "German pension insurance numbers (RVNR, check digit verified)."
    proposal = _NUMBER
    names = (
        *("svnr", "sv_nr", "rvnr", "rv_nr", "sozialversicherungsnummer", "sozialversicherungsnr"),
        *("rentenversicherungsnummer", "rentenversicherungsnr", "social_security_number"),
    )
    by_values = 0.99
    chance = 0.1
    separators = " "
    pattern = "[0-9]{8}[A-Z][0-9]{3}"

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right."""
        return checksums.svnr(text)


class Lanr(PatternDetector):
    """German lifelong numbers of physicians."""

    name = "de.lanr"
    summary = "German numbers of physicians (LANR, check digit verified)."
    proposal = _DOCTOR
    names = ("lanr", "arztnummer", "arztnr", "arzt_id", "behandler_id", "einweiser_id")
    by_values = 0.95
    chance = 0.1
    pattern = "[0-9]{9}"

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right."""
        return checksums.lanr(text)


class Bsnr(NamedPatternDetector):
    """German numbers of practices; they have no check digit."""

    name = "de.bsnr"
    summary = "German numbers of practices (BSNR), by column name and form."
    proposal = _DOCTOR
    names = ("bsnr", "betriebsstaettennummer", "betriebsstaettennr", "nbsnr", "praxisnummer")
    by_values = 0.7
    pattern = "[0-9]{9}"


class AustrianVnr(PatternDetector):
    """Austrian social insurance numbers (ASVG section 460d)."""

    name = "at.vnr"
    summary = "Austrian social insurance numbers (check digit verified)."
    proposal = _NUMBER
    names = ("vnr", "vsnr", "sozialversicherungsnummer", "at_svnr")
    by_values = 0.95
    chance = 0.1
    separators = " "
    pattern = "[1-9][0-9]{9}"

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right."""
        return vnr.is_valid(text)


class SwissAhv(PatternDetector):
    """Swiss social insurance numbers (AHVN13)."""

    name = "ch.ahv"
    summary = "Swiss social insurance numbers (AHV, check digit verified)."
    proposal = _NUMBER
    names = ("ahv", "ahv_nr", "ahvnr", "ahv_nummer", "avs", "navs13")
    by_values = 0.99
    chance = 0.01
    separators = " ."
    pattern = "756[0-9]{10}"

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right."""
        return ahv.is_valid(text)


class Ssn(PatternDetector):
    """United States Social Security numbers; they have no check digit.

    Numbers that are never assigned, or stood in advertisements, do not count. Nine digits without
    hyphens count only under a telling column name.
    """

    name = "us.ssn"
    summary = "United States Social Security numbers (never assigned ranges excluded)."
    proposal = _NUMBER
    names = ("ssn", "*_ssn", "ssn_*", "social_security*")
    by_values = 0.95
    pattern = "[0-8][0-9]{2}[- ][0-9]{2}[- ][0-9]{4}"
    _HINTS: Final = ("ssn", "social")

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that can be such numbers."""
        if any(hint in name.lower() for hint in self._HINTS):
            values = pc.replace_substring_regex(
                values, r"\A([0-9]{3})([0-9]{2})([0-9]{4})\z", r"\1-\2-\3"
            )
        return super().share(name, values)

    def accepts(self, text: str) -> bool:
        """Whether such a number can have been assigned."""
        return ssn.is_valid(text.replace(" ", "-"))


class Uuid(PatternDetector):
    """Universally unique identifiers (RFC 9562)."""

    name = "uuid"
    summary = "Universally unique identifiers."
    proposal = _CASE
    names = ("uuid", "*_uuid", "guid", "*_guid")
    by_values = 0.97
    pattern = r"\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?"


class LicencePlate(PatternDetector):
    """German number plates, with their hyphen."""

    name = "de.kfz"
    summary = "German number plates of vehicles, and vehicle numbers by column name."
    proposal = _DEVICE
    names = ("kennzeichen", "kfz_kennzeichen", "nummernschild", "number_plate", "licen*e_plate*")
    likely_names = ("vin", "fahrgestellnummer", "vehicle_id", "fahrzeug_id")
    by_values = 0.9
    pattern = "[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?[1-9][0-9]{0,3} ?[EH]?"


class PersonalNumber(NameDetector):
    """Numbers of papers, members and staff, by the name of the column."""

    name = "personal-number"
    summary = "Numbers of papers, licences, members and staff, by column name."
    proposal = _NUMBER
    names = (
        *(
            "ausweisnr",
            "ausweisnummer",
            "personalausweis*",
            "reisepass*",
            "passnummer",
            "passport*",
        ),
        *("fuehrerschein*", "driver_licen*e*", "personalnr", "personalnummer", "employee_id"),
        *("mitarbeiter_id", "mitarbeiternummer", "matrikelnummer", "student_id", "mitgliedsnummer"),
        *("member_id", "health_plan_*", "medicare_*", "medicaid_*", "certificate_number"),
    )


class RecordNumber(NameDetector):
    """Keys of patients, cases, visits, samples and records, by the name of the column."""

    name = "record-number"
    summary = "Numbers of patients, cases, visits, samples and records, by column name."
    proposal = _CASE
    names = (
        *("id", "identifier", "kennung", "pid", "pat_id", "patid", "patient_id", "patienten_id"),
        *("patientennr", "patientennummer", "patient_number", "patient_no", "mrn"),
        *("medical_record_number", "person_id", "personen_id", "subject_id", "subjid", "usubjid"),
        *("proband_id", "probanden_id", "probandennummer", "teilnehmer_id", "participant_id"),
        *("fall_id", "fallnr", "fallnummer", "case_id", "case_number", "encounter_id", "visit_id"),
        *("besuch_id", "aufnahmenummer", "record_id", "datensatz_id", "proben_id", "probennummer"),
        *("sample_id", "specimen_id", "barcode", "auftragsnummer", "order_id", "pseudonym", "psn"),
    )
    likely_names = ("*_id", "*_nr", "*_nummer", "*_number", "*_no", "*_key", "*_schluessel")
