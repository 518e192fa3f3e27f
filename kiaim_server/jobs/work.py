"""What a job does: the release pipeline, on files of the data folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kiaim_server.errors import PolicyError
from kiaim_server.hierarchy import HierarchySource
from kiaim_server.hooks.host import PluginHost
from kiaim_server.jobs.child import Task
from kiaim_server.jobs.job import JobRequest
from kiaim_server.jobs.tasks import open_workbench
from kiaim_server.model.decision import Verdict
from kiaim_server.model.progress import Monitor
from kiaim_server.pipeline import ReleaseRequest, Workbench, release
from kiaim_server.policy import lint_text, read_context

_POLICY_FILE = "policy.yaml"


def preload() -> None:
    """Import everything that a job needs, so that processes forked later find it loaded."""
    PluginHost.load()


def check_request(workbench: Workbench, request: JobRequest) -> None:
    """Refuse at once what no job could do anything with.

    Raises
    ------
    NotFoundError, PolicyError, ContextError, HierarchyError
        From the policy, the context and the hierarchies.
    """
    if request.policy_text is not None:
        found = lint_text(request.policy_text, _POLICY_FILE, workbench.library)
        errors = [d for d in found if d.severity == "error"]
        if errors:
            raise PolicyError(f"policy_text cannot be used: {errors[0]}", found)
    elif request.policy is not None:
        workbench.library.get(request.policy)
    read_context(request.context)
    source = hierarchies_of(request)
    for column in request.hierarchies:
        source.find(column)


def hierarchies_of(request: JobRequest) -> HierarchySource:
    """The hierarchies that a request brings or names."""
    return HierarchySource(shipped=request.shipped_hierarchies, inline=request.hierarchies)


def release_table(task: Task, monitor: Monitor) -> Mapping[str, Any]:
    """Run the pipeline into the task's scratch folder."""
    request = task.request
    policy: Any = request.policy
    if request.policy_text is not None:
        policy = task.scratch / _POLICY_FILE
        policy.write_text(request.policy_text, encoding="utf-8")
    outcome = release(
        ReleaseRequest(
            data=task.data,
            name=task.name,
            policy=policy,
            context=request.context,
            hierarchies=hierarchies_of(request),
            seed=request.seed,
            reader=task.reader,
            format=request.format,
        ),
        open_workbench(task.installation),
        task.staging,
        monitor,
    )
    decision = outcome.decision
    return {
        "released": decision.verdict is Verdict.RELEASE,
        "decision": {
            "verdict": decision.verdict.value,
            "reasons": list(decision.reasons),
            "advice": list(decision.advice),
        },
        "files": {name: path.name for name, path in outcome.files.items()},
    }
