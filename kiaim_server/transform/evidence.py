"""Writes the evidence of a release, see `kiaim_server.model.evidence`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from kiaim_server.model.encoded import TupleTable
from kiaim_server.model.evidence import evidence_columns
from kiaim_server.model.records import Records
from kiaim_server.model.table import as_text
from kiaim_server.transform.write import ReleaseColumn


@dataclass(frozen=True, eq=False)
class Standing:
    """What became of each record of the input, and whose it is.

    Attributes
    ----------
    present, suppressed
        bool[:], shape (n_records,): in the released file; suppressed (starred ones are both).
    members
        bool[:], in the research subset; None if there is none.
    persons
        int32[:], code of the person, in any numbering; None without a person key.
    numbered
        Whether the evidence has to say whose the records are. False where the file shows it.
    """

    present: np.ndarray
    suppressed: np.ndarray
    members: np.ndarray | None = None
    persons: np.ndarray | None = None
    numbered: bool = True


def write_evidence(
    table: Records,
    columns: Sequence[ReleaseColumn],
    tuples: TupleTable,
    shown: Mapping[str, np.ndarray],
    standing: Standing,
    path: Path,
    format: Literal["csv", "parquet"],
) -> None:
    """Write the evidence of a release to a new file that its owner alone may read.

    Parameters
    ----------
    columns
        Of the release.
    shown
        Per quasi-identifier int32[:], shape (n_tuples,): the code on the level that was chosen.
    format
        Of the released file: a CSV file shows text, and so does its evidence.

    Notes
    -----
    O(records * quasi-identifiers) time, a few arrays of the length of the input. The same
    arguments give the same bytes.
    """
    by_name = {column.name: column for column in columns}
    groups = _outside_groups(tuples, list(shown.values()), standing)
    persons = _numbers(standing)
    n_groups = len(groups.first)
    arrays = [
        _above(pa.array(persons), n_groups),
        _below(len(persons), pa.array(groups.outside)),
        _below(len(persons), pa.array(groups.suppressed)),
        *(
            _below(
                len(persons), _labels(table, by_name[name], groups.first, as_csv=format == "csv")
            )
            for name in shown
        ),
    ]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        pq.write_table(
            pa.table(arrays, names=list(evidence_columns(tuple(shown)))), file, compression="zstd"
        )


def _numbers(standing: Standing) -> np.ndarray:
    """Persons of the released records, numbered by first appearance: nothing else is in them."""
    if standing.persons is None or not standing.numbered:
        return np.empty(0, dtype=np.int64)
    numbers, _ = pd.factorize(standing.persons[standing.present])
    return np.asarray(numbers, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class _Groups:
    """Groups with records outside the subset; `first` is a record of each, for its labels."""

    first: np.ndarray
    outside: np.ndarray
    suppressed: np.ndarray


def _outside_groups(tuples: TupleTable, shown: Sequence[np.ndarray], standing: Standing) -> _Groups:
    if standing.members is None:
        nothing = np.empty(0, dtype=np.int64)
        return _Groups(nothing, nothing, nothing)
    group_of, labels = _grouped(shown, tuples.n_tuples)
    group = group_of[tuples.record_tuple]
    n_groups = labels.shape[1]
    every = np.ones(len(group), dtype=np.bool_)
    inside = _tally(group, standing.members, standing.persons, n_groups)
    outside = _tally(group, every, standing.persons, n_groups) - inside
    lost = standing.members & standing.suppressed
    suppressed = _tally(group, lost, standing.persons, n_groups)
    first = np.full(n_groups, len(group), dtype=np.int64)
    np.minimum.at(first, group, np.arange(len(group)))
    kept = np.flatnonzero(outside > 0)
    return _Groups(first[kept], outside[kept], suppressed[kept])


def _grouped(shown: Sequence[np.ndarray], n_tuples: int) -> tuple[np.ndarray, np.ndarray]:
    """Number tuples by equal codes, ascending; and the codes of each number, a column each."""
    if not shown:
        return np.zeros(n_tuples, dtype=np.int64), np.empty((0, 1), dtype=np.int32)
    labels, group = np.unique(np.stack(shown), axis=1, return_inverse=True)
    return group.ravel(), labels


def _tally(
    group: np.ndarray, chosen: np.ndarray, persons: np.ndarray | None, n_groups: int
) -> np.ndarray:
    """Chosen records per group; with persons, how many different ones have a chosen record."""
    found = group[chosen].astype(np.int64)
    if persons is not None:
        n_persons = int(persons.max(initial=0)) + 1
        found = np.unique(found * n_persons + persons[chosen]) // n_persons
    return np.bincount(found, minlength=n_groups).astype(np.int64)


def _labels(
    table: Records, column: ReleaseColumn, records: np.ndarray, *, as_csv: bool
) -> pa.Array:
    """What the file shows of these records, in the type of the file."""
    if column.labels is not None and column.codes is not None:
        return column.labels.take(pa.array(column.codes[records]))
    values = table.column(column.name).take(pa.array(records)).combine_chunks()
    if isinstance(values, pa.ChunkedArray):  # no record, no chunk
        values = pa.array([], type=values.type)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    return as_text(values) if as_csv or column.starred else values


def _above(values: pa.Array, below: int) -> pa.Array:
    return pa.concat_arrays([values, pa.nulls(below, values.type)])


def _below(above: int, values: pa.Array) -> pa.Array:
    return pa.concat_arrays([pa.nulls(above, values.type), values])
