"""Holds a written file against what it was made of, record by record.

Classes of the right sizes are not enough: a file in which two people's records were mixed up has
them too. Only the release can be checked so, because only then the input is at hand; who verifies
later has the digest of the file that passed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from kiaim_server.audit.claims import Format
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.records import Records
from kiaim_server.model.table import BATCH_RECORDS, as_text

#: What suppressed records show in mode ``star``; spelt out here, not taken from the writer.
_STAR: Final = "*"
#: Expected where the hierarchy has no leaf for a value; no cell of a file is this.
_NOWHERE: Final = "\x00"
_BLOCK_BYTES: Final = 1 << 24
#: What a record says that belongs to the research subset.
_YES: Final = ("true", "1", "yes")


@dataclass(frozen=True, eq=False)
class RecordLevels:
    """A level for each record that depends on its tuple alone.

    `of_tuple` is int8[:], one per tuple, `record_tuple` int32[:], the tuple of each record.
    """

    of_tuple: np.ndarray
    record_tuple: np.ndarray

    def between(self, low: int, high: int) -> np.ndarray:
        """Levels of consecutive records: int8[:]."""
        return np.asarray(self.of_tuple[self.record_tuple[low:high]])


@dataclass(frozen=True, eq=False)
class Source:
    """What a release was made of.

    Attributes
    ----------
    table
        The columns of the release before generalization, one record for each that was put in.
    levels
        Per quasi-identifier its hierarchy and the level that was chosen, for all records or for
        each of them.
    suppressed
        bool[:], shape (n_records,).
    identifiers
        Per pseudonymised column the distinct identifiers that were put in.
    persons
        The person key as it was put in; None where records are counted.
    membership
        The column that says who belongs to the research subset; None if all records do.
    """

    table: Records
    levels: Mapping[str, tuple[Hierarchy, int | RecordLevels]]
    suppressed: np.ndarray
    mode: Literal["drop", "star"]
    identifiers: Mapping[str, pa.Array] = field(default_factory=dict)
    persons: pa.ChunkedArray | None = None
    membership: pa.ChunkedArray | None = None

    @cached_property
    def members(self) -> np.ndarray:
        """bool[:], shape (n_records,): who belongs to the subset."""
        if self.membership is None:
            return np.ones(self.table.n_records, dtype=np.bool_)
        words = pc.utf8_lower(as_text(self.membership))
        return np.asarray(pc.is_in(words, value_set=pa.array(_YES)), dtype=np.bool_)

    @cached_property
    def present(self) -> np.ndarray:
        """bool[:], shape (n_records,): who has to be in the file."""
        return self.members if self.mode == "star" else self.members & ~self.suppressed


def deviations(path: Path, format: Format, source: Source) -> tuple[str, ...]:
    """Say, column by column, how many cells of the file are not what they have to be.

    A quasi-identifier has to show what its hierarchy makes of the record's value on the level that
    was chosen for the column, or for this record (or a star), every other column the value itself,
    and a pseudonym no identifier that was put in. The caller ensures that the file has the columns
    of `source.table` in their order.

    Notes
    -----
    One pass over the file and one over the input, O(records * columns) time, one batch of memory.
    """
    names = source.table.columns
    wrong = dict.fromkeys(names, 0)
    shown = dict.fromkeys(source.identifiers, 0)
    known = {n: as_text(values) for n, values in source.identifiers.items()}
    given = _Given(source.table)
    expected = {name: _expectation(name, source) for name in names}
    start = 0
    try:
        for batch in _batches(path, format, len(names)):
            rows, hidden, start = _rows(source, start, batch.num_rows)
            values = given.until(rows.high)
            for name, cells in zip(names, batch.columns, strict=True):
                found = pc.fill_null(as_text(cells), "")
                wanted = expected[name](values.column(name), rows, hidden)
                if len(wanted) != len(found):
                    return ("The file has more records than were put in.",)
                wrong[name] += _count(pc.not_equal(found, wanted))
                if name in known:
                    shown[name] += _count(pc.is_in(found, value_set=known[name].drop_null()))
    except (pa.ArrowException, OSError):
        # What Arrow says may quote cells, so it goes no further.
        return ("The released file could not be read back record by record.",)
    return (
        *(
            f"{n} cells of column {name!r} are not what the chosen level, or the input, makes them."
            for name, n in wrong.items()
            if n
        ),
        *(
            f"{n} cells of the pseudonym column {name!r} show an identifier that was put in."
            for name, n in shown.items()
            if n
        ),
    )


def _batches(path: Path, format: Format, n_columns: int) -> Iterator[pa.RecordBatch]:
    if format == "parquet":
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(BATCH_RECORDS)
        return
    names = [f"c{i}" for i in range(n_columns)]
    with pa_csv.open_csv(
        path,
        pa_csv.ReadOptions(
            column_names=names, skip_rows_after_names=1, block_size=_BLOCK_BYTES, use_threads=False
        ),
        pa_csv.ParseOptions(newlines_in_values=True),
        pa_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    ) as file:
        yield from file


@dataclass(frozen=True, eq=False)
class _Rows:
    """Records `low` to `high` of the input, of which `kept` are in the file (None: all)."""

    low: int
    high: int
    kept: pa.Array | None


def _rows(source: Source, start: int, n: int) -> tuple[_Rows, np.ndarray, int]:
    """The input's records behind the next `n` of the file, which are hidden, and where to go on."""
    if source.mode == "star" and source.membership is None:
        return _Rows(start, start + n, None), source.suppressed[start : start + n], start + n
    end, lacking = start, n
    while lacking and end < len(source.present):  # never looks further than it has to
        part = source.present[end : end + lacking]
        end += len(part)
        lacking -= int(np.count_nonzero(part))
    kept = source.present[start:end]
    return _Rows(start, end, pa.array(kept)), source.suppressed[start:end][kept], end


