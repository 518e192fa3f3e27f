"""The reader of Excel workbooks (.xlsx)."""

from __future__ import annotations

import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final
from xml.etree.ElementTree import ParseError

import marshmallow as ma
import openpyxl
import pyarrow as pa
from marshmallow import fields
from openpyxl.utils.exceptions import InvalidFileException

from kiaim_server.errors import DataError
from kiaim_server.model.contract import Reader

from .cells import Cell, to_column
from .files import check_file

#: Bytes that all parts of a workbook may have together after decompression.
MAX_UNCOMPRESSED: Final = 512 * 2**20
#: Cells of the sheet, empty ones up to the last used one of each row included.
MAX_CELLS: Final = 20_000_000

_OLE: Final = b"\xd0\xcf\x11\xe0"

#: What openpyxl and the modules below it raise on broken files.
_BROKEN: Final = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    ParseError,
    InvalidFileException,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    AssertionError,
)


class XlsxParameters(ma.Schema):
    """Options of a workbook."""

    sheet = fields.String(
        metadata={"description": "Name of the sheet; else the only one with data."}
    )
    missing = fields.List(
        fields.String(), metadata={"description": "Texts that stand for a missing value, e.g. NA."}
    )


@dataclass(frozen=True)
class XlsxReader(Reader):
    """Reads one sheet; the first row that is not empty names the columns.

    If none is named, it is the only visible one that is not empty; of several none is guessed.
    Cell types are those of the workbook: text stays text. Formulas count with their stored
    results. Empty rows are no records.
    """

    name: ClassVar[str] = "xlsx"
    summary: ClassVar[str] = "One sheet of an Excel workbook (.xlsx), first row the column names."
    Parameters: ClassVar[type[ma.Schema]] = XlsxParameters
    suffixes: ClassVar[tuple[str, ...]] = (".xlsx", ".xlsm")
    media_types: ClassVar[tuple[str, ...]] = (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel.sheet.macroenabled.12",
    )

    sheet: str | None = None
    missing: tuple[str, ...] | list[str] = ()

    def read(self, path: Path, name: str) -> pa.Table:
        """Read the sheet; raises `DataError` with the row of the first fault."""
        check_file(path, name)
        with path.open("rb") as file:
            if file.read(4) == _OLE:
                raise DataError(
                    f"{name}: an old .xls or a password-protected workbook; save it as .xlsx "
                    "without password"
                )
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions
                formulas = _inspect(path, name)
                return self._table(path, name, formulas)
        except _BROKEN:
            # What the parsers say may quote contents, so it goes no further.
            raise DataError(
                f"{name}: not a readable .xlsx workbook; it is truncated, damaged, encrypted or of "
                "another format"
            ) from None

    def _table(self, path: Path, name: str, formulas: bool) -> pa.Table:
        with _opened(path, data_only=True) as book:
            title = self._title(book, name)
            where = f"{name}, sheet {title!r}"
            if formulas:
                _check_formulas(path, book, title, where)
            rows = _rows(book[title], where)
            columns = _header(next(rows, (0, ()))[1], where)
            records = [_record(cells, columns, where, line) for line, cells in rows]
        absent = {"", *self.missing}
        return pa.table(
            [
                to_column([None if isinstance(c, str) and c in absent else c for c in cells])
                for cells in (zip(*records, strict=True) if records else [[]] * len(columns))
            ],
            names=columns,
        )

    def _title(self, book: Any, name: str) -> str:
        titles = [sheet.title for sheet in book.worksheets]
        if self.sheet is None:
            visible = [s for s in book.worksheets if s.sheet_state == "visible"]
            if not visible:
                raise DataError(f"{name}: the workbook has no visible sheet")
            filled = [s.title for s in visible if _holds_data(s)] if len(visible) > 1 else []
            if len(filled) > 1:
                found = ", ".join(repr(title) for title in filled)
                raise DataError(
                    f"{name}: {len(filled)} sheets hold data ({found}); state the right one with "
                    "the option 'sheet'"
                )
            return str(filled[0] if filled else visible[0].title)
        if self.sheet not in titles:
            known = ", ".join(repr(title) for title in titles)
            raise DataError(f"{name}: there is no sheet {self.sheet!r}; there are: {known}")
        return self.sheet


