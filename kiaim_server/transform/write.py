"""Writes a solution to a file, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kiaim_server.model.encoded import TupleTable
from kiaim_server.model.hierarchy import STAR, Hierarchy
from kiaim_server.model.progress import Monitor
from kiaim_server.model.records import Records
from kiaim_server.model.table import BATCH_RECORDS, as_text


@dataclass(frozen=True, eq=False)
class RecordCodes:
    """A code per record that depends on its tuple alone: nothing of the length of the table.

    Indexed by records, with a slice or an array: int32[:].
    """

    of_tuple: np.ndarray
    record_tuple: np.ndarray

    def __getitem__(self, records: slice | np.ndarray) -> np.ndarray:
        codes: np.ndarray = self.of_tuple[self.record_tuple[records]]
        return codes


@dataclass(frozen=True, eq=False)
class ReleaseColumn:
    """A column of the output: original values, or labels of a hierarchy's levels.

    `codes` are positions in `labels` per record; both None for a column that keeps its values.
    `starred` columns show a star where the record is suppressed.
    """

    name: str
    labels: pa.Array | None
    codes: RecordCodes | None
    starred: bool


def release_columns(
    table: Records,
    tuples: TupleTable,
    hierarchies: Sequence[Hierarchy],
    levels: Sequence[int | np.ndarray],
    *,
    star: bool,
) -> tuple[ReleaseColumn, ...]:
    """Plan the output columns, in the order of the table.

    Hierarchies and levels are those of the quasi-identifiers, in the order of ``tuples.codes``; a
    level is that of all records, or one per tuple: int8[:], shape (n_tuples,).

    A quasi-identifier at level 0 keeps its values and type unless records are starred in it. One
    with levels per tuple is text, and shows the hierarchy's own label on level 0 as well.
    """
    quasi = {
        hierarchy.attribute: (hierarchy, level, codes)
        for hierarchy, level, codes in zip(hierarchies, levels, tuples.codes, strict=True)
    }
    columns = []
    for name in table.columns:
        if name not in quasi:
            columns.append(ReleaseColumn(name, None, None, starred=False))
            continue
        hierarchy, level, codes = quasi[name]
        if isinstance(level, np.ndarray):
            columns.append(_mixed(hierarchy, level, codes, tuples.record_tuple, star))
            continue
        if level == 0:
            columns.append(ReleaseColumn(name, None, None, starred=star))
            continue
        labels = pa.array(hierarchy.labels[level].tolist(), type=pa.string())
        shown = RecordCodes(hierarchy.maps[level][codes], tuples.record_tuple)
        columns.append(ReleaseColumn(name, labels, shown, star))
    return tuple(columns)


def _mixed(
    hierarchy: Hierarchy,
    levels: np.ndarray,
    codes: np.ndarray,
    record_tuple: np.ndarray,
    star: bool,
) -> ReleaseColumn:
    """A column whose tuples have levels of their own."""
    texts = [text for labels in hierarchy.labels for text in labels.tolist()]
    begins = np.cumsum([0, *map(len, hierarchy.labels[:-1])])
    shown = np.empty(len(codes), dtype=np.int32)
    for level in np.unique(levels).tolist():
        at = levels == level
        shown[at] = begins[level] + hierarchy.maps[level][codes[at]]
    labels = pa.array(texts, type=pa.string())
    return ReleaseColumn(hierarchy.attribute, labels, RecordCodes(shown, record_tuple), star)


def write_release(
    table: Records,
    columns: Sequence[ReleaseColumn],
    suppressed: np.ndarray,
    mode: Literal["drop", "star"],
    path: Path,
    format: Literal["csv", "parquet"],
    monitor: Monitor,
    members: np.ndarray | None = None,
) -> int:
    """Write the release and return the number of records written.

    Parameters
    ----------
    suppressed
        bool[:], shape (n_records,).
    mode
        ``drop`` leaves suppressed records out, ``star`` keeps them with stars in `columns` that
        are marked so.
    members
        bool[:], shape (n_records,): who may leave at all; the others are never written. None: all.

    Notes
    -----
    O(records * columns) time, one batch of memory. CSV is UTF-8, separated by commas, one header
    line, quotes where needed (RFC 4180), lines end with LF, a missing value is an empty cell. The
    same arguments give the same bytes.
    """
    written = 0
    batches = _batches(table, columns, suppressed, mode, members)
    schema, batches = _schema_of(batches)
    with path.open("xb") as file:
        if format == "parquet":
            with pq.ParquetWriter(file, schema, compression="zstd") as writer:
                for batch in batches:
                    writer.write_batch(batch)
                    written += batch.num_rows
                    monitor.report("transform", written / table.n_records)
        else:
            file.write(_csv_line(schema.names))
            for batch in batches:
                file.write(_csv_lines(batch))
                written += batch.num_rows
                monitor.report("transform", written / table.n_records)
    return written


def _schema_of(batches: Iterator[pa.RecordBatch]) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    first = next(batches)

    def again() -> Iterator[pa.RecordBatch]:
        yield first
        yield from batches

    return first.schema, again()


def _batches(
    table: Records,
    columns: Sequence[ReleaseColumn],
    suppressed: np.ndarray,
    mode: Literal["drop", "star"],
    members: np.ndarray | None,
) -> Iterator[pa.RecordBatch]:
    kept = [column.name for column in columns if column.labels is None]
    starts = range(0, table.n_records, BATCH_RECORDS)
    for start, given in zip(starts, table.batches(kept), strict=True):
        records = slice(start, start + BATCH_RECORDS)
        hidden = pa.array(suppressed[records])
        arrays = []
        for column in columns:
            values = _values(given, column, records)
            if mode == "star" and column.starred:
                values = pc.if_else(hidden, pa.scalar(STAR), as_text(values))
            arrays.append(values)
        batch = pa.record_batch(arrays, names=[column.name for column in columns])
        if members is not None:
            inside = pa.array(members[start : start + BATCH_RECORDS])
            kept = pc.and_not(inside, hidden) if mode == "drop" else inside
            yield batch.filter(kept)
        else:
            yield batch.filter(pc.invert(hidden)) if mode == "drop" else batch


def _values(given: pa.RecordBatch, column: ReleaseColumn, records: slice) -> pa.Array:
    if column.labels is None or column.codes is None:
        return given.column(column.name)
    return column.labels.take(pa.array(column.codes[records]))


def _csv_lines(batch: pa.RecordBatch) -> bytes:
    if batch.num_rows == 0:
        return b""
    cells = [_csv_cells(column) for column in batch.columns]
    if len(cells) == 1:  # a lone empty cell would be a blank line, which readers skip
        cells = [pc.if_else(pc.equal(cells[0], ""), '""', cells[0])]
    lines = pc.binary_join_element_wise(*cells, ",")
    return ("\n".join(lines.to_pylist()) + "\n").encode()


def _csv_cells(column: pa.Array) -> pa.Array:
    text = as_text(column)
    special = pc.fill_null(pc.match_substring_regex(text, '[",\r\n]'), False)
    if pc.any(special).as_py():
        doubled = pc.replace_substring(text, '"', '""')
        quoted = pc.binary_join_element_wise('"', doubled, '"', "")
        text = pc.if_else(special, quoted, text)
    return pc.fill_null(text, "")


def _csv_line(names: Sequence[str]) -> bytes:
    cells = _csv_cells(pa.array(names, type=pa.string())).to_pylist()
    return (",".join(cells) + "\n").encode()
