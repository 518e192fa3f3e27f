"""Recounts equivalence classes from the bytes of a released file.

Reader, parser and grouping are DuckDB's, those of the search are Arrow's and our own kernels: an
error in one is unlikely to be in the other as well.
"""

# ruff: noqa: S608 - statements are made of aliases and positions, never of names in the data

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from kiaim_server.audit.claims import Layout, Order
from kiaim_server.audit.database import column_names, file_relation, open_database, plain_path
from kiaim_server.audit.ordering import number, ranks
from kiaim_server.errors import DataError
from kiaim_server.model.classes import EquivalenceClasses, ValueCounts

#: What suppressed records show in mode ``star``; spelt out here, not taken from the writer.
_STAR = "*"


@dataclass(frozen=True, eq=False)
class Recount:
    """What a file really holds.

    Attributes
    ----------
    columns
        Names in the order of the file.
    records, starred
        Records in the file, and those of them that show a star in every quasi-identifier and
        count as suppressed.
    sizes
        int64[:], shape (n_classes,), in no order of size. Suppressed records form no class.
    sensitive
        Values of each attribute per class; the reference are all records of the file. Codes
        follow the stated order, or else the text; the missing value is last.
    orders, unordered
        The stated orders that codes follow; the attributes whose stated order does not fit their
        values, with the reason.
    numeric
        Attributes with numbers as values, apart from missing ones.
    """

    columns: tuple[str, ...]
    records: int
    starred: int
    sizes: np.ndarray
    sensitive: Mapping[str, ValueCounts] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    unordered: Mapping[str, str] = field(default_factory=dict)
    numeric: frozenset[str] = frozenset()

    @property
    def classes(self) -> EquivalenceClasses:
        """The classes as privacy models see them."""
        return EquivalenceClasses(self.sizes, self.sensitive)

    @property
    def class_sizes(self) -> tuple[tuple[int, int], ...]:
        """Pairs (size, number of classes of that size), ascending."""
        sizes, numbers = np.unique(self.sizes, return_counts=True)
        return tuple((int(size), int(n)) for size, n in zip(sizes, numbers, strict=True))


def recount(path: Path, layout: Layout) -> Recount:
    """Read a file from disk and count its equivalence classes anew.

    Raises
    ------
    DataError
        If the file cannot be read or lacks a column of `layout`.

    Notes
    -----
    One pass over the file, O(records * quasi-identifiers) time; memory for the classes, the rest
    goes to disk where it does not fit.
    """
    with plain_path(path) as file, open_database(file, path.name) as database:
        columns = column_names(database, file, layout.format, path.name)
        relation = file_relation(file, layout.format, len(columns))
        return _recount(database, relation, columns, layout, path.name)


def recount_table(table: pa.Table, layout: Layout, name: str = "table") -> Recount:
    """Count the equivalence classes of a table in memory; raises like `recount`."""
    columns = tuple(table.column_names)
    with open_database(None, name) as database:
        database.register("held", table.rename_columns([f"c{i}" for i in range(len(columns))]))
        return _recount(database, "held", columns, layout, name)


def _recount(
    database: duckdb.DuckDBPyConnection,
    relation: str,
    columns: tuple[str, ...],
    layout: Layout,
    name: str,
) -> Recount:
    _check_columns(columns, layout, name)
    quasi = [f"q{i}" for i in range(len(layout.quasi))]
    sensitive = [f"s{i}" for i in range(len(layout.sensitive))]
    wanted = [
        f"CAST(c{columns.index(column)} AS VARCHAR) AS {alias}"
        for column, alias in zip(
            [*layout.quasi, *layout.sensitive], [*quasi, *sensitive], strict=True
        )
    ]
    database.execute(
        f"CREATE TEMP TABLE records AS SELECT {', '.join(wanted) or '1 AS one'} FROM {relation}"
    )
    starred = _starred(quasi, layout)
    records, n_starred = _row(
        database, f"SELECT count(*), count(*) FILTER (WHERE {starred}) FROM records"
    )
    sizes = _group(database, quasi, sensitive, starred)
    counted = [
        _values(database, alias, layout.orders.get(column), len(sizes))
        for column, alias in zip(layout.sensitive, sensitive, strict=True)
    ]
    by_name = dict(zip(layout.sensitive, counted, strict=True))
    return Recount(
        columns,
        records,
        n_starred,
        sizes,
        {column: values.counts for column, values in by_name.items()},
        {c: layout.orders[c] for c, v in by_name.items() if c in layout.orders and not v.fault},
        {column: v.fault for column, v in by_name.items() if v.fault is not None},
        frozenset(column for column, values in by_name.items() if values.numeric),
    )


