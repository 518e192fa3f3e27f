"""The reader of Apache Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from kiaim_server.errors import DataError
from kiaim_server.model.contract import Reader, StoredFile
from kiaim_server.model.table import value_type

from .files import check_file, check_width

#: Cells that a table may have: 2 GB of numbers.
MAX_CELLS: Final = 250_000_000
#: Bytes of a column chunk that are read at a time where records are read in batches.
_BUFFER: Final = 1 << 20


@dataclass(frozen=True)
class ParquetReader(Reader):
    """Reads Parquet; types are those of the file, empty texts and NaN become missing values."""

    name: ClassVar[str] = "parquet"
    summary: ClassVar[str] = "Apache Parquet with flat columns; types are those of the file."
    suffixes: ClassVar[tuple[str, ...]] = (".parquet", ".pq")
    media_types: ClassVar[tuple[str, ...]] = (
        "application/vnd.apache.parquet",
        "application/x-parquet",
    )

    def read(self, path: Path, name: str) -> pa.Table:
        """Read the file; raises `DataError` for broken files and for nested or binary columns.

        More than `MAX_CELLS` cells are refused by what the file states, before any is read.
        """
        with _opened(path, name) as file:
            _check_cells(name, file.metadata)
            table = file.read()
            table.validate(full=True)
        return pa.table([_plain(column) for column in table.columns], names=table.column_names)

    def open(self, path: Path, name: str) -> StoredFile:
        """The file for any number of records; raises like `read`."""
        with _opened(path, name) as file:
            fields = [(f.name, _plain(pa.array([], f.type)).type) for f in file.schema_arrow]
            return _ParquetFile(path, name, pa.schema(fields), file.metadata.num_rows)


@dataclass(frozen=True)
class _ParquetFile(StoredFile):
    """A Parquet file that is read batch by batch."""

    path: Path
    name: str
    arrow_schema: pa.Schema
    records: int

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        return self.arrow_schema

    @property
    def n_records(self) -> int:
        """As the file states it."""
        return self.records

    def batches(self, columns: Sequence[str], size: int) -> Iterator[pa.RecordBatch]:
        """Some columns of the file, one batch of memory."""
        with _opened(self.path, self.name, _BUFFER) as file:
            for batch in file.iter_batches(size, columns=list(columns), use_threads=False):
                batch.validate(full=True)
                yield pa.record_batch(
                    [_plain(batch.column(name)) for name in columns], names=list(columns)
                )


@contextmanager
def _opened(path: Path, name: str, buffer: int = 0) -> Iterator[pyarrow.parquet.ParquetFile]:
    """The file, found to be a table of usable columns.

    Raises
    ------
    DataError
        Also in place of whatever Arrow raises within the block.
    """
    check_file(path, name)
    try:
        with pyarrow.parquet.ParquetFile(path, buffer_size=buffer) as file:
            check_width(len(file.schema_arrow), name)
            for field in file.schema_arrow:
                _check_type(name, field)
            yield file
    except DataError:
        raise
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        # What Arrow says may quote bytes of the file, so it goes no further.
        raise DataError(
            f"{name}: not a readable Parquet file; it is truncated, damaged, encrypted or of "
            "another format"
        ) from None


def _check_cells(name: str, metadata: pyarrow.parquet.FileMetaData) -> None:
    """Refuse, before any of them is read, more cells than memory is likely to hold.

    Few bytes of a file can stand for many equal cells, so its size does not tell.
    """
    groups = range(metadata.num_row_groups)
    records = max(metadata.num_rows, sum(metadata.row_group(i).num_rows for i in groups))
    cells = records * metadata.num_columns
    if cells > MAX_CELLS:
        raise DataError(
            f"{name}: {records} records of {metadata.num_columns} columns are {cells} cells, above "
            f"the limit of {MAX_CELLS} for tables in memory; take the engine 'duckdb' (a large "
            "file gets it by itself), or leave out columns that are not needed"
        )


def _check_type(name: str, field: pa.Field) -> None:
    if pa.types.is_string_view(field.type):
        return
    try:
        value_type(field.type)
    except DataError as error:
        raise DataError(f"{name}, column {field.name!r}: {error}", column=field.name) from None


def _plain(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Without dictionaries; empty text and NaN as missing values."""
    if pa.types.is_dictionary(column.type):
        column = pc.cast(column, column.type.value_type)
    if pa.types.is_string_view(column.type) or pa.types.is_null(column.type):
        column = pc.cast(column, pa.string())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
    if pa.types.is_floating(column.type):
        return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    return column
