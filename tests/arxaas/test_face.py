"""The face over HTTP: what is refused and how, limits, forms, media types, and the policy."""

from __future__ import annotations

import datetime
import io
import json
import logging
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kiaim_server.api.app import create_app
from kiaim_server.api.config import ServerConfig
from kiaim_server.arxaas import Face
from kiaim_server.errors import ContextError, NotFoundError
from kiaim_server.jobs.installation import Installation
from tests import desk
from tests.arxaas.conftest import DATA, ZIPCODES, attribute, data_folder, model, request

MARK: Final = "ZZMARK"


def refused(answer: Any, status: int, path: str = "/api/anonymize") -> str:
    """The message of an error, which has the shape of ARXaaS."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    told = answer.get_json()
    assert list(told) == ["timestamp", "message", "details"]
    assert datetime.datetime.fromisoformat(told["timestamp"]).tzinfo is not None
    assert told["details"] == f"uri={path}"
    return str(told["message"])


@pytest.fixture(autouse=True)
def _nothing_is_left(app: Flask, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No request leaves a file, and no log has a marked cell."""
    with caplog.at_level(logging.DEBUG):
        yield
    assert list((data_folder(app) / "tmp").iterdir()) == []
    assert MARK not in caplog.text


# links and media types


def test_links(client: FlaskClient) -> None:
    answer = client.get("/api")
    assert answer.mimetype == "application/hal+json"
    assert answer.get_json() == {
        "_links": {
            "self": {"href": "http://localhost/api"},
            "anonymize": {"href": "http://localhost/api/anonymize"},
            "analyze": {"href": "http://localhost/api/analyze"},
        }
    }
    assert client.get("/api", headers={"Accept": "application/json"}).mimetype == "application/json"
    assert client.get("/", follow_redirects=True).get_json() == answer.get_json()


