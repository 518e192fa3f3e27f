"""A database of its own for each recount: in memory, reading one local file and nothing else."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from kiaim_server.audit.claims import Format
from kiaim_server.errors import DataError

#: Beyond this much memory the database goes to a scratch folder on disk.
_MEMORY: Final = "2GB"
_THREADS: Final = 2
#: DuckDB reads these as patterns of file names.
_WILDCARDS: Final = frozenset("*?[]{}")


@contextmanager
def open_database(
    path: Path | None, name: str, scratch: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database that can read the file at `path` (or no file) and nothing else.

    No extension is loaded or fetched, no other file and no network is reachable, and what does
    not fit into memory goes to a folder in `scratch` (or that of the system for such files), which
    is removed at the end.

    Raises
    ------
    DataError
        In place of any error of the database, whose own message could show cells; it is called
        after `name`.
    """
    config: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "threads": str(_THREADS),
        "memory_limit": _MEMORY,
    }
    with tempfile.TemporaryDirectory(prefix="kiaim-audit-", dir=scratch) as folder:
        config["temp_directory"] = folder
        with duckdb.connect(":memory:", config=config) as database:
            if path is not None:
                database.execute(f"SET allowed_paths = [{_quoted(str(path))}]")
            database.execute("SET enable_external_access = false")
            database.execute("SET lock_configuration = true")
            try:
                yield database
            except duckdb.OutOfMemoryException:
                raise DataError(f"{name}: the recount needs more memory than there is") from None
            except duckdb.Error:
                raise DataError(f"{name}: cannot be read back; its structure is broken") from None


@contextmanager
def plain_path(path: Path) -> Iterator[Path]:
    """Give the file a name without wildcards: `path` itself, or a link to it in a scratch folder.

    Raises
    ------
    DataError
        If there is no such file.
    """
    path = path.resolve()
    if not path.is_file():
        raise DataError(f"{path.name}: no such file")
    if not _WILDCARDS.intersection(str(path)):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="kiaim-audit-") as scratch:
        link = Path(scratch).resolve() / "data"
        link.symlink_to(path)
        yield link


def column_names(
    database: duckdb.DuckDBPyConnection, path: Path, format: Format, name: str
) -> tuple[str, ...]:
    """Column names of the file, as they are spelt there, in their order.

    Raises
    ------
    DataError
        If there is no header line in UTF-8.
    """
    if format == "parquet":
        rows = database.execute("SELECT name FROM parquet_schema(?)", [str(path)]).fetchall()
        return tuple(row[0] for row in rows[1:])  # the first is the root of the schema
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(next(csv.reader(file, strict=True)))
    except (StopIteration, UnicodeDecodeError, csv.Error):
        raise DataError(f"{name}: has no header line in UTF-8") from None


def file_relation(path: Path, format: Format, n_columns: int) -> str:
    """The SQL of the file as a relation with columns c0, c1, ... in the order of the file.

    Positions stand for names, so that no name of a column is ever part of a statement and names
    that differ in case alone stay apart. CSV is RFC 4180 in UTF-8; an empty cell is a missing
    value, and everything else is text.
    """
    names = [f"c{i}" for i in range(n_columns)]
    if format == "parquet":
        source = f"read_parquet({_quoted(str(path))}, hive_partitioning=false)"
        return f"(SELECT * FROM {source} AS file({', '.join(names)}))"  # noqa: S608 - own names
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    options = (
        "header=true, auto_detect=false, delim=',', quote='\"', escape='\"', nullstr='', "
        "compression='none', encoding='utf-8', strict_mode=true, hive_partitioning=false"
    )
    return f"read_csv({_quoted(str(path))}, columns={{{types}}}, {options})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
