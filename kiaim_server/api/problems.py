"""Every error as ``application/problem+json`` (RFC 9457), with a stable ``type``.

The type is ``urn:kiaim:problem:KIND``; for errors of our own tree KIND is `KiaimError.kind`, for
what HTTP itself can get wrong see `_HTTP_KINDS`. Nothing else of an unexpected exception than a
constant sentence leaves the server; the log has its type and the lines of code.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, cast

import marshmallow as ma
from flask import Flask, current_app, request
from flask_smorest import Api
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from kiaim_server.api.kinds import TYPE_PREFIX
from kiaim_server.errors import KiaimError
from kiaim_server.jobs import faults

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"

_HTTP_KINDS: Final = {
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "timeout",
    413: "too-large",
    415: "unsupported-media-type",
    416: "range-not-satisfiable",
    422: "invalid-input",
    429: "too-many-requests",
}

#: Tells a problem in the words of another interface; headers are to be kept.
Dialect = Callable[[Mapping[str, Any], Mapping[str, str]], Response]
_DIALECTS: Final = "kiaim-dialects"


class ProblemSchema(ma.Schema):
    """An error. `type` is stable; `detail` says what is wrong and how to mend it."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    instance = ma.fields.String()
    errors = ma.fields.List(
        ma.fields.Dict(), metadata={"description": "One entry per faulty key of the request."}
    )
    diagnostics = ma.fields.List(
        ma.fields.Dict(), metadata={"description": "Findings of the policy linter."}
    )
    line = ma.fields.Integer(metadata={"description": "Line of the table."})
    column = ma.fields.String(metadata={"description": "Column of the table."})


class ProblemApi(Api):  # type: ignore[misc]
    """An API whose errors are problems, also those of routing, parsing and defects."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_RESPONSE_CONTENT_TYPE = "application/json"

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Answer an error of HTTP itself, or of the schema of a request."""
        return http_problem(error)

    def _register_responses(self) -> None:
        schema = self.ERROR_SCHEMA
        names = [(s.name, s.phrase) for s in HTTPStatus] + [("DEFAULT_ERROR", "Any error")]
        for name, phrase in names:
            response = {"description": phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
            self.spec.components.response(name, response, lazy=True)


def register(app: Flask) -> None:
    """Answer deliberate errors and defects as problems."""
    app.register_error_handler(KiaimError, _deliberate)
    app.register_error_handler(Exception, _defect)


def speak(app: Flask, prefix: str, dialect: Dialect) -> None:
    """Have problems of the path `prefix`, and of all below it, told by `dialect`."""
    app.extensions.setdefault(_DIALECTS, {})[prefix] = dialect


def body(
    kind: str, status: int, detail: str, extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The members of a problem."""
    return {
        "type": TYPE_PREFIX + kind,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **(extra or {}),
    }


def of_fault(fault: Mapping[str, Any]) -> dict[str, Any]:
    """The problem of an error that a job stored, see `kiaim_server.jobs.faults`."""
    extra = {
        key: value
        for key, value in fault.items()
        if key not in ("kind", "status", "detail") and value is not None
    }
    return body(fault["kind"], fault["status"], fault["detail"], extra)


def _respond(problem: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    problem.setdefault("instance", request.path)
    for prefix, dialect in current_app.extensions.get(_DIALECTS, {}).items():
        if request.path == prefix or request.path.startswith(f"{prefix}/"):
            return cast("Response", dialect(problem, headers or {}))
    text = json.dumps(problem, ensure_ascii=False)
    return Response(
        text.encode("utf-8", "replace"),
        problem["status"],
        headers=dict(headers or {}),
        content_type=MEDIA_TYPE,
    )


def _deliberate(error: KiaimError) -> Response:
    if error.status == 500:
        return _defect(error)
    return _respond(of_fault(faults.describe(error)))


def _defect(error: Exception) -> Response:
    log.error("%s %s stopped: %s", request.method, request.path, faults.trail(error))
    detail = "a defect of the server, not of the request; the server's log says where"
    return _respond(body("internal-error", 500, detail))


def http_problem(error: HTTPException) -> Response:
    """Turn an exception of Werkzeug into a problem."""
    status = error.code or 500
    if status >= 500:
        return _defect(error)
    if status < 400:  # a redirect, which is no error
        return error.get_response()
    kind = _HTTP_KINDS.get(status, "invalid-input")
    data = getattr(error, "data", None) or {}
    entries = list(_entries(data.get("messages", {})))
    detail = _summary(entries) if entries else _detail(status, error)
    headers = {
        key: value
        for key, value in error.get_headers(None)
        if key.lower() in ("allow", "retry-after")
    }
    return _respond(body(kind, status, detail, {"errors": entries} if entries else None), headers)


def _detail(status: int, error: HTTPException) -> str:
    if status == 404:
        return f"nothing is at {request.path}; /openapi.json lists what is"
    if status == 405:
        return f"{request.path} does not take {request.method}"
    if status == 413:
        return too_large(request.max_content_length)
    return str(error.description)


def too_large(limit: int | None) -> str:
    """What a request is told whose body has more bytes than `limit`."""
    most = f" of {limit} bytes" if limit is not None else ""
    return (
        f"the body of the request is larger than the limit{most} here; send less, or a table in "
        "parts, or start the server with a larger --max-upload"
    )


def _summary(entries: list[dict[str, str]]) -> str:
    return "; ".join(f"{e['pointer']}: {e['detail']}" for e in entries[:5])


def _entries(messages: object, path: str = "") -> Iterator[dict[str, str]]:
    """Flatten marshmallow's messages: one entry per fault, with a JSON pointer to its place."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            is_location = path == "" and key in ("json", "query", "path", "headers", "form")
            step = "" if is_location or key == "_schema" else f"/{key}"
            yield from _entries(inner, path + step if not is_location else "#")
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from _entries(inner, path)
    else:
        yield {"pointer": path or "#", "detail": str(messages)}
