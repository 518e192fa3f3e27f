"""Quasi-identifiers as the search sees them: leaves in tree order, costs per level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kiaim_server.errors import ParameterError
from kiaim_server.model.solution import SearchProblem


@dataclass(frozen=True, eq=False)
class SearchColumn:
    """One quasi-identifier, restricted to the leaves that occur and the levels that are allowed.

    Leaves that the finest level allowed makes equal count as one where they cost the same; that is
    what "leaf" means here. They are numbered in tree order, so that the leaves of every generalized
    value are adjacent and codes of every level ascend along the leaves.

    Attributes
    ----------
    index
        Place of the column in the problem.
    low
        Level of the first row of the arrays below.
    codes
        int32[:], shape (n_tuples,): leaf of each tuple.
    up
        int32[:, :], shape (n_levels, n_leaves): code of each leaf at each level.
    records
        Per level int64[:], shape (n_codes,): records of each code.
    kept
        float64[:], shape (n_levels,): total if every record is kept.
    kept_cost
        float64[:, :], shape (n_levels, n_leaves): what a kept record costs.
    pool_cost, cost
        float64[:, :], shape (n_levels, n_leaves): what suppressing one record adds to the total,
        and the least of it within the generalized value of the leaf.
    open_penalty
        Least that suppressing a record adds to the total of the finest level, at any level.
    """

    index: int
    low: int
    codes: np.ndarray
    up: np.ndarray
    records: tuple[np.ndarray, ...]
    kept: np.ndarray
    kept_cost: np.ndarray
    pool_cost: np.ndarray
    cost: np.ndarray
    open_penalty: float

    @property
    def n_levels(self) -> int:
        """Levels that are allowed."""
        return len(self.kept)

    @property
    def n_leaves(self) -> int:
        """Distinct values that occur."""
        return int(self.up.shape[1])


def search_column(problem: SearchProblem, index: int, frequencies: np.ndarray) -> SearchColumn:
    """Prepare one quasi-identifier; O(n_tuples + n_leaves * n_levels).

    `frequencies` are its `leaf_frequencies`.

    Raises
    ------
    ParameterError
        If the allowed levels are not levels of the hierarchy.
    """
    hierarchy = problem.hierarchies[index]
    low, high = problem.levels[index]
    if not 0 <= low <= high < hierarchy.n_levels:
        raise ParameterError(
            f"levels of {hierarchy.attribute!r} are limited to {low} to {high}, but its hierarchy "
            f"has levels 0 to {hierarchy.n_levels - 1}"
        )
    codes = problem.tuples.codes[index]
    present = np.flatnonzero(np.bincount(codes, minlength=hierarchy.n_leaves))
    leaves = present[np.lexsort([level[present] for level in hierarchy.maps])]
    rank = np.zeros(hierarchy.n_leaves, dtype=np.int32)
    rank[leaves] = np.arange(len(leaves), dtype=np.int32)
    records = []
    n_levels = high - low + 1
    up = np.empty((n_levels, len(leaves)), dtype=np.int32)
    kept = np.empty(n_levels, dtype=np.float64)
    kept_cost = np.empty((n_levels, len(leaves)), dtype=np.float64)
    pool_cost = np.empty((n_levels, len(leaves)), dtype=np.float64)
    cost = np.empty((n_levels, len(leaves)), dtype=np.float64)
    for row in range(n_levels):
        generalized = hierarchy.maps[low + row][leaves]
        starts = np.flatnonzero(np.diff(generalized, prepend=-1))
        lengths = np.diff(starts, append=len(leaves))
        up[row] = np.repeat(np.arange(len(starts), dtype=np.int32), lengths)
        records.append(np.add.reduceat(frequencies[leaves], starts))
        costs = problem.loss.costs(hierarchy, low + row, frequencies)
        kept_cost[row] = costs.kept[leaves]
        pool_cost[row] = costs.suppressed[leaves] - costs.kept[leaves]
        cost[row] = np.repeat(np.minimum.reduceat(pool_cost[row], starts), lengths)
        kept[row] = (kept_cost[row] * frequencies[leaves]).sum()  # no BLAS: it starts threads
    suppressed = (kept_cost + pool_cost).min(axis=0)
    first, of_leaf = _united(up[0], pool_cost)
    return SearchColumn(
        index=index,
        low=low,
        codes=of_leaf[rank][codes],
        up=np.ascontiguousarray(up[:, first]),
        records=tuple(records),
        kept=kept,
        kept_cost=np.ascontiguousarray(kept_cost[:, first]),
        pool_cost=np.ascontiguousarray(pool_cost[:, first]),
        cost=np.ascontiguousarray(cost[:, first]),
        open_penalty=float(max(0.0, (suppressed - kept_cost[0]).min())),
    )


def _united(finest: np.ndarray, pool_cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Make leaves one that no allowed level tells apart, so that tuples become equal early.

    Only where suppressing one costs as much as suppressing another. Returns one leaf of each, and
    the new number of every leaf.
    """
    first = np.flatnonzero(np.diff(finest, prepend=-1))
    if np.array_equal(pool_cost, pool_cost[:, first][:, finest]):
        return first, finest
    every = np.arange(len(finest), dtype=np.int32)
    return every, every


def leaf_frequencies(problem: SearchProblem, index: int) -> np.ndarray:
    """Records per leaf of one quasi-identifier: int64[:], shape (n_leaves,)."""
    return np.bincount(
        problem.tuples.codes[index],
        weights=problem.tuples.counts,
        minlength=problem.hierarchies[index].n_leaves,
    ).astype(np.int64)
