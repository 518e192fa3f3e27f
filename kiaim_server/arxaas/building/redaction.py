"""Redaction: from one end a character more on every level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

import marshmallow as ma
from marshmallow import fields, validate

from kiaim_server.arxaas.building.contract import Builder, Columns
from kiaim_server.arxaas.schemas import WireSchema


class Order(StrEnum):
    """From which end."""

    LEFT_TO_RIGHT = "LEFT_TO_RIGHT"
    RIGHT_TO_LEFT = "RIGHT_TO_LEFT"


_ONE: ma.validate.Validator = validate.Length(equal=1)


class RedactionSchema(WireSchema):
    """The defaults are those of the client library."""

    paddingCharacter = fields.String(  # noqa: N815 - the wire's own names
        load_default=" ", validate=_ONE, attribute="padding"
    )
    redactionCharacter = fields.String(  # noqa: N815
        load_default="*", validate=_ONE, attribute="redaction"
    )
    paddingOrder = fields.Enum(  # noqa: N815
        Order, by_value=True, load_default=Order.RIGHT_TO_LEFT, attribute="padding_order"
    )
    redactionOrder = fields.Enum(  # noqa: N815
        Order, by_value=True, load_default=Order.RIGHT_TO_LEFT, attribute="redaction_order"
    )


@dataclass(frozen=True)
class RedactionBased(Builder):
    """Pads all values to the length of the longest and redacts them character by character.

    Padding from right to left goes before a value. The last level is all redacted.
    """

    name: ClassVar[str] = "redactionBased"
    Schema: ClassVar[type[ma.Schema]] = RedactionSchema

    padding: str = " "
    redaction: str = "*"
    padding_order: Order = Order.RIGHT_TO_LEFT
    redaction_order: Order = Order.RIGHT_TO_LEFT

    @classmethod
    def made_of(cls, parameters: Mapping[str, Any]) -> Self:
        """Make a builder of what its schema loaded."""
        return cls(**parameters)

    def size_of(self, values: Sequence[str]) -> int:
        """Every level has all values in full length."""
        return max(map(len, values)) ** 2 * len(values)

    def levels(self, values: Sequence[str]) -> Columns:
        """As many levels as the longest value has characters."""
        length = max(map(len, values))
        before = self.padding_order is Order.RIGHT_TO_LEFT
        pad = str.rjust if before else str.ljust
        padded = [pad(value, length, self.padding) for value in values]
        return [[self._redacted(value, n) for value in padded] for n in range(1, length + 1)]

    def _redacted(self, value: str, n: int) -> str:
        if self.redaction_order is Order.RIGHT_TO_LEFT:
            return value[: len(value) - n] + self.redaction * n
        return self.redaction * n + value[n:]
