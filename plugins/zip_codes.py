"""ZIP codes of the United States Postal Service, as they are written and as they get damaged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

#: What stands for areas that may not be shown; no ZIP code begins so.
ANYWHERE: Final = "000"

_WHOLE: Final = re.compile(r"(\d{3})\d{2}(?:-?\d{4})?\Z", re.ASCII)
_AREA: Final = re.compile(r"\d{3}\Z", re.ASCII)
_NUMBER: Final = re.compile(r"\d{4,5}\Z|\d{8,9}\Z", re.ASCII)

_EXPECTED_TEXT: Final = (
    "ZIP codes of five digits, maybe with four more after a hyphen (02139, 02139-4307), or three "
    "digits throughout; where leading zeros were lost, read the column anew as text"
)
_EXPECTED_NUMBERS: Final = (
    "ZIP codes of five or nine digits, of which one leading zero may be lost; shorter numbers may "
    "be codes that lost two or the first three digits alone, so give the column as text with all "
    "its zeros"
)


def areas_of_texts(texts: Sequence[str]) -> tuple[list[str | None], str]:
    """The first three digits of each text, None where it is no ZIP code; and what was expected.

    Three digits count only where the whole column is so: beside longer codes they may be one that
    lost its leading zeros.
    """
    stripped = [text.strip() for text in texts]
    if all(_AREA.match(text) for text in stripped):
        return list(stripped), _EXPECTED_TEXT
    matches = [_WHOLE.match(text) for text in stripped]
    return [match[1] if match else None for match in matches], _EXPECTED_TEXT


def areas_of_numbers(digits: Sequence[str]) -> tuple[list[str | None], str]:
    """The same for integers, spelt in digits; one lost leading zero is restored."""
    return [_restored(text) for text in digits], _EXPECTED_NUMBERS


def _restored(digits: str) -> str | None:
    if not _NUMBER.match(digits):
        return None
    return digits.zfill(5 if len(digits) <= 5 else 9)[:3]