def test_only_json_is_answered(client: FlaskClient) -> None:
    for accept in ("application/json", "*/*", "text/html, application/*;q=0.1"):
        answer = client.post("/api/analyze", json=request(), headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
    answer = client.post("/api/analyze", json=request(), headers={"Accept": "text/csv"})
    refused(answer, 406, "/api/analyze")
    refused(client.get("/api", headers={"Accept": "text/html"}), 406, "/api")


def test_only_json_is_taken(client: FlaskClient) -> None:
    body = json.dumps(request())
    assert client.post("/api/analyze", data=body, content_type="application/json;charset=UTF-8")
    for media_type in ("text/plain", "application/x-www-form-urlencoded"):
        refused(client.post("/api/anonymize", data=body, content_type=media_type), 415)
    refused(client.post("/api/anonymize/file", json=request()), 415, "/api/anonymize/file")


def test_other_paths_and_methods_have_the_shape_too(client: FlaskClient) -> None:
    answer = client.get("/api/anonymize")
    refused(answer, 405)
    assert "POST" in answer.headers["Allow"]
    refused(client.get("/api/nothing"), 404, "/api/nothing")
    answer = client.post("/api/anonymize", json={}, headers={"Origin": "http://elsewhere"})
    refused(answer, 403)


def test_all_else_is_told_as_problems(client: FlaskClient) -> None:
    for path in ("/v1/nothing", "/apix"):
        assert client.get(path).mimetype == "application/problem+json"


def test_openapi_knows_the_face(client: FlaskClient) -> None:
    paths = client.get("/openapi.json").get_json()["paths"]
    assert {path for path in paths if path.startswith("/api")} == {
        "/api",
        "/api/analyze",
        "/api/analyze/file",
        "/api/anonymize",
        "/api/anonymize/file",
        "/api/hierarchy",
    }


def test_there_is_no_face_unless_it_is_enabled(tmp_path: Path) -> None:
    client = create_app(ServerConfig(Installation(tmp_path))).test_client()
    for path in ("/api", "/api/anonymize", "/api/hierarchy", "/"):
        for answer in (client.get(path), client.post(path, json=request())):
            assert answer.status_code == 404
            assert answer.mimetype == "application/problem+json"


def test_the_request_in_the_documentation_is_answered(client: FlaskClient) -> None:
    text = (Path(__file__).parents[2] / "docs" / "server.md").read_text(encoding="utf-8")
    section = text.partition("## For portals that speak ARXaaS")[2]
    example = re.search(r"-d '(.*?)'\n(.*?)\n```", section, re.DOTALL)
    assert example is not None
    answer = client.post("/api/anonymize", json=json.loads(example[1]))
    table = json.dumps(answer.get_json()["anonymizeResult"]["data"])
    assert table in example[2]


# requests that cannot be used


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """A request of marked cells, and with a fault."""
    rows = [[f"{MARK}{cell}" for cell in record] for record in DATA[1:]]
    tree = [[f"{MARK}{row[0]}", *row[1:]] for row in ZIPCODES]
    asked = request(
        data=[DATA[0], *rows],
        attributes=[
            attribute("zipcode", "QUASIIDENTIFYING", tree),
            attribute("disease", "INSENSITIVE"),
        ],
    )
    change(asked)
    return asked


def _set(*path: Any) -> Callable[[dict[str, Any]], None]:
    """Sets what the path leads to, to its last element."""
    *way, last, value = path

    def change(asked: Any) -> None:
        for step in way:
            asked = asked[step]
        asked[last] = value

    return change


def _drop(*path: Any) -> Callable[[dict[str, Any]], None]:
    *way, last = path

    def change(asked: Any) -> None:
        for step in way:
            asked = asked[step]
        del asked[last]

    return change


_SICK = ("attributes", 1, "attributeTypeModel", "SENSITIVE")
FAULTS: Final[dict[str, tuple[Callable[[dict[str, Any]], Any], str]]] = {
    "no data": (_drop("data"), "data"),
    "data is text": (_set("data", MARK), "data"),
    "no attributes": (_drop("attributes"), "attributes"),
    "no models": (_drop("privacyModels"), "privacyModels"),
    "empty models": (_set("privacyModels", []), "privacyModels"),
    "only a header": (_set("data", DATA[:1]), "at least one record"),
    "nothing at all": (_set("data", []), "at least one record"),
    "ragged rows": (_set("data", 3, [f"{MARK}x"]), "row 4 has 1 cells"),
    "a row is text": (_set("data", 3, f"{MARK}x"), "row 4 is no array"),
    "a cell is an array": (_set("data", 3, 1, [f"{MARK}x"]), "row 4: cell 2"),
    "a NUL": (_set("data", 3, 1, f"{MARK}\0"), "row 4: cell 2"),
    "half a character": (_set("data", 3, 1, f"{MARK}\ud800"), "row 4: cell 2"),
    "a column without name": (_set("data", 0, 1, " "), "column 2 has no name"),
    "a name twice": (_set("data", 0, 1, "zipcode"), "'zipcode' twice"),
    "an unknown column": (_set("attributes", 1, "field", f"{MARK}x"), "attributes.1.field"),
    "a column twice": (_set("attributes", 1, "field", "zipcode"), "described twice"),
    "no field": (_drop("attributes", 1, "field"), "attributes.1.field"),
    "an unknown type": (_set("attributes", 1, "attributeTypeModel", MARK), "attributeTypeModel"),
    "no type": (_drop("attributes", 1, "attributeTypeModel"), "attributeTypeModel"),
    "no quasi-identifier": (
        _set("attributes", 0, "attributeTypeModel", "IDENTIFYING"),
        "QUASIIDENTIFYING",
    ),
    "a gap in a hierarchy": (_drop("attributes", 0, "hierarchy", 3), "transformation rule"),
    "rows of different length": (
        _set("attributes", 0, "hierarchy", 3, [f"{MARK}10002", "1000*"]),
        "row 4 has 2 cells",
    ),
    "no tree": (
        _set("attributes", 0, "hierarchy", 3, 2, "1****"),
        "rows 3 and 4 share their value on level 1",
    ),
    "a value twice": (
        _set("attributes", 0, "hierarchy", 3, [f"{MARK}10001", "1001*", "*****"]),
        "rows 3 and 4 are for the same value",
    ),
    "an empty hierarchy": (_set("attributes", 0, "hierarchy", []), "empty"),
    "a hierarchy is text": (_set("attributes", 0, "hierarchy", MARK), "hierarchy"),
    "an unknown model": (_set("privacyModels", 0, "privacyModel", MARK), "privacyModels.0"),
    "no name of a model": (_drop("privacyModels", 0, "privacyModel"), "privacyModels.0"),
    "no parameter": (_set("privacyModels", 0, "params", {}), "params.k"),
    "k is 1": (_set("privacyModels", 0, "params", "k", 1), "params.k"),
    "k is a fraction": (_set("privacyModels", 0, "params", "k", "2.5"), "params.k"),
    "k is a word": (_set("privacyModels", 0, "params", "k", MARK), "params.k"),
    "k is infinite": (_set("privacyModels", 0, "params", "k", "1e999"), "params.k"),
    "k is an array": (_set("privacyModels", 0, "params", "k", [2]), "params.k"),
    "a sensitive column without model": (_set(*_SICK), "'disease' is SENSITIVE"),
    "a model of no column": (
        _set("privacyModels", 0, model("LDIVERSITY_DISTINCT", l=2)),
        "column_name",
    ),
    "a model of a column that is not sensitive": (
        _set("privacyModels", 0, model("TCLOSENESS_EQUAL_DISTANCE", t=0.2, column_name="zipcode")),
        "column_name",
    ),
    "a limit above 1": (_set("suppressionLimit", 1.5), "suppressionLimit"),
    "a negative limit": (_set("suppressionLimit", -0.1), "suppressionLimit"),
    "a limit in words": (_set("suppressionLimit", "much"), "suppressionLimit"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_by_its_place(client: FlaskClient, fault: str) -> None:
    """And never by the cell."""
    change, words = FAULTS[fault]
    text = refused(client.post("/api/anonymize", json=changed(change)), 400)
    assert words in text
    assert MARK not in text


def test_parameters_of_models(client: FlaskClient) -> None:
    sick = [
        attribute("zipcode", "QUASIIDENTIFYING", ZIPCODES),
        attribute("disease", "SENSITIVE"),
    ]
    for name, params, words in (
        ("LDIVERSITY_RECURSIVE", {"l": 2}, "params.c"),
        ("LDIVERSITY_RECURSIVE", {"l": 2, "c": 0}, "params.c"),
        ("LDIVERSITY_SHANNONENTROPY", {"l": "2.5"}, "params.l"),
        ("TCLOSENESS_ORDERED_DISTANCE", {"t": 1.01}, "params.t"),
        ("TCLOSENESS_ORDERED_DISTANCE", {}, "params.t"),
    ):
        models = [model(name, column_name="disease", **params)]
        answer = client.post("/api/anonymize", json=request(attributes=sick, privacyModels=models))
        assert words in refused(answer, 400)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"data": NaN}',
        b'{"data": [], "data": []}',
        b'{"data": [["a"], [' + b"1" * 5000 + b"]]}",
        b"[" * 20000,
        b'{"data": "\xff"}',
    ],
)
def test_what_is_no_json_object(client: FlaskClient, body: bytes) -> None:
    for path in ("anonymize", "analyze", "hierarchy"):
        answer = client.post(f"/api/{path}", data=body, content_type="application/json")
        refused(answer, 400, f"/api/{path}")


