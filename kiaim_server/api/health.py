"""``/healthz``: the process answers. ``/readyz``: jobs would be worked on."""

from __future__ import annotations

from typing import Any

import kiaim_server
from kiaim_server.api.parsing import StrictBlueprint
from kiaim_server.api.schemas import HealthSchema
from kiaim_server.api.services import services
from kiaim_server.errors import KiaimError

blueprint = StrictBlueprint("health", __name__, description="For whoever runs the server.")


class NotReadyError(KiaimError):
    """Nobody would work on a job."""

    kind = "not-ready"
    status = 503


@blueprint.view("/healthz")
@blueprint.gives(200, HealthSchema)
def alive() -> dict[str, Any]:
    """Tell that the process answers."""
    return {"status": "ok", "version": kiaim_server.__version__}


@blueprint.view("/readyz")
@blueprint.gives(200, HealthSchema)
@blueprint.may_fail(503)
def ready() -> dict[str, Any]:
    """Tell whether the database answers and a worker is alive."""
    workers = services().workers.alive()
    if workers == 0:
        raise NotReadyError("no worker is alive; jobs wait in the queue")
    return {"status": "ready", "workers": workers}
