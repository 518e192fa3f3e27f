"""What stages may ask of a table, whether or not its records fit into memory.

Two engines answer: `kiaim_server.model.table.Table` holds every record, and
`kiaim_server.read.stored.StoredTable` reads a file again for every question. Stages that know no
more than this interface work on tables of any size, and give the same answers on both.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Distinct values of a column that a survey shows at most.
SAMPLE: Final = 2_000


@dataclass(frozen=True, eq=False)
class Distinct:
    """The distinct values of a column and how often each occurs.

    Attributes
    ----------
    values
        Ascending, without the missing value; equal columns give equal values, however their
        records are ordered.
    records
        int64[:], shape (n_values,), each > 0.
    missing
        Records without a value.
    """

    values: pa.Array
    records: np.ndarray
    missing: int

    @cached_property
    def every(self) -> pa.Array:
        """The values, and a null at the end if a value is missing somewhere."""
        if not self.missing:
            return self.values
        return pa.concat_arrays([self.values, pa.nulls(1, self.values.type)])

    @cached_property
    def records_of_every(self) -> np.ndarray:
        """int64[:], records of each of `every`."""
        return np.append(self.records, [self.missing] if self.missing else []).astype(np.int64)


def spaced(length: int) -> np.ndarray:
    """Places of the sample of `length` distinct values: all, or evenly spaced ones; int64[:]."""
    return np.linspace(0, length - 1, min(SAMPLE, length)).astype(np.int64)


def collapse(values: pa.Array, records: np.ndarray | None = None) -> tuple[Distinct, np.ndarray]:
    """The distinct values of an array, and the place of each element in `Distinct.every`.

    Parameters
    ----------
    values
        Of no dictionary type.
    records
        int64[:], records that each element stands for; one each if not given.

    Returns
    -------
    distinct : Distinct
    places : int32[:]

    Notes
    -----
    O(n) time, and O(d log d) for d distinct values.
    """
    encoded = values.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary)
    n_values = len(order)
    rank = np.empty(n_values + 1, dtype=np.int32)
    rank[order.to_numpy()] = np.arange(n_values, dtype=np.int32)
    rank[n_values] = n_values
    indices = encoded.indices
    if indices.null_count:
        indices = indices.fill_null(n_values)
    places = rank[indices.to_numpy(zero_copy_only=False)]
    counts = np.zeros(n_values + 1, dtype=np.int64)
    if records is None:
        counts += np.bincount(places, minlength=n_values + 1)
    else:
        np.add.at(counts, places, records)
    return Distinct(encoded.dictionary.take(order), counts[:-1], int(counts[-1])), places


@dataclass(frozen=True, eq=False)
class Survey:
    """A column in counts, and some of its distinct values.

    `sample` is all distinct values, or `SAMPLE` of them, evenly spaced in their order; the missing
    value is never in it, but counts in `n_distinct`.
    """

    n_missing: int
    n_distinct: int
    sample: pa.Array


#: What a column becomes: an image of each of `Distinct.every`, or a value for each record.
Change: TypeAlias = pa.Array | pa.ChunkedArray


class Records(ABC):
    """The records of one table, by column.

    `name` is what messages call it (a file name).
    """

    name: str

    @property
    @abstractmethod
    def schema(self) -> pa.Schema:
        """Names and types of the columns, in the order of the file; no dictionary types."""

    @property
    @abstractmethod
    def n_records(self) -> int:
        """Number of records."""

    @property
    @abstractmethod
    def n_empty(self) -> int:
        """Number of records that have no value in any column. O(records * columns)."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in the order of the file."""
        return tuple(self.schema.names)

    @abstractmethod
    def column(self, name: str) -> pa.ChunkedArray:
        """Every value of one column at once; the caller ensures that it exists.

        Raises
        ------
        DataError
            If the engine does not hold the records, with the mend.
        """

    @abstractmethod
    def survey(self, name: str) -> Survey:
        """Count a column, and take a sample of its distinct values.

        O(records) time, and O(d log d) for d distinct values.
        """

    @abstractmethod
    def distinct(self, name: str) -> Distinct:
        """The distinct values of one column. O(records + d log d) time, O(d) memory.

        Raises
        ------
        DataError
            If there are more than the engine can hold.
        """

    @abstractmethod
    def places(self, names: Sequence[str]) -> Iterator[Mapping[str, np.ndarray]]:
        """Batch by batch, per column the place of each record's value in `Distinct.every`.

        int32[:] of the length of the batch, whatever this is; records in order.
        """

    @abstractmethod
    def batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Batches of `BATCH_RECORDS` records, the last one of what is left, in order.

        Without names as many empty ones.
        """

    def close(self) -> None:  # noqa: B027 - an engine that holds memory alone has nothing to do
        """Give back what the engine holds besides memory; then nothing can be asked any more."""

    @abstractmethod
    def changed(self, columns: Mapping[str, Change | None]) -> Records:
        """The same records with these columns alone, in this order.

        Parameters
        ----------
        columns
            What each becomes; None for one that stays as it is.

        Raises
        ------
        DataError
            If values for each record are given to an engine that does not hold the records.
        """
