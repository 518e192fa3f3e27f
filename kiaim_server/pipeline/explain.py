"""What would apply to a release and why: no search, nothing measured, nothing written."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from kiaim_server.model.explanation import Explanation
from kiaim_server.model.progress import Monitor
from kiaim_server.pipeline.request import ReleaseRequest, Workbench
from kiaim_server.pipeline.stages import Clock, consult, software
from kiaim_server.policy import PolicyLibrary, foresee, obstacles
from kiaim_server.report import Circumstances, build_explanation


def explain_context(
    policy: str | Path, context: Mapping[str, Any], library: PolicyLibrary
) -> Explanation:
    """What applies to a release of which only the context is known.

    Raises
    ------
    NotFoundError, PolicyError, ContextError
        From policy and context.
    """
    now = datetime.datetime.now(datetime.UTC)
    plan = foresee(library.get(policy), context, library.host, now.date())
    standing = obstacles(plan)
    around = Circumstances(
        created=now.isoformat(timespec="seconds"),
        software=software(),
        reasons=standing.reasons,
        advice=standing.advice,
    )
    return build_explanation(plan, None, around, stage="context")


def explain_table(
    request: ReleaseRequest, workbench: Workbench, scratch: Path, monitor: Monitor
) -> Explanation:
    """What applies to a release of a table: its columns are classified, and that is all.

    Raises
    ------
    InputError
        Table, policy or context cannot be used.
    """
    table, facts = consult(request, workbench, Clock(monitor), scratch)
    with closing(table):
        standing = obstacles(facts.plan)
        around = Circumstances(
            created=facts.created,
            software=facts.software,
            table=facts.source.name,
            records=facts.source.records,
            warnings=facts.warnings,
            reasons=standing.reasons,
            advice=standing.advice,
        )
        return build_explanation(facts.plan, None, around, stage="context")
