"""``/api``: the face for portals that speak ARXaaS; there only if the operator enables it.

See `kiaim_server.arxaas` for what it does. Requests are worked on in a process of their own, while
the client waits. Errors have the shape that clients of ARXaaS know.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, current_app, redirect, request, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotAcceptable, TooManyRequests
from werkzeug.wrappers import Response as BaseResponse

from kiaim_server import arxaas
from kiaim_server.api import problems
from kiaim_server.api.datasets import only_part
from kiaim_server.api.parsing import StrictBlueprint
from kiaim_server.api.services import Services, services
from kiaim_server.arxaas.reading import Form
from kiaim_server.arxaas.work import ANSWER
from kiaim_server.errors import DataError, MediaTypeError
from kiaim_server.jobs.isolated import Function
from kiaim_server.policy import read_context

blueprint = StrictBlueprint(
    "arxaas", __name__, description="For portals that speak ARXaaS; off unless enabled."
)

PREFIX: Final = "/api"
#: Requests that are worked on at the same time; the others are asked to come again.
_AT_ONCE: Final = 4
_GATE: Final = "kiaim-arxaas-gate"
_CHUNK: Final = 1 << 20
_JSON: Final = "application/json"
_HAL: Final = "application/hal+json"
_MULTIPART: Final = "multipart/form-data"

_CELL: Final = {"type": ["string", "number", "boolean", "null"]}
_ROWS: Final = {"type": "array", "items": {"type": "array", "items": _CELL}}
_MODELS: Final = {
    "type": ["array", "null"],
    "items": {
        "type": "object",
        "required": ["privacyModel"],
        "properties": {"privacyModel": {"type": "string"}, "params": {"type": "object"}},
    },
}


def _attributes(hierarchy: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["field", "attributeTypeModel"],
            "properties": {
                "field": {"type": "string"},
                "attributeTypeModel": {
                    "enum": ["IDENTIFYING", "QUASIIDENTIFYING", "SENSITIVE", "INSENSITIVE"]
                },
                "hierarchy": hierarchy,
            },
        },
    }


_LIMIT: Final = {"type": ["number", "string", "null"]}
_TABLE: Final = {
    "type": "object",
    "required": ["data", "attributes"],
    "properties": {
        "data": _ROWS,
        "attributes": _attributes({**_ROWS, "type": ["array", "null"]}),
        "privacyModels": _MODELS,
        "suppressionLimit": _LIMIT,
    },
    "example": {
        "data": [["age", "diagnosis"], ["34", "flu"], ["36", "gout"]],
        "attributes": [
            {
                "field": "age",
                "attributeTypeModel": "QUASIIDENTIFYING",
                "hierarchy": [["34", "3*", "*"], ["36", "3*", "*"]],
            },
            {"field": "diagnosis", "attributeTypeModel": "INSENSITIVE", "hierarchy": None},
        ],
        "privacyModels": [{"privacyModel": "KANONYMITY", "params": {"k": 2}}],
        "suppressionLimit": 0.0,
    },
}
_COLUMN: Final = {
    "type": "object",
    "required": ["column", "builder"],
    "properties": {
        "column": {"type": "array", "items": _CELL, "minItems": 1},
        "builder": {
            "type": "object",
            "required": ["type"],
            "properties": {
                "type": {"enum": ["redactionBased", "intervalBased", "orderBased", "dateBased"]}
            },
        },
    },
    "example": {"column": ["81667", "81668"], "builder": {"type": "redactionBased"}},
}
_BINARY: Final = {"type": "string", "format": "binary"}
_FORM: Final = {
    "type": "object",
    "required": ["file", "metadata"],
    "properties": {
        "file": _BINARY,
        "metadata": {
            "type": "object",
            "required": ["attributes"],
            "properties": {
                "attributes": _attributes({"type": ["integer", "null"], "minimum": 0}),
                "privacyModels": _MODELS,
                "suppressionLimit": _LIMIT,
            },
        },
        "hierarchies": {"type": "array", "items": _BINARY},
    },
}


#: Any error, in the shape of ARXaaS.
_ERROR: Final = {
    "description": "Any error",
    "content": {
        _JSON: {
            "schema": {
                "type": "object",
                "required": ["timestamp", "message", "details"],
                "properties": {
                    "timestamp": {"type": "string"},
                    "message": {"type": "string"},
                    "details": {"type": "string"},
                },
            },
            "example": {
                "timestamp": "2026-11-24T09:30:00.000+00:00",
                "message": "privacyModels: expected at least one",
                "details": "uri=/api/anonymize",
            },
        }
    },
}


def _takes(media_type: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """What an operation takes, and how its errors look, as OpenAPI says it."""
    body = {"required": True, "content": {media_type: {"schema": schema}}}
    return {"requestBody": body, "responses": {"default": _ERROR}}


def register(app: Flask) -> None:
    """Let errors below the prefix have the shape of ARXaaS, and bound what runs at once.

    Raises
    ------
    InputError
        The face's policy or its context cannot be used.
    """
    desk = Services.of(app)
    face = desk.config.arxaas
    if face is not None and face.policy is not None:
        desk.workbench.library.get(face.policy)
        read_context(face.context)
    app.extensions[_GATE] = threading.BoundedSemaphore(_AT_ONCE)
    app.add_url_rule("/", "arxaas-root", _root)
    problems.speak(app, PREFIX, _error)


def _root() -> BaseResponse:
    """Lead to the links: clients look here to see whether the service is there."""
    return redirect(PREFIX)


@blueprint.view(PREFIX)
@blueprint.documented(
    responses={"200": {"description": "Links", "content": {_HAL: {}}}, "default": _ERROR}
)
def links() -> Response:
    """Tell what there is."""
    media_type = _acceptable(_HAL, _JSON)
    views = {"self": "links", "anonymize": "anonymize", "analyze": "analyze"}
    found = {
        name: {"href": url_for(f"arxaas.{view}", _external=True)} for name, view in views.items()
    }
    return Response(json.dumps({"_links": found}), mimetype=media_type)


@blueprint.view(f"{PREFIX}/analyze", "POST")
@blueprint.documented(**_takes(_JSON, _TABLE))
@blueprint.gives(200)
def analyze() -> Response:
    """Measure the risks of a table as it is."""
    return _answer(_body, arxaas.analyze)


@blueprint.view(f"{PREFIX}/analyze/file", "POST")
@blueprint.documented(**_takes(_MULTIPART, _FORM))
@blueprint.gives(200)
def analyze_file() -> Response:
    """Measure the risks of a table in a file with semicolons between cells."""
    return _answer(_form, arxaas.analyze)


@blueprint.view(f"{PREFIX}/anonymize", "POST")
@blueprint.documented(**_takes(_JSON, _TABLE))
@blueprint.gives(200)
def anonymize() -> Response:
    """Anonymize a table: the optimum under the models, audited before it is answered."""
    return _answer(_body, arxaas.anonymize, services().config.installation)


@blueprint.view(f"{PREFIX}/anonymize/file", "POST")
@blueprint.documented(**_takes(_MULTIPART, _FORM))
@blueprint.gives(200)
def anonymize_file() -> Response:
    """Anonymize a table in a file with semicolons between cells, hierarchies likewise."""
    return _answer(_form, arxaas.anonymize, services().config.installation)


@blueprint.view(f"{PREFIX}/hierarchy", "POST")
@blueprint.documented(**_takes(_JSON, _COLUMN))
@blueprint.gives(200)
def hierarchy() -> Response:
    """Build a hierarchy over the values of a column."""
    return _answer(_body, arxaas.build_hierarchy)


def _answer(receive: Callable[[Path], object], work: Function, *more: object) -> Response:
    """Receive the request into a scratch folder, have it worked on, and answer with the file."""
    _acceptable(_JSON)
    desk = services()
    with _gate(), desk.store.layout.scratch("arxaas") as folder:
        source = receive(folder)
        desk.isolation.call(work, "the request", *more, desk.config.arxaas, source, folder)
        return Response((folder / ANSWER).read_bytes(), mimetype=_JSON)


def _acceptable(*media_types: str) -> str:
    """The media type to answer with; the client accepts all if it does not say any."""
    if not request.accept_mimetypes:
        return media_types[0]
    found = request.accept_mimetypes.best_match(media_types)
    if found is None:
        raise NotAcceptable(f"the answer is {' or '.join(media_types)}")
    return found


@contextmanager
def _gate() -> Iterator[None]:
    """One of the places of requests that are worked on at once."""
    gate: threading.BoundedSemaphore = current_app.extensions[_GATE]
    if not gate.acquire(blocking=False):
        raise TooManyRequests(f"{_AT_ONCE} requests are being worked on; come again", retry_after=1)
    try:
        yield
    finally:
        gate.release()


def _body(folder: Path) -> Path:
    if not request.is_json:
        raise MediaTypeError(
            f"the body is {request.content_type or 'of no stated type'}; send JSON with the header "
            "Content-Type: application/json"
        )
    path = folder / "body.json"
    with path.open("xb") as file:
        while chunk := request.stream.read(_CHUNK):
            file.write(chunk)
    return path


def _form(folder: Path) -> Form:
    if request.mimetype != _MULTIPART:
        raise MediaTypeError(
            f"send {_MULTIPART} with the parts 'file' and 'metadata', and 'hierarchies' for "
            "each hierarchy"
        )
    metadata, table = folder / "metadata.json", folder / "file"
    _save(only_part("file"), table)
    if "metadata" in request.files:
        _save(only_part("metadata"), metadata)
    elif len(request.form.getlist("metadata")) == 1:
        metadata.write_text(request.form["metadata"], encoding="utf-8", errors="replace")
    else:
        raise DataError("the form needs one part 'metadata' with JSON")
    paths = []
    for number, part in enumerate(request.files.getlist("hierarchies")):
        paths.append(folder / f"hierarchy-{number}")
        _save(part, paths[-1])
    return Form(table, metadata, tuple(paths))


def _save(part: FileStorage, path: Path) -> None:
    with path.open("xb") as file:
        shutil.copyfileobj(part.stream, file, _CHUNK)


def _error(problem: Mapping[str, Any], headers: Mapping[str, str]) -> BaseResponse:
    """A problem as ARXaaS tells it."""
    told = {
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "message": problem["detail"],
        "details": f"uri={problem['instance']}",
    }
    text = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    return BaseResponse(text, problem["status"], dict(headers), content_type=_JSON)
