"""Hierarchy builders: intervals, redaction, dates, order and values."""

from __future__ import annotations

from collections.abc import Sequence

from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import HierarchyBuilder

from .building.dates import DatesBuilder
from .building.intervals import Intervals
from .building.orders import Order, Values
from .building.redaction import Redaction

kiaim_api = 1


@hookimpl
def kiaim_register_hierarchy_builders() -> Sequence[type[HierarchyBuilder]]:
    """Offer all builders of this package."""
    return (Intervals, Redaction, DatesBuilder, Order, Values)
