"""The bundled readers: csv, parquet and xlsx."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import Reader

from .reading.columnar import ParquetReader
from .reading.delimited import CsvReader
from .reading.workbook import XlsxReader

kiaim_api: Final = 1


@hookimpl
def kiaim_register_readers() -> Sequence[type[Reader]]:
    """Offer the bundled readers."""
    return (CsvReader, ParquetReader, XlsxReader)
