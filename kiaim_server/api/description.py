"""The description of the interface: OpenAPI with examples and types of problems, and as a page.

The page is made of the same document here; it has no script and takes nothing from elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, cast

import jinja2
from flask import Flask, Response, current_app

from kiaim_server.api.examples import ANSWERS, PROBLEM, REQUESTS
from kiaim_server.api.kinds import KINDS, TYPE_PREFIX
from kiaim_server.api.parsing import StrictBlueprint
from kiaim_server.api.problems import MEDIA_TYPE, ProblemApi
from kiaim_server.api.security import sandboxed

blueprint = StrictBlueprint("description", __name__, description="What the interface is.")

_KEY: Final = "kiaim-description"
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_JSON: Final = "application/json"
_REF: Final = "#/components/schemas/"


class DescribedApi(ProblemApi):
    """An API whose OpenAPI document has examples, and knows the types of problems."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        app.extensions[_KEY] = self

    def document(self) -> dict[str, Any]:
        """The OpenAPI document."""
        found: dict[str, Any] = self.spec.to_dict()
        for key, _, operation in _operations(found):
            _exemplify(operation, REQUESTS.get(key), ANSWERS.get(key))
        components = found["components"]
        for response in components["responses"].values():
            content = response.get("content", {})
            if MEDIA_TYPE in content:
                content[MEDIA_TYPE].setdefault("example", PROBLEM)
        components["schemas"]["Problem"]["properties"]["type"] |= {
            "enum": [TYPE_PREFIX + kind for kind in KINDS],
            "description": "\n".join(f"- `{kind}`: {KINDS[kind].when}" for kind in KINDS),
        }
        return found

    def _openapi_json(self) -> Response:
        text = json.dumps(self.document(), indent=2, ensure_ascii=False)
        return Response(text, mimetype=_JSON)


@blueprint.view("/docs")
@blueprint.documented(responses={"200": {"description": "HTML", "content": {"text/html": {}}}})
def page() -> Response:
    """Show this description as a page."""
    api = cast(DescribedApi, current_app.extensions[_KEY])
    return sandboxed(Response(render(api.document()), mimetype="text/html"))


def render(document: Mapping[str, Any]) -> str:
    """An OpenAPI document as one HTML page; every value is escaped."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for key, path, operation in _operations(document):
        tag = next(iter(operation.get("tags", ())), "other")
        groups.setdefault(tag, []).append(_shown(key, document["paths"][path], operation))
    schemas = {
        name: list(_members(schema)) for name, schema in document["components"]["schemas"].items()
    }
    return (
        _environment()
        .get_template("description.html")
        .render(
            info=document["info"],
            tags={tag["name"]: tag.get("description", "") for tag in document.get("tags", ())},
            groups=groups,
            schemas=schemas,
            kinds=KINDS,
            prefix=TYPE_PREFIX,
            problem=_pretty(PROBLEM),
        )
    )


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield f"{method.upper()} {path}", path, item[method]


def _exemplify(operation: Mapping[str, Any], asked: Any, answered: Any) -> None:
    """Put examples where the body of the request and the answer of success are described."""
    if asked is not None:
        operation["requestBody"]["content"][_JSON]["example"] = asked
    if answered is not None:
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                content = response.setdefault("content", {_JSON: {}})
                for described in content.values():
                    described["example"] = answered


def _shown(key: str, item: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any]:
    """An operation as the page shows it."""
    bodies = operation.get("requestBody", {}).get("content", {})
    parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
    return {
        "key": key,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": [
            (p["name"], p["in"], _kind(p.get("schema", {})), p.get("description", ""))
            for p in parameters
        ],
        "bodies": [_content(media_type, found) for media_type, found in bodies.items()],
        "answers": [
            (status, response.get("description", "any error, as a problem"), [
                _content(media_type, found)
                for media_type, found in response.get("content", {}).items()
            ])
            for status, response in operation["responses"].items()
        ],
    }  # fmt: skip


def _content(media_type: str, described: Mapping[str, Any]) -> dict[str, Any]:
    schema = described.get("schema", {})
    example = described.get("example", schema.get("example"))
    return {
        "media_type": media_type,
        "kind": _kind(schema),
        "members": list(_members(schema)),
        "example": None if example is None else _pretty(example),
    }


def _members(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, bool, str]]:
    """Name, kind, whether it has to be there, and meaning of each member of an object."""
    required = schema.get("required", ())
    for name, member in schema.get("properties", {}).items():
        yield name, _kind(member), name in required, member.get("description", "")


def _kind(schema: Mapping[str, Any]) -> str:
    """What values are, in words; schemas by their name."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    if "enum" in schema and len(schema["enum"]) <= len(_METHODS) + 3:
        return " | ".join("null" if value is None else str(value) for value in schema["enum"])
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return " or ".join(_kind(part) for part in schema[word])
    kind = schema.get("type", "any")
    kinds = kind if isinstance(kind, list) else [kind]
    if "items" in schema:
        kinds = [f"array of {_kind(schema['items'])}" if k == "array" else k for k in kinds]
    return " or ".join(kinds)


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("kiaim_server.api", ""),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
