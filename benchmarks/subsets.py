"""Research subsets: which records of a table a second file has."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click
import numpy as np

from benchmarks.folders import read_table
from kiaim_server.model.table import Table


def marked_records(table: Table, path: Path) -> np.ndarray:
    """Mark the records of the table that the file has, each row of it for one record.

    Of equal records the first ones are marked, so that a row must be in the table as often as in
    the file.

    Returns
    -------
    bool[:], shape (n_records,)
    """
    subset = read_table(path)
    if set(subset.columns) != set(table.columns):
        raise click.UsageError(f"{path}: expected the columns {', '.join(table.columns)}")
    open_rows = Counter(_rows(subset, table.columns))
    marked = np.zeros(table.n_records, dtype=np.bool_)
    for number, row in enumerate(_rows(table, table.columns)):
        if open_rows[row] > 0:
            open_rows[row] -= 1
            marked[number] = True
    missing = open_rows.total()
    if missing:
        raise click.UsageError(f"{path}: {missing} records are not in {table.name}")
    return marked


def _rows(table: Table, columns: tuple[str, ...]) -> list[tuple[str | None, ...]]:
    return list(zip(*(table.column(name).to_pylist() for name in columns), strict=True))
