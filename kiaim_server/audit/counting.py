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
from kiaim_server.audit.evidence import Evidence
from kiaim_server.audit.ordering import number, ranks
from kiaim_server.audit.placing import placed
from kiaim_server.audit.separation import Separation, separations
from kiaim_server.errors import DataError
from kiaim_server.model.classes import EquivalenceClasses, ValueCounts
from kiaim_server.model.records import Records
from kiaim_server.model.table import Table

#: How many records there are, where equal ones were put together.
_RECORDS = "coalesce(sum(w), 0)::BIGINT"
#: What suppressed records show in mode ``star``; spelt out here, not taken from the writer.
_STAR = "*"


@dataclass(frozen=True)
class Lacking:
    """What could not be counted because the evidence of the release is not at hand."""

    persons: bool = False
    population: bool = False

    def __bool__(self) -> bool:
        return self.persons or self.population


NOTHING = Lacking()


def _no_classes() -> np.ndarray:
    return np.empty(0, dtype=np.int64)


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
        int64[:], shape (n_classes,), in no order of size: records of each class, or persons where
        these are counted. Suppressed records form no class.
    sensitive
        Values of each attribute per class; the reference are all records of the file. Codes
        follow the stated order, or else the text; the missing value is last.
    orders, unordered
        The stated orders that codes follow; the attributes whose stated order does not fit their
        values, with the reason.
    numeric
        Attributes with numbers as values, apart from missing ones.
    record_sizes
        int64[:], records of each class.
    persons
        Persons in the file, suppressed records included; None where they are not counted.
    population
        int64[:], how many of the whole population are in each class; None if there is none.
    absent
        Classes of the population that have no record of the subset.
    lacking
        Whether persons or the population would have to be counted, but there is no evidence. Then
        `sizes` and `sensitive` are of records.
    separations
        How well sets of quasi-identifiers tell records apart, as far as `layout` wants it.
    trees, unplaced
        Per attribute and name of a stated hierarchy the group of each value on every level,
        int64[:, :] of shape (n_levels, n_values), the values themselves first; or the reason why
        it does not fit the values.
    texts
        The distinct values of each attribute, by code.
    """

    columns: tuple[str, ...]
    records: int
    starred: int
    sizes: np.ndarray
    sensitive: Mapping[str, ValueCounts] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    unordered: Mapping[str, str] = field(default_factory=dict)
    numeric: frozenset[str] = frozenset()
    record_sizes: np.ndarray = field(default_factory=_no_classes)
    persons: int | None = None
    population: np.ndarray | None = None
    absent: int = 0
    lacking: Lacking = NOTHING
    separations: tuple[Separation, ...] = ()
    trees: Mapping[tuple[str, str], np.ndarray] = field(default_factory=dict)
    unplaced: Mapping[tuple[str, str], str] = field(default_factory=dict)
    texts: Mapping[str, tuple[str | None, ...]] = field(default_factory=dict, repr=False)

    @property
    def classes(self) -> EquivalenceClasses:
        """The classes as privacy models see them."""
        return EquivalenceClasses(self.sizes, self.sensitive, self.population, self.absent)

    @property
    def class_sizes(self) -> tuple[tuple[int, int], ...]:
        """Pairs (records, number of classes of that size), ascending."""
        return _pairs(self.record_sizes)

    @property
    def person_sizes(self) -> tuple[tuple[int, int], ...]:
        """Pairs (persons, number of classes with so many), ascending; needs `persons`."""
        return _pairs(self.sizes)


def _pairs(sizes: np.ndarray) -> tuple[tuple[int, int], ...]:
    found, numbers = np.unique(sizes, return_counts=True)
    return tuple((int(size), int(n)) for size, n in zip(found, numbers, strict=True))


def recount(
    path: Path, layout: Layout, evidence: Evidence | None = None, scratch: Path | None = None
) -> Recount:
    """Read a file from disk and count its equivalence classes anew.

    Parameters
    ----------
    evidence
        Whose the records are, and who else is in the population, where `layout` wants that
        counted. Without it records are counted, and the result says what is lacking.

        So it is if the evidence is about another number of records.
    scratch
        Where to put what does not fit into memory; it is removed at the end.

    Raises
    ------
    DataError
        If the file cannot be read or lacks a column of `layout`.

    Notes
    -----
    One pass over the file, O(records * quasi-identifiers) time. Records that agree in everything
    that is counted become one at once; what does not fit into memory all the same goes to disk.
    """
    with plain_path(path) as file, open_database(file, path.name, scratch) as database:
        columns = column_names(database, file, layout.format, path.name)
        relation = file_relation(file, layout.format, len(columns))
        return _recount(database, relation, columns, layout, path.name, evidence)


def recount_table(table: pa.Table | Records, layout: Layout, name: str = "table") -> Recount:
    """Count the equivalence classes of a table, in memory or not; raises like `recount`."""
    columns = tuple(table.schema.names)
    with open_database(None, name) as database:
        database.register("held", _held(table, columns, layout))
        return _recount(database, "held", columns, layout, name)


def _held(
    table: pa.Table | Records, columns: Sequence[str], layout: Layout
) -> pa.Table | pa.RecordBatchReader:
    """The columns that are counted (or all of them), called by their positions."""
    if isinstance(table, Table):
        table = table.arrow
    if isinstance(table, pa.Table):
        return table.rename_columns([f"c{i}" for i in range(len(columns))])
    counted = [c for c in dict.fromkeys((*layout.quasi, *layout.sensitive)) if c in columns]
    counted = counted or [columns[0]]  # without any column, nobody would know how many records
    names = [f"c{columns.index(column)}" for column in counted]
    kinds = [table.schema.field(column).type for column in counted]
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    batches = (pa.record_batch(b.columns, schema=schema) for b in table.batches(counted))
    return pa.RecordBatchReader.from_batches(schema, batches)


def _recount(
    database: duckdb.DuckDBPyConnection,
    relation: str,
    columns: tuple[str, ...],
    layout: Layout,
    name: str,
    evidence: Evidence | None = None,
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
    if layout.person_column is not None:
        wanted.append(f"CAST(c{columns.index(layout.person_column)} AS VARCHAR) AS person")
    hidden = evidence is not None and layout.hides_persons
    # The evidence speaks of records by their places; else equal ones become one, with a weight.
    together = "1 AS w" if hidden else "count(*) AS w"
    by = "GROUP BY ALL" if wanted and not hidden else ""
    database.execute(
        f"CREATE TEMP TABLE records AS SELECT {', '.join([*wanted, together])} FROM {relation} {by}"
    )
    if evidence is not None and hidden and not _add_persons(database, evidence):
        evidence = None
    lacking = NOTHING if evidence else Lacking(layout.hides_persons, layout.population)
    counts_persons = layout.persons and not lacking.persons
    unit = "count(DISTINCT person)" if counts_persons else _RECORDS
    starred = _starred(quasi, layout)
    records, n_starred = _row(
        database,
        f"SELECT {_RECORDS}, coalesce(sum(w) FILTER (WHERE {starred}), 0)::BIGINT FROM records",
    )
    sizes, record_sizes = _group(database, quasi, sensitive, starred, unit)
    counted = [
        _values(database, alias, layout.orders.get(column), len(sizes), unit)
        for column, alias in zip(layout.sensitive, sensitive, strict=True)
    ]
    by_name = dict(zip(layout.sensitive, counted, strict=True))
    population, absent = None, 0
    if evidence is not None and layout.population:
        population, absent = _population(database, quasi, evidence, layout.format)
    persons = None
    if counts_persons:
        persons, _ = _row(database, "SELECT count(DISTINCT person), 0 FROM records")
    places = {
        (tree.attribute, tree.hierarchy): placed(by_name[tree.attribute].texts, tree)
        for tree in layout.trees
        if tree.attribute in by_name
    }
    return Recount(
        columns,
        records,
        n_starred,
        sizes,
        {column: values.counts for column, values in by_name.items()},
        {c: layout.orders[c] for c, v in by_name.items() if c in layout.orders and not v.fault},
        {column: v.fault for column, v in by_name.items() if v.fault is not None},
        frozenset(column for column, values in by_name.items() if values.numeric),
        record_sizes,
        persons,
        population,
        absent,
        lacking,
        tuple(separations(database, quasi, layout.separations)),
        {key: groups for key, (groups, fault) in places.items() if fault is None},
        {key: fault for key, (_, fault) in places.items() if fault is not None},
        {column: values.texts for column, values in by_name.items()},
    )


def _add_persons(database: duckdb.DuckDBPyConnection, evidence: Evidence) -> bool:
    """Give every record of the table ``records`` its person, by its place in the file.

    False if the evidence is about another number of records.
    """
    (records, _) = _row(database, "SELECT count(*), 0 FROM records")
    if records != len(evidence.persons):
        return False
    place = pa.array(np.arange(records, dtype=np.int64))
    database.register("people", pa.table({"place": place, "person": evidence.persons}))
    # A fresh table keeps the order of the file, and rowid counts in it from 0 on.
    database.execute("ALTER TABLE records RENAME TO anybody")
    database.execute(
        "CREATE TEMP TABLE records AS SELECT a.*, p.person FROM anybody a "
        "JOIN people p ON a.rowid = p.place"
    )
    database.execute("DROP TABLE anybody")
    return True


def _population(
    database: duckdb.DuckDBPyConnection,
    quasi: Sequence[str],
    evidence: Evidence,
    format: str,
) -> tuple[np.ndarray, int]:
    """How many of the population are in each class, and classes without anybody in the file."""
    held = {"outside": pa.array(evidence.outside), "suppressed": pa.array(evidence.suppressed)}
    held |= dict(zip(quasi, evidence.groups, strict=True))
    database.register("held_evidence", pa.table(held))
    # An empty cell of a CSV file is a missing value; so it has to be here.
    text = "nullif(CAST({0} AS VARCHAR), '')" if format == "csv" else "CAST({0} AS VARCHAR)"
    shown = "".join(f", {text.format(q)} AS {q}" for q in quasi)
    database.execute(
        f"CREATE TEMP TABLE around AS SELECT outside, suppressed{shown} FROM held_evidence"
    )
    same = " AND ".join(f"a.{q} IS NOT DISTINCT FROM c.{q}" for q in quasi) or "true"
    counts = _arrays(
        database,
        "SELECT c.counted + coalesce(a.outside, 0) AS n FROM classes c "
        f"LEFT JOIN around a ON {same} ORDER BY c.id",
    )["n"]
    absent, _ = _row(
        database,
        "SELECT count(*), 0 FROM around a WHERE a.suppressed = 0 AND NOT EXISTS "
        f"(SELECT 1 FROM classes c WHERE {same})",
    )
    return counts, absent


def _check_columns(columns: Sequence[str], layout: Layout, name: str) -> None:
    whose = () if layout.person_column is None else (layout.person_column,)
    for column in (*layout.quasi, *layout.sensitive, *whose):
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
    unit: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Make the tables ``classes`` (id, n) and ``members`` (class, s0, ...).

    Returns the sizes in the `unit` that is counted, and in records.

    Classes are numbered in the order of their values, so that equal files give equal recounts.
    GROUP BY and IS NOT DISTINCT FROM take a missing value for a value of its own.
    """
    by = f"GROUP BY {', '.join(quasi)}" if quasi else f"HAVING {_RECORDS} > 0"
    order = f"ORDER BY {', '.join(quasi)}" if quasi else ""
    shown = "".join(f"{column}, " for column in quasi)
    database.execute(
        f"CREATE TEMP TABLE classes AS SELECT row_number() OVER ({order}) - 1 AS id, * FROM "
        f"(SELECT {shown}{_RECORDS} AS n, {unit} AS counted "
        f"FROM records WHERE NOT ({starred}) {by})"
    )
    if sensitive:
        same = " AND ".join(f"r.{q} IS NOT DISTINCT FROM c.{q}" for q in quasi) or "true"
        whose = "" if unit == _RECORDS else ", person"
        database.execute(
            f"CREATE TEMP TABLE members AS SELECT c.id AS class, {', '.join(sensitive)}, w{whose} "
            f"FROM records r JOIN classes c ON {same}"  # starred records are in no class
        )
    found = _arrays(database, "SELECT n, counted FROM classes ORDER BY id")
    return found["counted"], found["n"]


