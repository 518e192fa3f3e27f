"""The OpenAPI document and its page: complete, with examples that are true, and self-contained."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask import Flask
from flask.testing import FlaskClient

import kiaim_server
from kiaim_server.api import problems, serve
from kiaim_server.api.app import create_app
from kiaim_server.api.config import ServerConfig
from kiaim_server.api.examples import ANSWERS, PROBLEM, REQUESTS
from kiaim_server.api.kinds import KINDS, TYPE_PREFIX
from kiaim_server.arxaas import Face
from kiaim_server.errors import KiaimError
from kiaim_server.jobs.installation import Installation

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """With everything that can be enabled."""
    installation = Installation(tmp_path_factory.mktemp("data"))
    return create_app(ServerConfig(installation, arxaas=Face()))


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
    return found


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    }


def check(document: dict[str, Any], schema: Any, example: Any) -> None:
    """Hold an example against a schema of the document."""
    whole = {**schema, "components": document["components"]}
    jsonschema.Draft202012Validator(whole).validate(example)


def test_every_example_belongs_to_an_operation(document: dict[str, Any]) -> None:
    assert {*REQUESTS, *ANSWERS} <= operations(document).keys()


def test_every_example_is_what_its_schema_says(document: dict[str, Any]) -> None:
    """Those of requests, answers and errors alike."""
    seen = 0
    for key, operation in operations(document).items():
        contents = [operation.get("requestBody", {}).get("content", {})]
        contents += [r.get("content", {}) for r in operation["responses"].values()]
        for content in contents:
            for described in content.values():
                schema = described.get("schema", {})
                example = described.get("example", schema.get("example"))
                if example is not None:
                    check(document, schema, example)
                    seen += 1
        if key in REQUESTS:
            assert operation["requestBody"]["content"]["application/json"]["example"]
    assert seen >= len(REQUESTS) + len(ANSWERS)
    check(document, document["components"]["schemas"]["Problem"], PROBLEM)


def test_a_false_example_would_be_seen(document: dict[str, Any]) -> None:
    job = {"$ref": "#/components/schemas/Job"}
    check(document, job, ANSWERS["GET /v1/jobs/{job_id}"])
    with pytest.raises(jsonschema.ValidationError):
        check(document, job, {**ANSWERS["GET /v1/jobs/{job_id}"], "state": "finished"})


def test_requests_of_examples_are_taken(client: FlaskClient) -> None:
    """As far as their form goes: the data sets in them are not there."""
    for key, example in REQUESTS.items():
        method, path = key.split(" ")
        answer = client.open(path, method=method, json=example)
        assert answer.status_code != 422, (key, answer.text)


def test_errors_are_problems_everywhere_but_below_the_face(document: dict[str, Any]) -> None:
    shared = document["components"]["responses"]["DEFAULT_ERROR"]["content"]
    assert list(shared) == ["application/problem+json"]
    assert shared["application/problem+json"]["example"] == PROBLEM
    for key, operation in operations(document).items():
        default = operation["responses"]["default"]
        if " /api" in key:
            (described,) = default["content"].values()
            assert described["schema"]["required"] == ["timestamp", "message", "details"]
        else:
            assert default == {"$ref": "#/components/responses/DEFAULT_ERROR"}, key


# types of problems


def raised_kinds() -> set[str]:
    """Kinds of all deliberate errors that the server can answer with."""
    found, pending = set(), [KiaimError]
    while pending:
        cls = pending.pop()
        pending += cls.__subclasses__()
        if cls.__module__.startswith("kiaim_server.") and cls.status != 500:
            found.add(cls.kind)
    # Told by the face in its own shape, by the client to its caller, by a job as its state.
    return found - {"refused", "unreachable", "cancelled"}


def written_kinds() -> set[str]:
    """Kinds that the code gives by name."""
    root = Path(kiaim_server.__file__).parent
    paths = (root / "jobs" / "faults.py", root / "api" / "problems.py")
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return set(re.findall(r"(?:\"kind\": |body\()\"([a-z-]+)\"", "".join(texts)))


def test_every_kind_is_known() -> None:
    kinds = raised_kinds() | written_kinds()
    kinds |= set(problems._HTTP_KINDS.values()) | set(serve._KINDS.values())
    assert kinds == KINDS.keys()


def test_the_types_are_in_the_document(document: dict[str, Any]) -> None:
    told = document["components"]["schemas"]["Problem"]["properties"]["type"]
    assert told["enum"] == [TYPE_PREFIX + kind for kind in KINDS]
    for kind in KINDS.values():
        assert kind.when in told["description"]


def test_the_guide_has_the_same_kinds() -> None:
    text = (Path(__file__).parents[2] / "docs" / "server.md").read_text(encoding="utf-8")
    table = text.partition("| `type` after `urn:kiaim:problem:` |")[2].partition("\n\n")[0]
    told = {
        kind: statuses
        for kinds, statuses in re.findall(r"^\| (`.*?`) \| ([\d, ]+) \|", table, re.MULTILINE)
        for kind in re.findall(r"`([a-z-]+)`", kinds)
    }
    assert told.keys() == KINDS.keys()
    for kind, statuses in told.items():
        assert {int(s) for s in statuses.split(",")} >= set(KINDS[kind].statuses), kind


# the page


class _Page(HTMLParser):
    """Tags, ids and what is linked to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.tags.add(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.links |= {given[key] for key in ("href", "src") if key in given}
        assert not any(key.startswith("on") for key in given)


def test_the_page_shows_everything_and_needs_nothing(app: Flask, document: dict[str, Any]) -> None:
    """No script, no font and no picture from anywhere, and every link leads somewhere."""
    answer = app.test_client().get("/docs")
    assert answer.mimetype == "text/html"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    page = _Page()
    page.feed(answer.text)
    assert not page.tags & {"script", "link", "img", "iframe", "object", "form"}
    assert {link for link in page.links if not link.startswith("#")} == {"/openapi.json"}
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)
    assert "url(" not in answer.text
    assert "@import" not in answer.text
    text = html.unescape(answer.text)
    for key, operation in operations(document).items():
        assert f"<code>{key.split(' ')[1]}</code>" in text
        assert operation["summary"] in text
    for name in document["components"]["schemas"]:
        assert f'id="schema-{name}"' in text
    for kind in KINDS:
        assert TYPE_PREFIX + kind in text
