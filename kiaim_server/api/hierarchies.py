"""``/v1/hierarchies``: what ships with the product, with its sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kiaim_server.api.parsing import StrictBlueprint
from kiaim_server.api.schemas import ShippedHierarchySchema
from kiaim_server.jobs import catalogue

blueprint = StrictBlueprint(
    "hierarchies",
    __name__,
    url_prefix="/v1/hierarchies",
    description="Hierarchies that policies can name.",
)


@blueprint.view("")
@blueprint.gives(200, ShippedHierarchySchema(many=True))
def index() -> Sequence[Mapping[str, Any]]:
    """List the shipped hierarchies with their levels, editions and sources."""
    return catalogue.list_hierarchies()
