"""What the views answer when all is well."""

from __future__ import annotations

import hashlib
import io
import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kiaim_server.api.services import Services
from kiaim_server.model.explanation import fault_of
from kiaim_server.model.limits import SEARCH_SECONDS
from kiaim_server.model.policy_explanation import PolicyExplanation
from tests import desk
from tests.api.conftest import form, job_request, upload


def test_an_upload_is_described_by_counts(client: FlaskClient) -> None:
    content = desk.PATIENTS.encode()
    answer = upload(client, content)
    body = answer.get_json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/datasets/{body['id']}"
    assert body["sha256"] == hashlib.sha256(content).hexdigest()
    assert (body["bytes"], body["rows"], body["columns"]) == (len(content), 10, 4)
    assert [c["name"] for c in body["profile"]] == ["name", "age", "sex", "diagnosis"]
    assert body["profile"][1]["n_distinct"] == 4
    assert "Ada" not in answer.text
    assert client.get(answer.headers["Location"]).get_json() == body
    assert body in client.get("/v1/datasets").get_json()


def test_an_upload_as_a_form_and_with_options(client: FlaskClient) -> None:
    table = io.BytesIO(b"a;b\n1;2\n")
    answer = client.post("/v1/datasets?delimiter=%3B", data={"file": (table, "folder/t.csv")})
    body = answer.get_json()
    assert (answer.status_code, body["name"], body["columns"]) == (201, "t.csv", 2)
    assert body["reader"] == {"delimiter": ";"}


def test_a_name_is_only_a_name(client: FlaskClient) -> None:
    assert upload(client, b"a\n1\n", "name=../../x/t.csv").get_json()["name"] == "t.csv"
    assert upload(client, b"a\n1\n", "").get_json()["name"] == "table.csv"


def test_a_job_waits_with_everything_a_client_needs(client: FlaskClient, patients: str) -> None:
    answer = client.post("/v1/jobs", json=job_request(patients, seed=7))
    body = answer.get_json()
    assert (answer.status_code, body["state"], body["seed"]) == (202, "queued", 7)
    assert (body["decision"], body["error"], body["artifacts"]) == (None, None, {})
    assert client.get(answer.headers["Location"]).get_json() == body
    assert body in client.get("/v1/jobs?state=queued").get_json()
    assert client.delete(answer.headers["Location"]).get_json()["state"] == "cancelled"


def test_a_job_has_the_time_it_asks_for_or_the_servers(app: Flask, patients: str) -> None:
    client, desk_ = app.test_client(), Services.of(app)
    for more, seconds in (({}, SEARCH_SECONDS), ({"search_seconds": 2.5}, 2.5)):
        job = client.post("/v1/jobs", json=job_request(patients, **more)).get_json()["id"]
        request = desk_.store.artifacts.read_request(job)
        assert request["search_seconds"] == seconds
    for wrong in (0, -1, 1e9, "long"):
        answer = client.post("/v1/jobs", json=job_request(patients, search_seconds=wrong))
        assert answer.status_code == 422
        assert "search_seconds" in answer.text


def test_policies_are_listed_shown_and_linted(client: FlaskClient) -> None:
    listed = client.get("/v1/policies").get_json()
    names = [policy["name"] for policy in listed]
    assert "gdpr-baseline" in names
    assert all(policy["problem"] is None for policy in listed)
    shown = client.get("/v1/policies/gdpr-baseline").get_json()
    assert "policy: gdpr-baseline" in shown["text"]
    good = client.post("/v1/policies/lint", json={"text": desk.POLICY}).get_json()
    assert good["ok"], good
    bad = client.post("/v1/policies/lint", json={"text": "rulez: []", "name": "x.yaml"}).get_json()
    assert not bad["ok"]
    assert {f["file"] for f in bad["findings"]} == {"x.yaml"}


