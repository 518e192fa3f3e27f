"""A table: named, typed columns in Arrow memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.errors import DataError

#: Records per batch wherever rows are streamed.
BATCH_RECORDS: Final = 65_536


@dataclass(frozen=True)
class Table:
    """Columns of one data set.

    `name` is what messages call it (a file name). Construction checks what every later stage
    relies on: at least one column and one record, every column named, no name twice.
    """

    name: str
    arrow: pa.Table

    def __post_init__(self) -> None:
        names = self.arrow.column_names
        if not names:
            raise DataError(f"{self.name}: no columns; expected a header line with column names")
        unnamed = [i + 1 for i, n in enumerate(names) if not n.strip()]
        if unnamed:
            raise DataError(
                f"{self.name}: column {unnamed[0]} has no name; give every column a name in the "
                "header line"
            )
        twice = (
            sorted({n for n in names if names.count(n) > 1})
            if len(set(names)) != len(names)
            else []
        )
        if twice:
            raise DataError(
                f"{self.name}: column name {twice[0]!r} is used {names.count(twice[0])} times; "
                "rename so that every name is used once",
                column=twice[0],
            )
        if self.arrow.num_rows == 0:
            raise DataError(f"{self.name}: a header but no records; nothing can be released")

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in the order of the file."""
        return tuple(self.arrow.column_names)

    @property
    def n_records(self) -> int:
        """Number of records."""
        return int(self.arrow.num_rows)

    @property
    def n_empty(self) -> int:
        """Number of records that have no value in any column. O(records * columns)."""
        missing = (pc.is_null(column).to_numpy() for column in self.arrow.columns)
        return int(np.count_nonzero(np.logical_and.reduce(tuple(missing))))

    def column(self, name: str) -> pa.ChunkedArray:
        """Values of one column; the caller ensures that it exists."""
        return self.arrow.column(name)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Record batches of at most `BATCH_RECORDS` records, in order."""
        yield from self.arrow.to_batches(max_chunksize=BATCH_RECORDS)


def value_type(arrow_type: pa.DataType) -> str:
    """Name the kind of value a column holds, in the words of `ColumnProfile.type`.

    Raises
    ------
    DataError
        For nested or binary types, which no stage can anonymize.
    """
    if pa.types.is_dictionary(arrow_type):
        return value_type(arrow_type.value_type)
    tests = (
        ("text", (pa.types.is_string, pa.types.is_large_string, pa.types.is_null)),
        ("integer", (pa.types.is_integer,)),
        ("number", (pa.types.is_floating, pa.types.is_decimal)),
        ("date", (pa.types.is_date,)),
        ("timestamp", (pa.types.is_timestamp,)),
        ("boolean", (pa.types.is_boolean,)),
    )
    for name, predicates in tests:
        if any(predicate(arrow_type) for predicate in predicates):
            return name
    raise DataError(f"columns of type {arrow_type} are not supported; convert to text or numbers")


def as_text(values: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Spell values as text, the one spelling that hierarchies, encoding and output share.

    Integers in decimal digits, dates as ISO 8601, numbers in their shortest form that reads back
    to the same number, text as it is. A missing value stays missing.

    Returns
    -------
    pa.StringArray
        Of the same length, contiguous.
    """
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
        if isinstance(values, pa.ChunkedArray):  # zero chunks
            values = pa.array([], type=values.type)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_floating(values.type):
        return pa.array(
            [None if v is None else repr(v) for v in values.to_pylist()], type=pa.string()
        )
    return pc.cast(values, pa.string())
