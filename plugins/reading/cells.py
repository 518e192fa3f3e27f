"""Columns of spreadsheet cells to Arrow columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import pyarrow as pa

Cell = str | int | float | bool | datetime | date | time | timedelta | None

_INT64: Final = range(-(2**63), 2**63)


def to_column(cells: Sequence[Cell]) -> pa.Array:
    """One column; None is a missing value.

    Booleans, integers, numbers, dates (all at midnight) and timestamps keep their type if all
    cells share it, integers among numbers count as numbers. Any other mixture, and text, is text:
    a ZIP code stored partly as number and partly as text keeps its zeros.
    """
    present = [cell for cell in cells if cell is not None]
    kinds = {type(cell) for cell in present}
    if not kinds:
        return pa.array(cells, type=pa.string())
    if kinds == {bool}:
        return pa.array(cells, type=pa.bool_())
    if kinds == {int} and all(cell in _INT64 for cell in present):
        return pa.array(cells, type=pa.int64())
    if kinds <= {int, float} and float in kinds:
        return pa.array([None if c is None else float(c) for c in cells], type=pa.float64())  # type: ignore[arg-type]
    if kinds <= {datetime, date}:
        return _moments(cells, present)
    return pa.array([None if c is None else _text(c) for c in cells], type=pa.string())


def _moments(cells: Sequence[Cell], present: Sequence[Cell]) -> pa.Array:
    if all(not isinstance(c, datetime) or c.time() == time.min for c in present):
        days = [c.date() if isinstance(c, datetime) else c for c in cells]
        return pa.array(days, type=pa.date32())
    return pa.array(cells, type=pa.timestamp("us"))


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
