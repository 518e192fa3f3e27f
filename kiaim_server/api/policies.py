"""``/v1/policies``: what is installed, and the linter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kiaim_server.api.parsing import StrictBlueprint
from kiaim_server.api.schemas import (
    DiffRequestSchema,
    DiffSchema,
    LintRequestSchema,
    LintSchema,
    PolicySchema,
    PolicySummarySchema,
)
from kiaim_server.api.services import services
from kiaim_server.jobs import catalogue

blueprint = StrictBlueprint(
    "policies", __name__, url_prefix="/v1/policies", description="Rules for releases."
)


@blueprint.view("")
@blueprint.gives(200, PolicySummarySchema(many=True))
def index() -> Sequence[Mapping[str, Any]]:
    """List the installed policies."""
    return catalogue.list_policies(services().workbench.library)


@blueprint.view("/<string:name>")
@blueprint.gives(200, PolicySchema)
def show(name: str) -> Mapping[str, Any]:
    """Show a policy with its text."""
    return catalogue.show_policy(services().workbench.library, name)


@blueprint.view("/lint", "POST")
@blueprint.takes(LintRequestSchema)
@blueprint.gives(200, LintSchema)
def lint(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Check a policy; findings are not an error of the request."""
    return catalogue.lint(services().workbench.library, body["text"], body["name"])


@blueprint.view("/diff", "POST")
@blueprint.takes(DiffRequestSchema)
@blueprint.gives(200, DiffSchema)
def diff(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Compare two policies clause by clause: what got stricter, looser, or is not decided."""
    return catalogue.diff(services().workbench.library, body["old"], body["new"])
