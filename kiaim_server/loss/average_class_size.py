"""Average class size: how many records share their quasi-identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kiaim_server.model.contract import ClassLossMeasure
from kiaim_server.model.grouping import Grouping
from kiaim_server.model.hierarchy import Hierarchy


@dataclass(frozen=True)
class AverageClassSize(ClassLossMeasure):
    """Records of the table divided by the number of classes, from 1 to the number of records.

    All suppressed records together count as one class, as in ARX. LeFevre, DeWitt and
    Ramakrishnan, Mondrian, ICDE 2006, doi:10.1109/ICDE.2006.101 (there divided by k, which does
    not change the order).

    Notes
    -----
    Bound of a prefix: a class of a node that holds a part with at least k records needs such a
    part; one that holds none needs k records of smaller parts. So a class of the prefix becomes
    at most (large parts) + floor(records in small parts / k) classes that are kept.
    """

    name: ClassVar[str] = "average-class-size"
    summary: ClassVar[str] = "Records per class; all suppressed records count as one class."

    def class_score(
        self, totals: Sequence[float], grouping: Grouping, hierarchies: Sequence[Hierarchy]
    ) -> float:
        """Exact for a node."""
        large = grouping.parts >= grouping.minimum_size
        n_large = int(np.count_nonzero(large))
        classes = n_large
        if n_large < len(large):
            small = np.add.reduceat(np.where(large, 0, grouping.parts), grouping.start[:-1])
            classes += int((small // grouping.minimum_size).sum())
        return grouping.n_records / max(1, classes + grouping.may_suppress)
