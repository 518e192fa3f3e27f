"""Thresholds as exact fractions: 1/11 is 1/11, not 0.0909."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import marshmallow as ma

#: Where a measured value is a sum of floating-point numbers (entropies, distances), a bound counts
#: as kept up to this much, absolute: the order of summation must not decide a release. Search and
#: audit share it; counts and ratios of counts are compared exactly.
TOLERANCE: Final = 1e-9

#: Characters of a faulty value that messages show.
_SHOWN: Final = 60
_PERCENT: Final = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)\s?%\Z", re.ASCII)
_RATIO: Final = re.compile(r"([1-9]\d{0,14})/([1-9]\d{0,14})\Z", re.ASCII)
_DECIMAL: Final = re.compile(r"\d{1,9}(?:\.\d{1,12})?\Z", re.ASCII)


def parse_bound(value: object) -> Fraction:
    """Read a threshold: a number, ``9%``, ``1/11`` or a decimal in quotes.

    Raises
    ------
    ValueError
        If it is none of these; the message says what is allowed.
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Fraction(value)
    if isinstance(value, float):
        return Fraction(Decimal(repr(value))) if value == value and abs(value) < 1e12 else _refuse()
    if isinstance(value, str):
        text = value.strip()
        if match := _PERCENT.match(text):
            return Fraction(match[1]) / 100
        if match := _RATIO.match(text):
            return Fraction(int(match[1]), int(match[2]))
        if _DECIMAL.match(text):
            return Fraction(text)
    return _refuse()


def _refuse() -> Fraction:
    raise ValueError("is not a number, a percentage (9%) or a fraction (1/11)")


def format_bound(value: Fraction) -> str:
    """Spell a threshold so that `parse_bound` reads the same back: 5, 0.2 or 1/11."""
    if value.denominator == 1:
        return str(value.numerator)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    if Fraction(exact) == value and -exact.as_tuple().exponent <= 12:  # type: ignore[operator]
        return format(exact.normalize(), "f")
    return f"{value.numerator}/{value.denominator}"


class Bound(ma.fields.Field[Fraction]):
    """A marshmallow field for thresholds within ``[at_least, at_most]`` (or open at the ends)."""

    def __init__(
        self,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        above: float | None = None,
        integer: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.at_least = at_least
        self.at_most = at_most
        self.above = above
        self.integer = integer

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Fraction:
        try:
            bound = parse_bound(value)
        except ValueError as error:
            shown = repr(value)
            shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
            raise ma.ValidationError(f"{shown} {error}") from None
        if self.integer and bound.denominator != 1:
            raise ma.ValidationError(f"{value} is not a whole number")
        if self.at_least is not None and bound < self.at_least:
            raise ma.ValidationError(f"{value} is below {self.at_least:g}, the smallest allowed")
        if self.above is not None and bound <= self.above:
            raise ma.ValidationError(f"{value} is not above {self.above:g}")
        if self.at_most is not None and bound > self.at_most:
            hint = f" (write {value}% or {float(bound) / 100:g})" if 1 < bound <= 100 else ""
            raise ma.ValidationError(
                f"{value} is above {self.at_most:g}, the largest allowed{hint}"
            )
        return bound

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str:
        return format_bound(value)


def count(*, at_least: int = 1, **kwargs: Any) -> Bound:
    """A whole number of at least `at_least`."""
    return Bound(at_least=at_least, integer=True, **kwargs)


def share(**kwargs: Any) -> Bound:
    """A share between 0 and 1."""
    return Bound(at_least=0, at_most=1, **kwargs)
