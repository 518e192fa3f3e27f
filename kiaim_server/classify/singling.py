"""Searches small sets of columns that single out records, breadth first.

Sets are ranked by the records that they single out, not by separation, which is close to one for
nearly every set. What is too much to look at is left out by size, from the columns with the fewest
distinct values on, and the answer says so. Limits are numbers of sets and of records visited, not
seconds, so that equal tables give equal answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import comb
from typing import Final

import numpy as np

from kiaim_server.errors import DataError
from kiaim_server.kernels.singling import split_by
from kiaim_server.model.records import Records
from kiaim_server.model.singling import ColumnSet, SinglingOut, SizeOfSet

#: Columns of a set at most.
LARGEST: Final = 4
#: Sets looked at, and records visited for them, at most; a visit takes 10 to 50 nanoseconds.
MAX_SETS: Final = 5_000
MAX_VISITS: Final = 300_000_000
#: Records looked at, at most.
MAX_RECORDS: Final = 1_000_000
#: Sets told per size; minimal keys told.
BEST: Final = 5
KEYS: Final = 20


@dataclass(frozen=True)
class Limits:
    """How much is looked at."""

    largest: int = LARGEST
    sets: int = MAX_SETS
    visits: int = MAX_VISITS
    records: int = MAX_RECORDS


def single_out(
    table: Records,
    columns: Sequence[str],
    person: str | None = None,
    limits: Limits | None = None,
    check: Callable[[], None] = lambda: None,
) -> SinglingOut:
    """Count whom small sets of `columns` single out. A missing value is a value of its own.

    Parameters
    ----------
    person
        The column that says whose record it is; without, every record is a person.
    check
        Called before each set: may raise to stop.

    Notes
    -----
    O(sets * records) at most: a set visits only records that the set without its last column does
    not single out, and sets that hold a key are not looked at.
    """
    return _Search(table, columns, person, limits or Limits(), check).run()


@dataclass(frozen=True, eq=False)
class _Column:
    """A column as numbers: int32[:], each below `n_codes`."""

    name: str
    codes: np.ndarray
    n_codes: int


@dataclass(frozen=True, eq=False)
class _Classes:
    """Records that some columns do not single out, by class, and what these columns do."""

    order: np.ndarray
    starts: np.ndarray
    singled: int
    n_classes: int
    pairs: int


@dataclass
class _Search:
    table: Records
    names: Sequence[str]
    person: str | None
    limits: Limits
    check: Callable[[], None]
    columns: list[_Column] = field(default_factory=list)
    persons: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))
    n_records: int = 0
    keys: list[ColumnSet] = field(default_factory=list)
    n_sets: int = 0
    n_visits: int = 0

    def run(self) -> SinglingOut:
        held, left_out = self._held()
        self._read(held)
        self.columns = sorted(
            (c for c in self.columns if c.n_codes > 1), key=lambda c: (-c.n_codes, c.name)
        )
        sizes = []
        largest = min(self.limits.largest, len(self.columns))
        for size in range(1, largest + 1):
            among = self._affordable(size)
            if among < size:
                break
            sizes.append(self._size(size, among))
        return SinglingOut(
            n_records=self.n_records,
            n_table=self.table.n_records,
            by_person=self.person is not None,
            columns=tuple(c.name for c in self.columns),
            left_out=left_out,
            sizes=tuple(sizes),
            keys=tuple(self.keys[:KEYS]),
            largest=largest,
        )

    def _held(self) -> tuple[list[str], tuple[str, ...]]:
        """Columns whose distinct values the engine holds, and the others."""
        held, left_out = [], []
        for name in self.names:
            try:
                self.table.distinct(name)
            except DataError as error:
                if error.column != name:
                    raise
                left_out.append(name)
            else:
                held.append(name)
        return held, tuple(left_out)

    def _read(self, held: Sequence[str]) -> None:
        """Number the values of every column, of all records or of every so-many-th."""
        step = -(-self.table.n_records // self.limits.records)
        wanted = [*held, *([self.person] if self.person is not None else [])]
        parts: dict[str, list[np.ndarray]] = {name: [] for name in wanted}
        before = 0
        for places in self.table.places(list(parts)) if parts else ():
            length = len(next(iter(places.values())))
            for name in parts:
                parts[name].append(places[name][-before % step :: step])
            before += length
        codes = {name: np.concatenate(found).astype(np.int32) for name, found in parts.items()}
        self.n_records = len(next(iter(codes.values()))) if codes else 0
        if self.person is not None:
            self.persons = codes[self.person]
        self.columns = [_numbered(name, codes[name]) for name in held]

    def _affordable(self, size: int) -> int:
        """How many columns can be combined in sets of `size` within the limits."""
        sets = self.limits.sets - self.n_sets
        visits = (self.limits.visits - self.n_visits) // max(self.n_records, 1)
        among = len(self.columns)
        while among >= size and comb(among, size) > min(sets, visits):
            among -= 1
        return among

    def _size(self, size: int, among: int) -> SizeOfSet:
        """Look at the sets of one size."""
        found, known = [], 0
        smaller = [frozenset(key.columns) for key in self.keys]
        for chosen, parent in self._sets(size, among, smaller):
            if parent is None:
                known += 1
                continue
            found.append(self._looked_at(chosen, parent))
        self.n_sets += len(found)
        self.keys.extend(s for s in found if s.singled_out == self.n_records)
        best = sorted(
            (s for s in found if s.singled_out), key=lambda s: (-s.singled_out, s.columns)
        )
        return SizeOfSet(size, among, comb(among, size), known, tuple(best[:BEST]))

    def _sets(
        self, size: int, among: int, smaller: Sequence[frozenset[str]]
    ) -> Iterator[tuple[tuple[_Column, ...], _Classes | None]]:
        """Each set with the classes of all its columns but the last; None if it holds a key.

        Sets come in lexicographic order, so classes are split once per common beginning.
        """
        path: list[tuple[_Column, _Classes]] = []
        for chosen in combinations(self.columns[:among], size):
            self.check()
            names = {column.name for column in chosen}
            if any(key <= names for key in smaller):
                yield chosen, None
                continue
            *beginning, _ = chosen
            common = 0
            while common < min(len(path), len(beginning)) and path[common][0] is beginning[common]:
                common += 1
            del path[common:]
            for column in beginning[common:]:
                path.append((column, self._split(path[-1][1] if path else self._whole, column)))
            yield chosen, path[-1][1] if path else self._whole

    @property
    def _whole(self) -> _Classes:
        everything = np.arange(self.n_records, dtype=np.int32)
        return _Classes(everything, np.array([0, self.n_records], dtype=np.int64), 0, 0, 0)

    def _split(self, classes: _Classes, column: _Column, keep: bool = True) -> _Classes:
        self.n_visits += len(classes.order)
        order, starts, singled, n_classes, pairs = split_by(
            classes.order, classes.starts, column.codes, self.persons, column.n_codes, keep
        )
        # Of classes left behind before, each was of one record where records are told apart.
        return _Classes(
            order, starts, classes.singled + singled, classes.singled + n_classes, pairs
        )

    def _looked_at(self, chosen: tuple[_Column, ...], parent: _Classes) -> ColumnSet:
        classes = self._split(parent, chosen[-1], keep=False)
        names = {column.name for column in chosen}
        in_order = tuple(name for name in self.names if name in names)
        if self.person is not None:
            return ColumnSet(in_order, classes.singled, None, None)
        every_pair = self.n_records * (self.n_records - 1)
        return ColumnSet(
            in_order,
            classes.singled,
            classes.n_classes / self.n_records,
            1 - classes.pairs / every_pair if every_pair else 1.0,
        )


def _numbered(name: str, codes: np.ndarray) -> _Column:
    """Number the values that occur anew, from 0. O(n + largest code)."""
    occurs = np.zeros(int(codes.max(initial=-1)) + 1, dtype=np.bool_)
    occurs[codes] = True
    numbers = np.cumsum(occurs, dtype=np.int32) - np.int32(1)
    return _Column(name, numbers[codes], int(np.count_nonzero(occurs)))
