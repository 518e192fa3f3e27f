"""Rounding, and coding of what lies above or below a bound."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, TypeVar

import marshmallow as ma
import pyarrow as pa

from kiaim_server.errors import DataError
from kiaim_server.model.bounds import format_bound
from kiaim_server.model.contract import ColumnContext, ColumnFunction, Transform
from kiaim_server.model.hierarchy import STAR
from kiaim_server.model.table import as_text, value_type

from ..numbers import Exact, exact_numbers, from_numbers, multiple_of, parse_number
from .mapping import (
    distinct_values,
    refuse_type,
    refuse_values,
    replaced,
    with_codes,
    without_codes,
)

T = TypeVar("T")

#: The transform of `microaggregation`; groups of neighbours may be rounded or coded as a whole.
MICRO_AGGREGATE: Final = "micro-aggregate"


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


def _spelt(values: pa.ChunkedArray, distinct: pa.Array, context: ColumnContext) -> list[Fraction]:
    """The numbers that an earlier coding left, as text beside its label."""
    numbers = [parse_number(text) for text in distinct.to_pylist()]
    refuse_values(values, distinct, [n is None for n in numbers], context, "finite numbers")
    return [number for number in numbers if number is not None]


class RoundParameters(ma.Schema):
    """``{to: 5}`` or ``{to: 0.1}``."""

    to = Exact(
        positive=True, required=True, metadata={"description": "Numbers become multiples of it."}
    )


@dataclass(frozen=True)
class Round(Transform):
    """Numbers go to the nearest multiple of `to`; one halfway between two goes to the even one.

    Computed with exact fractions of the decimal spelling. A column of integers stays one.
    """

    name: ClassVar[str] = "round"
    summary: ClassVar[str] = "Numbers are rounded to multiples of a step, half to even."
    Parameters: ClassVar[type[ma.Schema]] = RoundParameters
    strictness: ClassVar[int] = 1
    by_value: ClassVar[bool] = True
    action: ClassVar[str] = "round"

    to: Fraction

    def merged(self, other: Transform) -> Transform | None:
        """The coarser of two steps if it is a multiple of the other."""
        if not isinstance(other, Round):
            return None
        if multiple_of(self.to, other.to):
            return self
        return other if multiple_of(other.to, self.to) else None

    def follows(self, other: Transform) -> bool:
        """After microaggregation, whose groups it can only join; before coding."""
        return other.name == MICRO_AGGREGATE

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
    by_value: ClassVar[bool] = True
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

    def follows(self, other: Transform) -> bool:
        """After rounding and microaggregation; after the coding of the other end.

        Rounding goes first, because a coded number could be rounded to one beyond the bound; a
        coding with a label goes last, because the column is text from there on. Bounds that leave
        no value between them are a conflict.
        """
        if isinstance(other, _Coding):
            apart = not (self.beyond(other.bound) or other.beyond(self.bound))
            return apart and (self.label is not None or other.label is None)
        return isinstance(other, Round) or other.name == MICRO_AGGREGATE

    @property
    def codes(self) -> tuple[str, ...]:
        """The label, if there is one."""
        return () if self.label is None else (self.label,)

    def fit(self, values: pa.ChunkedArray, context: ColumnContext) -> ColumnFunction:
        """Code each distinct value. O(distinct values).

        Labels of an earlier coding stay.

        Raises
        ------
        DataError
            If the column is not one of finite numbers, or the bound is no integer as they are.
        """
        every = distinct_values(values)
        distinct = without_codes(every, context)
        if context.codes:
            numbers = _spelt(values, distinct, context)
        else:
            numbers = _numbers_of(values, distinct, context, self.name)
        beyond = [self.beyond(number) for number in numbers]
        if self.label is not None:
            texts = as_text(distinct).to_pylist()
            new = pa.array(_choose(beyond, self.label, texts), type=pa.string())
            if context.codes:
                return replaced(*with_codes(distinct, new, every, context))
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


class _Label(ma.fields.String):
    """A text that no value and no star can be taken for."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        label: str = super()._deserialize(value, attr, data, **kwargs)
        if not 1 <= len(label) <= 60:
            raise ma.ValidationError("must have between 1 and 60 characters")
        if parse_number(label.strip()) is not None:
            raise ma.ValidationError(
                "reads like a value of the column; write one such as 90+, or leave it out and the "
                "numbers become the bound"
            )
        if label == STAR:
            raise ma.ValidationError("is what suppressed records show; write one such as 90+")
        return label


class TopCodeParameters(ma.Schema):
    """``{above: 89, label: "90+"}``; without `label` the numbers become 89."""

    above = Exact(
        required=True, metadata={"description": "Numbers above it become it, or the label."}
    )
    label = _Label(
        load_default=None, metadata={"description": "What stands for them instead of the bound."}
    )


class BottomCodeParameters(ma.Schema):
    """``{below: 18, label: "<18"}``; without `label` the numbers become 18."""

    below = Exact(
        required=True, metadata={"description": "Numbers below it become it, or the label."}
    )
    label = _Label(
        load_default=None, metadata={"description": "What stands for them instead of the bound."}
    )


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
