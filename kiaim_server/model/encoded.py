"""Values as small integers: what `encode` makes and `search` works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kiaim_server.model.classes import ValueCounts
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.persons import Persons


@dataclass(frozen=True, eq=False)
class QuasiColumn:
    """A quasi-identifier: leaf code of its hierarchy per record, int32[:] of shape (n_records,)."""

    hierarchy: Hierarchy
    codes: np.ndarray

    @property
    def name(self) -> str:
        """Name of the attribute."""
        return self.hierarchy.attribute


@dataclass(frozen=True, eq=False)
class SensitiveColumn:
    """A sensitive attribute: value code per record, int32[:] of shape (n_records,).

    `labels[code]` is the text of the value, None for the missing one. If `ordered`, codes ascend
    in the stated order, the missing value last.
    """

    name: str
    labels: np.ndarray
    codes: np.ndarray
    ordered: bool = False


@dataclass(frozen=True, eq=False)
class EncodedTable:
    """All columns that the search has to see, as codes.

    Attributes
    ----------
    n_records
        Records of the input, whether they are in the subset or not.
    persons
        int32[:], shape (n_records,): whose record it is, numbered by first occurrence. None if
        every record counts by itself.
    subset
        bool[:], shape (n_records,): the records of the research subset, which alone may be
        released; the others only show what the population is. None if all may be released.
    """

    quasi: tuple[QuasiColumn, ...]
    sensitive: tuple[SensitiveColumn, ...]
    n_records: int
    persons: np.ndarray | None = None
    subset: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class TupleTable:
    """Distinct quasi-identifier tuples with counts. From here cost depends on tuples, not records.

    Attributes
    ----------
    codes
        int32[:, :], shape (n_quasi, n_tuples), C-contiguous: leaf codes, one row per attribute.
    counts
        int64[:], shape (n_tuples,): records per tuple that may be released; sums to `n_records`.
        0 for tuples that only records outside the research subset have.
    record_tuple
        int32[:], one per record of the input: its tuple, by which a solution is applied. Records
        outside the research subset have tuples too; who applies a solution leaves them out.
    sensitive
        Per sensitive attribute the counts of its values among the `counts` records of each tuple.
    population
        int64[:], shape (n_tuples,), each > 0: all records of the input per tuple; None if all of
        them may be released.
    persons
        Whose records they are; None if every record counts by itself.
    """

    codes: np.ndarray
    counts: np.ndarray
    record_tuple: np.ndarray
    sensitive: Mapping[str, ValueCounts] = field(default_factory=dict)
    population: np.ndarray | None = None
    persons: Persons | None = None

    @cached_property
    def n_records(self) -> int:
        """Number of records that may be released."""
        return int(self.counts.sum())

    @property
    def n_tuples(self) -> int:
        """Number of distinct tuples."""
        return len(self.counts)
