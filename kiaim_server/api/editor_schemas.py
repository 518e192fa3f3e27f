"""``/schemas``: JSON Schemas of the files that people write, for their editors."""

from __future__ import annotations

from typing import Any

from kiaim_server.api.parsing import StrictBlueprint
from kiaim_server.api.services import services
from kiaim_server.policy.editing import cases_schema, policy_schema

blueprint = StrictBlueprint(
    "schemas", __name__, url_prefix="/schemas", description="JSON Schemas for editors."
)


@blueprint.view("/policy-v1.json")
@blueprint.gives(200)
def policy() -> dict[str, Any]:
    """JSON Schema of policies, with the models and transforms of this installation."""
    library = services().workbench.library
    return policy_schema(library.host, library.hierarchies)


@blueprint.view("/policy-test-v1.json")
@blueprint.gives(200)
def cases() -> dict[str, Any]:
    """JSON Schema of the cases of policies."""
    return cases_schema(services().workbench.library.host)
