"""States of the search as groupings: what measures that look at classes are shown."""

from __future__ import annotations

import numpy as np

from kiaim_server.model.contract import ClassLossMeasure
from kiaim_server.model.grouping import GroupedColumn, Grouping
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.descent import Descent, State


class Groupings:
    """Describes states to one measure, with the columns only where it needs them."""

    def __init__(self, problem: SearchProblem, descent: Descent, measure: ClassLossMeasure) -> None:
        self._descent = descent
        self._n_records = problem.tuples.n_records
        self._with_columns = measure.needs_columns

    def prefix(self, state: State) -> Grouping:
        """The grouping of a state in which columns are open: its entries are the parts."""
        start = state.start[0]
        sizes = state.sizes
        return Grouping(
            sizes,
            start,
            state.count[: start[-1]],
            state.pooled,
            self._descent.rules.minimum_size,
            self._columns(state, sizes, np.ones(len(sizes), dtype=np.bool_)),
        )

    def node(self, state: State, sizes: np.ndarray, keep: np.ndarray) -> Grouping:
        """The grouping of a state in which no column is open, with the classes that are kept."""
        kept = sizes[keep]
        gone = self._n_records - int(kept.sum())
        columns = self._columns(state, sizes, keep)
        return Grouping.of_node(kept, gone, self._descent.rules.minimum_size, columns)

    def _columns(
        self, state: State, sizes: np.ndarray, keep: np.ndarray
    ) -> tuple[GroupedColumn, ...]:
        """All columns in the order of the table; O(n_classes) for each that is fixed."""
        if not self._with_columns:
            return ()
        columns = self._descent.columns
        described: list[tuple[int, GroupedColumn]] = []
        of_class = np.flatnonzero(keep)
        kept = sizes[of_class]
        for column in columns[state.depth :]:
            cost = np.full(len(kept), column.kept_cost[0].min())
            described.append((column.index, GroupedColumn(None, cost, None)))
        step = state
        while step.before is not None:
            column = columns[step.depth - 1]
            leaves = step.leaf[of_class]
            records = column.records[step.row]
            left = np.bincount(column.up[step.row][leaves], weights=kept, minlength=len(records))
            level, cost = column.low + step.row, column.kept_cost[step.row][leaves]
            gone = records - left.astype(np.int64)
            described.append((column.index, GroupedColumn(level, cost, gone)))
            of_class, step = step.parent[of_class], step.before
        return tuple(column for _, column in sorted(described, key=lambda pair: pair[0]))
