"""Transforms as maps over the distinct values of a column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.errors import DataError
from kiaim_server.model.contract import ColumnContext, ColumnFunction
from kiaim_server.model.table import value_type


def distinct_values(values: pa.ChunkedArray) -> pa.Array:
    """Distinct values of the column without the missing one, by first occurrence."""
    decoded = _decoded(values.combine_chunks())
    return pc.unique(decoded).drop_null()


def records_per_value(
    values: pa.ChunkedArray, distinct: pa.Array, context: ColumnContext
) -> np.ndarray:
    """Records of each distinct value: int64[:], shape (n_distinct,)."""
    places = pc.index_in(_decoded(values.combine_chunks()), value_set=distinct)
    there = np.asarray(places.is_valid())
    records = np.ones(len(values), np.int64) if context.records is None else context.records
    counts = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(counts, places.drop_null().to_numpy(), records[there])
    return counts


def replaced(distinct: pa.Array, new: pa.Array) -> ColumnFunction:
    """The function that puts ``new[i]`` for ``distinct[i]``; a missing value stays missing.

    A value that is not among `distinct` would become missing; that is a defect of the caller, who
    saw other values before, and raises.
    """

    def function(batch: pa.Array) -> pa.Array:
        batch = _decoded(batch)
        places = pc.index_in(batch, value_set=distinct)
        if places.null_count != batch.null_count:
            raise LookupError("a value that was not there when the transform looked at the column")
        return new.take(places)

    return function


def without_codes(distinct: pa.Array, context: ColumnContext) -> pa.Array:
    """The values that are no labels of earlier transforms."""
    if not context.codes or not pa.types.is_string(distinct.type):
        return distinct
    return distinct.filter(pc.invert(pc.is_in(distinct, value_set=pa.array(context.codes))))


def with_codes(
    distinct: pa.Array, new: pa.Array, every: pa.Array, context: ColumnContext
) -> tuple[pa.Array, pa.Array]:
    """What `replaced` takes, where the labels of earlier transforms among `every` stay."""
    if len(distinct) == len(every):
        return distinct, new
    codes = every.filter(pc.is_in(every, value_set=pa.array(context.codes)))
    return pa.concat_arrays([distinct, codes]), pa.concat_arrays([new, codes])


def refuse_values(
    values: pa.ChunkedArray,
    distinct: pa.Array,
    bad: Sequence[bool],
    context: ColumnContext,
    expected: str,
) -> None:
    """Raise for values that the transform cannot work on, counting records and values.

    Raises
    ------
    DataError
        If any is marked in `bad`.
    """
    marks = np.asarray(bad, dtype=np.bool_)
    if marks.any():
        column = context.attribute.name
        records = int(records_per_value(values, distinct, context)[marks].sum())
        raise DataError(
            f"column {column!r}: {int(marks.sum())} distinct values in {records} records are not "
            f"as expected: {expected}",
            column=column,
        )


def refuse_type(
    values: pa.ChunkedArray, context: ColumnContext, transform: str, mend: str
) -> DataError:
    """The error for a column of a type that the transform cannot work on."""
    column = context.attribute.name
    return DataError(
        f"column {column!r}: {transform} cannot work on values of type {value_type(values.type)}; "
        f"{mend}",
        column=column,
    )


def _decoded(values: pa.Array) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):  # combine_chunks of no chunks
        values = pa.array([], type=values.type)
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
