"""Requests of the wire format, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from kiaim_server.model.attribute import Role

#: Rows of cells; an empty cell is a missing value.
Rows = Sequence[Sequence[str]]


class AttributeType(StrEnum):
    """What the wire format calls the role of an attribute."""

    IDENTIFYING = "IDENTIFYING"
    QUASIIDENTIFYING = "QUASIIDENTIFYING"
    SENSITIVE = "SENSITIVE"
    INSENSITIVE = "INSENSITIVE"

    @property
    def role(self) -> Role:
        """The same in our words."""
        return _ROLES[self]


_ROLES: Final = {
    AttributeType.IDENTIFYING: Role.DIRECT,
    AttributeType.QUASIIDENTIFYING: Role.QUASI,
    AttributeType.SENSITIVE: Role.SENSITIVE,
    AttributeType.INSENSITIVE: Role.INSENSITIVE,
}


@dataclass(frozen=True)
class AskedAttribute:
    """An attribute as the request describes it; rows of a hierarchy are ``[leaf, ..., top]``."""

    field: str
    type: AttributeType
    hierarchy: Rows | None = None


@dataclass(frozen=True)
class AskedModel:
    """A privacy model by its name in the wire format, and its parameters as they came."""

    name: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """A table and what is to be done with it.

    `header` names every column once and `records` are all as wide; there is at least one.
    Attributes are about columns of the table, each about another one; a column without any is
    identifying.
    """

    header: tuple[str, ...]
    records: Rows
    attributes: tuple[AskedAttribute, ...]
    models: tuple[AskedModel, ...] = ()
    suppression_limit: Fraction = Fraction(0)

    def of_type(self, kind: AttributeType) -> tuple[str, ...]:
        """Names of the columns of that type, in the order of the table."""
        types = {attribute.field: attribute.type for attribute in self.attributes}
        return tuple(n for n in self.header if types.get(n, AttributeType.IDENTIFYING) is kind)

    @property
    def quasi(self) -> tuple[str, ...]:
        """The quasi-identifiers, in the order of the table."""
        return self.of_type(AttributeType.QUASIIDENTIFYING)