def test_keys_that_nobody_knows_are_ignored(client: FlaskClient) -> None:
    """As clients are used to; none of them can loosen anything."""
    asked = request(more=1)
    asked["attributes"][0]["dataType"] = "STRING"
    assert client.post("/api/anonymize", json=asked).status_code == 200


def test_hierarchies(client: FlaskClient) -> None:
    asked = {"column": ["ab", "c"], "builder": {"type": "redactionBased", "paddingCharacter": "-"}}
    answer = client.post("/api/hierarchy", json=asked)
    assert answer.get_json() == {"hierarchy": [["ab", "a*", "**"], ["c", "-*", "**"]]}
    for wrong in (
        {},
        {"column": []},
        {"column": [MARK]},
        {"column": [[MARK]], "builder": {"type": "redactionBased"}},
        {"column": [MARK], "builder": {"type": MARK}},
        {
            "column": [MARK],
            "builder": {
                "type": "dateBased",
                "dateFormat": "yyyy",
                "granularities": ["YEAR"],
            },
        },
    ):
        assert MARK not in refused(client.post("/api/hierarchy", json=wrong), 400, "/api/hierarchy")


# analysis


def test_an_answer_has_the_risks_of_its_table(client: FlaskClient) -> None:
    """Suppressed records do not count, however often the table goes back and forth."""
    asked = request()
    answer = client.post("/api/anonymize", json=asked).get_json()
    table = answer["anonymizeResult"]["data"]
    again = client.post("/api/analyze", json={**asked, "data": table}).get_json()
    assert again == answer["riskProfile"]
    assert again["attributeRisk"]["quasiIdentifierRiskList"][0]["distinction"] == 2 / 8


