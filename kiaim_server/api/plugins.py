"""``/v1/plugins``: what was found, and why it cannot be used where it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kiaim_server.api.parsing import StrictBlueprint
from kiaim_server.api.schemas import PluginSchema
from kiaim_server.api.services import services
from kiaim_server.jobs import catalogue

blueprint = StrictBlueprint(
    "plugins", __name__, url_prefix="/v1/plugins", description="What plugins offer."
)


@blueprint.view("")
@blueprint.gives(200, PluginSchema(many=True))
def index() -> Sequence[Mapping[str, Any]]:
    """List every plugin that was found, unusable ones with the reason."""
    return catalogue.list_plugins(services().workbench.host)
