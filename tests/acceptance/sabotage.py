"""Ways in which a stage can go wrong between the search and the audit.

Each is a replacement of `kiaim_server.transform.write_release`, looked up in
`kiaim_server.pipeline.publish`, that writes the file honestly first and then spoils it, or lies to
the honest writer about what to write.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from kiaim_server.transform import write_release

Writer = Callable[..., int]


def honest(*arguments: Any) -> int:
    """Write what was asked for."""
    return write_release(*arguments)


def original_values(table: Any, columns: Any, *more: Any) -> int:
    """One quasi-identifier keeps its original values."""
    generalized = next(c for c in columns if c.codes is not None)
    bare = replace(generalized, labels=None, codes=None)
    return write_release(table, [bare if c is generalized else c for c in columns], *more)


def without_suppression(table: Any, columns: Any, suppressed: Any, *more: Any) -> int:
    """No record is suppressed."""
    return write_release(table, columns, np.zeros_like(suppressed), *more)


def another_is_suppressed(table: Any, columns: Any, suppressed: Any, *more: Any) -> int:
    """As many records are suppressed, but others."""
    return write_release(table, columns, np.roll(suppressed, 1), *more)


def _spoiling(spoil: Callable[[pa.Table], pa.Table]) -> Writer:
    @functools.wraps(spoil)
    def write(*arguments: Any) -> int:
        written = write_release(*arguments)
        path, kind = arguments[4], arguments[5]
        _write(spoil(_read(path, kind)), path, kind)
        return written

    return write


def _read(path: Path, kind: str) -> pa.Table:
    if kind == "parquet":
        return pq.read_table(path)
    header = path.read_text().splitlines()[0].split(",")
    options = pa_csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()))
    return pa_csv.read_csv(path, convert_options=options)


def _write(table: pa.Table, path: Path, kind: str) -> None:
    if kind == "parquet":
        pq.write_table(table, path)
        return
    rows = [table.column_names, *zip(*(c.to_pylist() for c in table.columns), strict=True)]
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows))


def _changed(table: pa.Table, name: str, change: Callable[[list[Any]], None]) -> pa.Table:
    values = table[name].to_pylist()
    change(values)
    place = table.column_names.index(name)
    return table.set_column(place, name, pa.array(values, type=table[name].type))


def _other(values: list[Any]) -> int:
    """Place of the first record that differs from the first one."""
    return next(i for i, value in enumerate(values) if value not in (values[0], "*"))


def _swap(values: list[Any], a: int, b: int) -> None:
    values[a], values[b] = values[b], values[a]


@_spoiling
def one_cell_swapped(table: pa.Table) -> pa.Table:
    """Two records swap one quasi-identifier."""
    return _changed(table, "town", lambda v: _swap(v, 0, _other(v)))


@_spoiling
def whole_records_swapped(table: pa.Table) -> pa.Table:
    """Two records swap all quasi-identifiers: every class keeps its size."""
    b = _other(table["town"].to_pylist())
    for name in ("town", "age"):
        table = _changed(table, name, lambda v: _swap(v, 0, b))
    return table


@_spoiling
def a_sensitive_value_changed(table: pa.Table) -> pa.Table:
    """Two records of one class swap their diagnoses: no measure can see it."""
    towns, ages, said = (table[name].to_pylist() for name in ("town", "age", "diagnosis"))
    b = next(
        i
        for i, values in enumerate(zip(towns, ages, said, strict=True))
        if values[:2] == (towns[0], ages[0]) and values[2] != said[0]
    )
    return _changed(table, "diagnosis", lambda v: _swap(v, 0, b))


@_spoiling
def a_star_too_many(table: pa.Table) -> pa.Table:
    """A kept record is starred."""
    for name in ("town", "age"):
        table = _changed(table, name, lambda v: v.__setitem__(0, "*"))
    return table


@_spoiling
def a_column_more(table: pa.Table) -> pa.Table:
    """A column comes along that was to be removed."""
    return table.append_column("name", pa.array([f"N{i}" for i in range(table.num_rows)]))


@_spoiling
def a_column_less(table: pa.Table) -> pa.Table:
    """A column is missing."""
    return table.drop_columns(["diagnosis"])


@_spoiling
def columns_in_another_order(table: pa.Table) -> pa.Table:
    """The columns change places."""
    return table.select(table.column_names[::-1])


@_spoiling
def a_record_less(table: pa.Table) -> pa.Table:
    """A record is missing."""
    return table.slice(1)


@_spoiling
def a_record_twice(table: pa.Table) -> pa.Table:
    """A record is there twice."""
    return pa.concat_tables([table, table.slice(0, 1)])


@_spoiling
def records_in_another_order(table: pa.Table) -> pa.Table:
    """The records change places."""
    return table.take(pa.array(range(table.num_rows - 1, -1, -1)))


@_spoiling
def no_records(table: pa.Table) -> pa.Table:
    """Only the header is written."""
    return table.slice(0, 0)


def _cut(share: float, name: str) -> Writer:
    def write(*arguments: Any) -> int:
        written = write_release(*arguments)
        path = arguments[4]
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        return written

    write.__name__ = name
    return write


def nothing(*arguments: Any) -> int:
    """No file is written at all."""
    return int((~arguments[2]).sum())


def crash(*arguments: Any) -> int:
    """The writer fails with words that quote a cell."""
    raise ValueError(f"cannot write {arguments[0].column('town')[0]}")


half_a_file = _cut(0.5, "half_a_file")
an_empty_file = _cut(0.0, "an_empty_file")

#: What an audit must convict.
SABOTAGE: Final[tuple[Writer, ...]] = (
    original_values,
    without_suppression,
    another_is_suppressed,
    one_cell_swapped,
    whole_records_swapped,
    a_sensitive_value_changed,
    a_star_too_many,
    a_column_more,
    a_column_less,
    columns_in_another_order,
    a_record_less,
    a_record_twice,
    records_in_another_order,
    no_records,
    half_a_file,
    an_empty_file,
)
