"""What reaches a person or a device of one."""

from __future__ import annotations

import ipaddress
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from stdnum import mac

from kiaim_server.model.attribute import Proposal, Role
from kiaim_server.model.contract import Detector

from .forms import PatternDetector, matches
from .times import DATE

_CONTACT: Final = Proposal(Role.DIRECT, "contact", because="Reaches a person.")
_DEVICE: Final = Proposal(Role.DIRECT, "contact", because="Leads to a device that a person uses.")


class Email(PatternDetector):
    """The form that browsers accept (HTML Living Standard), with a dot in the domain."""

    name = "email"
    summary = "E-mail addresses."
    proposal = _CONTACT
    names = ("*email*", "e_mail*", "mail", "mailadresse", "mail_address")
    by_values = 0.99
    pattern = (
        r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
        r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z0-9-]{2,63}"
    )


class Phone(Detector):
    """Numbers in international (ITU-T E.164), German or North American writing."""

    name = "phone"
    summary = "Telephone and fax numbers."
    proposal = _CONTACT
    names = (
        *("telefon*", "*_telefon", "phone*", "*_phone", "tel", "tel_*", "telnr", "mobil", "mobile"),
        *("mobile_*", "mobilnummer", "handy*", "fax", "fax_*", "faxnummer", "rufnummer"),
    )
    by_values = 0.85
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
        form = pc.and_not(matches(values, self._FORMS), matches(values, DATE))
        digits = pc.replace_substring_regex(values.filter(form), "[^0-9]", "")
        lengths = pc.utf8_length(digits)
        fits = pc.and_(pc.greater_equal(lengths, 7), pc.less_equal(lengths, 17))
        return int(pc.sum(fits).as_py() or 0) / len(values)


class Street(PatternDetector):
    """Streets with a house number, in German or English writing."""

    name = "street"
    summary = "Streets and postal addresses, by column name or with a house number."
    proposal = Proposal(Role.DIRECT, "contact", because="Leads to where a person lives.")
    names = (
        *("strasse*", "*_strasse", "str", "hausnummer", "hausnr", "adresse*", "*_adresse"),
        *("anschrift*", "street*", "address*", "*_address", "house_number", "postfach", "po_box"),
    )
    by_values = 0.9
    pattern = (
        r"(?i)[^0-9]+(?:str\.|strasse|straße|weg|gasse|platz|allee|ufer|ring|damm| street| road"
        r"| avenue| lane| st\.?| rd\.?| ave\.?) ?[0-9]+ ?[a-z]?"
        r"|[0-9]+ [^0-9]+ (?:street|road|avenue|lane|drive|st\.?|rd\.?|ave\.?|dr\.?)"
    )


class IpAddress(PatternDetector):
    """Addresses of IPv4 (RFC 791) and IPv6 (RFC 4291)."""

    name = "ip"
    summary = "IP addresses, version 4 and 6."
    proposal = _DEVICE
    names = ("ip", "ip_address", "ip_adresse", "ipv4", "ipv6", "client_ip", "remote_addr")
    by_values = 0.98
    pattern = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F:]{2,39}(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3})?"

    def accepts(self, text: str) -> bool:
        """Whether it is an address."""
        try:
            ipaddress.ip_address(text)
        except ValueError:
            return False
        return True


class MacAddress(PatternDetector):
    """Addresses of network cards (IEEE 802, EUI-48)."""

    name = "mac"
    summary = "Addresses of network cards (MAC)."
    proposal = _DEVICE
    names = ("mac", "mac_address", "mac_adresse", "hardware_address")
    by_values = 0.98
    pattern = "[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}"

    def accepts(self, text: str) -> bool:
        """Whether it is such an address, by python-stdnum."""
        return mac.is_valid(text)


class Url(PatternDetector):
    """Web and file transfer addresses (RFC 3986)."""

    name = "url"
    summary = "Web addresses."
    proposal = _CONTACT
    names = ("url", "*_url", "homepage", "website", "webseite", "profil_link")
    by_values = 0.95
    pattern = r"(?i)(?:(?:https?|ftp)://[^\s/?#]+|www\.[^\s/?#]+\.[a-z]{2,63})(?:[/?#]\S*)?"