def _holds_data(sheet: Any) -> bool:
    """Whether any cell has a value; a sheet with too many cells counts as one that has."""
    sheet.reset_dimensions()
    cells = 0
    for row in sheet.iter_rows(values_only=True):
        cells += len(row) + 1
        if cells > MAX_CELLS or any(value not in (None, "") for value in row):
            return True
    return False


def _inspect(path: Path, name: str) -> bool:
    """Check the sizes that the archive states; return whether any sheet has formulas.

    The stated sizes bind: reading a part never yields more bytes than stated for it.
    """
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        total = sum(part.file_size for part in parts)
        if total > MAX_UNCOMPRESSED:
            raise DataError(
                f"{name}: the workbook unpacks to {total} bytes, above the limit of "
                f"{MAX_UNCOMPRESSED}; save the table as CSV or Parquet"
            )
        sheets = [p for p in parts if "worksheets/" in p.filename and p.filename.endswith(".xml")]
        return any(_contains_formula(archive, part) for part in sheets)


def _contains_formula(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    with archive.open(part) as stream:
        tail = b""
        while block := stream.read(2**20):
            window = tail + block
            if b"<f>" in window or b"<f " in window or b":f>" in window or b":f " in window:
                return True
            tail = window[-3:]
    return False


@contextmanager
def _opened(path: Path, *, data_only: bool) -> Iterator[Any]:
    with path.open("rb") as file:  # openpyxl leaves a file open that it cannot parse
        book = openpyxl.load_workbook(file, read_only=True, data_only=data_only, keep_links=False)
        try:
            yield book
        finally:
            book.close()


def _rows(sheet: Any, where: str) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """Row numbers and cells of the rows that are not empty, without empty cells at the end."""
    sheet.reset_dimensions()  # the stated ones may be wrong, and would pad every row
    cells = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells += len(row) + 1
        if cells > MAX_CELLS:
            raise DataError(
                f"{where}: more than {MAX_CELLS} cells; save the table as CSV or Parquet"
            )
        for cell in row:
            if cell.data_type == "e":
                raise DataError(
                    f"{where}, row {number}, column {cell.column_letter}: a spreadsheet error "
                    "instead of a value; mend or empty the cell",
                    line=number,
                )
        values = [cell.value for cell in row]
        while values and values[-1] in (None, ""):
            values.pop()
        if values:
            yield number, tuple(values)


def _header(cells: tuple[Cell, ...], where: str) -> list[str]:
    if not cells:
        raise DataError(f"{where}: no cells; expected a row with column names")
    return ["" if cell is None else str(cell) for cell in cells]


def _record(cells: tuple[Cell, ...], columns: list[str], where: str, line: int) -> tuple[Cell, ...]:
    if len(cells) > len(columns):
        raise DataError(
            f"{where}, row {line}: expected {len(columns)} fields, found {len(cells)}; every "
            "column needs a name in the first row",
            line=line,
        )
    return cells + (None,) * (len(columns) - len(cells))


def _check_formulas(path: Path, values: Any, title: str, where: str) -> None:
    """Refuse formulas without stored result: they would pass for missing values."""
    with _opened(path, data_only=False) as book:
        book[title].reset_dimensions()
        values[title].reset_dimensions()
        pairs = zip(book[title].iter_rows(), values[title].iter_rows(), strict=True)
        for number, (formulas, results) in enumerate(pairs, start=1):
            for formula, result in zip(formulas, results, strict=True):
                if formula.data_type == "f" and result.value is None:
                    raise DataError(
                        f"{where}, row {number}, column {formula.column_letter}: a formula without "
                        "stored result; open and save the workbook in a spreadsheet program",
                        line=number,
                    )
