"""Ambiguity: how many original tuples a released record may stand for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kiaim_server.model.contract import ClassLossMeasure, ColumnCosts
from kiaim_server.model.grouping import Grouping
from kiaim_server.model.hierarchy import Hierarchy


@dataclass(frozen=True)
class Ambiguity(ClassLossMeasure):
    """Sum over records of the number of combinations of leaves that its cells stand for.

    A suppressed record stands for all combinations. From the number of records to that times the
    size of the domain. Goldberger and Tassa, Efficient anonymizations with enhanced utility,
    Transactions on Data Privacy 3 (2010); as in ARX, every combination of leaves of
    the hierarchies counts, whether it occurs or not.

    Notes
    -----
    Bound of a prefix: a column that is open stands for at least as many leaves as at its finest
    level.
    """

    name: ClassVar[str] = "ambiguity"
    summary: ClassVar[str] = "Number of original tuples that a released record may stand for."
    needs_columns: ClassVar[bool] = True

    def costs(self, hierarchy: Hierarchy, level: int, frequencies: np.ndarray) -> ColumnCosts:
        """Leaves that a value stands for; all for a suppressed one."""
        up = hierarchy.maps[level]
        kept = np.bincount(up)[up].astype(np.float64)
        return ColumnCosts(kept, np.full(hierarchy.n_leaves, float(hierarchy.n_leaves)))

    def class_score(
        self, totals: Sequence[float], grouping: Grouping, hierarchies: Sequence[Hierarchy]
    ) -> float:
        """Correctly rounded sum over classes of products in the order of the columns."""
        costs = grouping.sizes.astype(np.float64)
        suppressed = float(grouping.suppressed)
        for column, hierarchy in zip(grouping.columns, hierarchies, strict=True):
            costs = costs * column.cost
            suppressed *= hierarchy.n_leaves
        return math.fsum([*costs.tolist(), suppressed])
