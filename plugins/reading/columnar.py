"""The reader of Apache Parquet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from kiaim_server.errors import DataError
from kiaim_server.model.contract import Reader
from kiaim_server.model.table import value_type

from .files import check_file, check_width

#: Cells that a table may have: 2 GB of numbers.
MAX_CELLS: Final = 250_000_000


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
        check_file(path, name)
        try:
            with pyarrow.parquet.ParquetFile(path) as file:
                check_width(len(file.schema_arrow), name)
                for field in file.schema_arrow:
                    _check_type(name, field)
                _check_cells(name, file.metadata)
                table = file.read()
            table.validate(full=True)
        except DataError:
            raise
        except (pa.ArrowException, OSError, ValueError, OverflowError):
            # What Arrow says may quote bytes of the file, so it goes no further.
            raise DataError(
                f"{name}: not a readable Parquet file; it is truncated, damaged, encrypted or of "
                "another format"
            ) from None
        return pa.table([_plain(column) for column in table.columns], names=table.column_names)


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
            f"the limit of {MAX_CELLS}; leave out columns that are not needed, or release the "
            "table in parts"
        )


def _check_type(name: str, field: pa.Field) -> None:
    if pa.types.is_string_view(field.type):
        return
    try:
        value_type(field.type)
    except DataError as error:
        raise DataError(f"{name}, column {field.name!r}: {error}", column=field.name) from None


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
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
