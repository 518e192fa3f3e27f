"""Builds hierarchies of values as ARXaaS does: one row ``[value, level 1, ...]`` per value."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from kiaim_server.arxaas.building.contract import Builder, BuilderError
from kiaim_server.arxaas.building.dates import DateBased
from kiaim_server.arxaas.building.intervals import IntervalBased
from kiaim_server.arxaas.building.order import OrderBased
from kiaim_server.arxaas.building.redaction import RedactionBased
from kiaim_server.arxaas.schemas import loaded
from kiaim_server.errors import ParameterError

__all__ = ["BUILDERS", "BuilderError", "builder_of"]

#: By the type in the wire format.
BUILDERS: Final[Mapping[str, type[Builder]]] = MappingProxyType(
    {kind.name: kind for kind in (RedactionBased, IntervalBased, OrderBased, DateBased)}
)


def builder_of(described: Mapping[str, Any]) -> Builder:
    """The builder that a request describes.

    Raises
    ------
    InputError
        No builder has the type, or its parameters do not fit.
    """
    kind = BUILDERS.get(described["type"])
    if kind is None:
        raise ParameterError(f"builder.type: expected one of {', '.join(BUILDERS)}")
    return kind.made_of(loaded(kind.Schema(), described))
