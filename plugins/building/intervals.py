"""Hierarchies of bands over numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar

import marshmallow as ma
import pyarrow as pa

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.contract import HierarchyBuilder
from kiaim_server.model.hierarchy import Hierarchy

from ..bands import Bands, Cuts, width_name
from ..numbers import Exact, are_integers, exact_numbers, multiple_of
from .tree import leaves_of, refuse_type, refuse_unplaced, tree


class IntervalsParameters(ma.Schema):
    """``{widths: [5, 10, 20]}``, ``{width: 5}`` or ``{bounds: [[18, 40, 65], [18, 65]]}``."""

    width = Exact(
        positive=True,
        load_default=None,
        metadata={"description": "Width of the bands, where one level of them is enough."},
    )
    widths = ma.fields.List(
        Exact(positive=True),
        load_default=None,
        validate=ma.validate.Length(min=1),
        metadata={
            "description": "Widths of the bands, one per level, each a multiple of the one before."
        },
    )
    origin = Exact(load_default=Fraction(0), metadata={"description": "Where a band begins."})
    bottom = Exact(load_default=None, metadata={"description": "Numbers below it form one band."})
    top = Exact(load_default=None, metadata={"description": "Numbers from it on form one band."})
    bounds = ma.fields.List(
        ma.fields.List(Exact(), validate=ma.validate.Length(min=1)),
        load_default=None,
        validate=ma.validate.Length(min=1),
        metadata={"description": "Per level the bounds between bands."},
    )

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        """One way to say the bands; each level a coarser one than that before it."""
        ways = [key for key in ("width", "widths", "bounds") if data.get(key) is not None]
        if len(ways) != 1:
            raise ma.ValidationError("give exactly one of width, widths and bounds")
        if ways == ["bounds"]:
            _check_bounds(data)
        else:
            _check_widths(data)


def _check_widths(data: dict[str, Any]) -> None:
    for finer, coarser in pairwise(data.get("widths") or ()):
        if coarser <= finer or not multiple_of(coarser, finer):
            raise ma.ValidationError(
                f"{format_bound(coarser)} is no multiple of {format_bound(finer)}, the width "
                "before it, so the bands would not nest",
                "widths",
            )
    bottom, top = data.get("bottom"), data.get("top")
    if bottom is not None and top is not None and bottom >= top:
        raise ma.ValidationError(
            f"{format_bound(top)} is not above bottom, {format_bound(bottom)}", "top"
        )


def _check_bounds(data: dict[str, Any]) -> None:
    if data["origin"] or data.get("bottom") is not None or data.get("top") is not None:
        raise ma.ValidationError("origin, bottom and top go with width and widths, not with bounds")
    for level in data["bounds"]:
        if any(high <= low for low, high in pairwise(level)):
            raise ma.ValidationError("write the bounds of a level in ascending order", "bounds")
    for finer, coarser in pairwise(data["bounds"]):
        if not set(coarser) < set(finer):
            raise ma.ValidationError(
                "every bound of a level must be one of the level before it, and at least one less, "
                "or the bands would not nest",
                "bounds",
            )


@dataclass(frozen=True)
class Intervals(HierarchyBuilder):
    """Numbers fall into bands, and these into wider ones.

    Bands of width w hold the numbers from ``origin + i * w`` up to but without
    ``origin + (i + 1) * w``. Below `bottom`, and from `top` on, all numbers share one class per
    level. `bounds` states the ends of bands per level instead; the outer bands are open. Levels
    are called ``value``, ``width 5``, ..., ``all``, or ``value``, ``bounds 1``, ..., ``all``.
    """

    name: ClassVar[str] = "intervals"
    summary: ClassVar[str] = "Numbers fall into bands of stated widths, or between stated bounds."
    Parameters: ClassVar[type[ma.Schema]] = IntervalsParameters

    width: Fraction | None = None
    widths: Sequence[Fraction] | None = None
    origin: Fraction = Fraction(0)
    bottom: Fraction | None = None
    top: Fraction | None = None
    bounds: Sequence[Sequence[Fraction]] | None = None

    def build(self, attribute: str, values: pa.Array) -> Hierarchy:
        """Place every number. O(values * levels).

        Raises
        ------
        HierarchyError
            If the column is not one of numbers, or has text that is no number.
        """
        values = values.drop_null()
        try:
            numbers = exact_numbers(values)
        except TypeError:
            mend = "it takes numbers; for dates use the builder 'dates'"
            raise refuse_type(attribute, self.name, values, mend) from None
        leaves = leaves_of(values)
        unplaced = [text for text, n in zip(leaves, numbers, strict=True) if n is None]
        refuse_unplaced(attribute, unplaced, "expected finite numbers such as 12 or 1.5")
        integers = are_integers(values)
        levels = [("value", leaves)]
        for name, scale in self._scales():
            labels = [scale.label(n, integers=integers) for n in numbers if n is not None]
            levels.append((name, labels))
        return tree(attribute, leaves, levels)

    def _scales(self) -> list[tuple[str, Bands | Cuts]]:
        if self.bounds is not None:
            return [(f"bounds {i}", Cuts(tuple(level))) for i, level in enumerate(self.bounds, 1)]
        widths = self.widths if self.widths is not None else [self.width or Fraction(1)]
        return [(width_name(w), Bands(w, self.origin, self.bottom, self.top)) for w in widths]
