"""``/v1/policies``: what is installed, and the linter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kiaim_server.api.parsing import StrictBlueprint, wanted_language
from kiaim_server.api.schemas import (
    ContextSchema,
    DiffRequestSchema,
    DiffSchema,
    ExplanationSchema,
    LanguageSchema,
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


@blueprint.view("/<string:name>/explanation")
@blueprint.takes(LanguageSchema, location="query")
@blueprint.gives(200, ExplanationSchema)
def explanation(query: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Read a policy aloud: what it demands, when and why, as data and as prose."""
    library = services().workbench.library
    return catalogue.explain_policy_named(library, name, wanted_language(query["language"]))


@blueprint.view("/<string:name>/explanation", "POST")
@blueprint.takes(ContextSchema)
@blueprint.takes(LanguageSchema, location="query")
@blueprint.gives(200, ExplanationSchema)
def explain_context(
    body: Mapping[str, Any], query: Mapping[str, Any], name: str
) -> Mapping[str, Any]:
    """Explain what a policy would demand of a release of which only the context is known."""
    library = services().workbench.library
    language = wanted_language(query["language"])
    return catalogue.explain_foreseen(library, name, body["context"], language)


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
