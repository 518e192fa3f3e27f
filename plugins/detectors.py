"""The bundled detectors: what the values of a column are, by form and check digit.

Patterns run in Arrow's RE2, whose time is linear in the text whatever the pattern. A code list of
short codes (ICD-10, OPS, ATC) looks like many an own numbering, so short codes count only beside
complete ones or under a column name that says so.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import ClassVar, Final

import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import Detector

from . import checksums

kiaim_api: Final = 1

_DAY: Final = "(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH: Final = "(?:0?[1-9]|1[0-2])"
_YEAR: Final = "(?:1[6-9]|20)[0-9]{2}"
_CLOCK: Final = (
    r"(?:[T ][0-2][0-9]:[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9:]{2,6})?)?"
)
_DATE: Final = (
    rf"{_YEAR}[-/.]{_MONTH}[-/.]{_DAY}{_CLOCK}"
    rf"|{_DAY}[.]\s?{_MONTH}[.]\s?(?:{_YEAR}|[0-9]{{2}}){_CLOCK}"
    rf"|{_DAY}[-/]{_MONTH}[-/](?:{_YEAR}|[0-9]{{2}}){_CLOCK}"
    rf"|{_MONTH}[-/]{_DAY}[-/](?:{_YEAR}|[0-9]{{2}}){_CLOCK}"
    r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
)


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
        found = values.filter(_matches(values, self.pattern))
        return sum(map(self.accepts, found.to_pylist())) / len(values)

    def accepts(self, text: str) -> bool:
        """Whether a value of the right form is one; by default it is."""
        return True


class CodeDetector(Detector):
    """Recognises codes of a list: complete ones anywhere, short ones where something backs them.

    Short codes are backed by a column name that contains one of `hints`, or by a tenth of complete
    codes among the values.
    """

    complete: ClassVar[str]
    short: ClassVar[str]
    hints: ClassVar[tuple[str, ...]]

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that are codes."""
        if len(values) == 0:
            return 0.0
        complete = _count(values, self.complete)
        hinted = any(hint in name.lower() for hint in self.hints)
        if hinted or complete >= len(values) / 10:
            return _count(values, f"{self.complete}|{self.short}") / len(values)
        return complete / len(values)


def _matches(values: pa.StringArray, pattern: str) -> pa.BooleanArray:
    return pc.match_substring_regex(values, rf"\A(?:{pattern})\z")


def _count(values: pa.StringArray, pattern: str) -> int:
    return int(pc.sum(_matches(values, pattern)).as_py() or 0)


class Email(PatternDetector):
    """The form that browsers accept (HTML Living Standard), with a dot in the domain."""

    name = "email"
    summary = "E-mail addresses."
    pattern = (
        r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
        r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z0-9-]{2,63}"
    )


class Phone(Detector):
    """Numbers in international (ITU-T E.164), German or North American writing."""

    name = "phone"
    summary = "Telephone and fax numbers."
    _FORMS: Final = (
        r"(?:\+|00)[1-9][0-9 ()/.-]{5,24}[0-9]"
        r"|\(?0[1-9][0-9 ()/.-]{5,20}[0-9]"
        r"|(?:1[ .-])?\([2-9][0-9]{2}\) ?[0-9]{3}[ .-][0-9]{4}"
        r"|(?:1[ .-])?[2-9][0-9]{2}[ .-][0-9]{3}[ .-][0-9]{4}"
    )

    def share(self, name: str, values: pa.StringArray) -> float:
        """Share of the values that are written like telephone numbers and are no dates."""
        if len(values) == 0:
            return 0.0
        form = pc.and_not(_matches(values, self._FORMS), _matches(values, _DATE))
        digits = pc.replace_substring_regex(values.filter(form), "[^0-9]", "")
        lengths = pc.utf8_length(digits)
        fits = pc.and_(pc.greater_equal(lengths, 7), pc.less_equal(lengths, 17))
        return int(pc.sum(fits).as_py() or 0) / len(values)


class Iban(PatternDetector):
    """ISO 13616 account numbers."""

    name = "iban"
    summary = "Bank account numbers (IBAN, check digits verified)."
    separators = " "
    pattern = "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right."""
        return checksums.iban(text)


