"""The research subset: which records of a table may leave, said by one of its columns."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.errors import DataError
from kiaim_server.model.records import Records
from kiaim_server.model.table import Table, as_text

#: Spellings, in any case, of who belongs to the subset and who does not.
IN: Final = ("true", "1", "yes")
OUT: Final = ("false", "0", "no")


def members_of(table: Records, column: str) -> np.ndarray:
    """Who belongs to the subset.

    Returns
    -------
    bool[:], shape (n_records,)

    Raises
    ------
    DataError
        No such column, a record that says neither (counted, not shown), or nobody belongs.
    """
    if column not in table.columns:
        known = ", ".join(table.columns)
        raise DataError(
            f"{table.name}: no column is called {column!r}, which was to say who belongs to the "
            f"subset; there are: {known}",
            column=column,
        )
    words = pc.utf8_lower(as_text(table.column(column)))
    members = np.asarray(pc.is_in(words, value_set=pa.array(IN)), dtype=np.bool_)
    others = np.asarray(pc.is_in(words, value_set=pa.array(OUT)), dtype=np.bool_)
    unclear = int(np.count_nonzero(~(members | others)))
    if unclear:
        raise DataError(
            f"{table.name}: column {column!r} says who belongs to the subset, but {unclear} of "
            f"{table.n_records} records ({words.null_count} of them empty) say neither true, 1 or "
            "yes nor false, 0 or no; correct them",
            column=column,
        )
    if not members.any():
        raise DataError(
            f"{table.name}: by column {column!r} no record belongs to the subset, so nothing can "
            "be released",
            column=column,
        )
    return members


def without_column(table: Records, column: str) -> Records:
    """The table without the column that says who belongs: it never leaves.

    Raises
    ------
    DataError
        If the table has no other column.
    """
    if table.columns == (column,):
        raise DataError(
            f"{table.name}: has no column beside {column!r}, which says who belongs to the subset"
        )
    return table.changed({name: None for name in table.columns if name != column})


def candidates_of(table: Records, column: str) -> Table:
    """The records that may leave, without the column that says so.

    Raises
    ------
    DataError
        From `members_of` and `without_column`; and if the table is not in memory.
    """
    members = members_of(table, column)
    others = without_column(table, column)
    if not isinstance(others, Table):
        raise DataError(
            f"{table.name}: a research subset (column {column!r}) is not told apart by the engine "
            "for tables larger than memory; take the engine 'memory'",
            column=column,
        )
    return Table(table.name, others.arrow.filter(pa.array(members)))
