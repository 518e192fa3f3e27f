"""Bytes of a file, or an error that says why there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kiaim_server.errors import DataError

#: Columns that a table may have: as many as a spreadsheet.
MAX_COLUMNS: Final = 16_384


def check_file(path: Path, name: str) -> None:
    """Refuse what is no file, and files of 0 bytes.

    Raises
    ------
    DataError
        Naming the file.
    """
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "does not exist"
        raise DataError(f"{name}: {what}")
    if path.stat().st_size == 0:
        raise DataError(f"{name}: the file is empty (0 bytes); expected a table")


def contents(path: Path, name: str) -> bytes:
    """All bytes of a file.

    Raises
    ------
    DataError
        If it is not there, cannot be read, or has 0 bytes.
    """
    check_file(path, name)
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{name}: cannot be read: {error.strerror}") from None


def check_width(columns: int, name: str) -> None:
    """Refuse tables of more than `MAX_COLUMNS` columns.

    Raises
    ------
    DataError
        With the number of columns.
    """
    if columns > MAX_COLUMNS:
        raise DataError(f"{name}: {columns} columns, above the limit of {MAX_COLUMNS}")
