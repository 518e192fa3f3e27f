"""Which workers are alive: a row per worker that is renewed while it works."""

from __future__ import annotations

import time
from typing import Final

import sqlalchemy as sa

from kiaim_server.store.database import Database, metadata

#: A worker that was not seen for so long counts as gone.
_GONE_SECONDS: Final = 15.0

workers_table: Final = sa.Table(
    "workers",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("seen", sa.Float, nullable=False),
)


class WorkerTable:
    """All workers of an installation. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.ensure(workers_table)

    def appear(self, name: str, pid: int) -> None:
        """Note a new worker; forget those that are gone."""
        now = time.time()
        with self._database.writing() as connection:
            connection.execute(
                sa.delete(workers_table).where(workers_table.c.seen < now - _GONE_SECONDS)
            )
            connection.execute(sa.insert(workers_table).values(name=name, pid=pid, seen=now))

    def seen(self, name: str) -> None:
        """Note that a worker is alive."""
        update = sa.update(workers_table).where(workers_table.c.name == name)
        with self._database.writing() as connection:
            connection.execute(update.values(seen=time.time()))

    def leave(self, name: str) -> None:
        """Forget a worker."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(workers_table).where(workers_table.c.name == name))

    def named(self, pid: int) -> tuple[str, ...]:
        """Names under which a process has worked."""
        query = sa.select(workers_table.c.name).where(workers_table.c.pid == pid)
        with self._database.reading() as connection:
            return tuple(connection.execute(query).scalars())

    def alive(self) -> int:
        """Number of workers seen lately."""
        query = sa.select(sa.func.count()).select_from(workers_table)
        query = query.where(workers_table.c.seen >= time.time() - _GONE_SECONDS)
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())
