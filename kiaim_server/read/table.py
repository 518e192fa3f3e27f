"""From a file to a table that every later stage can rely on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

import pyarrow as pa

from kiaim_server.errors import DataError, KiaimError, PluginError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.contract import Reader, StoredFile
from kiaim_server.model.records import Records
from kiaim_server.model.table import Table, value_type
from kiaim_server.read.choice import reader_for
from kiaim_server.read.stored import StoredTable

#: Which engine holds the records.
Engine: TypeAlias = Literal["auto", "memory", "duckdb"]
#: Bytes that a table may take for ``auto`` to hold it in memory.
IN_MEMORY: Final = 1 << 30
#: What a text takes: its place, and sixteen characters.
_TEXT: Final = 20

_NO_OPTIONS: Final[Mapping[str, Any]] = MappingProxyType({})


def read_table(
    path: Path,
    host: PluginHost,
    *,
    name: str | None = None,
    reader: str | None = None,
    options: Mapping[str, Any] = _NO_OPTIONS,
) -> Table:
    """Read the file at `path`.

    Parameters
    ----------
    name
        What messages call the file, and whose ending chooses the reader; else the path's name.
    reader
        Name of the reader, for files whose ending does not tell.
    options
        Parameters of the reader, checked against its schema.

    Raises
    ------
    DataError
        If no reader fits or the file is no usable table; with line and column where known.
    ParameterError
        If the options do not pass the reader's schema.
    PluginError
        If there is no such reader, or the reader breaks its contract.
    """
    called = name or path.name
    chosen = (
        host.get("reader", reader, Reader)  # type: ignore[type-abstract]
        if reader
        else reader_for(host, called)
    )
    arrow = _arrow(chosen.from_parameters(options), path, called)
    table = Table(called, arrow)
    _check_types(arrow.schema, called)
    return table


def open_table(
    path: Path,
    host: PluginHost,
    folder: Path,
    *,
    engine: Engine = "auto",
    name: str | None = None,
    options: Mapping[str, Any] = _NO_OPTIONS,
) -> Records:
    """Read the file at `path` into memory, or open it for reading batch by batch.

    Parameters
    ----------
    folder
        Where the engine for large tables puts what does not fit into memory; the caller removes it.
    engine
        ``memory`` holds every record, ``duckdb`` none; ``auto`` is the latter for files that can
        be read batch by batch and would take more than `IN_MEMORY`.

    Raises
    ------
    DataError, ParameterError, PluginError
        As from `read_table`; and a `DataError` if ``duckdb`` is asked for and the file can only be
        read as a whole.
    """
    called = name or path.name
    if engine != "memory":
        reader = reader_for(host, called).from_parameters(options)
        stored = _stored(reader, path, called)
        if stored is not None and (engine == "duckdb" or estimated_bytes(stored) > IN_MEMORY):
            table = StoredTable.open(path, called, stored, folder)
            _check_types(stored.schema, called)
            return table
        if engine == "duckdb":
            raise DataError(
                f"{called}: the engine 'duckdb' needs a file that can be read batch by batch, but "
                f"the reader {reader.name!r} reads it as a whole; convert the table to Parquet, or "
                "take the engine 'memory'"
            )
    return read_table(path, host, name=name, options=options)


def estimated_bytes(stored: StoredFile) -> int:
    """What the table would take in memory: numbers as they are, text at a guess."""
    widths = (
        _TEXT if kind in (pa.string(), pa.large_string()) else -(-kind.bit_width // 8)
        for kind in stored.schema.types
    )
    return stored.n_records * sum(widths)


def _stored(reader: Reader, path: Path, name: str) -> StoredFile | None:
    try:
        return reader.open(path, name)
    except KiaimError:
        raise
    except Exception as error:  # noqa: BLE001 - a plugin may fail in any way; its words may quote cells
        raise PluginError(
            f"reader {reader.name!r} failed on {name} with {type(error).__name__}"
        ) from None


def _check_types(schema: pa.Schema, name: str) -> None:
    for field in schema:
        try:
            value_type(field.type)
        except DataError as error:
            raise DataError(f"{name}, column {field.name!r}: {error}", column=field.name) from None


def _arrow(reader: Reader, path: Path, name: str) -> pa.Table:
    try:
        arrow = reader.read(path, name)
    except KiaimError:
        raise
    except Exception as error:  # noqa: BLE001 - a plugin may fail in any way; its words may quote cells
        raise PluginError(
            f"reader {reader.name!r} failed on {name} with {type(error).__name__}"
        ) from None
    if not isinstance(arrow, pa.Table):
        raise PluginError(f"reader {reader.name!r} returned no Arrow table for {name}")
    return arrow
