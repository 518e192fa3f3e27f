"""Measures any table, without a policy: k, l, t and risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from kiaim_server.audit import measures
from kiaim_server.audit.claims import Format, Layout
from kiaim_server.audit.counting import Recount, recount, recount_table
from kiaim_server.audit.estimates import ESTIMATORS, estimated_uniques
from kiaim_server.errors import DataError
from kiaim_server.model.records import Records

_THRESHOLDS: Final = (3, 5, 11, 20)

#: Quasi-identifiers whose joint separation is told.
_TOGETHER: Final = 2


def measure_table(
    data: Path | pa.Table | Records,
    format: Format = "parquet",
    quasi: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    *,
    suppressed_are_starred: bool = False,
    population: int | None = None,
) -> dict[str, Any]:
    """Measure a table as it is.

    Parameters
    ----------
    data
        A file of `format`, or a table, in memory or not (then `format` is not used).
    suppressed_are_starred
        Count records with a star in every quasi-identifier as suppressed: they form no class.
    population
        Persons in the population that the records are a sample of, for estimates of uniqueness.

    Returns
    -------
    ``records``, ``suppressed``, ``classes``, ``quasi``, ``k``, ``sensitive`` (a list with
    ``attribute``, ``l``: ``distinct``, ``entropy`` and ``grassberger``, ``t``: ``equal`` and
    ``ordered``, the last None for text, where no order is stated, ``delta``, ``beta``: ``basic``
    and ``enhanced``, the last None where no bound would allow it), ``class_sizes`` as pairs (size,
    classes), ``risk`` as in reports, and ``attribute_risks`` (a list with ``quasi``,
    ``distinction`` and ``separation`` of each quasi-identifier and each two of them). Measures are
    None where there is no class.

    Raises
    ------
    DataError
        If the table cannot be read, or lacks a column that is named.
    """
    layout = Layout(
        format,
        tuple(quasi),
        tuple(sensitive),
        mode="star" if suppressed_are_starred else "drop",
        suppressed=1 if suppressed_are_starred else 0,
        separations=_TOGETHER,
    )
    recounted = _recount(data, layout)
    if recounted.numeric:
        layout = replace(layout, orders=dict.fromkeys(sorted(recounted.numeric), "numeric"))
        recounted = _recount(data, layout)
    return {
        "records": recounted.records,
        "suppressed": recounted.starred,
        "classes": len(recounted.sizes),
        "quasi": list(layout.quasi),
        "k": measures.smallest(recounted.sizes) if len(recounted.sizes) else None,
        "sensitive": [_attribute(recounted, name) for name in layout.sensitive],
        "class_sizes": [list(pair) for pair in recounted.class_sizes],
        "risk": _risk(recounted.sizes, population),
        "attribute_risks": [
            {
                "quasi": [layout.quasi[i] for i in found.columns],
                "distinction": _number(found.distinction),
                "separation": _number(found.separation),
            }
            for found in recounted.separations
        ],
    }


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _recount(data: Path | pa.Table | Records, layout: Layout) -> Recount:
    if isinstance(data, Path):
        return recount(data, layout)
    if isinstance(data, pa.Table | Records):
        return recount_table(data, layout)
    raise DataError("neither the path of a file nor a table")


def _attribute(recounted: Recount, name: str) -> Mapping[str, Any]:
    values = recounted.sensitive[name]
    if not len(recounted.sizes):
        return {
            "attribute": name,
            "l": {"distinct": None, "entropy": None, "grassberger": None},
            "t": {"equal": None, "ordered": None},
            "delta": None,
            "beta": {"basic": None, "enhanced": None},
        }
    gain = float(measures.largest_gain(values))
    allowed = measures.gains_within_information(values)
    ordered = measures.ordered_distance(values) if name in recounted.orders else None
    return {
        "attribute": name,
        "l": {
            "distinct": measures.distinct(values),
            "entropy": measures.entropy(values),
            "grassberger": measures.grassberger(values),
        },
        "t": {"equal": measures.equal_distance(values), "ordered": ordered},
        "delta": measures.largest_log_ratio(values),
        "beta": {"basic": gain, "enhanced": gain if allowed else None},
    }


def _risk(sizes: np.ndarray, population: int | None) -> dict[str, Any]:
    """Risk as in reports, by the audit's own arithmetic."""
    some = len(sizes) > 0
    records = int(sizes.sum())
    individual = {
        "highest": float(measures.highest_risk(sizes)) if some else None,
        "average": float(measures.average_risk(sizes)) if some else None,
        "share_above": {
            f"1/{size}": float(Fraction(int(sizes[sizes < size].sum()), records)) if some else None
            for size in _THRESHOLDS
        },
    }
    return {
        "records": records,
        "classes": len(sizes),
        "smallest_class": int(sizes.min()) if some else None,
        "largest_class": int(sizes.max()) if some else None,
        "prosecutor": individual,
        "journalist": dict(individual),
        "marketer": {"average": individual["average"]},
        "sample_uniques": int((sizes == 1).sum()),
        "sample_uniqueness": float(measures.uniques(sizes)) if some else None,
        "population_uniqueness": None if population is None else _estimates(sizes, population),
    }


def _estimates(sizes: np.ndarray, population: int) -> dict[str, Any]:
    """What each estimator says, or why it says nothing."""
    estimates = {}
    for name in ESTIMATORS:
        if len(sizes):
            share, reason = estimated_uniques(name, sizes, population)
        else:
            share, reason = None, "there is no equivalence class"
        estimates[name] = {"share": share, "reason": reason}
    return {"population": population, "estimates": estimates}
