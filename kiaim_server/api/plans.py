"""``/v1/plans``: what a release would be, without making it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kiaim_server.api.jobs import enqueue
from kiaim_server.api.parsing import StrictBlueprint
from kiaim_server.api.schemas import IdempotencySchema, JobSchema, PlanRequestSchema

blueprint = StrictBlueprint("plans", __name__, url_prefix="/v1/plans", description="Plans.")


@blueprint.view("", "POST")
@blueprint.takes(PlanRequestSchema)
@blueprint.takes(IdempotencySchema, location="headers")
@blueprint.gives(202, JobSchema)
def create(
    body: Mapping[str, Any], headers: Mapping[str, Any]
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Ask what a release would be, and whether it would be one.

    A job like any other, as a search may take long: its state becomes ``done`` or ``refused`` as
    that of the release would, and its artifact ``plan`` has the whole answer. Nothing is released.
    """
    return enqueue(body, headers, action="plan", explore=body["explore"])
