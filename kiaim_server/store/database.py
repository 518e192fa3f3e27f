"""The SQLite database of an installation, shared by the server and its workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from kiaim_server.errors import InputError

#: Raised with every change of the tables.
SCHEMA_VERSION: Final = 2

#: How long a writer waits for another one before it gives up.
BUSY_SECONDS: Final = 15

#: Tables of all rooms; each room defines its own on it and ensures that they exist.
metadata: Final = sa.MetaData()


class Database:
    """Transactions on the installation's SQLite file.

    Every transaction has a connection of its own that is closed at its end, so that a process
    may fork between two transactions without sharing SQLite's state with its child.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = sa.create_engine(
            f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS}
        )
        sa.event.listen(self._engine, "connect", _configure)
        sa.event.listen(self._engine, "begin", _begin)

    def ensure(self, *tables: sa.Table) -> None:
        """Make the tables that are missing.

        Raises
        ------
        InputError
            If the file was written by another version of this product.
        """
        with self.writing() as connection:
            version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if version not in (0, SCHEMA_VERSION):
                raise InputError(
                    f"{self._path}: the database has layout {version}, but this version of the "
                    f"server needs {SCHEMA_VERSION}; use another --data-dir"
                )
            metadata.create_all(connection, tables=tables)
            connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION:d}")

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the database and does not block writers."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that no other writer runs beside; committed unless an exception leaves.

        What it reads cannot change before it commits, so that "look, then write" is safe.
        """
        with self._engine.connect() as connection:
            connection = connection.execution_options(kiaim_writes=True)
            with connection.begin():
                yield connection


def _configure(connection: Any, _record: object) -> None:
    # The driver shall not open transactions on its own: `_begin` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    # IMMEDIATE takes the write lock at once: a reader that turns writer later could not wait
    # for it, SQLite would refuse with "database is locked".
    writes = connection.get_execution_options().get("kiaim_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
