"""How terms are compared: by their letters and digits, whatever the case, accents and hyphens."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

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
