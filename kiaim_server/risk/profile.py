"""The risk of a table in one record of numbers, for reports."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import numpy as np

from kiaim_server.risk import measures
from kiaim_server.risk.estimators import ESTIMATORS, estimate_uniqueness

#: Precedents for the largest tolerable risk: classes of 3, 5, 11 and 20 (El Emam 2013).
THRESHOLDS: Final = (Fraction(1, 3), Fraction(1, 5), Fraction(1, 11), Fraction(1, 20))


def risk_profile(sizes: np.ndarray, population: int | None = None) -> dict[str, Any]:
    """Describe class sizes (int64[:], suppressed records left out) by all risk measures.

    Every measure is None for a table without classes. Journalist figures are the worst case, in
    which the table is the whole population. Estimates of population uniqueness need the number of
    persons in the population, and come with the reason where there is none. O(n_classes).
    """
    above = {str(risk): _number(measures.share_above(sizes, risk)) for risk in THRESHOLDS}
    return {
        "records": int(sizes.sum()),
        "classes": len(sizes),
        "smallest_class": int(sizes.min()) if len(sizes) else None,
        "largest_class": int(sizes.max()) if len(sizes) else None,
        "prosecutor": {
            "highest": _number(measures.prosecutor_highest(sizes)),
            "average": _number(measures.prosecutor_average(sizes)),
            "share_above": above,
        },
        "journalist": {
            "highest": _number(measures.journalist_highest(sizes)),
            "average": _number(measures.journalist_average(sizes)),
            "share_above": dict(above),
        },
        "marketer": {"average": _number(measures.marketer_average(sizes))},
        "sample_uniques": int(np.count_nonzero(sizes == 1)),
        "sample_uniqueness": _number(measures.sample_uniqueness(sizes)),
        "population_uniqueness": None if population is None else _estimates(sizes, population),
    }


def _estimates(sizes: np.ndarray, population: int) -> dict[str, Any]:
    found = {name: estimate_uniqueness(name, sizes, population) for name in ESTIMATORS}
    return {
        "population": population,
        "estimates": {n: {"share": e.value, "reason": e.reason} for n, e in found.items()},
    }


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
