"""Distinct values of columns that do not fit into memory, found and counted by DuckDB."""

# ruff: noqa: S608 - statements are made of numbers of tables, never of names in the data

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from kiaim_server.errors import DataError
from kiaim_server.model.records import SAMPLE, Distinct, Survey, spaced
from kiaim_server.read.carriers import carried, carrier_type, delivered

#: Beyond this much memory the database goes to its folder on disk.
_MEMORY: Final = "1GB"
_THREADS: Final = 2
#: Distinct values that a column may have which is looked at value by value.
MAX_DISTINCT: Final = 1_000_000


class Surveyor:
    """Counts columns that are read batch by batch; what it found stays in its database.

    The database is in memory, and in a folder that the caller removes; it reads no file, loads no
    extension and reaches no network.
    """

    def __init__(self, name: str, folder: Path) -> None:
        config: dict[str, Any] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "threads": str(_THREADS),
            "memory_limit": _MEMORY,
            "temp_directory": str(folder),
        }
        self._name = name
        self._database = duckdb.connect(":memory:", config=config)
        self._database.execute("SET enable_external_access = false")
        self._database.execute("SET lock_configuration = true")
        self._tables: dict[str, tuple[str, pa.DataType, int]] = {}

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def survey(self, column: str, kind: pa.DataType, values: Iterable[pa.Array]) -> Survey:
        """Count a column, once, and take a sample of its distinct values."""
        table = f"d{len(self._tables)}"
        batches = (pa.record_batch([carried(part)], names=["v"]) for part in values)
        schema = pa.schema([("v", carrier_type(kind))])
        with self._guarded():
            self._database.register("given", pa.RecordBatchReader.from_batches(schema, batches))
            self._database.execute(
                f"CREATE TEMP TABLE {table} AS SELECT v, count(*) AS n FROM given GROUP BY v"
            )
            self._database.unregister("given")
            ((n_values, n_missing),) = self._database.execute(
                f"SELECT count(v), coalesce(sum(n) FILTER (WHERE v IS NULL), 0)::BIGINT "
                f"FROM {table}"
            ).fetchall()
            sample = delivered(self._sample(table, n_values), kind)
            if n_values > MAX_DISTINCT:
                self._database.execute(f"DROP TABLE {table}")
        self._tables[column] = (table, kind, n_values)
        return Survey(n_missing, n_values + (n_missing > 0), sample)

    def distinct(self, column: str) -> Distinct:
        """The distinct values of a column that was surveyed.

        Raises
        ------
        DataError
            If there are more than `MAX_DISTINCT`.
        """
        table, kind, n_values = self._tables[column]
        if n_values > MAX_DISTINCT:
            raise DataError(
                f"{self._name}, column {column!r}: {n_values} distinct values, more than "
                f"{MAX_DISTINCT} that a quasi-identifier, a sensitive attribute or a column to be "
                "changed may have in a table larger than memory; remove the column, give coarser "
                "values, or take the engine 'memory'",
                column=column,
            )
        with self._guarded():
            found = self._database.sql(f"SELECT v, n FROM {table} ORDER BY v NULLS LAST")
            arrow = found.to_arrow_table()
        values = _whole(arrow.column("v"))
        records = arrow.column("n").to_numpy().astype(np.int64)
        n_missing = int(records[n_values:].sum())
        return Distinct(delivered(values.slice(0, n_values), kind), records[:n_values], n_missing)

    def _sample(self, table: str, n_values: int) -> pa.Array:
        known = f"SELECT v, row_number() OVER (ORDER BY v) - 1 AS i FROM {table} WHERE v NOT NULL"
        chosen = f"SELECT v FROM ({known}) ORDER BY i"
        if n_values > SAMPLE:
            places = pa.table({"i": pa.array(spaced(n_values))})
            self._database.register("places", places)
            chosen = f"SELECT v FROM ({known}) SEMI JOIN places USING (i) ORDER BY i"
        return _whole(self._database.sql(chosen).to_arrow_table().column("v"))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """No message of the database goes further: it could show cells."""
        try:
            yield
        except duckdb.OutOfMemoryException:
            raise DataError(
                f"{self._name}: counting its values needs more memory or disk than there is"
            ) from None
        except duckdb.Error:
            raise DataError(
                f"{self._name}: its values cannot be counted; the file is damaged or was changed "
                "while it was read"
            ) from None


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
