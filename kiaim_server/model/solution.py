"""What the search is asked and what it answers."""

from __future__ import annotations

import math
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

    If the search ran out of time before the proof, it is the best node found, `optimal` is False
    and `lower_bound` says how much better any other can be. It satisfies every model either way.

    Ties in `loss` are broken by the smaller sum of levels, then by the lexicographically smaller
    levels in column order.

    Attributes
    ----------
    loss_per_attribute
        In column order; empty if the measure attributes no loss to columns.
    suppressed
        bool[:], shape (n_tuples,); true also of tuples that only records outside the research
        subset have.
    class_sizes
        int64[:], records of the kept classes, ascending.
    statistics
        Counts and seconds of the search, for reports and benchmarks.
    optimal
        Whether it is proven that no node is better; then the answer does not depend on time.
    lower_bound
        Proven: no solution has less loss, apart from rounding (1e-9). The loss itself if
        `optimal`.
    """

    levels: tuple[int, ...]
    loss: float
    loss_per_attribute: tuple[float, ...]
    suppressed: np.ndarray
    n_suppressed: int
    class_sizes: np.ndarray
    statistics: Mapping[str, float] = field(default_factory=dict)
    optimal: bool = True
    lower_bound: float = math.nan

    def __post_init__(self) -> None:
        if self.optimal:
            object.__setattr__(self, "lower_bound", self.loss)
        elif not self.lower_bound <= self.loss:
            raise ValueError("a node that is not proven to be optimal needs a lower bound")

    @property
    def gap(self) -> float:
        """Share of the loss that a better solution could save at most; 0 if there is none."""
        return relative_gap(self.loss, self.lower_bound)


def relative_gap(loss: float, lower_bound: float) -> float:
    """(loss - lower bound) / loss, at least 0; 0 where both are equal."""
    return 0.0 if loss <= lower_bound else (loss - lower_bound) / abs(loss or 1.0)


@dataclass(frozen=True, eq=False)
class LocalSolution:
    """Local recoding: levels of its own for every tuple. Found by a heuristic, not an optimum.

    Every model holds on the classes as they are shown, of tuples that show equal texts.

    Attributes
    ----------
    levels
        int8[:, :], shape (n_quasi, n_tuples). Of no meaning where a tuple is suppressed.
    loss, loss_per_attribute
        As in `Solution`: the same measure, so that both can be compared.
    suppressed
        bool[:], shape (n_tuples,).
    class_sizes
        int64[:], sizes of the kept classes, ascending.
    level_records
        Per quasi-identifier and level of its hierarchy the records that are kept there.
    scheme
        What found it; ``full-domain`` if nothing loses less than the full-domain optimum.
    lower_bound
        Proven: no choice of levels has less loss, because every cell costs as much on the finest
        level that it may have.
    full_domain
        The full-domain optimum, or the best node that was found in time; None if there is none.
    """

    levels: np.ndarray
    loss: float
    loss_per_attribute: tuple[float, ...]
    suppressed: np.ndarray
    n_suppressed: int
    class_sizes: np.ndarray
    level_records: tuple[tuple[int, ...], ...]
    scheme: str
    lower_bound: float
    full_domain: Solution | None = None
    statistics: Mapping[str, float] = field(default_factory=dict)

    @property
    def optimal(self) -> bool:
        """Whether nothing can lose less; that is known only if nothing is generalized."""
        return self.loss <= self.lower_bound

    @property
    def gap(self) -> float:
        """Share of the loss that a better solution could save at most, as far as is proven."""
        return relative_gap(self.loss, self.lower_bound)

    @property
    def cell_loss(self) -> float:
        """Mean loss of a cell, all attributes counting the same; 0 without attributes."""
        return mean_cell_loss(self.loss_per_attribute)


def mean_cell_loss(loss_per_attribute: tuple[float, ...]) -> float:
    """Mean of the attributes' losses; 0 without attributes."""
    return sum(loss_per_attribute) / len(loss_per_attribute) if loss_per_attribute else 0.0


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


@dataclass(frozen=True)
class Undecided:
    """The time was up before a solution was found, and before it was proven that there is none.

    Attributes
    ----------
    closed
        Share of the lattice that holds no solution for certain, 0 to 1.
    lower_bound
        Proven: if there is a solution, it has no less loss than this.
    least_suppressed
        The smallest number of records that any node visited would have to suppress, None if
        no node visited keeps a record.
    seconds
        How long was searched.
    """

    closed: float
    lower_bound: float
    least_suppressed: int | None
    seconds: float
    statistics: Mapping[str, float] = field(default_factory=dict)
