"""Ages in years."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import marshmallow as ma
import pyarrow as pa

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.contract import HierarchyBuilder
from kiaim_server.model.hierarchy import Hierarchy

from ..numbers import Exact, exact_numbers
from .intervals import Intervals
from .tree import leaves_of, refuse_type, refuse_unplaced


class AgeParameters(ma.Schema):
    """``{top: 90, oldest: 125}``, both optional."""

    top = Exact(
        positive=True,
        load_default=Fraction(90),
        metadata={"description": "Ages from it on share one band."},
    )
    oldest = Exact(
        positive=True,
        load_default=Fraction(125),
        metadata={"description": "Numbers above it are no ages."},
    )


@dataclass(frozen=True)
class Age(HierarchyBuilder):
    """Ages in years fall into bands of 5, 10 and 20 years; the oldest share one.

    From `top` on there is one class on every level. What is below 0 or above `oldest` is no age,
    and most often a code for a missing one (999): it is refused.
    """

    name: ClassVar[str] = "age"
    summary: ClassVar[str] = "Ages in years to bands of 5, 10 and 20 years, and one for the oldest."
    Parameters: ClassVar[type[ma.Schema]] = AgeParameters

    top: Fraction = Fraction(90)
    oldest: Fraction = Fraction(125)

    def build(self, attribute: str, values: pa.Array) -> Hierarchy:
        """Place every age. O(values).

        Raises
        ------
        HierarchyError
            If the column is not one of numbers, or has values that are no ages.
        """
        values = values.drop_null()
        try:
            numbers = exact_numbers(values)
        except TypeError:
            mend = "it takes ages as numbers; for dates of birth use the builder 'dates'"
            raise refuse_type(attribute, self.name, values, mend) from None
        pairs = zip(leaves_of(values), numbers, strict=True)
        unplaced = [text for text, n in pairs if n is None or not 0 <= n <= self.oldest]
        refuse_unplaced(
            attribute,
            unplaced,
            f"expected ages from 0 to {format_bound(self.oldest)}; delete codes for missing ones",
        )
        bands = Intervals(widths=(Fraction(5), Fraction(10), Fraction(20)), top=self.top)
        return bands.build(attribute, values)
