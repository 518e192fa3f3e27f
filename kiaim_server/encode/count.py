"""Records to distinct tuples with counts: the one step that has to know how big the data is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from kiaim_server.encode.persons import persons_of
from kiaim_server.kernels.grouping import number_more
from kiaim_server.model.classes import ValueCounts
from kiaim_server.model.encoded import EncodedTable, TupleTable

_LARGEST_KEY: Final = 2**62
#: More numbers than there can be, because they are int32.
_NUMBERS: Final = 2**31
#: Records that are renumbered at a time.
_STRIDE: Final = 1 << 20


def count_tuples(encoded: EncodedTable) -> TupleTable:
    """Collapse the records of a table in memory; see `count_batches`."""
    return count_batches([encoded], encoded.n_records)


def count_batches(batches: Iterable[EncodedTable], n_records: int) -> TupleTable:
    """Collapse records to distinct quasi-identifier tuples, ascending by their codes.

    The order depends on the set of tuples only, not on the order of records or on batches. Without
    quasi-identifiers there is one tuple, of all records. Where a research subset is given, its
    records are counted, and all records as the population.

    Parameters
    ----------
    batches
        At least one, with the same columns and hierarchies; only one if records name persons.
    n_records
        Of all batches together.

    Notes
    -----
    O(n_records * n_columns) time plus sorting of the distinct tuples; memory for the result, for
    one batch, and for a hash table of the distinct tuples (and of their distinct sensitive
    values). Keys are mixed-radix numbers, renumbered densely whenever the next column would take
    them beyond 62 bits, so any number of columns is safe.
    """
    record_tuple = np.empty(n_records, dtype=np.int32)
    counter = batch = None
    start = 0
    for batch in batches:
        if counter is None:
            counter = _Counter(batch)
        found = counter.add(batch)
        record_tuple[start : start + batch.n_records] = found
        start += batch.n_records
    assert counter is not None and batch is not None  # noqa: S101, PT018 - the caller ensures it
    assert start == n_records  # noqa: S101
    assert batch.persons is None or batch.n_records == n_records  # noqa: S101
    return counter.result(record_tuple, batch)


class _Numbering:
    """Numbers keys in the order of their first occurrence, over any number of batches."""

    def __init__(self) -> None:
        self._known = np.empty(512, dtype=np.int64)
        self._table = np.zeros(1024, dtype=np.int32)
        self._counts = np.zeros(0, dtype=np.int64)
        self._n = 0

    def number(self, keys: np.ndarray) -> np.ndarray:
        """The number of each key, int32[:]."""
        ids, self._known, self._table, self._n = number_more(
            keys, self._known, self._table, self._n
        )
        return ids

    def count(self, ids: np.ndarray) -> None:
        """Count one more record for each of these numbers."""
        self._counts = _added(self._counts, ids, self._n)

    @property
    def keys(self) -> np.ndarray:
        """int64[:], the key of each number."""
        return self._known[: self._n]

    @property
    def counts(self) -> np.ndarray:
        """int64[:], records of each number."""
        return self._counts


def _added(counts: np.ndarray, ids: np.ndarray, n: int) -> np.ndarray:
    more = np.bincount(ids, minlength=n)
    more[: len(counts)] += counts
    return more


class _Stage:
    """Some columns in a row whose codes, and the number before them, make up one key."""

    def __init__(self, columns: Sequence[int], radices: Sequence[int]) -> None:
        self._columns = tuple(zip(columns, radices, strict=True))
        self.numbering = _Numbering()

    def number(self, before: np.ndarray, batch: EncodedTable) -> np.ndarray:
        keys = before.astype(np.int64)
        for column, radix in self._columns:
            keys *= radix
            keys += batch.quasi[column].codes
        return self.numbering.number(keys)

    def decode(self, ids: np.ndarray | None, codes: np.ndarray) -> np.ndarray:
        """Fill in the codes of the columns; return the numbers before them."""
        keys = self.numbering.keys.copy() if ids is None else self.numbering.keys[ids]
        for column, radix in reversed(self._columns):
            codes[column] = keys % radix
            keys //= radix
        return keys


def _stages(radices: Sequence[int]) -> list[_Stage]:
    stages: list[_Stage] = []
    columns: list[int] = []
    n_keys = 1
    for column, radix in enumerate(radices):
        if n_keys * radix > _LARGEST_KEY:
            stages.append(_Stage(columns, [radices[c] for c in columns]))
            columns, n_keys = [], _NUMBERS
        columns.append(column)
        n_keys *= radix
    return [*stages, _Stage(columns, [radices[c] for c in columns])]


class _Counter:
    """What has been counted so far."""

    def __init__(self, like: EncodedTable) -> None:
        self._n_quasi = len(like.quasi)
        self._stages = _stages([column.hierarchy.n_leaves for column in like.quasi])
        self._n_values = {column.name: len(column.labels) for column in like.sensitive}
        self._values = {column.name: _Numbering() for column in like.sensitive}
        self._inside = None if like.subset is None else np.zeros(0, dtype=np.int64)

    def add(self, batch: EncodedTable) -> np.ndarray:
        """Count a batch; return the tuple of each record, numbered by first occurrence."""
        ids = np.zeros(batch.n_records, dtype=np.int32)
        for stage in self._stages:
            ids = stage.number(ids, batch)
        last = self._stages[-1].numbering
        last.count(ids)
        chosen = slice(None) if batch.subset is None else batch.subset
        if self._inside is not None:
            self._inside = _added(self._inside, ids[chosen], len(last.keys))
        for column in batch.sensitive:
            keys = ids[chosen].astype(np.int64) * self._n_values[column.name]
            keys += column.codes[chosen]
            numbering = self._values[column.name]
            numbering.count(numbering.number(keys))
        return ids

    def result(self, record_tuple: np.ndarray, batch: EncodedTable) -> TupleTable:
        """The tuples in their order; `record_tuple` is renumbered in place, `batch` is the last."""
        last = self._stages[-1].numbering
        n_tuples = len(last.keys)
        codes = np.empty((self._n_quasi, n_tuples), dtype=np.int32)
        ids = None
        for stage in reversed(self._stages):
            ids = stage.decode(ids, codes)
        # lexsort takes the least significant key first; the constant serves tables without columns.
        order = np.lexsort([np.zeros(n_tuples, dtype=np.int32), *codes[::-1]])
        rank = np.empty(n_tuples, dtype=np.int32)
        rank[order] = np.arange(n_tuples, dtype=np.int32)
        for start in range(0, len(record_tuple), _STRIDE):
            part = record_tuple[start : start + _STRIDE]
            part[:] = rank[part]
        return TupleTable(
            codes=np.ascontiguousarray(codes[:, order]),
            counts=(last.counts if self._inside is None else self._inside)[order],
            record_tuple=record_tuple,
            sensitive={
                name: _value_counts(numbering, rank, self._n_values[name])
                for name, numbering in self._values.items()
            },
            population=None if self._inside is None else last.counts[order],
            persons=persons_of(batch, record_tuple, n_tuples),
        )


def _value_counts(numbering: _Numbering, rank: np.ndarray, n_values: int) -> ValueCounts:
    """Histogram of the values in each tuple."""
    tuples = rank[numbering.keys // n_values]
    values = (numbering.keys % n_values).astype(np.int32)
    order = np.lexsort((values, tuples))
    reference = np.zeros(n_values, dtype=np.int64)
    np.add.at(reference, values, numbering.counts)
    lengths = np.bincount(tuples, minlength=len(rank))
    return ValueCounts(
        indptr=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        values=values[order],
        counts=numbering.counts[order],
        reference=reference,
    )
