"""ZIP codes of the United States by their first three digits, where enough people live there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final

import marshmallow as ma
import pyarrow as pa

from kiaim_server.errors import DataError, NotFoundError
from kiaim_server.hierarchy import reference_table
from kiaim_server.model.bounds import count
from kiaim_server.model.contract import ColumnContext, ColumnFunction, Transform
from kiaim_server.model.table import as_text, value_type

from ..zip_codes import ANYWHERE, areas_of_numbers, areas_of_texts
from .mapping import distinct_values, refuse_type, refuse_values, replaced

#: What the numbers of a table are called that this transform can hold against `more_than`.
_POPULATION: Final = ("zip3", "population")


class Reference(ma.fields.String):
    """Name and edition of a shipped reference table of residents per three-digit area."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        name: str = super()._deserialize(value, attr, data, **kwargs)
        try:
            table = reference_table(name)
        except NotFoundError as error:
            raise ma.ValidationError(str(error)) from None
        if (table.key, table.value) != _POPULATION:
            raise ma.ValidationError(
                f"{name!r} has the columns {table.key} and {table.value}, but must have "
                f"{' and '.join(_POPULATION)}"
            )
        return name


class ThreeDigitZipParameters(ma.Schema):
    """``{reference: us-zip3-population@2022, more_than: 20000}``."""

    reference = Reference(
        required=True, metadata={"description": "The table of residents, name@year."}
    )
    more_than = count(
        at_least=0,
        required=True,
        metadata={"description": "Residents that an area needs more of to keep its digits."},
    )


@dataclass(frozen=True)
class ThreeDigitZip(Transform):
    """ZIP codes become their first three digits, or ``000`` where too few people live.

    The digits stay only where the table counts more residents than `more_than`: so many or fewer,
    or an area that the table does not list, become ``000``, which then stands for anywhere.

    Text is five digits, nine digits with or without a hyphen, or, where all of the column is
    so, three digits. In a column of integers leading zeros are lost: a number of four or of eight
    digits had one, which is restored. Shorter numbers are refused: 601 is 00601 in Puerto Rico or
    the area 601 in Illinois, and nobody knows which.
    """

    name: ClassVar[str] = "three-digit-zip"
    summary: ClassVar[str] = "US ZIP codes keep three digits where enough people live, else 000."
    Parameters: ClassVar[type[ma.Schema]] = ThreeDigitZipParameters
    strictness: ClassVar[int] = 2
    by_value: ClassVar[bool] = True
    action: ClassVar[str] = "generalise"

    reference: str
    more_than: Fraction

    @property
    def codes(self) -> tuple[str, ...]:
        """``000``, which is no area."""
        return (ANYWHERE,)

    def merged(self, other: Transform) -> Transform | None:
        """The one that asks for more residents by the same table."""
        if not isinstance(other, ThreeDigitZip) or other.reference != self.reference:
            return None
        return self if self.more_than >= other.more_than else other

    def follows(self, other: Transform) -> bool:
        """After one by another table: three digits stay only where both count enough."""
        return isinstance(other, ThreeDigitZip)

    def fit(self, values: pa.ChunkedArray, context: ColumnContext) -> ColumnFunction:
        """Find the area of each distinct value. O(distinct values).

        Raises
        ------
        DataError
            If values are no ZIP codes, or cannot be told from codes that lost leading zeros.
        """
        distinct = distinct_values(values)
        kind = value_type(distinct.type)
        texts: list[str] = as_text(distinct).to_pylist()
        if kind == "integer":
            areas, expected = areas_of_numbers(texts)
        elif kind == "text":
            areas, expected = areas_of_texts(texts)
        else:
            mend = "it is for ZIP codes as text or integers"
            raise refuse_type(values, context, f"'{self.name}'", mend)
        refuse_values(values, distinct, [a is None for a in areas], context, expected)
        residents = self._residents(context)
        shown = [
            area if area is not None and residents.get(area, 0) > self.more_than else ANYWHERE
            for area in areas
        ]
        return replaced(distinct, pa.array(shown, pa.string()))

    def _residents(self, context: ColumnContext) -> dict[str, int]:
        try:
            return dict(reference_table(self.reference).numbers)
        except NotFoundError as error:
            column = context.attribute.name
            raise DataError(f"column {column!r}: {error}", column=column) from None
