"""A table: named, typed columns in Arrow memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.errors import DataError
from kiaim_server.model.records import (
    SAMPLE,
    Change,
    Distinct,
    Records,
    Survey,
    collapse,
    spaced,
)

#: Records per batch wherever rows are streamed.
BATCH_RECORDS: Final = 65_536


@dataclass(frozen=True)
class Table(Records):
    """The engine that holds every record: columns of one data set in memory.

    Construction checks what every later stage relies on: at least one column and one record, every
    column named, no name twice.
    """

    name: str
    arrow: pa.Table
    _known: dict[str, tuple[Distinct, np.ndarray]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        check_shape(self.name, self.arrow.column_names, self.arrow.num_rows)

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        return self.arrow.schema

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

    def survey(self, name: str) -> Survey:
        """Count a column and take a sample of its distinct values."""
        column = self.arrow.column(name)
        distinct = pc.unique(_decoded(column))
        values = distinct.drop_null()
        if len(values) > SAMPLE:
            places = pa.array(spaced(len(values)))
            values = values.take(pc.sort_indices(values).take(places))
        return Survey(column.null_count, len(distinct), values)

    def distinct(self, name: str) -> Distinct:
        """The distinct values of one column, found once."""
        return self._coded(name)[0]

    def places(self, names: Sequence[str]) -> Iterator[Mapping[str, np.ndarray]]:
        """The places of all records at once."""
        yield {name: self._coded(name)[1] for name in names}

    def batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Slices of the columns."""
        for start in range(0, self.n_records, BATCH_RECORDS):
            arrays = []
            for name in names:
                part = self.arrow.column(name).slice(start, BATCH_RECORDS).combine_chunks()
                arrays.append(_decoded(part))
            yield pa.record_batch(arrays, names=list(names))

    def changed(self, columns: Mapping[str, Change | None]) -> Table:
        """A table of its own, whose changed columns are made now."""
        made = {name: self._changed(name, change) for name, change in columns.items()}
        return Table(self.name, pa.table(made))

    def _changed(self, name: str, change: Change | None) -> pa.ChunkedArray:
        if change is None:
            return self.arrow.column(name)
        if isinstance(change, pa.ChunkedArray):
            return change
        return pa.chunked_array([change.take(pa.array(self._coded(name)[1]))])

    def _coded(self, name: str) -> tuple[Distinct, np.ndarray]:
        """Distinct values of a column, and the place of each record's value."""
        if name not in self._known:
            values = self.arrow.column(name).combine_chunks()
            if isinstance(values, pa.ChunkedArray):  # too much text for one array
                values = pa.concat_arrays(values.chunks)
            self._known[name] = collapse(_decoded(values))
        return self._known[name]


def check_shape(name: str, names: Sequence[str], n_records: int) -> None:
    """Refuse what is no table, whether or not it fits into memory.

    Raises
    ------
    DataError
        No column, one without a name, a name twice, or no record.
    """
    if not names:
        raise DataError(f"{name}: no columns; expected a header line with column names")
    unnamed = [i + 1 for i, n in enumerate(names) if not n.strip()]
    if unnamed:
        raise DataError(
            f"{name}: column {unnamed[0]} has no name; give every column a name in the header line"
        )
    if len(set(names)) != len(names):
        twice = min(n for n, times in Counter(names).items() if times > 1)
        raise DataError(
            f"{name}: column name {twice!r} is used {names.count(twice)} times; rename so that "
            "every name is used once",
            column=twice,
        )
    if n_records == 0:
        raise DataError(f"{name}: a header but no records; nothing can be released")


def _decoded(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Without dictionary; chunked only if it was so."""
    if not pa.types.is_dictionary(values.type):
        return values
    return pc.cast(values, values.type.value_type)


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
