"""Values as small integers: what `encode` makes and `search` works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kiaim_server.model.classes import ValueCounts
from kiaim_server.model.hierarchy import Hierarchy


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
    """All columns that the search has to see, as codes."""

    quasi: tuple[QuasiColumn, ...]
    sensitive: tuple[SensitiveColumn, ...]
    n_records: int


@dataclass(frozen=True, eq=False)
class TupleTable:
    """Distinct quasi-identifier tuples with counts. From here cost depends on tuples, not records.

    Attributes
    ----------
    codes
        int32[:, :], shape (n_quasi, n_tuples), C-contiguous: leaf codes, one row per attribute.
    counts
        int64[:], shape (n_tuples,): records per tuple; sums to `n_records`.
    sensitive
        Per sensitive attribute the counts of its values in each tuple.
    record_tuple
        int32[:], shape (n_records,): the tuple of each record, by which a solution is applied.
    """

    codes: np.ndarray
    counts: np.ndarray
    record_tuple: np.ndarray
    sensitive: Mapping[str, ValueCounts] = field(default_factory=dict)

    @property
    def n_records(self) -> int:
        """Number of records."""
        return len(self.record_tuple)

    @property
    def n_tuples(self) -> int:
        """Number of distinct tuples."""
        return len(self.counts)