class Kvnr(PatternDetector):
    """German health insurance numbers, with or without the part that names the insurer."""

    name = "de.kvnr"
    summary = "German health insurance numbers (KVNR, check digit verified)."
    separators = " "
    pattern = "[A-Z][0-9]{9}(?:[0-9]{10})?"

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right."""
        return checksums.kvnr(text)


class SteuerId(PatternDetector):
    """German tax identification numbers."""

    name = "de.steuer-id"
    summary = "German tax identification numbers (check digit verified)."
    separators = " "
    pattern = "[1-9][0-9]{10}"

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right."""
        return checksums.steuer_id(text)


class Svnr(PatternDetector):
    """German pension insurance numbers."""

    name = "de.svnr"
    summary = "German pension insurance numbers (check digit verified)."
    separators = " "
    pattern = "[0-9]{8}[A-Z][0-9]{3}"

    def accepts(self, text: str) -> bool:
        """Whether the check digit is right."""
        return checksums.svnr(text)


class Ssn(PatternDetector):
    """United States Social Security numbers; they have no check digit.

    Areas 000, 666 and 900 to 999, group 00 and serial 0000 are never assigned (SSA,
    POMS RM 10201.035). Nine digits without hyphens count only under a telling column name.
    """

    name = "us.ssn"
    summary = "United States Social Security numbers (never assigned ranges excluded)."
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
        """Whether area, group and serial are in assigned ranges."""
        return text[:3] not in ("000", "666") and text[4:6] != "00" and text[7:] != "0000"


class Icd10(CodeDetector):
    """ICD-10 (WHO, GM, CM) codes."""

    name = "icd10"
    summary = "Diagnosis codes of ICD-10 (WHO, GM and CM)."
    complete = r"[A-Z][0-9][0-9AB]\.(?:[0-9]{1,2}|-|[0-9]-|[0-9A-Z]{1,4})[+*!#]?[GVZA]?"
    short = r"[A-Z][0-9][0-9AB](?:[0-9][0-9A-Z]{0,3})?[+*!#]?"
    hints = ("icd", "diag", "dx")


class Ops(CodeDetector):
    """German procedure codes."""

    name = "ops"
    summary = "German procedure codes (OPS)."
    complete = r"[135689]-[0-9][0-9a-z]{2}\.[0-9a-z]{1,2}"
    short = r"[135689]-[0-9][0-9a-z]{1,2}"
    hints = ("ops", "proz", "proc", "eingriff")


class Atc(CodeDetector):
    """Anatomical Therapeutic Chemical codes of the WHO."""

    name = "atc"
    summary = "Drug codes of the WHO (ATC)."
    complete = "[ABCDGHJLMNPRSV][0-9]{2}[A-Z]{2}[0-9]{2}"
    short = "[ABCDGHJLMNPRSV][0-9]{2}(?:[A-Z]{1,2})?"
    hints = ("atc",)


class Date(PatternDetector):
    """Days in ISO, German, English and American writing, with or without a time."""

    name = "date"
    summary = "Dates, with or without a time of day."
    pattern = _DATE


class IpAddress(PatternDetector):
    """Addresses of IPv4 (RFC 791) and IPv6 (RFC 4291)."""

    name = "ip"
    summary = "IP addresses, version 4 and 6."
    pattern = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F:]{2,39}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?"

    def accepts(self, text: str) -> bool:
        """Whether it is an address."""
        try:
            ipaddress.ip_address(text)
        except ValueError:
            return False
        return True


class Url(PatternDetector):
    """Web and file transfer addresses (RFC 3986)."""

    name = "url"
    summary = "Web addresses."
    pattern = r"(?i)(?:(?:https?|ftp)://[^\s/?#]+|www\.[^\s/?#]+\.[a-z]{2,63})(?:[/?#]\S*)?"


@hookimpl
def kiaim_register_detectors() -> Sequence[type[Detector]]:
    """Offer the bundled detectors."""
    return (
        Email,
        Phone,
        Iban,
        Kvnr,
        SteuerId,
        Svnr,
        Ssn,
        Icd10,
        Ops,
        Atc,
        Date,
        IpAddress,
        Url,
    )
