"""What a job does: a release or a plan, on files of the data folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from kiaim_server.errors import PolicyError
from kiaim_server.hierarchy import HierarchySource
from kiaim_server.hooks.host import PluginHost
from kiaim_server.jobs.catalogue import policy_named
from kiaim_server.jobs.child import Task
from kiaim_server.jobs.job import JobRequest
from kiaim_server.jobs.tasks import open_workbench
from kiaim_server.model.decision import Decision, Verdict
from kiaim_server.model.diagnostic import errors_in_words
from kiaim_server.model.progress import Monitor
from kiaim_server.pipeline import ReleaseRequest, Workbench, plan, release
from kiaim_server.policy import lint_text, read_context
from kiaim_server.report import render_exploration, render_plan

_POLICY_FILE: Final = "policy.yaml"


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
        if any(d.severity == "error" for d in found):
            raise PolicyError(f"policy_text cannot be used: {errors_in_words(found)}", found)
    elif request.policy is not None:
        policy_named(workbench.library, request.policy)
    read_context(request.context)
    source = hierarchies_of(request)
    for column in request.hierarchies:
        source.find(column)


def hierarchies_of(request: JobRequest) -> HierarchySource:
    """The hierarchies that a request brings or names."""
    return HierarchySource(shipped=request.shipped_hierarchies, inline=request.hierarchies)


def _policy_of(task: Task) -> str | Path:
    """Name of an installed policy, or a file with the text that came with the request."""
    if task.request.policy_text is None:
        return str(task.request.policy)
    file = task.scratch / _POLICY_FILE
    file.write_text(task.request.policy_text, encoding="utf-8")
    return file


def work(task: Task, monitor: Monitor) -> Mapping[str, Any]:
    """Do what the task's request asks for, and write artifacts into its scratch folder."""
    workbench = open_workbench(task.installation)
    check_request(workbench, task.request)
    if task.request.action == "plan":
        return _plan_table(task, workbench, monitor)
    return _release_table(task, workbench, monitor)


def _release_table(task: Task, workbench: Workbench, monitor: Monitor) -> Mapping[str, Any]:
    outcome = release(_asked(task), workbench, task.staging, monitor)
    return _told(outcome.decision, _wanted(outcome.files, task.request.outputs))


def _plan_table(task: Task, workbench: Workbench, monitor: Monitor) -> Mapping[str, Any]:
    foreseen = plan(_asked(task), workbench, task.scratch, monitor, task.request.explore)
    files = {"plan": "plan.json", "page": "plan.html"}
    task.staging.mkdir()
    text = json.dumps(foreseen.plan, ensure_ascii=False, indent=2, allow_nan=False)
    (task.staging / "plan.json").write_text(text + "\n", encoding="utf-8")
    (task.staging / "plan.html").write_text(render_plan(foreseen.plan), encoding="utf-8")
    if foreseen.plan["explore"] is not None:
        files["explore"] = "explore.html"
        html = render_exploration(foreseen.plan)
        (task.staging / "explore.html").write_text(html, encoding="utf-8")
    return _told(foreseen.decision, files)


def _asked(task: Task) -> ReleaseRequest:
    request = task.request
    return ReleaseRequest(
        data=task.data,
        name=task.name,
        policy=_policy_of(task),
        context=request.context,
        hierarchies=hierarchies_of(request),
        seed=request.seed,
        reader=task.reader,
        format=request.format,
        search_seconds=request.search_seconds,
        subset=request.subset,
        engine=request.engine,
        language=request.language,
    )


def _told(decision: Decision, files: Mapping[str, str]) -> dict[str, Any]:
    """The outcome as the worker writes it into the queue."""
    return {
        "permitted": decision.verdict is Verdict.RELEASE,
        "decision": {
            "verdict": decision.verdict.value,
            "reasons": list(decision.reasons),
            "advice": list(decision.advice),
        },
        "files": files,
    }


def _wanted(files: Mapping[str, Path], outputs: Sequence[str]) -> dict[str, str]:
    """Names of the files to publish; what nobody asked for is deleted.

    Data never come without their manifest, nor without the evidence that they can be checked with.
    """
    beside_data = {"manifest", "evidence"} if "data" in outputs else set()
    keep = {*outputs, "report", "report.json"} | beside_data
    for name in files.keys() - keep:
        files[name].unlink()
    return {name: path.name for name, path in files.items() if name in keep}
