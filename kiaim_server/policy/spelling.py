"""Says why a text is no name pattern, and guesses what a misspelt word was meant to be.

How column names are folded and matched is in `kiaim_server.model.naming`; its names are here too.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from kiaim_server.model.naming import Glob, Name, NamePatterns, folded

__all__ = ["Glob", "Name", "NamePatterns", "did_you_mean", "folded", "pattern_fault"]

#: Words that a hint is looked for among.
_MOST_KNOWN: Final = 300
_PATTERN: Final = re.compile(r"[A-Za-z0-9äöüÄÖÜß _*-]{1,100}\Z")


def pattern_fault(pattern: str) -> str | None:
    """Why a text is no name pattern, or None if it is one."""
    if not _PATTERN.match(pattern):
        return "has letters that column patterns lack; write a name, or a part of it with *"
    if not re.search(r"[A-Za-z0-9äöüÄÖÜß]", pattern):
        return "would match every column; write at least one letter"
    return None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint to append to a message, `` - did you mean 'x'?``, or nothing.

    Of very many known words only the first are looked at: a hint must not cost more than the fault.
    """
    looked_at = list(islice(known, _MOST_KNOWN))
    close = difflib.get_close_matches(word[:100], looked_at, n=1, cutoff=0.6)
    return f" - did you mean {close[0]!r}?" if close else ""
