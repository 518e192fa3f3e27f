"""The reader of delimited text (CSV and its relatives)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import marshmallow as ma
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from marshmallow import fields, validate

from kiaim_server.errors import DataError
from kiaim_server.model.contract import Reader

from .dialect import Dialect, find_dialect, has_header
from .encoding import is_encoding, to_utf8
from .files import check_width, contents
from .kinds import typed
from .records import check_records

_LARGEST_BLOCK: Final = 2**31 - 1


class _Header(fields.Field[bool | None]):
    """``true``, ``false`` or ``detect`` (None)."""

    _WORDS: Final = {"true": True, "false": False, "detect": None}

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool | None:
        word = str(value).lower() if isinstance(value, bool | str) else ""
        if word not in self._WORDS:
            raise ma.ValidationError("must be true, false or 'detect'")
        return self._WORDS[word]


def _one_sign(text: str) -> None:
    if len(text) != 1 or not text.isascii() or text.isalnum() or text in "\r\n\0":
        raise ma.ValidationError("must be one ASCII sign, no letter, digit or line end")


class CsvParameters(ma.Schema):
    """Options of delimited text; what is not given is detected."""

    delimiter = fields.String(metadata={"description": "One sign, e.g. ';'; 'tab' for tabs."})
    quote = fields.String(metadata={"description": "One sign; '' if nothing is quoted."})
    encoding = fields.String(
        validate=validate.Predicate("__len__"), metadata={"description": "E.g. 'utf-8', 'latin-1'."}
    )
    header = _Header(metadata={"description": "true, false or 'detect'."})
    missing = fields.List(
        fields.String(), metadata={"description": "Texts that stand for a missing value, e.g. NA."}
    )

    @ma.validates("encoding")
    def _known_encoding(self, value: str, data_key: str) -> None:
        if not is_encoding(value):
            raise ma.ValidationError(f"{value!r} is no known text encoding")

    @ma.pre_load
    def _name_the_tab(self, data: Mapping[str, Any], **kwargs: Any) -> Mapping[str, Any]:
        return {**data, "delimiter": "\t"} if data.get("delimiter") == "tab" else data

    @ma.validates_schema
    def _signs(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        for key in ("delimiter", "quote"):
            if key in data and (key, data[key]) != ("quote", ""):
                try:
                    _one_sign(data[key])
                except ma.ValidationError as error:
                    raise ma.ValidationError({key: error.messages}) from None
        if "delimiter" in data and data["delimiter"] == data.get("quote"):
            raise ma.ValidationError({"quote": ["must differ from the delimiter"]})


@dataclass(frozen=True)
class CsvReader(Reader):
    """Reads delimited text; what is None is detected.

    A file without header line gets the column names ``column_1``, ``column_2`` and so on. Blank
    lines are no records, except in a table of one column, where each is a record with a missing
    value (those before the header line apart). White space belongs to the values. A field of more
    than 131,072 characters is refused: mostly a quote is not closed there.
    """

    name: ClassVar[str] = "csv"
    summary: ClassVar[str] = "Delimited text (CSV); encoding, delimiter and header are detected."
    Parameters: ClassVar[type[ma.Schema]] = CsvParameters
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".tab", ".txt")
    media_types: ClassVar[tuple[str, ...]] = (
        "text/csv",
        "text/tab-separated-values",
        "text/plain",
        "application/csv",
    )

    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None
    header: bool | None = None
    missing: tuple[str, ...] | list[str] = ()

    def read(self, path: Path, name: str) -> pa.Table:
        """Read the file; raises `DataError` with the line of the first fault."""
        utf8 = to_utf8(contents(path, name), name, self.encoding)
        if not utf8[:4096].strip() and not utf8.strip():
            raise DataError(f"{name}: no text but line ends and blanks; expected a table", line=1)
        beginning = find_dialect(utf8, name, self.delimiter, self.quote)
        if not beginning.rows:
            check_records(utf8, beginning.dialect, (), name)
            raise DataError(f"{name}: no records; expected a table", line=1)
        first = beginning.rows[0]
        check_width(len(first), name)
        header = has_header(beginning.rows) if self.header is None else self.header
        names = list(first) if header else [f"column_{i + 1}" for i in range(len(first))]
        texts = self._texts(utf8, beginning.dialect, names, name)
        if header:
            texts = texts.slice(1 + (_blank_start(utf8) if len(names) == 1 else 0))
        return pa.table([typed(column) for column in texts.columns], names=names)

    def _texts(self, utf8: bytes, dialect: Dialect, names: list[str], name: str) -> pa.Table:
        """All lines, the header line too, as columns of text named by position."""
        quoted = bool(dialect.quote) and dialect.quote.encode() in utf8
        blank = len(names) == 1
        records = check_records(utf8, dialect, names, name, blank) if quoted else None
        texts = self._parsed(utf8, dialect, len(names), quoted, None)
        if texts is None:
            check_records(utf8, dialect, names, name)
            # No fault in the records, so one of them is longer than a block.
            texts = self._parsed(utf8, dialect, len(names), quoted, len(utf8) + 1)
        if texts is None:
            raise DataError(f"{name}: cannot be parsed as delimited text")
        if any(_longest(column) > csv.field_size_limit() for column in texts.columns):
            check_records(utf8, dialect, names, name)
        if records is not None and texts.num_rows != records:
            raise DataError(f"{name}: the quotes can be read in two ways; quote every field")
        return texts

    def _parsed(
        self, utf8: bytes, dialect: Dialect, width: int, quoted: bool, block: int | None
    ) -> pa.Table | None:
        """What Arrow reads; None where it cannot, whose words would quote the record."""
        positions = [str(i) for i in range(width)]
        read = pyarrow.csv.ReadOptions(
            column_names=positions, block_size=min(block, _LARGEST_BLOCK) if block else None
        )
        parse = pyarrow.csv.ParseOptions(
            delimiter=dialect.delimiter,
            quote_char=dialect.quote if quoted else False,
            newlines_in_values=quoted,
            ignore_empty_lines=width > 1,
        )
        convert = pyarrow.csv.ConvertOptions(
            column_types={position: pa.string() for position in positions},
            strings_can_be_null=True,
            null_values=["", *self.missing],
        )
        try:
            return pyarrow.csv.read_csv(pa.BufferReader(utf8), read, parse, convert)
        except pa.ArrowInvalid:
            return None


def _blank_start(utf8: bytes) -> int:
    """Blank lines before the first other one."""
    return len(utf8[: len(utf8) - len(utf8.lstrip(b"\r\n"))].splitlines())


def _longest(texts: pa.ChunkedArray) -> int:
    """Bytes of the longest text."""
    return pc.max(pc.binary_length(texts)).as_py() or 0