def test_policies_are_linted_within_bounds_and_against_the_library_alone(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clinic-test.policy.yaml").write_text(desk.POLICY)
    monkeypatch.chdir(tmp_path)
    child = desk.POLICY.replace("policy: clinic-test", "policy: child")

    def lint(text: str, **more: object) -> list[tuple[int, str]]:
        answer = client.post("/v1/policies/lint", json={"text": text, **more})
        assert answer.status_code == 200, answer.text
        return [(f["line"], f["code"]) for f in answer.get_json()["findings"]]

    extends = "extends: [clinic-test@1]\nsummary"
    line = child[: child.index("summary")].count("\n") + 1
    assert (line, "P202") in lint(child.replace("summary", extends, 1))
    assert lint(child.replace("summary", "extends: [gdpr-baseline@1]\nsummary", 1)) == []
    too_large = client.post("/v1/policies/lint", json={"text": "#" * 300_000})
    assert too_large.status_code == 413
    assert lint("[" * 5000) == [(1, "P109")]
    path = str(tmp_path / "clinic-test.policy.yaml")  # never opened, and only its end is a name
    assert lint(desk.POLICY, name=path) == []
    assert lint("rulez: []", name=str(tmp_path / "x.yaml")) == lint("rulez: []")
    for wrong in ({}, {"text": 3}, {"text": "x", "name": ""}, {"text": "x", "file": "y"}):
        assert client.post("/v1/policies/lint", json=wrong).status_code == 422


def test_policies_are_compared(client: FlaskClient) -> None:
    old = {"text": desk.POLICY, "name": "clinic-test.policy.yaml"}
    new = {"text": desk.stricter(4)}
    answer = client.post("/v1/policies/diff", json={"old": old, "new": new})
    assert answer.status_code == 200, answer.text
    told = answer.get_json()
    (clause,) = [c for c in told["clauses"] if c["status"] != "unchanged"]
    assert (clause["kind"], clause["id"]) == ("demand", "clinic-test/crowd")
    assert (clause["effect"], told["looser"]) == ("stricter", False)
    assert told["version"]["needed"] == "minor"
    assert told["version"]["finding"]["code"] == "P405"
    assert told["version"]["finding"]["file"] == "policy.yaml"
    turned = client.post("/v1/policies/diff", json={"old": new, "new": old}).get_json()
    assert turned["looser"] is True
    faulty = {"text": desk.POLICY.replace("at_least: 2", "at_least: 1/0")}
    refused = client.post("/v1/policies/diff", json={"old": faulty, "new": new})
    assert refused.status_code == 400
    assert refused.get_json()["diagnostics"]
    for wrong in ({}, {"old": old}, {"old": old, "new": {}}, {"old": old, "new": new, "x": 1}):
        assert client.post("/v1/policies/diff", json=wrong).status_code == 422
    large = {"old": old, "new": {"text": "#" * 300_000}}
    assert client.post("/v1/policies/diff", json=large).status_code == 413


def test_editors_get_schemas(client: FlaskClient) -> None:
    for name, key in (("policy-v1", "rules"), ("policy-test-v1", "cases")):
        answer = client.get(f"/schemas/{name}.json")
        assert answer.status_code == 200
        assert key in answer.get_json()["properties"]
        assert answer.content_type == "application/json"
    assert client.get("/schemas/policy-v2.json").status_code == 404


def test_hierarchies_are_listed_with_their_sources(client: FlaskClient) -> None:
    listed = {entry["name"]: entry for entry in client.get("/v1/hierarchies").get_json()}
    assert listed["icd10"]["levels"][1:3] == ["subcategory", "category"]
    assert listed["icd10"]["builder"] == "icd10"
    assert listed["icd10"]["detects"] == ["icd10"]
    assert "age" in listed["adult"]["columns"]
    for entry in listed.values():
        assert entry["edition"]
        assert entry["not_covered"]
        assert all(source["cite"] and source["licence"] for source in entry["sources"])


def test_plugins_are_listed_with_what_they_offer(client: FlaskClient) -> None:
    listed = client.get("/v1/plugins").get_json()
    offers = {(o["kind"], o["name"]) for plugin in listed for o in plugin["offers"]}
    assert ("privacy model", "k-anonymity") in offers
    assert ("transform", "remove") in offers


def test_a_table_is_measured(client: FlaskClient, patients: str) -> None:
    body = {"dataset": patients, "quasi_identifiers": ["sex"], "sensitive": ["diagnosis"]}
    found = client.post("/v1/measure", json=body).get_json()
    assert (found["records"], found["classes"], found["k"]) == (10, 2, 5)
    assert found["attribute_risks"][0]["quasi"] == ["sex"]
    assert found["risk"]["population_uniqueness"] is None
    found = client.post("/v1/measure", json=body | {"population": 1000}).get_json()
    assert found["risk"]["population_uniqueness"]["estimates"]["zayatz"]["share"] == 0
    assert client.post("/v1/measure", json=body | {"population": 0}).status_code == 422


def test_the_public_key_is_given_out(client: FlaskClient) -> None:
    key = client.get("/v1/public-key").get_json()
    assert key["algorithm"] == "Ed25519"
    assert key["pem"].startswith("-----BEGIN PUBLIC KEY-----")


def test_a_wrong_public_key_is_wrong_input(client: FlaskClient) -> None:
    parts = form(file=b"a\n1\n", manifest=b"{}", public_key=b"no key")
    answer = client.post("/v1/verify", data=parts, content_type="multipart/form-data")
    assert answer.status_code == 400


def test_every_answer_has_security_headers(client: FlaskClient) -> None:
    for path in ("/healthz", "/nowhere", "/openapi.json"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Cache-Control"] == "no-store"
        assert "Server" not in headers


def test_openapi_describes_every_path(client: FlaskClient) -> None:
    document: dict[str, Any] = client.get("/openapi.json").get_json()
    assert document["openapi"].startswith("3.1")
    rules = {
        str(rule).replace("<string:", "{").replace(">", "}")
        for rule in client.application.url_map.iter_rules()
    }
    assert set(document["paths"]) == rules - {"/openapi.json"}
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if method != "parameters":
                assert operation["summary"]
                assert "application/problem+json" in str(operation["responses"]) or (
                    "default" in operation["responses"]
                )
    text = str(document)
    assert "'$ref': '#/components/schemas/Job'" in text
    refs = set(re.findall(r"'#/components/(\w+)/([\w.]+)'", text))
    assert refs
    assert all(name in document["components"][kind] for kind, name in refs)
    assert "options" in str(document["paths"]["/v1/datasets"]["post"]["parameters"])


def test_a_plan_is_a_job_of_its_own_kind(client: FlaskClient, patients: str) -> None:
    request = {k: v for k, v in job_request(patients).items() if k != "outputs"}
    answer = client.post("/v1/plans", json={**request, "explore": True})
    body = answer.get_json()
    assert (answer.status_code, body["state"], body["action"]) == (202, "queued", "plan")
    assert client.get(answer.headers["Location"]).get_json() == body
    assert client.delete(answer.headers["Location"]).get_json()["state"] == "cancelled"
    refused = client.post("/v1/plans", json={**request, "format": "parquet"})
    assert refused.status_code == 422
    assert client.post("/v1/jobs", json=request).get_json()["action"] == "release"


def test_one_key_is_not_for_a_plan_and_a_release(client: FlaskClient, patients: str) -> None:
    headers = {"Idempotency-Key": "plan-then-release"}
    request = job_request(patients)
    assert client.post("/v1/plans", json=request, headers=headers).status_code == 202
    assert client.post("/v1/jobs", json=request, headers=headers).status_code == 409


def test_a_policy_is_explained_as_data_and_prose(client: FlaskClient) -> None:
    path = "/v1/policies/gdpr-baseline/explanation"
    english = client.get(path).get_json()
    german = client.get(f"{path}?language=de").get_json()
    assert (english["language"], german["language"]) == ("en", "de")
    assert english["explanation"] == german["explanation"]
    assert fault_of(english["explanation"], PolicyExplanation) is None
    assert english["prose"][0]["kind"] == "title"
    told = [block["text"] for block in german["prose"]]
    assert any("jede Klasse umfasst mindestens 3 Datensätze" in text for text in told)
    negotiated = client.get(path, headers={"Accept-Language": "de-DE,de;q=0.9"}).get_json()
    assert negotiated == german
    assert client.get(f"{path}?language=fr").status_code == 422
    assert client.get("/v1/policies/nothing/explanation").status_code == 404


def test_what_would_apply_is_explained_without_a_table(client: FlaskClient) -> None:
    path = "/v1/policies/gdpr-baseline/explanation"
    answer = client.post(path, json={"context": {"release.regime": ["gdpr"]}})
    body = answer.get_json()
    assert answer.status_code == 200
    assert fault_of(body["explanation"]) is None
    assert (body["explanation"]["stage"], body["explanation"]["table"]) == ("context", None)
    wrong = client.post(path, json={"context": {"release.acces": "public"}})
    assert wrong.status_code == 400
    assert wrong.get_json()["type"] == "urn:kiaim:problem:invalid-context"


def test_a_job_that_waits_has_no_explanation_yet(client: FlaskClient, patients: str) -> None:
    job = client.post("/v1/jobs", json=job_request(patients, seed=11)).get_json()
    answer = client.get(f"/v1/jobs/{job['id']}/explanation")
    assert answer.status_code == 409
    client.delete(f"/v1/jobs/{job['id']}")
    cancelled = client.get(f"/v1/jobs/{job['id']}/explanation")
    assert cancelled.status_code == 404
    refused = client.post("/v1/jobs", json=job_request(patients, language="fr"))
    assert refused.status_code == 422
