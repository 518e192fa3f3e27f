"""Hierarchy builders: intervals, redaction, dates, order and values; ages and classifications."""

from __future__ import annotations

from collections.abc import Sequence

from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import HierarchyBuilder

from .building.ages import Age
from .building.dates import DatesBuilder
from .building.intervals import Intervals
from .building.orders import Order, Values
from .building.prefixes import PREFIX_BUILDERS
from .building.redaction import Redaction
from .building.terms import TERM_BUILDERS

kiaim_api = 1


@hookimpl
def kiaim_register_hierarchy_builders() -> Sequence[type[HierarchyBuilder]]:
    """Offer all builders of this package."""
    return (
        *(Intervals, Redaction, DatesBuilder, Order, Values, Age),
        *PREFIX_BUILDERS,
        *TERM_BUILDERS,
    )
