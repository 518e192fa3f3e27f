"""How a delimited text file is written: delimiter, quote, header line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kiaim_server.errors import DataError

if TYPE_CHECKING:
    from _csv import Reader as Records

#: Delimiters that are looked for, the more usual first.
DELIMITERS: Final = (",", ";", "\t", "|")

_SAMPLE: Final = 65_536
_NUMBER_OR_DATE: Final = re.compile(
    r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d{1,3})?|\d{4}-\d\d-\d\d|\d\d?[./]\d\d?[./]\d{2,4}", re.ASCII
)


@dataclass(frozen=True)
class Dialect:
    """Delimiter and quote character; an empty `quote` means that nothing is quoted."""

    delimiter: str
    quote: str

    def reader(self, utf8: bytes, *, strict: bool) -> Records:
        """Records of the text, blank lines as empty lists; ``line_num`` counts lines read."""
        lines = io.TextIOWrapper(io.BytesIO(utf8), encoding="utf-8", newline="")
        if self.quote:
            return csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote, strict=strict)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, strict=strict)


@dataclass(frozen=True)
class Beginning:
    """The first records of a file, the header line (if any) among them."""

    dialect: Dialect
    rows: tuple[tuple[str, ...], ...]

    @property
    def fit(self) -> tuple[bool, float, int]:
        """How well the dialect explains the rows; greater is better."""
        if not self.rows:
            return (False, 0.0, 0)
        width = len(self.rows[0])
        share = sum(len(row) == width for row in self.rows) / len(self.rows)
        return (width > 1, share, width)


def find_dialect(utf8: bytes, name: str, delimiter: str | None, quote: str | None) -> Beginning:
    """Detect what is not stated and return the first records read so.

    The delimiter is the candidate that splits the first line into several fields and most of the
    following lines into as many; of several that fit equally, the one with more fields. A file
    that none splits has one column. The quote is ``"``, unless it does not occur and every field
    of the first line stands in ``'``.

    Raises
    ------
    DataError
        If two delimiters fit equally well.
    """
    candidates = (delimiter,) if delimiter is not None else DELIMITERS
    quotes = (quote,) if quote is not None else ('"', "'")
    tried = [
        _beginning(utf8, Dialect(d, q))
        for q in quotes
        for d in candidates
        if q != "'" or quote is not None or _quoted_throughout(utf8, d)
    ]
    if quote is None and any(b.dialect.quote == "'" for b in tried):
        tried = [b for b in tried if b.dialect.quote == "'"]
    best = max(tried, key=lambda beginning: beginning.fit)
    rivals = [b for b in tried if b.fit == best.fit]
    if best.fit[0] and len(rivals) > 1:
        found = " and ".join(repr(b.dialect.delimiter) for b in rivals)
        raise DataError(
            f"{name}: the delimiters {found} fit equally well; state the right one with the "
            "option 'delimiter'",
            line=1,
        )
    return best


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first line names the columns, judged by columns of numbers and dates.

    It does not if its own cells are numbers or dates wherever all cells below are; otherwise, and
    wherever nothing speaks against it, it does.
    """
    if not rows:
        return True
    first, body = rows[0], rows[1:]
    if not body:
        return not all(_NUMBER_OR_DATE.fullmatch(cell) for cell in first)
    against = False
    for index, cell in enumerate(first):
        below = [row[index] for row in body if index < len(row) and row[index]]
        if below and all(_NUMBER_OR_DATE.fullmatch(value) for value in below):
            if not _NUMBER_OR_DATE.fullmatch(cell):
                return True
            against = True
    return not against


def _beginning(utf8: bytes, dialect: Dialect) -> Beginning:
    size = _SAMPLE
    while True:
        whole = size >= len(utf8)
        rows = list(_records(utf8[:size] if not whole else utf8, dialect))
        complete = rows if whole else rows[:-1]
        if whole or len(complete) > 1 or size >= 64 * _SAMPLE:
            return Beginning(dialect, tuple(complete or rows))
        size *= 8


def _records(utf8: bytes, dialect: Dialect) -> Iterator[tuple[str, ...]]:
    """Records up to the end or the first fault; a cut character at the end does no harm."""
    text = utf8.decode("utf-8", "ignore").encode()
    try:
        for row in dialect.reader(text, strict=False):
            if row:
                yield tuple(row)
    except csv.Error:  # a cell beyond the csv module's limit; the full check names it
        return


def _quoted_throughout(utf8: bytes, delimiter: str) -> bool:
    if b'"' in utf8[:_SAMPLE]:
        return False
    line = utf8[:_SAMPLE].lstrip(b"\r\n").splitlines()[:1]
    if not line:
        return False
    cells = line[0].decode("utf-8", "ignore").split(delimiter)
    return all(len(cell) > 2 and cell[0] == cell[-1] == "'" for cell in cells)
