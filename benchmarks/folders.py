"""Folders with a table and its hierarchies: ``data.csv`` and ``hierarchy_COLUMN.csv``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import pandas  # noqa: F401 - Arrow imports it when it first converts, which is not to be measured
import pyarrow as pa
import pyarrow.csv

from kiaim_server.hierarchy import read_hierarchy
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.table import Table

#: Bytes up to which a table is read by one thread.
_SMALL_FILE = 2**24


def read_data(folder: Path) -> Table:
    """Read ``data.csv``."""
    return read_table(folder / "data.csv")


def read_table(path: Path, delimiter: str = ";") -> Table:
    """Read a table, every column as text, an empty text as a missing value.

    Straight through Arrow: no detection of delimiter and types, which is not what is measured.
    """
    if not path.is_file():
        raise click.UsageError(
            f"{path} does not exist; expected a table separated by {delimiter!r}"
        )
    with path.open(encoding="utf-8-sig") as file:
        names = file.readline().rstrip("\r\n").split(delimiter)
    table = pyarrow.csv.read_csv(
        path,
        # In a small file threads cost more time and memory than they save.
        read_options=pyarrow.csv.ReadOptions(use_threads=path.stat().st_size > _SMALL_FILE),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )
    return Table(path.name, table)


def read_hierarchies(folder: Path, names: Sequence[str]) -> tuple[Hierarchy, ...]:
    """Read the hierarchies of these columns."""
    return tuple(read_hierarchy(folder / f"hierarchy_{name}.csv", name) for name in names)


def names_with_hierarchy(folder: Path, table: Table) -> tuple[str, ...]:
    """Columns of the table that have a hierarchy, in its order."""
    return tuple(n for n in table.columns if (folder / f"hierarchy_{n}.csv").is_file())