@dataclass(frozen=True, eq=False)
class _Values:
    counts: ValueCounts
    fault: str | None
    numeric: bool
    texts: tuple[str | None, ...]


def _values(
    database: duckdb.DuckDBPyConnection,
    alias: str,
    order: Order | None,
    n_classes: int,
    unit: str,
) -> _Values:
    """Count the values of one attribute per class."""
    database.execute(
        f"CREATE OR REPLACE TEMP TABLE vals AS SELECT row_number() OVER (ORDER BY v) - 1 AS id, "
        f"v, n FROM (SELECT {alias} AS v, {unit} AS n FROM records GROUP BY {alias})"
    )
    found = database.execute("SELECT v, n FROM vals ORDER BY id").fetchall()
    ranked, fault = ranks([value for value, _ in found], order)
    reference = np.zeros(len(found), dtype=np.int64)
    reference[ranked] = [n for _, n in found]
    cells = _arrays(
        database,
        f"SELECT m.class AS class, v.id AS id, {unit} AS n FROM members m "
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
    texts = np.empty(len(found), dtype=object)
    texts[ranked] = [value for value, _ in found]
    numeric = all(v is None or number(v) is not None for v, _ in found)
    return _Values(counts, fault, numeric, tuple(texts.tolist()))


def _row(database: duckdb.DuckDBPyConnection, query: str) -> tuple[int, int]:
    (row,) = database.execute(query).fetchall()  # an aggregate without groups has one row
    return int(row[0]), int(row[1])


def _arrays(database: duckdb.DuckDBPyConnection, query: str) -> dict[str, np.ndarray]:
    columns = database.execute(query).fetchnumpy()
    return {name: np.asarray(values, dtype=np.int64) for name, values in columns.items()}
