"""Hierarchies as local recoding sees them: leaves that occur, levels that are allowed, costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kiaim_server.errors import ParameterError
from kiaim_server.loss.cells import why_not_by_cell
from kiaim_server.model.contract import LossMeasure
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.columns import leaf_frequencies


@dataclass(frozen=True, eq=False)
class Trees:
    """All hierarchies of a problem in the layout of `kiaim_server.kernels.local`.

    Levels are relative: 0 is the finest one allowed. Columns with the most distinct values come
    first, because they tell most tuples apart; `columns` says which column of the problem each is.

    Attributes
    ----------
    columns
        int64[:], shape (n_columns,).
    low, n_levels
        int64[:], shape (n_columns,): finest level allowed, and how many are.
    rows
        int32[:, :], shape (n_tuples, n_columns): row of each cell.
    up, cost
        int32[:, :] and float64[:, :], shape (n_rows, n_levels + 1). Costs are weighted so that
        their sum over the cells of a record follows the score of the measure.
    hidden
        Cost of a suppressed record, weighted likewise.
    """

    columns: np.ndarray
    low: np.ndarray
    n_levels: np.ndarray
    rows: np.ndarray
    up: np.ndarray
    cost: np.ndarray
    hidden: float

    def cost_of(self, rows: np.ndarray, levels: np.ndarray) -> np.ndarray:
        """Cost of a record with these cells at these levels: float64[:], one per line."""
        return np.asarray(self.cost[rows, levels].sum(axis=1))

    def to_levels(self, relative: np.ndarray) -> np.ndarray:
        """Levels of the problem, int8[n_columns of the problem, n_tuples], from relative ones."""
        levels = np.empty(relative.shape[::-1], dtype=np.int8)
        levels[self.columns] = (np.minimum(relative, self.n_levels - 1) + self.low).T
        return levels


def trees_of(problem: SearchProblem) -> Trees:
    """Lay out the hierarchies; O(n_tuples * n_columns + leaves * levels).

    Raises
    ------
    ParameterError
        If the loss measure says nothing of single cells.
    """
    check_measure(problem)
    n_columns = len(problem.hierarchies)
    frequencies = [leaf_frequencies(problem, i) for i in range(n_columns)]
    distinct = [int(np.count_nonzero(f)) for f in frequencies]
    columns = np.array(sorted(range(n_columns), key=lambda i: (-distinct[i], i)), dtype=np.int64)
    weights = _weights(problem, frequencies)
    depth = max((high - low + 1 for low, high in problem.levels), default=0) + 1
    n_rows = sum(distinct)
    rows = np.empty((problem.tuples.n_tuples, n_columns), dtype=np.int32)
    up = np.zeros((n_rows, depth), dtype=np.int32)
    cost = np.full((n_rows, depth), np.inf)
    begin, hidden = 0, 0.0
    for place, i in enumerate(columns.tolist()):
        hierarchy, (low, high) = problem.hierarchies[i], problem.levels[i]
        leaves = np.flatnonzero(frequencies[i])
        row_of = np.zeros(hierarchy.n_leaves, dtype=np.int32)
        row_of[leaves] = np.arange(begin, begin + len(leaves), dtype=np.int32)
        rows[:, place] = row_of[problem.tuples.codes[i]]
        for level in range(low, high + 1):
            own = slice(begin, begin + len(leaves)), level - low
            up[own] = hierarchy.maps[level][leaves]
            kept = problem.loss.costs(hierarchy, level, frequencies[i]).kept[leaves]
            cost[own] = kept * weights[i]
        gone = problem.loss.costs(hierarchy, low, frequencies[i]).suppressed[leaves]
        hidden += float(gone.max(initial=0.0)) * weights[i]
        begin += len(leaves)
    low_ = np.array([problem.levels[i][0] for i in columns], dtype=np.int64)
    high_ = np.array([problem.levels[i][1] for i in columns], dtype=np.int64)
    return Trees(columns, low_, high_ - low_ + 1, rows, up, cost, hidden)


def check_measure(problem: SearchProblem) -> None:
    """Refuse a measure whose loss is not a sum over cells.

    Raises
    ------
    ParameterError
        Naming the measure and the mend.
    """
    for hierarchy in problem.hierarchies:
        if (reason := why_not_by_cell(problem.loss, hierarchy)) is not None:
            raise ParameterError(reason)


def _weights(problem: SearchProblem, frequencies: Sequence[np.ndarray]) -> list[float]:
    """How much the score rises with the total of each column, near the original table."""
    measure, trees, n = problem.loss, problem.hierarchies, problem.tuples.n_records
    finest, worst = [], []
    for hierarchy, (low, _), records in zip(trees, problem.levels, frequencies, strict=True):
        costs = measure.costs(hierarchy, low, records)
        finest.append(float(costs.kept @ records))
        worst.append(float(costs.suppressed @ records))
    base = _score(measure, finest, trees, n)
    weights = []
    for i, (least, most) in enumerate(zip(finest, worst, strict=True)):
        step = (most - least) / 100
        raised = [total + step * (j == i) for j, total in enumerate(finest)]
        rise = _score(measure, raised, trees, n) - base
        weights.append(max(0.0, rise) / step if step > 0 else 0.0)
    return weights


def _score(
    measure: LossMeasure, totals: Sequence[float], trees: Sequence[Hierarchy], n_records: int
) -> float:
    return measure.score(totals, trees, n_records)
