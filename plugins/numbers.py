"""Exact numbers: how values and parameters become fractions and values again.

Bands and rounding are computed with fractions, so that 0.3 lies in [0.3, 0.4) whatever its binary
form is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import marshmallow as ma
import pyarrow as pa

from kiaim_server.model.bounds import format_bound, parse_bound
from kiaim_server.model.table import as_text, value_type

_INTEGER: Final = re.compile(r"[+-]?\d{1,300}\Z", re.ASCII)
_NUMBER: Final = re.compile(
    r"[+-]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][+-]?\d{1,3})?\Z", re.ASCII
)


class Exact(ma.fields.Field[Fraction]):
    """A marshmallow field for a number, negative ones included, read as what is written.

    `positive` refuses zero and below. Percentages and fractions are read as by `parse_bound`.
    """

    def __init__(self, *, positive: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.positive = positive

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Fraction:
        negative = isinstance(value, str) and value.strip().startswith("-")
        try:
            number = -parse_bound(value.strip()[1:]) if negative else parse_bound(value)
        except ValueError as error:
            raise ma.ValidationError(f"{repr(value)[:60]} {error}") from None
        if self.positive and number <= 0:
            raise ma.ValidationError(f"{value} is not above 0")
        return number

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str:
        return format_bound(value)

    def json_schema(self) -> dict[str, Any]:
        """What editors offer and check."""
        number: dict[str, Any] = {"type": "number"}
        if self.positive:
            number["exclusiveMinimum"] = 0
        return {"anyOf": [number, {"type": "string", "pattern": r"^\s*-?[0-9][0-9./]*\s?%?\s*$"}]}


def parse_number(text: str | None) -> Fraction | None:
    """The number that a text spells in decimal digits, maybe with an exponent; else None."""
    return Fraction(text) if text is not None and _NUMBER.match(text) else None


def exact_numbers(values: pa.Array) -> list[Fraction | None]:
    """Each value as a fraction; None for missing values and for what is no finite number.

    Raises
    ------
    TypeError
        If the column is neither of numbers nor of text.
    """
    if value_type(values.type) not in ("integer", "number", "text"):
        raise TypeError(f"values of type {value_type(values.type)} are no numbers")
    return [parse_number(text) for text in as_text(values).to_pylist()]


def are_integers(values: pa.Array) -> bool:
    """Whether the column is one of integers, or of text that spells integers throughout."""
    kind = value_type(values.type)
    if kind == "text":
        return all(t is None or _INTEGER.match(t) for t in as_text(values).to_pylist())
    return kind == "integer"


def multiple_of(number: Fraction, unit: Fraction) -> bool:
    """Whether `number` is a whole multiple of `unit`."""
    return (number / unit).denominator == 1


def from_numbers(numbers: Sequence[Fraction | None], arrow_type: pa.DataType) -> pa.Array:
    """Numbers as a column of the given type; of a wider one where that cannot hold them.

    Integers that do not fit become 64-bit ones; decimals that do not fit, and fractions in a
    column of integers, become floating-point numbers.
    """
    if pa.types.is_floating(arrow_type):
        return pa.array(_floats(numbers), type=pa.float64()).cast(arrow_type, safe=False)
    exact: list[Any] = (
        [None if n is None else _decimal(n) for n in numbers]
        if pa.types.is_decimal(arrow_type)
        else [None if n is None or n.denominator != 1 else n.numerator for n in numbers]
    )
    lost = any(e is None and n is not None for e, n in zip(exact, numbers, strict=True))
    for candidate in (arrow_type, pa.int64()) if not lost else ():
        try:
            return pa.array(exact, type=candidate)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            continue
    return pa.array(_floats(numbers), type=pa.float64())


def _floats(numbers: Sequence[Fraction | None]) -> list[float | None]:
    return [None if n is None else float(n) for n in numbers]


def _decimal(number: Fraction) -> Decimal | None:
    found = Decimal(number.numerator) / Decimal(number.denominator)
    return found if Fraction(found) == number else None
