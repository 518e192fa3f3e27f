"""Bands of numbers and how they are spelt; the builder and the transform share them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from kiaim_server.model.bounds import format_bound


def band_name(low: Fraction, high: Fraction, *, integers: bool) -> str:
    """Spell the band from `low` up to but without `high`.

    ``20-24`` in a column of integers (``-5 to -1`` where one is negative, ``7`` for a single
    one), ``[1.5, 2)`` in any other.
    """
    if not integers or low.denominator != 1 or high.denominator != 1:
        return f"[{format_bound(low)}, {format_bound(high)})"
    last = high - 1
    if low == last:
        return str(low)
    return f"{low}-{last}" if low >= 0 else f"{low} to {last}"


def width_name(width: Fraction) -> str:
    """Name of the hierarchy level that has bands of this width."""
    return f"width {format_bound(width)}"


@dataclass(frozen=True)
class Bands:
    """Bands of equal width that start at `origin`.

    Values below `bottom` share one class, and so do those of `top` and above; bands that a limit
    cuts end there.
    """

    width: Fraction
    origin: Fraction = Fraction(0)
    bottom: Fraction | None = None
    top: Fraction | None = None

    def label(self, value: Fraction, *, integers: bool) -> str:
        """The label of the band that `value` lies in."""
        if self.bottom is not None and value < self.bottom:
            return f"<{format_bound(self.bottom)}"
        if self.top is not None and value >= self.top:
            return f">={format_bound(self.top)}"
        low = self.origin + floor((value - self.origin) / self.width) * self.width
        high = low + self.width
        if self.bottom is not None:
            low = max(low, self.bottom)
        if self.top is not None:
            high = min(high, self.top)
        return band_name(low, high, integers=integers)


@dataclass(frozen=True)
class Cuts:
    """Bands between stated bounds, ascending; the first and the last band are open."""

    bounds: tuple[Fraction, ...]

    def label(self, value: Fraction, *, integers: bool) -> str:
        """The label of the band that `value` lies in."""
        place = bisect_right(self.bounds, value)
        if place == 0:
            return f"<{format_bound(self.bounds[0])}"
        if place == len(self.bounds):
            return f">={format_bound(self.bounds[-1])}"
        return band_name(self.bounds[place - 1], self.bounds[place], integers=integers)
