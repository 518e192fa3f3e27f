"""Rounding, and coding of what lies above or below a bound."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, TypeVar

import marshmallow as ma
import pyarrow as pa

from kiaim_server.errors import DataError
from kiaim_server.model.bounds import format_bound
from kiaim_server.model.contract import ColumnContext, ColumnFunction, Transform
from kiaim_server.model.table import as_text, value_type

from ..numbers import Exact, exact_numbers, from_numbers, multiple_of
from .mapping import distinct_values, refuse_type, refuse_values, replaced

T = TypeVar("T")


def _numbers_of(
    values: pa.ChunkedArray, distinct: pa.Array, context: ColumnContext, transform: str
) -> list[Fraction]:
    """The distinct values as fractions; the column must be one of finite numbers."""
    if value_type(distinct.type) not in ("integer", "number"):
        raise refuse_type(values, context, f"'{transform}'", "it is for columns of numbers")
    numbers = exact_numbers(distinct)
    bad = [number is None for number in numbers]
    refuse_values(values, distinct, bad, context, "finite numbers")
    return [number for number in numbers if number is not None]


class RoundParameters(ma.Schema):
    """``{to: 5}`` or ``{to: 0.1}``."""

    to = Exact(positive=True, required=True)


@dataclass(frozen=True)
class Round(Transform):
    """Numbers go to the nearest multiple of `to`; one halfway between two goes to the even one.

    Computed with exact fractions of the decimal spelling. A column of integers stays one.
    """

    name: ClassVar[str] = "round"
    summary: ClassVar[str] = "Numbers are rounded to multiples of a step, half to even."
    Parameters: ClassVar[type[ma.Schema]] = RoundParameters
    strictness: ClassVar[int] = 1
    action: ClassVar[str] = "round"

    to: Fraction

    def merged(self, other: Transform) -> Transform | None:
        """The coarser of two steps if it is a multiple of the other."""
        if not isinstance(other, Round):
            return None
        if multiple_of(self.to, other.to):
            return self
        return other if multiple_of(other.to, self.to) else None

    def fit(self, values: pa.ChunkedArray, context: ColumnContext) -> ColumnFunction:
        """Round each distinct value. O(distinct values).

        Raises
        ------
        DataError
            If the column is not one of finite numbers, or its integers would become fractions.
        """
        distinct = distinct_values(values)
        numbers = _numbers_of(values, distinct, context, self.name)
        column = context.attribute.name
        integers = value_type(distinct.type) == "integer"
        if integers and self.to.denominator != 1 and not multiple_of(Fraction(1), self.to):
            raise DataError(
                f"column {column!r}: it holds integers, which rounding to {format_bound(self.to)} "
                "would turn into fractions; take a whole step",
                column=column,
            )
        rounded = [round(number / self.to) * self.to for number in numbers]
        return replaced(distinct, from_numbers(rounded, distinct.type))


class _Coding(Transform):
    """What top-coding and bottom-coding share."""

    strictness: ClassVar[int] = 1
    label: str | None

    @property
    @abstractmethod
    def bound(self) -> Fraction:
        """The last number that is shown."""

    @abstractmethod
    def beyond(self, number: Fraction) -> bool:
        """Whether the number lies beyond the bound."""

    def merged(self, other: Transform) -> Transform | None:
        """The stricter bound with its label; None where equal bounds have unequal labels."""
        if not isinstance(other, type(self)):
            return None
        if self.bound != other.bound:
            return self if self.beyond(other.bound) else other
        if self.label is not None and other.label is not None and self.label != other.label:
            return None
        return self if self.label is not None else other

    def fit(self, values: pa.ChunkedArray, context: ColumnContext) -> ColumnFunction:
        """Code each distinct value. O(distinct values).

        Raises
        ------
        DataError
            If the column is not one of finite numbers, or the bound is no integer as they are.
        """
        distinct = distinct_values(values)
        numbers = _numbers_of(values, distinct, context, self.name)
        beyond = [self.beyond(number) for number in numbers]
        if self.label is not None:
            texts = as_text(distinct).to_pylist()
            new = pa.array(_choose(beyond, self.label, texts), type=pa.string())
        else:
            self._check_bound(distinct, context)
            new = from_numbers(_choose(beyond, self.bound, numbers), distinct.type)
        return replaced(distinct, new)

    def _check_bound(self, distinct: pa.Array, context: ColumnContext) -> None:
        column = context.attribute.name
        if value_type(distinct.type) == "integer" and self.bound.denominator != 1:
            raise DataError(
                f"column {column!r}: it holds integers, so '{self.name}' cannot code them to "
                f"{format_bound(self.bound)}; take a whole number, or give a 'label'",
                column=column,
            )


def _choose(beyond: Sequence[bool], code: T, values: Sequence[T]) -> list[T]:
    return [code if far else value for far, value in zip(beyond, values, strict=True)]


class TopCodeParameters(ma.Schema):
    """``{above: 89, label: "90+"}``; without `label` the numbers become 89."""

    above = Exact(required=True)
    label = ma.fields.String(load_default=None, validate=ma.validate.Length(min=1, max=60))


class BottomCodeParameters(ma.Schema):
    """``{below: 18, label: "<18"}``; without `label` the numbers become 18."""

    below = Exact(required=True)
    label = ma.fields.String(load_default=None, validate=ma.validate.Length(min=1, max=60))


@dataclass(frozen=True)
class TopCode(_Coding):
    """Numbers above a bound become the bound, or `label`; with a label the column is text."""

    name: ClassVar[str] = "top-code"
    summary: ClassVar[str] = "Numbers above a bound become the bound or a label such as 90+."
    Parameters: ClassVar[type[ma.Schema]] = TopCodeParameters
    action: ClassVar[str] = "top-code"

    above: Fraction
    label: str | None = None

    @property
    def bound(self) -> Fraction:
        """`above`."""
        return self.above

    def beyond(self, number: Fraction) -> bool:
        """Above the bound."""
        return number > self.above


@dataclass(frozen=True)
class BottomCode(_Coding):
    """Numbers below a bound become the bound, or `label`; with a label the column is text."""

    name: ClassVar[str] = "bottom-code"
    summary: ClassVar[str] = "Numbers below a bound become the bound or a label such as <18."
    Parameters: ClassVar[type[ma.Schema]] = BottomCodeParameters
    action: ClassVar[str] = "bottom-code"

    below: Fraction
    label: str | None = None

    @property
    def bound(self) -> Fraction:
        """`below`."""
        return self.below

    def beyond(self, number: Fraction) -> bool:
        """Below the bound."""
        return number < self.below
