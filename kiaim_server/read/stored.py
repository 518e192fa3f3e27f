"""The engine for tables that do not fit into memory: the file is read again for every question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.errors import DataError, KiaimError, PluginError
from kiaim_server.model.contract import StoredFile
from kiaim_server.model.records import Change, Distinct, Records, Survey, collapse, spaced
from kiaim_server.model.table import BATCH_RECORDS, check_shape
from kiaim_server.read.carriers import carried
from kiaim_server.read.survey import Surveyor

#: More values than that are looked up in a dictionary, which is made once, not per batch.
_FEW: Final = 4_096


class _Known:
    """The column of a file by value: distinct values, and where each value is among them."""

    def __init__(self, distinct: Distinct) -> None:
        self.distinct = distinct
        self._carriers = carried(distinct.values)

    @cached_property
    def _place_of(self) -> dict[object, int]:
        return {value: i for i, value in enumerate(self._carriers.to_pylist())}

    def places(self, values: pa.Array) -> np.ndarray:
        """Place of each value in ``distinct.every``, int32[:].

        Raises
        ------
        LookupError
            For values that were not there before.
        """
        n_values = len(self._carriers)
        if n_values <= _FEW:
            found = pc.index_in(carried(values), value_set=self._carriers)
        else:
            encoded = carried(values).dictionary_encode()
            of = pa.array([self._place_of[v] for v in encoded.dictionary.to_pylist()], pa.int32())
            found = of.take(encoded.indices)
        if found.null_count != values.null_count or (found.null_count and not self._missing):
            raise LookupError
        places: np.ndarray = found.fill_null(n_values).to_numpy(zero_copy_only=False)
        return places.astype(np.int32, copy=False)

    @property
    def _missing(self) -> bool:
        return self.distinct.missing > 0


@dataclass(frozen=True, eq=False)
class _Column:
    """A column as it is, or by images of the values that are in the file.

    `images` is None for a column that stays as it is. Otherwise `distinct` are the images' distinct
    values, and `places` where the image of each value of the file is among them.
    """

    source: str
    images: pa.Array | None = None
    distinct: Distinct | None = None
    places: np.ndarray | None = None


class _Noting:
    """Passes values on to the database, and notes what the database would not tell."""

    def __init__(self, values: Iterator[pa.Array]) -> None:
        self._values = values
        self.failure: KiaimError | None = None

    def __iter__(self) -> Iterator[pa.Array]:
        try:
            yield from self._values
        except KiaimError as error:
            self.failure = error
            raise


class _File:
    """What all tables that are made of one file share."""

    def __init__(self, path: Path, name: str, stored: StoredFile, folder: Path) -> None:
        self.path = path
        self.name = name
        self.stored = stored
        self.surveyor = Surveyor(name, folder)
        self._stamp = self._state()
        self._surveys: dict[str, Survey] = {}
        self._known: dict[str, _Known] = {}

    def _state(self) -> tuple[int, int, int]:
        state = self.path.stat()
        return state.st_size, state.st_mtime_ns, state.st_ino

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Batches of exactly `BATCH_RECORDS` records, the last one of what is left.

        Raises
        ------
        DataError
            If the file was changed since it was opened, or does not hold what it states.
        """
        self.check()
        ahead: list[pa.RecordBatch] = []
        n_ahead = n_given = 0
        for batch in self._read(columns):
            ahead.append(batch)
            n_ahead += batch.num_rows
            n_given += batch.num_rows
            while n_ahead >= BATCH_RECORDS:
                whole = ahead[0] if len(ahead) == 1 else pa.concat_batches(ahead)
                yield whole.slice(0, BATCH_RECORDS)
                ahead = [whole.slice(BATCH_RECORDS)]
                n_ahead -= BATCH_RECORDS
        if n_ahead:
            yield pa.concat_batches(ahead)
        if n_given != self.stored.n_records:
            raise DataError(f"{self.name}: does not hold as many records as it states")
        self.check()

    def _read(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """What a plugin reads, held to its contract."""
        schema = pa.schema([self.stored.schema.field(name) for name in columns])
        try:
            for batch in self.stored.batches(columns, BATCH_RECORDS):
                if batch.schema.types != schema.types:
                    raise PluginError(f"the reader of {self.name} gave columns of other types")
                yield pa.record_batch(batch.columns, schema=schema)
        except KiaimError:
            raise
        except Exception as error:  # noqa: BLE001 - its words may quote cells
            raise PluginError(
                f"the reader of {self.name} failed with {type(error).__name__}"
            ) from None

    def check(self) -> None:
        """Refuse to go on with a file that is not the one that was opened."""
        if self._state() != self._stamp:
            raise self.changed()

    def changed(self) -> DataError:
        """What to raise for another file than the one that was opened."""
        return DataError(f"{self.name}: the file was changed while it was read; start again")

    def survey(self, column: str) -> Survey:
        """Count a column, once."""
        if column not in self._surveys:
            kind = self.stored.schema.field(column).type
            values = _Noting(batch.column(0) for batch in self.batches([column]))
            try:
                self._surveys[column] = self.surveyor.survey(column, kind, values)
            except DataError:
                if values.failure is not None:
                    raise values.failure from None
                raise
        return self._surveys[column]

    def known(self, column: str) -> _Known:
        """The distinct values of a column, found once."""
        if column not in self._known:
            self.survey(column)
            self._known[column] = _Known(self.surveyor.distinct(column))
        return self._known[column]

    def places(self, column: str, values: pa.Array) -> np.ndarray:
        """Place of each value among the distinct ones."""
        try:
            return self.known(column).places(values)
        except LookupError:
            raise self.changed() from None


class StoredTable(Records):
    """The engine that holds no record, only distinct values of the columns that are worked on."""

    def __init__(self, file: _File, columns: Mapping[str, _Column]) -> None:
        self.name = file.name
        self._file = file
        self._columns = dict(columns)

    @classmethod
    def open(cls, path: Path, name: str, stored: StoredFile, folder: Path) -> StoredTable:
        """Open a file; what does not fit into memory goes to `folder`, which the caller removes.

        Raises
        ------
        DataError
            If it is no table.
        """
        check_shape(name, stored.schema.names, stored.n_records)
        file = _File(path, name, stored, folder)
        return cls(file, {column: _Column(column) for column in stored.schema.names})

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        stored = self._file.stored.schema
        return pa.schema(
            [
                (n, stored.field(c.source).type if c.images is None else c.images.type)
                for n, c in self._columns.items()
            ]
        )

    @property
    def n_records(self) -> int:
        """Number of records."""
        return self._file.stored.n_records

    @property
    def n_empty(self) -> int:
        """Number of records without any value; no record is read if a column is complete."""
        if any(not self.survey(name).n_missing for name in self.columns):
            return 0
        return sum(
            int(np.logical_and.reduce([c.is_null().to_numpy(False) for c in batch.columns]).sum())
            for batch in self.batches(self.columns)
        )

    def column(self, name: str) -> pa.ChunkedArray:
        """Refused: the values are not held."""
        raise self._not_held(name)

    def _not_held(self, name: str) -> DataError:
        return DataError(
            f"{self.name}, column {name!r}: all its values are needed at once, which the engine "
            "for tables larger than memory does not hold; take the engine 'memory'",
            column=name,
        )

    def survey(self, name: str) -> Survey:
        """Count a column, once."""
        column = self._columns[name]
        if column.distinct is None:
            return self._file.survey(column.source)
        values, missing = column.distinct.values, column.distinct.missing
        sample = values.take(pa.array(spaced(len(values))))
        return Survey(missing, len(column.distinct.every), sample)

    def distinct(self, name: str) -> Distinct:
        """The distinct values of one column, found once."""
        column = self._columns[name]
        return column.distinct or self._file.known(column.source).distinct

    def places(self, names: Sequence[str]) -> Iterator[Mapping[str, np.ndarray]]:
        """The places of the records of one batch of the file after the other."""
        if not names:
            yield {}
            return
        for batch in self._file.batches(self._sources(names)):
            yield {name: self._places(self._columns[name], batch) for name in names}

    def batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Batches of the file, with images where columns were changed."""
        sources = self._sources(names)
        if not sources:
            for _ in range(0, self.n_records, BATCH_RECORDS):
                yield pa.record_batch([], names=[])
            return
        for batch in self._file.batches(sources):
            arrays = [self._values(self._columns[name], batch) for name in names]
            yield pa.record_batch(arrays, names=list(names))

    def close(self) -> None:
        """Close the database, for every view on the file."""
        self._file.surveyor.close()

    def changed(self, columns: Mapping[str, Change | None]) -> StoredTable:
        """A view on the same file."""
        return StoredTable(self._file, {n: self._change(n, c) for n, c in columns.items()})

    def _change(self, name: str, change: Change | None) -> _Column:
        column = self._columns[name]
        if change is None:
            return column
        if isinstance(change, pa.ChunkedArray):
            raise self._not_held(name)
        if column.places is not None:  # of images that are changed again
            change = change.take(pa.array(column.places))
        known = self._file.known(column.source).distinct
        distinct, places = collapse(change, known.records_of_every)
        return _Column(column.source, change, distinct, places)

    def _sources(self, names: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(self._columns[name].source for name in names))

    def _places(self, column: _Column, batch: pa.RecordBatch) -> np.ndarray:
        places = self._file.places(column.source, batch.column(column.source))
        return places if column.places is None else column.places[places]

    def _values(self, column: _Column, batch: pa.RecordBatch) -> pa.Array:
        values = batch.column(column.source)
        if column.images is None:
            return values
        return column.images.take(pa.array(self._file.places(column.source, values)))