def test_a_table_that_is_all_stars_is_one_class(client: FlaskClient) -> None:
    """Not none: then its risk would be said to be 0."""
    tree = [[row[0], "*"] for row in ZIPCODES]
    asked = request(
        attributes=[
            attribute("zipcode", "QUASIIDENTIFYING", tree),
            attribute("disease", "INSENSITIVE"),
        ],
        privacyModels=[model("KANONYMITY", k=9)],
        suppressionLimit=0,
    )
    answer = client.post("/api/anonymize", json=asked).get_json()
    measures = answer["riskProfile"]["reIdentificationRisk"]["measures"]
    assert measures["highest_prosecutor_risk"] == 0.1


# limits


def test_too_many_records(client: FlaskClient) -> None:
    data = [DATA[0], *[["81667", "flu"]] * 101]
    for path in ("analyze", "anonymize"):
        answer = client.post(f"/api/{path}", json=request(data=data))
        assert "101 records" in refused(answer, 413, f"/api/{path}")
    exactly = request(data=data[:-1])
    assert client.post("/api/anonymize", json=exactly).status_code == 200


def test_too_many_bytes(client: FlaskClient) -> None:
    body = json.dumps(request(more="x" * 100_000))
    answer = client.post("/api/anonymize", data=body, content_type="application/json")
    assert "100000 bytes" in refused(answer, 413)


def test_too_little_time(tmp_path: Path) -> None:
    """For the search, and for all of it."""
    face = Face(search_seconds=1e-9)
    client = create_app(ServerConfig(Installation(tmp_path), arxaas=face)).test_client()
    text = refused(client.post("/api/anonymize", json=request()), 400)
    assert "The search ended" in text or "no proof" in text
    config = ServerConfig(Installation(tmp_path), arxaas=Face(), read_seconds=0.001)
    text = refused(create_app(config).test_client().post("/api/anonymize", json=request()), 400)
    assert "gave up" in text


def test_too_many_requests_at_once(app: Flask, client: FlaskClient) -> None:
    gate = app.extensions["kiaim-arxaas-gate"]
    taken = 0
    while gate.acquire(blocking=False):
        taken += 1
    try:
        answer = client.post("/api/anonymize", json=request())
        refused(answer, 429)
        assert answer.headers["Retry-After"] == "1"
    finally:
        for _ in range(taken):
            gate.release()
    assert client.post("/api/anonymize", json=request()).status_code == 200


# forms


def lines(rows: list[list[str]]) -> bytes:
    return "\r\n".join(";".join(row) for row in rows).encode()


def form(metadata: Any, table: bytes, *hierarchies: bytes) -> dict[str, Any]:
    """The parts of a form; the metadata as browsers send JSON blobs."""
    text = json.dumps(metadata).encode()
    return {
        "file": (io.BytesIO(table), "data.csv"),
        "metadata": (io.BytesIO(text), "blob", "application/json"),
        "hierarchies": [(io.BytesIO(h), f"{i}.csv") for i, h in enumerate(hierarchies)],
    }