def _check_columns(columns: Sequence[str], layout: Layout, name: str) -> None:
    for column in (*layout.quasi, *layout.sensitive):
        if columns.count(column) != 1:
            found = "twice" if column in columns else "nowhere"
            raise DataError(
                f"{name}: column {column!r} was to be there once, but is there {found}",
                column=column,
            )


def _starred(quasi: Sequence[str], layout: Layout) -> str:
    """The condition under which a record counts as suppressed."""
    if layout.mode == "drop" or layout.suppressed == 0 or not quasi:
        return "false"
    return " AND ".join(f"{column} IS NOT DISTINCT FROM '{_STAR}'" for column in quasi)


def _group(
    database: duckdb.DuckDBPyConnection,
    quasi: Sequence[str],
    sensitive: Sequence[str],
    starred: str,
) -> np.ndarray:
    """Make the tables ``classes`` (id, n) and ``members`` (class, s0, ...); return the sizes.

    Classes are numbered in the order of their values, so that equal files give equal recounts.
    GROUP BY and IS NOT DISTINCT FROM take a missing value for a value of its own.
    """
    by = f"GROUP BY {', '.join(quasi)}" if quasi else "HAVING count(*) > 0"
    order = f"ORDER BY {', '.join(quasi)}" if quasi else ""
    shown = "".join(f"{column}, " for column in quasi)
    database.execute(
        f"CREATE TEMP TABLE classes AS SELECT row_number() OVER ({order}) - 1 AS id, * FROM "
        f"(SELECT {shown}count(*) AS n FROM records WHERE NOT ({starred}) {by})"
    )
    if sensitive:
        same = " AND ".join(f"r.{q} IS NOT DISTINCT FROM c.{q}" for q in quasi) or "true"
        database.execute(
            f"CREATE TEMP TABLE members AS SELECT c.id AS class, {', '.join(sensitive)} "
            f"FROM records r JOIN classes c ON {same}"  # starred records are in no class
        )
    return _arrays(database, "SELECT n FROM classes ORDER BY id")["n"]


@dataclass(frozen=True, eq=False)
class _Values:
    counts: ValueCounts
    fault: str | None
    numeric: bool


def _values(
    database: duckdb.DuckDBPyConnection, alias: str, order: Order | None, n_classes: int
) -> _Values:
    """Count the values of one attribute per class."""
    database.execute(
        f"CREATE OR REPLACE TEMP TABLE vals AS SELECT row_number() OVER (ORDER BY v) - 1 AS id, "
        f"v, n FROM (SELECT {alias} AS v, count(*) AS n FROM records GROUP BY {alias})"
    )
    found = database.execute("SELECT v, n FROM vals ORDER BY id").fetchall()
    ranked, fault = ranks([value for value, _ in found], order)
    reference = np.zeros(len(found), dtype=np.int64)
    reference[ranked] = [n for _, n in found]
    cells = _arrays(
        database,
        f"SELECT m.class AS class, v.id AS id, count(*) AS n FROM members m "
        f"JOIN vals v ON m.{alias} IS NOT DISTINCT FROM v.v GROUP BY m.class, v.id",
    )
    codes = ranked[cells["id"]]
    ascending = np.lexsort((codes, cells["class"]))
    indptr = np.searchsorted(cells["class"][ascending], np.arange(n_classes + 1))
    counts = ValueCounts(
        indptr.astype(np.int64),
        codes[ascending].astype(np.int32),
        cells["n"][ascending],
        reference,
    )
    return _Values(counts, fault, all(v is None or number(v) is not None for v, _ in found))


def _row(database: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int]:
    row = database.execute(query).fetchone()
    assert row is not None  # noqa: S101 - an aggregate without groups has one row
    return int(row[0]), int(row[1])


def _arrays(database: duckdb.DuckDBPyConnection, query: str) -> dict[str, np.ndarray]:
    columns = database.execute(query).fetchnumpy()
    return {name: np.asarray(values, dtype=np.int64) for name, values in columns.items()}
