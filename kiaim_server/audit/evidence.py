"""Reads the evidence of a release, see `kiaim_server.model.evidence`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kiaim_server.audit.claims import Layout
from kiaim_server.errors import DataError
from kiaim_server.model.evidence import OUTSIDE, PERSON, SUPPRESSED, evidence_columns

_COUNTS: Final = (PERSON, OUTSIDE, SUPPRESSED)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the evidence says, as far as its form shows that it can be counted with.

    Attributes
    ----------
    persons
        int64[:], a number per record of the released file, in its order; empty without person key.
    outside, suppressed
        int64[:], per group of records that are not in the subset.
    groups
        Quasi-identifiers of these groups, in the order of the layout.
    """

    persons: np.ndarray
    outside: np.ndarray
    suppressed: np.ndarray
    groups: tuple[pa.Array, ...]


def read_evidence(path: Path, layout: Layout) -> Evidence:
    """Read the evidence at `path` for a file with this layout.

    Raises
    ------
    DataError
        No such file, no Parquet, or not of the form that `kiaim_server.model.evidence` states.
    """
    table = _table(path)
    if tuple(table.column_names) != evidence_columns(layout.quasi):
        raise DataError(f"{path.name}: its columns are not those of evidence for this file")
    if any(not pa.types.is_int64(table.schema.field(name).type) for name in _COUNTS):
        raise DataError(f"{path.name}: a column that has to hold whole numbers does not")
    person, outside, suppressed = (table.column(name) for name in _COUNTS)
    n_records = table.num_rows - person.null_count
    groups = table.slice(n_records)
    faulty = (
        person.slice(0, n_records).null_count
        or outside.slice(0, n_records).null_count != n_records
        or suppressed.slice(0, n_records).null_count != n_records
        or groups.column(OUTSIDE).null_count
        or groups.column(SUPPRESSED).null_count
    )
    if faulty:
        raise DataError(f"{path.name}: its rows are not in the order of evidence")
    if n_records and not layout.hides_persons:
        raise DataError(f"{path.name}: speaks of persons, but the release does not count any")
    if _distinct(groups.select(table.column_names[len(_COUNTS) :])) != groups.num_rows:
        raise DataError(f"{path.name}: has a group of the population twice")
    if groups.num_rows and not layout.population:
        raise DataError(f"{path.name}: speaks of a population, but the release has none")
    return Evidence(
        _numbers(person.slice(0, n_records)),
        _numbers(groups.column(OUTSIDE)),
        _numbers(groups.column(SUPPRESSED)),
        tuple(_joined(column) for column in groups.columns[len(_COUNTS) :]),
    )


def _table(path: Path) -> pa.Table:
    if not path.is_file():
        raise DataError(f"{path.name}: no such file")
    try:
        with pq.ParquetFile(path) as file:
            return file.read()
    except (pa.ArrowException, OSError):
        raise DataError(f"{path.name}: is no Parquet file, or its structure is broken") from None


def _distinct(groups: pa.Table) -> int:
    """Number of different rows; without columns all are one."""
    if not groups.num_columns:
        return int(min(groups.num_rows, 1))
    plain = groups.rename_columns([f"q{i}" for i in range(groups.num_columns)])
    found: int = plain.group_by(plain.column_names).aggregate([]).num_rows
    return found


def _numbers(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def _joined(column: pa.ChunkedArray) -> pa.Array:
    joined = column.combine_chunks()
    if isinstance(joined, pa.ChunkedArray):  # no chunk at all
        return pa.array([], type=joined.type)
    return joined
