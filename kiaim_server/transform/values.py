"""Value transforms that a policy orders, before the search sees the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from kiaim_server.errors import DataError, KiaimError, PluginError
from kiaim_server.model.contract import ColumnContext, Transform
from kiaim_server.model.records import Change, Records
from kiaim_server.model.table import BATCH_RECORDS, Table


def change_values(
    table: Records,
    transforms: Mapping[str, Sequence[Transform]],
    contexts: Mapping[str, ColumnContext],
) -> Records:
    """Apply the transforms of each column in the given order and drop the columns that go.

    Transforms that work `by_value` see distinct values, whatever the engine; the others every
    record, batch by batch, if the engine holds them.

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
        If no column is left; if a transform needs records that the engine does not hold; and from
        a transform that cannot work on the column's type.
    PluginError
        If a transform raises anything else or does not return as many values as it got: a
        column whose transform fails must not be passed through.
    """
    changes: dict[str, Change | None] = {}
    for name in table.columns:
        steps = transforms.get(name, ())
        if any(step.removes_column for step in steps):
            continue
        changes[name] = _change(table, name, steps, contexts[name]) if steps else None
    if not changes:
        raise DataError(
            f"{table.name}: the policy removes every column, so nothing is left to release; let it "
            "keep at least one"
        )
    return table.changed(changes)


def _change(
    table: Records, name: str, steps: Sequence[Transform], context: ColumnContext
) -> Change:
    """What the steps make of the distinct values, or else of every record's."""
    needy = [step.name for step in steps if not step.by_value]
    if needy and not isinstance(table, Table):
        raise DataError(
            f"{table.name}, column {name!r}: the transform {needy[0]!r} looks at every record at "
            "once, which the engine for tables larger than memory cannot offer; take the engine "
            "'memory', or a transform that works value by value",
            column=name,
        )
    if needy:
        return _of_records(table.column(name), steps, context)
    distinct = table.distinct(name)
    return _of_distinct(distinct.every, distinct.records_of_every, steps, context)


def _of_records(
    values: pa.ChunkedArray, steps: Sequence[Transform], context: ColumnContext
) -> pa.ChunkedArray:
    codes = context.codes
    for step in steps:
        values = _apply(step, values, replace(context, codes=codes))
        codes += step.codes
    return values


def _of_distinct(
    values: pa.Array, records: np.ndarray, steps: Sequence[Transform], context: ColumnContext
) -> pa.Array:
    """What becomes of each value; one step may make equal what the next then sees once."""
    codes = context.codes
    images = values
    for step in steps:
        encoded = images.dictionary_encode(null_encoding="encode")
        places = encoded.indices.to_numpy()
        held = np.zeros(len(encoded.dictionary), dtype=np.int64)
        np.add.at(held, places, records)
        told = replace(context, codes=codes, records=held)
        seen = pa.chunked_array([encoded.dictionary])
        images = _apply(step, seen, told).combine_chunks().take(encoded.indices)
        codes += step.codes
    return images


def _apply(step: Transform, values: pa.ChunkedArray, context: ColumnContext) -> pa.ChunkedArray:
    try:
        return _mapped(step, values, context)
    except KiaimError:
        raise
    except Exception as error:
        # The message of a foreign exception may quote a value, so only its type is told.
        raise PluginError(
            f"transform {step.name!r} failed on column {context.attribute.name!r} with "
            f"{type(error).__name__}"
        ) from error


def _mapped(step: Transform, values: pa.ChunkedArray, context: ColumnContext) -> pa.ChunkedArray:
    function = step.fit(values, context)
    chunks = []
    for start in range(0, len(values), BATCH_RECORDS):
        batch = values.slice(start, BATCH_RECORDS).combine_chunks()
        chunks.append(_same_length(function(batch), batch, step, context.attribute.name))
    return pa.chunked_array(chunks)


def _same_length(result: object, batch: pa.Array, step: Transform, column: str) -> pa.Array:
    if isinstance(result, pa.ChunkedArray):
        result = result.combine_chunks()
    if not isinstance(result, pa.Array) or len(result) != len(batch):
        raise PluginError(
            f"transform {step.name!r} did not return one value per record of column {column!r}"
        )
    return result
