"""Which measures make sense where every record has levels of its own."""

from __future__ import annotations

from typing import Final

import numpy as np

from kiaim_server.model.contract import ClassLossMeasure, LossMeasure
from kiaim_server.model.hierarchy import Hierarchy

#: Costs of suppression that differ by more than this from level to level are not the same.
_SAME: Final = 1e-9

_MEND: Final = (
    "choose loss (with a gs_factor of 1/2 or more) or precision, or recoding: full-domain"
)

_SMALLEST: Final = Hierarchy.from_columns("smallest", [["a", "b"], ["*", "*"]])


def why_not_by_cell(measure: LossMeasure, hierarchy: Hierarchy = _SMALLEST) -> str | None:
    """Say why local recoding cannot minimise a measure; None if it can.

    The loss has to be a sum over cells, and a suppressed record has to cost the same at all levels
    of the hierarchy, because it has none. Without a hierarchy the smallest one is tried.
    """
    if isinstance(measure, ClassLossMeasure):
        return (
            f"{measure.name} depends on whole classes, not on single cells, so local recoding "
            f"cannot minimise it; {_MEND}"
        )
    once = np.ones(hierarchy.n_leaves, dtype=np.int64)
    finest = measure.costs(hierarchy, 0, once).suppressed
    for level in range(1, hierarchy.n_levels):
        other = measure.costs(hierarchy, level, once).suppressed
        if np.abs(other - finest).max() > _SAME:
            return (
                f"{measure.name}: what a suppressed record costs depends on a level, which it does "
                f"not have in local recoding; {_MEND}"
            )
    return None
