"""Uploaded tables: streamed to disk, hashed on the way, described in the database."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import sqlalchemy as sa

from kiaim_server.errors import DataError, NotFoundError, TooLargeError
from kiaim_server.store.database import Database, metadata
from kiaim_server.store.layout import Layout, make_durable, move_durably, new_id

_CHUNK: Final = 1 << 20

datasets_table: Final = sa.Table(
    "datasets",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("media_type", sa.String, nullable=False),
    sa.Column("suffix", sa.String, nullable=False),
    sa.Column("reader", sa.JSON, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("columns", sa.Integer, nullable=False),
    sa.Column("profile", sa.JSON, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)


@dataclass(frozen=True)
class Upload:
    """A file on its way in: complete, hashed, but not yet a data set."""

    path: Path
    name: str
    media_type: str
    sha256: str
    bytes: int
    reader: Mapping[str, Any] = field(default_factory=dict)

    @property
    def suffix(self) -> str:
        """Ending of the file name on disk, which chooses the reader."""
        return self.path.suffix


@dataclass(frozen=True)
class Dataset:
    """A stored table. `profile` has one mapping per column: names and counts, never contents."""

    id: str
    name: str
    media_type: str
    reader: Mapping[str, Any]
    sha256: str
    bytes: int
    rows: int
    columns: int
    profile: tuple[Mapping[str, Any], ...]
    created: datetime
    path: Path


class DatasetStore:
    """The tables of one installation. Names are labels only; files are found by random ids."""

    def __init__(self, layout: Layout, database: Database) -> None:
        self._layout = layout
        self._database = database
        database.ensure(datasets_table)

    @contextmanager
    def receive(
        self,
        stream: BinaryIO,
        *,
        name: str,
        media_type: str,
        suffix: str,
        limit: int,
        reader: Mapping[str, Any],
    ) -> Iterator[Upload]:
        """Write a stream to disk in chunks while hashing; the file is gone afterwards.

        `add` inside the block keeps it. Memory use does not depend on the size.

        Raises
        ------
        DataError
            Nothing came.
        TooLargeError
            More than `limit` bytes came.
        """
        with self._layout.scratch("upload") as folder:
            path = folder / f"data{suffix}"
            sha256, size = _copy(stream, path, name, limit)
            yield Upload(path, name, media_type, sha256, size, dict(reader))

    def add(
        self, upload: Upload, *, rows: int, columns: int, profile: list[dict[str, Any]]
    ) -> Dataset:
        """Keep an upload under a new id: first the file, durably, then the row that shows it."""
        identifier = new_id("d")
        created = datetime.now(UTC)
        make_durable(upload.path.parent)
        folder = self._layout.datasets / identifier
        move_durably(upload.path.parent, folder)
        row = {
            "id": identifier,
            "name": upload.name,
            "media_type": upload.media_type,
            "suffix": upload.suffix,
            "reader": dict(upload.reader),
            "sha256": upload.sha256,
            "bytes": upload.bytes,
            "rows": rows,
            "columns": columns,
            "profile": profile,
            "created": created.timestamp(),
        }
        try:
            with self._database.writing() as connection:
                connection.execute(sa.insert(datasets_table).values(row))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return self.get(identifier)

    def get(self, identifier: str) -> Dataset:
        """The data set of that id.

        Raises
        ------
        NotFoundError
            There is none.
        """
        query = sa.select(datasets_table).where(datasets_table.c.id == identifier)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFoundError(f"no data set has the id {identifier!r}")
        return self._dataset(row)

    def newest(self, limit: int) -> tuple[Dataset, ...]:
        """Up to `limit` data sets, the newest first."""
        query = (
            sa.select(datasets_table)
            .order_by(datasets_table.c.created.desc(), datasets_table.c.id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(self._dataset(row) for row in rows)

    def delete(self, identifier: str, guard: Callable[[sa.Connection], None]) -> None:
        """Delete a data set, its file included.

        `guard` is called within the deleting transaction and raises where it must not be.

        Raises
        ------
        NotFoundError
            There is none.
        """
        with self._database.writing() as connection:
            guard(connection)
            gone = connection.execute(
                sa.delete(datasets_table).where(datasets_table.c.id == identifier)
            )
            if gone.rowcount == 0:
                raise NotFoundError(f"no data set has the id {identifier!r}")
        shutil.rmtree(self._layout.datasets / identifier, ignore_errors=True)

    def _dataset(self, row: sa.RowMapping) -> Dataset:
        return Dataset(
            id=row["id"],
            name=row["name"],
            media_type=row["media_type"],
            reader=row["reader"],
            sha256=row["sha256"],
            bytes=row["bytes"],
            rows=row["rows"],
            columns=row["columns"],
            profile=tuple(row["profile"]),
            created=datetime.fromtimestamp(row["created"], UTC),
            path=self._layout.datasets / row["id"] / f"data{row['suffix']}",
        )


def _copy(stream: BinaryIO, path: Path, name: str, limit: int) -> tuple[str, int]:
    sha, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise TooLargeError(
                    f"{name}: larger than the upload limit of {limit} bytes; split the table or "
                    "start the server with a larger --max-upload"
                )
            sha.update(chunk)
            file.write(chunk)
    if size == 0:
        raise DataError(f"{name}: the upload has 0 bytes; send the table as the request body")
    return sha.hexdigest(), size