def metadata(**changes: Any) -> dict[str, Any]:
    asked = request(**changes)
    del asked["data"]
    asked["attributes"][0]["hierarchy"] = 0
    return asked


def test_forms_are_answered_as_bodies_are(client: FlaskClient) -> None:
    parts = form(metadata(), lines(DATA), lines(ZIPCODES))
    answer = client.post("/api/anonymize/file", data=parts)
    assert answer.status_code == 200, answer.text
    expected = client.post("/api/anonymize", json=request()).get_json()
    found = answer.get_json()
    for told in (expected, found):
        del told["anonymizeResult"]["metrics"]["processTimeMillisecounds"]
    assert found == expected
    parts = form(metadata(), lines(DATA))
    del parts["hierarchies"]
    for attribute_ in (wanted := metadata())["attributes"]:
        attribute_["hierarchy"] = None
    parts["metadata"] = json.dumps(wanted)  # as a plain field
    answer = client.post("/api/analyze/file", data=parts)
    assert answer.get_json() == client.post("/api/analyze", json=request()).get_json()


def test_files_of_forms(client: FlaskClient) -> None:
    """Quotes, a byte order mark and blank lines are understood."""
    table = b'\xef\xbb\xbf"zip";disease\n"1;2";flu\n\n"1;2";""\n\n'
    asked = {
        "attributes": [attribute("zip", "QUASIIDENTIFYING"), attribute("disease", "INSENSITIVE")],
        "privacyModels": [model("KANONYMITY", k="2")],
    }
    answer = client.post("/api/anonymize/file", data=form(asked, table)).get_json()
    assert answer["anonymizeResult"]["data"] == [["zip", "disease"], ["1;2", "flu"], ["1;2", ""]]


def test_forms_that_cannot_be_used(client: FlaskClient) -> None:
    good = form(metadata(), lines(DATA), lines(ZIPCODES))
    without = {name: {k: v for k, v in good.items() if k != name} for name in ("file", "metadata")}
    tables = {
        "ragged": (f"zipcode;disease\n{MARK}".encode(), "row 2 has 1 cells"),
        "quotes": (f'zipcode;disease\n"{MARK}'.encode(), "broken quotes"),
        "encoding": (f"zipcode;disease\n{MARK}\xff;a".encode("latin-1"), "UTF-8"),
        "NUL": (f"zipcode;disease\n{MARK}\0;a".encode(), "NUL"),
        "empty": (b"", "at least one record"),
        "long": (b"zipcode;disease\n" + b"x" * 140_000 + b";a", "larger than the limit"),
    }
    path = "/api/anonymize/file"
    for name in without:
        fresh = form(metadata(), lines(DATA), lines(ZIPCODES))
        del fresh[name]
        assert name in refused(client.post(path, data=fresh), 400, path)
    for table, words in tables.values():
        answer = client.post(path, data=form(metadata(), table, lines(ZIPCODES)))
        text = refused(answer, 413 if "larger" in words else 400, path)
        assert words in text
        assert MARK not in text
    answer = client.post(path, data=form(metadata(), lines(DATA)))
    assert "asks for hierarchy 0" in refused(answer, 400, path)
    gap = lines(ZIPCODES[:3])
    answer = client.post(path, data=form(metadata(), lines(DATA), gap))
    assert "transformation rule" in refused(answer, 400, path)


# a policy

PEOPLE: Final = [line.split(",") for line in desk.PATIENTS.split()]


