"""Value transforms that a policy orders, before the search sees the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from kiaim_server.errors import DataError, KiaimError, PluginError
from kiaim_server.model.contract import ColumnContext, Transform
from kiaim_server.model.table import BATCH_RECORDS, Table


def change_values(
    table: Table,
    transforms: Mapping[str, Sequence[Transform]],
    contexts: Mapping[str, ColumnContext],
) -> Table:
    """Apply the transforms of each column in the given order and drop the columns that go.

    Parameters
    ----------
    transforms
        Per column what is done to it; a column without an entry stays as it is.
    contexts
        What a transform may know about its column; one entry for every column in `transforms`.
        Each one is told the `codes` of those before it.

    Raises
    ------
    DataError
        If no column is left; and from a transform that cannot work on the column's type.
    PluginError
        If a transform raises anything else or does not return as many values as it got: a
        column whose transform fails must not be passed through.
    """
    names: list[str] = []
    columns: list[pa.ChunkedArray] = []
    for name in table.columns:
        steps = transforms.get(name, ())
        if any(step.removes_column for step in steps):
            continue
        values = table.column(name)
        codes = contexts[name].codes if steps else ()
        for step in steps:
            values = _apply(step, values, replace(contexts[name], codes=codes))
            codes += step.codes
        names.append(name)
        columns.append(values)
    if not names:
        raise DataError(
            f"{table.name}: the policy removes every column, so nothing is left to release; let it "
            "keep at least one"
        )
    return Table(table.name, pa.table(dict(zip(names, columns, strict=True))))


def _apply(step: Transform, values: pa.ChunkedArray, context: ColumnContext) -> pa.ChunkedArray:
    column = context.attribute.name
    try:
        mapped = step.fit(values, context)
        chunks = []
        for start in range(0, len(values), BATCH_RECORDS):
            batch = values.slice(start, BATCH_RECORDS).combine_chunks()
            chunks.append(_same_length(mapped(batch), batch, step, column))
        return pa.chunked_array(chunks)
    except KiaimError:
        raise
    except Exception as error:
        # The message of a foreign exception may quote a value, so only its type is told.
        raise PluginError(
            f"transform {step.name!r} failed on column {column!r} with {type(error).__name__}"
        ) from error


def _same_length(result: object, batch: pa.Array, step: Transform, column: str) -> pa.Array:
    if isinstance(result, pa.ChunkedArray):
        result = result.combine_chunks()
    if not isinstance(result, pa.Array) or len(result) != len(batch):
        raise PluginError(
            f"transform {step.name!r} did not return one value per record of column {column!r}"
        )
    return result
