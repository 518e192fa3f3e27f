"""How terms are compared: by their letters and digits, whatever the case, accents and hyphens."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_SPELT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_WORD: Final = re.compile(r"[a-z0-9]+")


def folded(text: str) -> str:
    """The words of a text in lower case, umlauts spelt out, other accents gone, one space between.

    ``Côte d'Ivoire`` becomes ``cote d ivoire``. A text without a Latin letter or a digit becomes
    the empty text, which is no term.
    """
    plain = unicodedata.normalize("NFC", text).casefold().translate(_SPELT)
    spread = unicodedata.normalize("NFKD", plain)
    return " ".join(_WORD.findall("".join(c for c in spread if not unicodedata.combining(c))))


def folded_all(values: pa.StringArray) -> pa.StringArray:
    """What `folded` makes of every Latin text, for many at once; some other scripts may differ."""
    plain = pc.utf8_lower(pc.utf8_normalize(values, "NFC"))
    for sign, spelt in (("\u00e4", "ae"), ("\u00f6", "oe"), ("\u00fc", "ue"), ("\u00df", "ss")):
        plain = pc.replace_substring(plain, sign, spelt)
    bare = pc.replace_substring_regex(pc.utf8_normalize(plain, "NFKD"), r"\p{Mn}+", "")
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(bare, "[^a-z0-9]+", " "))