def people(**changes: Any) -> dict[str, Any]:
    """A request for the patients that policy and models allow."""
    return {
        "data": PEOPLE,
        "attributes": [
            attribute("name", "IDENTIFYING"),
            attribute("age", "QUASIIDENTIFYING", desk.HIERARCHIES["age"]),
            attribute("sex", "QUASIIDENTIFYING", desk.HIERARCHIES["sex"]),
            attribute("diagnosis", "SENSITIVE"),
        ],
        "privacyModels": [
            model("KANONYMITY", k=2),
            model("LDIVERSITY_DISTINCT", l=2, column_name="diagnosis"),
        ],
        "suppressionLimit": 1,
        **changes,
    }


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], FlaskClient]:
    """Clients of servers whose face has a policy."""

    def make(text: str) -> FlaskClient:
        folder = tmp_path_factory.mktemp("bounded")
        (folder / "clinic-test.policy.yaml").write_text(text)
        installation = Installation(folder / "data", policies_dir=folder)
        face = Face("clinic-test", desk.CONTEXT)
        return create_app(ServerConfig(installation, arxaas=face)).test_client()

    return make


def sizes(answer: Any) -> list[int]:
    """Sizes of the classes of an answer."""
    rows = answer.get_json()["anonymizeResult"]["data"][1:]
    return sorted(Counter((row[1], row[2]) for row in rows).values())


def test_demands_of_the_policy_hold_on_top(bounded: Callable[[str], FlaskClient]) -> None:
    """The stricter k of both, and never more suppression than both allow."""
    mild, strict = bounded(desk.POLICY), bounded(desk.stricter(6))
    assert min(sizes(mild.post("/api/anonymize", json=people()))) < 6
    found = sizes(strict.post("/api/anonymize", json=people()))
    assert min(found) >= 6
    own = people(privacyModels=[model("KANONYMITY", k=6), *people()["privacyModels"][1:]])
    assert sizes(mild.post("/api/anonymize", json=own)) == found
    none = bounded(desk.POLICY.replace("      - suppressed-records: {at_most: 50%}\n", ""))
    assert sum(sizes(none.post("/api/anonymize", json=people()))) == 10


def test_suppressed_records_leave_if_the_policy_says_so(
    bounded: Callable[[str], FlaskClient],
) -> None:
    """They stay with stars otherwise, as in ARXaaS."""
    client = bounded(desk.stricter(6))
    answer = client.post("/api/anonymize", json=people())
    found = answer.get_json()["anonymizeResult"]["data"]
    assert len(found) - 1 == sum(sizes(answer)) == 6
    assert {row[0] for row in found[1:]} == {"*"}


@pytest.mark.parametrize(
    ("place", "kind", "words"),
    [
        (0, "INSENSITIVE", "'name' is direct"),
        (1, "INSENSITIVE", "'age' is quasi"),
        (3, "INSENSITIVE", "'diagnosis' is sensitive"),
        (3, "QUASIIDENTIFYING", "'diagnosis' is sensitive"),
    ],
)
def test_a_role_cannot_be_milder_than_in_the_policy(
    bounded: Callable[[str], FlaskClient], place: int, kind: str, words: str
) -> None:
    asked = people(privacyModels=[model("KANONYMITY", k=2)])
    asked["attributes"][3]["attributeTypeModel"] = "IDENTIFYING"
    asked["attributes"][place]["attributeTypeModel"] = kind
    assert words in refused(bounded(desk.POLICY).post("/api/anonymize", json=asked), 400)


def test_what_the_policy_does_not_cover_does_not_leave(
    bounded: Callable[[str], FlaskClient],
) -> None:
    asked = people(data=[[*row, "x"] for row in PEOPLE])
    asked["data"][0][-1] = "remark"
    asked["attributes"].append(attribute("remark", "INSENSITIVE"))
    text = refused(bounded(desk.POLICY).post("/api/anonymize", json=asked), 400)
    assert "'remark' is covered by no rule" in text
    missing = people()
    missing["attributes"][1]["hierarchy"] = None
    text = refused(bounded(desk.POLICY).post("/api/anonymize", json=missing), 400)
    assert "has no hierarchy" in text


def test_a_policy_that_cannot_be_used_ends_the_start(tmp_path: Path) -> None:
    for face, error in (
        (Face("no-such"), NotFoundError),
        (Face("gdpr-baseline", {"no.such": 1}), ContextError),
    ):
        with pytest.raises(error):
            create_app(ServerConfig(Installation(tmp_path), arxaas=face))
