"""Records to distinct tuples with counts: the one step that has to know how big the data is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from kiaim_server.encode.persons import persons_of
from kiaim_server.kernels.grouping import number_keys
from kiaim_server.model.classes import ValueCounts
from kiaim_server.model.encoded import EncodedTable, SensitiveColumn, TupleTable

_LARGEST_KEY = 2**62


def count_tuples(encoded: EncodedTable) -> TupleTable:
    """Collapse records to distinct quasi-identifier tuples, ascending by their codes.

    The order depends on the set of tuples only, not on the order of records. Without
    quasi-identifiers there is one tuple, of all records. Where a research subset is given, its
    records are counted, and all records as the population.

    Notes
    -----
    O(n_records * n_columns) time plus sorting of the distinct tuples; one 8-byte key per record
    beside the result. Keys are mixed-radix numbers, renumbered densely whenever the next column
    would take them beyond 62 bits, so any number of columns is safe.
    """
    columns = [column.codes for column in encoded.quasi]
    keys = _mixed_radix(
        zip(columns, (c.hierarchy.n_leaves for c in encoded.quasi), strict=True),
        encoded.n_records,
    )
    ids, first = number_keys(keys)
    codes = np.empty((len(columns), len(first)), dtype=np.int32)
    for row, column in zip(codes, columns, strict=True):
        row[:] = column[first]
    # lexsort takes the least significant key first; the constant one serves tables without columns.
    order = np.lexsort([np.zeros(len(first), dtype=np.int32), *codes[::-1]])
    rank = np.empty(len(first), dtype=np.int32)
    rank[order] = np.arange(len(first), dtype=np.int32)
    record_tuple = rank[ids]
    records = np.bincount(record_tuple, minlength=len(first)).astype(np.int64)
    counts, population = records, None
    if encoded.subset is not None:
        population = records
        counts = np.bincount(record_tuple[encoded.subset], minlength=len(first)).astype(np.int64)
    return TupleTable(
        codes=np.ascontiguousarray(codes[:, order]),
        counts=counts,
        record_tuple=record_tuple,
        sensitive={
            c.name: _value_counts(c, record_tuple, len(first), encoded.subset)
            for c in encoded.sensitive
        },
        population=population,
        persons=persons_of(encoded, record_tuple, len(first)),
    )


def _mixed_radix(columns: Iterable[tuple[np.ndarray, int]], n_records: int) -> np.ndarray:
    """One int64 key per record, equal exactly where all codes are equal."""
    keys = np.zeros(n_records, dtype=np.int64)
    n_keys = 1
    for codes, n_codes in columns:
        if n_keys * n_codes > _LARGEST_KEY:
            ids, first = number_keys(keys)
            keys, n_keys = ids.astype(np.int64), len(first)
        keys *= n_codes
        keys += codes
        n_keys *= n_codes
    return keys


def _value_counts(
    column: SensitiveColumn, record_tuple: np.ndarray, n_tuples: int, subset: np.ndarray | None
) -> ValueCounts:
    """Histogram of the values in each tuple, of the records that may be released."""
    n_values = len(column.labels)
    codes = column.codes
    if subset is not None:
        codes, record_tuple = codes[subset], record_tuple[subset]
    keys = record_tuple.astype(np.int64) * n_values + codes
    ids, first = number_keys(keys)
    counts = np.bincount(ids, minlength=len(first)).astype(np.int64)
    distinct = keys[first]
    order = np.argsort(distinct)
    distinct = distinct[order]
    lengths = np.bincount(distinct // n_values, minlength=n_tuples)
    return ValueCounts(
        indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        values=(distinct % n_values).astype(np.int32),
        counts=counts[order],
        reference=np.bincount(codes, minlength=n_values).astype(np.int64),
    )
