"""Which values of a column a hierarchy lacks, and in which records they are; no value is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pyarrow as pa

from kiaim_server.encode.leaves import leaf_codes
from kiaim_server.errors import DataError, HierarchyError
from kiaim_server.hierarchy import build
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.records import Records
from kiaim_server.model.table import as_text
from kiaim_server.read import open_table

#: Record numbers that are told.
TOLD: Final = 20


@dataclass(frozen=True)
class Coverage:
    """How a hierarchy fits a column, in counts.

    Attributes
    ----------
    table, column
        Their names.
    records, missing
        Records of the table, and those without a value in the column.
    values, uncovered_values
        Distinct values, and those that the hierarchy lacks; a missing value is none.
    uncovered_records
        Records that have one of them.
    first_records
        Numbers of the first `TOLD` of these records, counted from 1; a header line does not count.
    unused_values
        Values of the hierarchy that do not occur; None where it is made for what occurs.
    hierarchy
        The one that a builder made, if it covers all values; None for a given one.
    """

    table: str
    column: str
    records: int
    missing: int
    values: int
    uncovered_values: int
    uncovered_records: int
    first_records: tuple[int, ...]
    unused_values: int | None
    hierarchy: Hierarchy | None = None


@dataclass(frozen=True)
class Made:
    """A hierarchy that a builder makes of what occurs."""

    builder: str
    parameters: Mapping[str, Any]


def coverage_of(
    path: Path,
    host: PluginHost,
    column: str,
    source: Sequence[str | None] | Made,
    reader: Mapping[str, Any] | None = None,
) -> Coverage:
    """Hold a hierarchy against a column of the table at `path`.

    Parameters
    ----------
    source
        The values that a hierarchy has rows for, or what makes one.

    Raises
    ------
    DataError
        If the file cannot be read or has no such column.
    HierarchyError
        If a builder refuses the column without saying which values it cannot place.
    """
    with (
        TemporaryDirectory(prefix="kiaim-coverage-") as folder,
        closing(
            open_table(path, host, Path(folder), name=path.name, options=reader or {})
        ) as table,
    ):
        if column not in table.columns:
            known = ", ".join(table.columns)
            raise DataError(f"{table.name}: no column is called {column!r}; there are: {known}")
        values = table.distinct(column).values
        if isinstance(source, Made):
            return _covered(table, column, _built(source, column, values, host))
        leaves = [value for value in source if value is not None]
        return _covered(table, column, _given(leaves, column, values))


@dataclass(frozen=True, eq=False)
class _Fit:
    """bool[:] per distinct value whether it is lacking; values without use; what was built."""

    lacking: np.ndarray
    unused: int | None
    built: Hierarchy | None


def _given(leaves: Sequence[str], column: str, values: pa.Array) -> _Fit:
    if not leaves:
        return _Fit(np.ones(len(values), dtype=np.bool_), 0, None)
    codes = leaf_codes(values, Hierarchy.from_columns(column, [leaves]))
    used = len(np.unique(codes[codes >= 0]))
    return _Fit(codes < 0, len(leaves) - used, None)


def _built(source: Made, column: str, values: pa.Array, host: PluginHost) -> _Fit:
    try:
        made = build(source.builder, source.parameters, column, values, host)
    except HierarchyError as error:
        texts = as_text(values).to_pylist()
        if not error.uncovered:
            raise _without_values(error, source.builder, column, texts) from None
        lacking = set(error.uncovered)
        return _Fit(np.array([text in lacking for text in texts], dtype=np.bool_), None, None)
    return _Fit(leaf_codes(values, made) < 0, None, made)


def _without_values(
    error: HierarchyError, builder: str, column: str, texts: Sequence[str]
) -> HierarchyError:
    """The error as it is, or less of it where a builder's words may quote values."""
    message = str(error)
    if not any(repr(text) in message for text in texts):
        return HierarchyError(message)
    return HierarchyError(
        f"column {column!r}: the builder {builder!r} refuses it, and names values in its reason"
    )


def _covered(table: Records, column: str, found: _Fit) -> Coverage:
    distinct = table.distinct(column)
    missing_last = np.append(found.lacking, False)  # places of `Distinct.every`
    first: list[int] = []
    start = 0
    for batch in table.places((column,)) if found.lacking.any() else ():
        places = batch[column]
        first += (np.flatnonzero(missing_last[places])[: TOLD - len(first)] + start + 1).tolist()
        start += len(places)
        if len(first) >= TOLD:
            break
    return Coverage(
        table=table.name,
        column=column,
        records=table.n_records,
        missing=int(distinct.missing),
        values=len(distinct.values),
        uncovered_values=int(found.lacking.sum()),
        uncovered_records=int(distinct.records[found.lacking].sum()),
        first_records=tuple(first),
        unused_values=found.unused,
        hierarchy=found.built,
    )
