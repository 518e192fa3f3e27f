"""Average class size: how many records share their quasi-identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from kiaim_server.kernels.refine import most_classes
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
        classes = most_classes(grouping.parts, grouping.start, grouping.minimum_size)
        return grouping.n_records / max(1, classes + grouping.may_suppress)
