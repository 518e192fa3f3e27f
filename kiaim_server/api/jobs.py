"""``/v1/jobs``: releases and plans that are asked for, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from flask import Response, send_file, url_for

from kiaim_server.api import problems
from kiaim_server.api.parsing import StrictBlueprint, wanted_language
from kiaim_server.api.schemas import (
    ExplanationSchema,
    IdempotencySchema,
    JobQuerySchema,
    JobRequestSchema,
    JobSchema,
    LanguageSchema,
)
from kiaim_server.api.security import sandboxed
from kiaim_server.api.services import services
from kiaim_server.errors import ConflictError, NotFoundError, PluginError
from kiaim_server.jobs import catalogue
from kiaim_server.jobs.job import Job, JobRequest, State
from kiaim_server.jobs.queue import submit
from kiaim_server.jobs.work import check_request

blueprint = StrictBlueprint("jobs", __name__, url_prefix="/v1/jobs", description="Releases.")

_MEDIA_TYPES: Final = {
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
}


@blueprint.view("", "POST")
@blueprint.takes(JobRequestSchema)
@blueprint.takes(IdempotencySchema, location="headers")
@blueprint.gives(202, JobSchema)
def create(
    body: Mapping[str, Any], headers: Mapping[str, Any]
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Ask for a release.

    Policy, context and hierarchies are checked at once; the table is worked on by a worker.
    """
    if "synthetic" in body["outputs"]:
        raise PluginError(
            "outputs: 'synthetic' is not available, no synthesizer is installed; ask for 'data'"
        )
    return enqueue(body, headers, format=body["format"], outputs=body["outputs"])


def enqueue(
    body: Mapping[str, Any], headers: Mapping[str, Any], **more: Any
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Queue what a body with the keys of `AskedSchema` asks for, and `more` of the request."""
    desk = services()
    hierarchies = body["hierarchies"]
    request = JobRequest(
        dataset=body["dataset"],
        policy=body.get("policy"),
        policy_text=body.get("policy_text"),
        context=body["context"],
        shipped_hierarchies=hierarchies.get("shipped"),
        hierarchies=hierarchies.get("inline", {}),
        seed=body["seed"],
        search_seconds=body.get("search_seconds", desk.config.search_seconds),
        subset=body.get("subset"),
        engine=body["engine"],
        language=body["language"],
        **more,
    )
    check_request(desk.workbench, request)
    job = submit(desk.store, desk.jobs, request, headers["key"])
    return as_json(job), 202, {"Location": url_for("jobs.show", job_id=job.id)}


@blueprint.view("")
@blueprint.takes(JobQuerySchema, location="query")
@blueprint.gives(200, JobSchema(many=True))
def index(query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List jobs, the newest first."""
    return [as_json(job) for job in services().jobs.newest(query["limit"], query["state"])]


@blueprint.view("/<string:job_id>")
@blueprint.gives(200, JobSchema)
def show(job_id: str) -> dict[str, Any]:
    """Tell where a job stands."""
    return as_json(services().jobs.get(job_id))


@blueprint.view("/<string:job_id>", "DELETE")
@blueprint.gives(202, JobSchema)
def cancel(job_id: str) -> dict[str, Any]:
    """Cancel a job: at once if it waits, within a second if it runs."""
    return as_json(services().jobs.cancel(job_id))


@blueprint.view("/<string:job_id>/artifacts/<string:name>")
@blueprint.documented(
    responses={
        "200": {
            "description": "data, report (HTML), report.json, manifest or evidence",
            "content": {m.split(";")[0]: {} for m in _MEDIA_TYPES.values()},
        }
    }
)
@blueprint.may_fail(404, 409)
def artifact(job_id: str, name: str) -> Response:
    """Fetch what a job made. A refused job has reports only."""
    desk = services()
    job = desk.jobs.get(job_id)
    if not job.state.final:
        raise ConflictError(f"job {job.id} is {job.state.value}; it has no artifacts yet")
    if name not in job.files or job.folder is None:
        refused = job.state is State.REFUSED and job.action == "release"
        why = "; a refused release has reports only" if refused else ""
        there = ", ".join(sorted(job.files)) or "none"
        raise NotFoundError(f"job {job.id} has no artifact {name!r}; there are: {there}{why}")
    path = desk.store.artifacts.path(job.id, job.folder, job.files[name])
    if not path.is_file():
        raise NotFoundError(f"artifact {name!r} of job {job.id} is not in the data folder")
    response = send_file(
        path,
        mimetype=_MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
        as_attachment=path.suffix != ".html",
        download_name=path.name,
        conditional=True,
    )
    return sandboxed(response) if path.suffix == ".html" else response


@blueprint.view("/<string:job_id>/explanation")
@blueprint.takes(LanguageSchema, location="query")
@blueprint.gives(200, ExplanationSchema)
@blueprint.may_fail(404, 409)
def explanation(query: Mapping[str, Any], job_id: str) -> dict[str, Any]:
    """Explain how a release or plan ended, as data and as prose in English or German."""
    desk = services()
    job = desk.jobs.get(job_id)
    if not job.state.final:
        raise ConflictError(f"job {job.id} is {job.state.value}; it has no explanation yet")
    name = "plan" if job.action == "plan" else "report.json"
    if name not in job.files or job.folder is None:
        raise NotFoundError(f"job {job.id} ended as {job.state.value}; there is no explanation")
    path = desk.store.artifacts.path(job.id, job.folder, job.files[name])
    return catalogue.explain_ended(path, wanted_language(query["language"]))


def as_json(job: Job) -> dict[str, Any]:
    """A job as its schema has it: with addresses of its artifacts, its error as a problem."""
    values = {field.name: getattr(job, field.name) for field in fields(job)}
    values["artifacts"] = {
        name: url_for("jobs.artifact", job_id=job.id, name=name) for name in job.files
    }
    values["error"] = None if job.error is None else problems.of_fault(job.error)
    return values
