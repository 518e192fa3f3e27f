"""Transforms that concern the column as a whole: it stays, or it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from kiaim_server.model.contract import ColumnContext, ColumnFunction, Transform


@dataclass(frozen=True)
class Keep(Transform):
    """The column stays as it is."""

    name: ClassVar[str] = "keep"
    summary: ClassVar[str] = "The column stays as it is, unless another rule changes it."
    strictness: ClassVar[int] = 0
    by_value: ClassVar[bool] = True
    action: ClassVar[str] = "keep"

    def fit(self, values: pa.ChunkedArray, context: ColumnContext) -> ColumnFunction:
        """The identity."""
        return lambda batch: batch


@dataclass(frozen=True)
class Remove(Transform):
    """The column leaves the table."""

    name: ClassVar[str] = "remove"
    summary: ClassVar[str] = "The column leaves the table."
    strictness: ClassVar[int] = 4
    by_value: ClassVar[bool] = True
    removes_column: ClassVar[bool] = True
    action: ClassVar[str] = "remove"

    def fit(self, values: pa.ChunkedArray, context: ColumnContext) -> ColumnFunction:
        """Every value becomes missing, for a caller that keeps the column by mistake."""
        return lambda batch: pa.nulls(len(batch), batch.type)
