"""What a prefix leaves to the columns that are still open, each taken alone."""

from __future__ import annotations

import numpy as np

from kiaim_server.kernels.probe import finest_rows
from kiaim_server.search.descent import Descent, State


class Probe:
    """Looks ahead from states; only at sizes of classes, which is never too strict."""

    def __init__(self, descent: Descent, limit: int) -> None:
        columns = descent.columns
        self._descent = descent
        self._limit = limit
        self._n_leaves = np.array([c.n_leaves for c in columns], dtype=np.int64)
        self._n_levels = np.array([c.n_levels for c in columns], dtype=np.int64)
        ends = np.cumsum(self._n_leaves * self._n_levels)
        self._up_offset = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        self._up = np.concatenate([c.up.ravel() for c in columns])

    def totals(self, state: State) -> list[float] | None:
        """Lower bounds of the totals of all nodes below a state; None if none keeps to the limit.

        In search order, as `State.totals`.
        """
        chains = self._descent.chains
        rows = finest_rows(
            state.suffix,
            state.count,
            state.start[0],
            chains.all_code,
            chains.all_next,
            chains.chain_offset,
            self._up,
            self._up_offset,
            self._n_leaves,
            self._n_levels,
            state.depth,
            state.pooled,
            self._limit,
            self._descent.rules.minimum_size,
        )
        totals: list[float] = state.totals.tolist()
        for i in range(state.depth, self._descent.depth):
            row = int(rows[i])
            if row == self._n_levels[i]:
                return None
            totals[i] = max(totals[i], float(self._descent.columns[i].kept[row]))
        return totals
