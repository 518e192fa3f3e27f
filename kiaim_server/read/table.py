"""From a file to a table that every later stage can rely on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

from kiaim_server.errors import DataError, KiaimError, PluginError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.contract import Reader
from kiaim_server.model.table import Table, value_type
from kiaim_server.read.choice import reader_for

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
    for field in arrow.schema:
        try:
            value_type(field.type)
        except DataError as error:
            raise DataError(
                f"{called}, column {field.name!r}: {error}", column=field.name
            ) from None
    return table


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
