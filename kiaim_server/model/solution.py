"""What the search is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kiaim_server.model.contract import LossMeasure, PrivacyModel
from kiaim_server.model.encoded import TupleTable
from kiaim_server.model.hierarchy import Hierarchy


@dataclass(frozen=True, eq=False)
class SearchProblem:
    """Find the node with the least loss that satisfies all models within the suppression limit.

    Attributes
    ----------
    tuples, hierarchies
        Distinct quasi-identifier tuples and, in the same order, their hierarchies.
    levels
        Smallest and largest level allowed per quasi-identifier, inclusive.
    models
        Every one must hold for every class that is kept.
    max_suppressed
        Records that may be suppressed, 0 to n_records.
    reference
        Against what models compare distributions: all records of the ``input`` (suppressed
        records stay in the file, starred), or those of the ``released`` table alone (they are
        dropped). It is always the distribution that a reader of the released file sees.
    """

    tuples: TupleTable
    hierarchies: tuple[Hierarchy, ...]
    levels: tuple[tuple[int, int], ...]
    models: tuple[PrivacyModel, ...]
    max_suppressed: int
    loss: LossMeasure
    reference: Literal["input", "released"] = "input"

    @property
    def n_nodes(self) -> int:
        """Size of the lattice."""
        size = 1
        for low, high in self.levels:
            size *= high - low + 1
        return size


@dataclass(frozen=True, eq=False)
class Solution:
    """The optimum: one level per quasi-identifier, and the tuples that are suppressed.

    Ties in `loss` are broken by the smaller sum of levels, then by the lexicographically smaller
    levels in column order.

    Attributes
    ----------
    loss_per_attribute
        In column order; empty if the measure attributes no loss to columns.
    suppressed
        bool[:], shape (n_tuples,).
    class_sizes
        int64[:], sizes of the kept classes, ascending.
    statistics
        Counts and seconds of the search, for reports and benchmarks.
    """

    levels: tuple[int, ...]
    loss: float
    loss_per_attribute: tuple[float, ...]
    suppressed: np.ndarray
    n_suppressed: int
    class_sizes: np.ndarray
    statistics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Infeasible:
    """No node satisfies the models within the limit: exhaustively searched, hence proven.

    `obstacles` are sentences, each about one model on the most general node allowed: how many
    records its failing classes hold. `least_suppressed` is the smallest number of records that
    any node visited would have to suppress, None if no node keeps a record.
    """

    obstacles: tuple[str, ...]
    least_suppressed: int | None
    statistics: Mapping[str, float] = field(default_factory=dict)
