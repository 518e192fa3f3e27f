"""Measure a table as it is: no policy, no search, nothing written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kiaim_server.audit import measure_table
from kiaim_server.errors import DataError
from kiaim_server.pipeline.request import Workbench
from kiaim_server.read import open_table


def measure(
    path: Path,
    workbench: Workbench,
    quasi: Sequence[str],
    sensitive: Sequence[str] = (),
    reader: Mapping[str, Any] | None = None,
    name: str | None = None,
    population: int | None = None,
) -> Mapping[str, Any]:
    """k, l, t and re-identification risks of a table in the given columns.

    Raises
    ------
    DataError
        If the file cannot be read or has no column of that name.
    """
    with (
        TemporaryDirectory(prefix="kiaim-measure-") as folder,
        closing(
            open_table(path, workbench.host, Path(folder), name=name, options=reader or {})
        ) as table,
    ):
        for column in (*quasi, *sensitive):
            if column not in table.columns:
                known = ", ".join(table.columns)
                raise DataError(f"{table.name}: no column is called {column!r}; there are: {known}")
        return measure_table(table, quasi=quasi, sensitive=sensitive, population=population)