class _Given:
    """The records that were put in, from first to last."""

    def __init__(self, table: Records) -> None:
        self._batches = table.batches(table.columns)
        self._ahead = pa.Table.from_batches([next(self._batches)])  # a table has a record
        self._start = 0

    def until(self, end: int) -> pa.Table:
        """The records from where the last call ended to `end`, or to the last one."""
        n = end - self._start
        while self._ahead.num_rows < n:
            batch = next(self._batches, None)
            if batch is None:
                break
            self._ahead = pa.concat_tables([self._ahead, pa.Table.from_batches([batch])])
        self._start = end
        found, self._ahead = self._ahead.slice(0, n), self._ahead.slice(n)
        return found


_Expect = Callable[[pa.ChunkedArray, _Rows, np.ndarray], pa.Array]
#: What becomes of a value's text.
_Label = Callable[[str | None], str | None]


def _expectation(name: str, source: Source) -> _Expect:
    """How the cells of a column have to look, missing ones as empty text."""
    quasi = source.levels.get(name)
    label = None
    if quasi is not None:
        hierarchy, chosen = quasi
        kind = source.table.schema.field(name).type
        if isinstance(chosen, RecordLevels):
            label = _by_record(hierarchy, chosen, kind)
        elif chosen > 0:
            label = _by_column(_labelling(hierarchy, chosen, kind))

    def expect(column: pa.ChunkedArray, rows: _Rows, hidden: np.ndarray) -> pa.Array:
        texts = as_text(column if rows.kept is None else column.filter(rows.kept))
        if label is not None:
            texts = label(texts, rows)
        texts = pc.fill_null(texts, "")
        if quasi is not None and source.mode == "star" and len(hidden) == len(texts):
            texts = pc.if_else(pa.array(hidden), _STAR, texts)
        return texts

    return expect


def shown_labels(name: str, source: Source) -> pa.Array:
    """What a quasi-identifier would show of every record that was put in, as text."""
    column = source.table.column(name)
    everything = _Rows(0, len(column), None)
    nobody = np.zeros(0, dtype=np.bool_)
    return _expectation(name, source)(column, everything, nobody)


def _by_column(label: _Label) -> Callable[[pa.Array, _Rows], pa.Array]:
    return lambda texts, rows: _each_distinct(texts, label)


def _by_record(
    hierarchy: Hierarchy, levels: RecordLevels, kind: pa.DataType
) -> Callable[[pa.Array, _Rows], pa.Array]:
    """Each record's text becomes what it is on the level of this record."""
    labellings = [_labelling(hierarchy, level, kind) for level in range(hierarchy.n_levels)]

    def label(texts: pa.Array, rows: _Rows) -> pa.Array:
        own = levels.between(rows.low, rows.high)
        if rows.kept is not None:
            own = own[rows.kept.to_numpy(zero_copy_only=False)]
        if len(own) != len(texts):
            return texts  # a file with too many records; who compares will see it
        result = pa.nulls(len(texts), pa.string())
        for level in np.unique(own).tolist():
            shown = _each_distinct(texts, labellings[level])
            result = pc.if_else(pa.array(own == level), shown, result)
        return result

    return label


def _each_distinct(texts: pa.Array, label: _Label) -> pa.Array:
    encoded = texts.dictionary_encode(null_encoding="encode")
    labels = pa.array([label(t) for t in encoded.dictionary.to_pylist()], type=pa.string())
    return labels.take(encoded.indices)


def _labelling(hierarchy: Hierarchy, level: int, kind: pa.DataType) -> _Label:
    """What a value's text becomes on a level; numbers that are spelt otherwise count as equal."""
    labels = hierarchy.labels[level][hierarchy.maps[level]].tolist()
    by_text: dict[str | None, str | None] = dict(
        zip(hierarchy.labels[0].tolist(), labels, strict=True)
    )
    number = _number_of(kind)
    by_number = {}
    if number is not None:
        by_number = {number(text): label for text, label in by_text.items()}

    def label(text: str | None) -> str | None:
        if text in by_text:
            return by_text[text]
        return by_number.get(number(text), _NOWHERE) if number is not None else _NOWHERE

    return label


def _number_of(kind: pa.DataType) -> Callable[[str | None], Any] | None:
    if not (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return None
    read: Callable[[str], Any] = float if pa.types.is_floating(kind) else Decimal

    def number(text: str | None) -> Any:
        try:
            return None if text is None else read(text)
        except (ValueError, InvalidOperation):
            return None

    return number


def _count(marks: pa.BooleanArray) -> int:
    return int(pc.sum(marks).as_py() or 0)
