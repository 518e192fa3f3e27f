"""Discernibility: from how many records each record cannot be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kiaim_server.model.contract import ClassLossMeasure
from kiaim_server.model.grouping import Grouping
from kiaim_server.model.hierarchy import Hierarchy


@dataclass(frozen=True)
class Discernibility(ClassLossMeasure):
    """A kept record costs the size of its class, a suppressed one the size of the table.

    Between n and n^2 for n records. Bayardo and Agrawal, Data privacy through optimal
    k-anonymization, ICDE 2005, doi:10.1109/ICDE.2005.42. Exact for fewer than 9 * 10^7 records,
    whose square a float still holds.

    Notes
    -----
    Bound of a prefix: a record costs at least as much as its part has records, and at least k.
    """

    name: ClassVar[str] = "discernibility"
    summary: ClassVar[str] = "Sum over records of the size of their class, of the table if hidden."

    def class_score(
        self, totals: Sequence[float], grouping: Grouping, hierarchies: Sequence[Hierarchy]
    ) -> float:
        """Exact for a node."""
        parts = grouping.parts
        kept = int(parts @ np.maximum(parts, min(grouping.minimum_size, grouping.n_records)))
        return float(kept + grouping.suppressed * grouping.n_records)
