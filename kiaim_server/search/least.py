"""An internal measure whose optimum suppresses as few records as possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from kiaim_server.model.contract import ColumnCosts, LossMeasure
from kiaim_server.model.hierarchy import Hierarchy


class FewestSuppressed(LossMeasure):
    """Suppressed records, and a fraction below 1 for the height of the node.

    The fraction orders nodes that suppress equally many records by their height, as the search
    does, but where bounds can prune with it.
    """

    name: ClassVar[str] = "fewest-suppressed"
    summary: ClassVar[str] = "Counts suppressed records."

    def __init__(self, hierarchies: Sequence[Hierarchy], n_records: int) -> None:
        self._height = 1 + sum(h.n_levels - 1 for h in hierarchies)
        self._columns = len(hierarchies)
        self._n_records = n_records

    def costs(self, hierarchy: Hierarchy, level: int, frequencies: np.ndarray) -> ColumnCosts:
        """Each record costs its share of the height, a suppressed one its share of 1 as well."""
        share = level / (self._height * self._n_records)
        kept = np.full(hierarchy.n_leaves, share, dtype=np.float64)
        return ColumnCosts(kept, kept + 1.0 / self._columns)

    def score(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> float:
        """Sum of the totals."""
        return float(sum(totals))

    def per_attribute(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> tuple[float, ...]:
        """Nothing: the measure is about records."""
        return ()
