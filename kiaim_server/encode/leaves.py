"""Which leaf of a hierarchy a value is."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.errors import HierarchyError
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.table import as_text


def leaf_codes(distinct: pa.Array, hierarchy: Hierarchy) -> np.ndarray:
    """Leaf of each distinct value, int32[:], -1 where the hierarchy has none.

    Values are matched by their text. Numbers with a fractional type that are not found so are
    matched as numbers: 39.0 is the leaf ``39``.

    Raises
    ------
    HierarchyError
        If a number could be two leaves.
    """
    leaves = pa.array(hierarchy.labels[0].tolist(), type=pa.string())
    found = pc.index_in(as_text(distinct), value_set=leaves)
    codes = np.array(found.fill_null(-1), dtype=np.int32)
    number = _number_type(distinct.type)
    if number is not None and (codes < 0).any():
        _match_numbers(codes, distinct, hierarchy, number)
    return codes


def _number_type(arrow_type: pa.DataType) -> Callable[[Any], Any] | None:
    if pa.types.is_floating(arrow_type):
        return float
    if pa.types.is_decimal(arrow_type):
        return Decimal
    return None


def _match_numbers(
    codes: np.ndarray, distinct: pa.Array, hierarchy: Hierarchy, number: Callable[[Any], Any]
) -> None:
    """Match what has no leaf yet by number, in place."""
    leaf_of: dict[Any, int] = {}
    twice = set()
    for code, label in enumerate(hierarchy.labels[0]):
        try:
            value = number(label)
        except (TypeError, ValueError, InvalidOperation):
            continue
        if value in leaf_of:
            twice.add(value)
        leaf_of[value] = code
    for place in np.flatnonzero(codes < 0).tolist():
        value = distinct[place].as_py()
        if value in twice:
            raise HierarchyError(
                f"hierarchy of {hierarchy.attribute!r}: two rows are for the number {value}; "
                "expected one row per value, delete one"
            )
        codes[place] = leaf_of.get(value, -1)
