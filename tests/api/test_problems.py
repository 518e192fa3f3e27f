"""Every error is a problem of a stable type, and says nothing that it should not."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import desk
from tests.api.conftest import data_folder, form, job_request, upload


def problem(answer: Any, status: int, kind: str) -> dict[str, Any]:
    assert answer.content_type == "application/problem+json", answer.text
    body: dict[str, Any] = answer.get_json(force=True)
    assert (answer.status_code, body["type"]) == (status, f"urn:kiaim:problem:{kind}"), body
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["instance"].startswith("/")
    return body


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/v1/datasets/d0", 404, "not-found"),
        ("DELETE", "/v1/datasets/d0", 404, "not-found"),
        ("GET", "/v1/jobs/j0", 404, "not-found"),
        ("DELETE", "/v1/jobs/j0", 404, "not-found"),
        ("GET", "/v1/jobs/j0/artifacts/data", 404, "not-found"),
        ("GET", "/v1/policies/nothing-like-it", 404, "not-found"),
        ("GET", "/v1/datasets/..%2F..%2Fetc%2Fpasswd", 404, "not-found"),
        ("GET", "/v1/policies/..%2F..%2Fsecret.yaml", 404, "not-found"),
        ("PUT", "/v1/datasets", 405, "method-not-allowed"),
        ("POST", "/v1/jobs/j0", 405, "method-not-allowed"),
        ("GET", "/v1/datasets?limit=none", 422, "invalid-input"),
        ("GET", "/v1/datasets?limit=0", 422, "invalid-input"),
        ("GET", "/v1/datasets?limits=5", 422, "invalid-input"),
        ("GET", "/v1/jobs?state=finished", 422, "invalid-input"),
    ],
)
def test_paths_methods_and_queries(
    client: FlaskClient, method: str, path: str, status: int, kind: str
) -> None:
    problem(client.open(path, method=method), status, kind)


def test_a_method_that_is_not_there_names_those_that_are(client: FlaskClient) -> None:
    assert "POST" in client.put("/v1/datasets").headers["Allow"]


def test_an_upload_of_nothing(client: FlaskClient) -> None:
    detail = problem(upload(client, b""), 400, "invalid-data")["detail"]
    assert detail == "patients.csv: the upload has 0 bytes; send the table as the request body"


@pytest.mark.parametrize("content_type", ["text/html", "application/octet-stream", None])
def test_an_upload_of_another_type(client: FlaskClient, content_type: str | None) -> None:
    answer = client.post("/v1/datasets?name=t.csv", data=b"a\n1\n", content_type=content_type)
    assert "text/csv" in problem(answer, 415, "unsupported-media-type")["detail"]


@pytest.mark.parametrize("size", [4001, 30_000])
def test_an_upload_beyond_the_limit(client: FlaskClient, app: Flask, size: int) -> None:
    problem(upload(client, b"a\n" + b"1\n" * (size // 2)), 413, "too-large")
    assert list((data_folder(app) / "tmp").iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"a,b\n", b"a,b\n1,2\n3\n", b"a,a\n1,2\n", b",b\n1,2\n"],
    ids=["header only", "short row", "name twice", "no name"],
)
def test_tables_that_cannot_be_used(client: FlaskClient, app: Flask, content: bytes) -> None:
    before = len(list((data_folder(app) / "datasets").iterdir()))
    detail = problem(upload(client, content), 400, "invalid-data")["detail"]
    assert detail.startswith("patients.csv")
    assert len(list((data_folder(app) / "datasets").iterdir())) == before
    assert list((data_folder(app) / "tmp").iterdir()) == []


def test_a_truncated_parquet_file(client: FlaskClient) -> None:
    answer = client.post(
        "/v1/datasets?name=t.parquet",
        data=b"PAR1 and nothing more",
        content_type="application/vnd.apache.parquet",
    )
    assert "t.parquet" in problem(answer, 400, "invalid-data")["detail"]


def test_a_malformed_row_is_located(client: FlaskClient) -> None:
    body = problem(upload(client, b"a,b\n1,2\n3,4,secret\n"), 400, "invalid-data")
    assert body["line"] == 3
    assert "secret" not in str(body)


@pytest.mark.parametrize(
    "query",
    ["name=t.csv&delimter=;", "name=t.csv&name=u.csv", "name=a%0Ab.csv", f"name={'x' * 300}.csv"],
)
def test_wrong_options_of_an_upload(client: FlaskClient, query: str) -> None:
    problem(upload(client, b"a\n1\n", query), 400, "invalid-parameter")


def test_forms_without_or_with_several_files(client: FlaskClient) -> None:
    for data in ({}, form(other=b"a\n1\n")):
        answer = client.post("/v1/datasets", data=data, content_type="multipart/form-data")
        problem(answer, 400, "invalid-input")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "kind"),
    [
        (b"{", "application/json", 400, "invalid-input"),
        (b"\xff", "application/json", 400, "invalid-input"),
        (b'{"seed": NaN}', "application/json", 400, "invalid-input"),
        (b'{"seed": 1, "seed": 2}', "application/json", 400, "invalid-input"),
        (b"[" * 100_000, "application/json", 413, "too-large"),
        (b"[" * 19_000, "application/json", 400, "invalid-input"),
        (b"[]", "application/json", 422, "invalid-input"),
        (b"{}", "text/plain", 415, "unsupported-media-type"),
        (b"{}", "application/json", 422, "invalid-input"),
        (b'{"dataset": "d", "policy": "p", "polcy": 1}', "application/json", 422, "invalid-input"),
    ],
)
def test_job_requests_that_are_none(
    client: FlaskClient, body: bytes, content_type: str, status: int, kind: str
) -> None:
    problem(client.post("/v1/jobs", data=body, content_type=content_type), status, kind)


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"dataset": "d0"}, 404, "not-found"),
        ({"policy": "gdpr-baseline"}, 422, "invalid-input"),
        ({"policy_text": "schema: kiaim/policy/v1\nrulez: []\n"}, 400, "invalid-policy"),
        ({"context": {"release.acces": "public"}}, 400, "invalid-context"),
        ({"context": {"release.access": "pubic"}}, 400, "invalid-context"),
        ({"hierarchies": {"shipped": "adlut"}}, 404, "not-found"),
        ({"hierarchies": {"inline": {"age": [["1", "*"], ["1", "*"]]}}}, 400, "invalid-hierarchy"),
        ({"hierarchies": {"inline": {"age": [["1", "*"], ["2"]]}}}, 400, "invalid-hierarchy"),
        ({"hierarchies": {"inline": {"age": []}}}, 422, "invalid-input"),
        ({"hierarchies": {"folder": "/etc"}}, 422, "invalid-input"),
        ({"seed": -1}, 422, "invalid-input"),
        ({"seed": 2**63}, 422, "invalid-input"),
        ({"seed": "7"}, 422, "invalid-input"),
        ({"format": "xlsx"}, 422, "invalid-input"),
        ({"outputs": ["everything"]}, 422, "invalid-input"),
        ({"outputs": ["synthetic"]}, 422, "plugin-unavailable"),
    ],
)
def test_job_requests_that_cannot_be_met(
    client: FlaskClient, patients: str, change: dict[str, Any], status: int, kind: str
) -> None:
    problem(client.post("/v1/jobs", json=job_request(patients, **change)), status, kind)


def test_a_policy_name_that_is_a_path_is_not_opened(
    client: FlaskClient, patients: str, tmp_path: Path
) -> None:
    file = tmp_path / "clinic-test.policy.yaml"
    file.write_text(desk.POLICY)
    request = job_request(patients)
    del request["policy_text"]
    for name in ("/etc/passwd", str(file), f"../../../../../../../../..{file}"):
        answer = client.post("/v1/jobs", json=request | {"policy": name})
        problem(answer, 404, "not-found")
        problem(client.get(f"/v1/policies/{quote(name, safe='')}"), 404, "not-found")


def test_faults_of_a_request_point_to_their_keys(client: FlaskClient, patients: str) -> None:
    body = problem(
        client.post("/v1/jobs", json=job_request(patients, seed=-1, format="xlsx")),
        422,
        "invalid-input",
    )
    assert {e["pointer"] for e in body["errors"]} == {"#/seed", "#/format"}


def test_findings_of_the_linter_are_listed(client: FlaskClient, patients: str) -> None:
    request = job_request(patients, policy_text="schema: kiaim/policy/v1\nrulez: []\n")
    body = problem(client.post("/v1/jobs", json=request), 400, "invalid-policy")
    assert any("rulez" in finding["message"] for finding in body["diagnostics"])


def test_a_long_idempotency_key(client: FlaskClient, patients: str) -> None:
    headers = {"Idempotency-Key": "k" * 300}
    answer = client.post("/v1/jobs", json=job_request(patients), headers=headers)
    problem(answer, 422, "invalid-input")


def test_verify_without_a_form_or_its_parts(client: FlaskClient) -> None:
    answer = client.post("/v1/verify", data=b"{}", content_type="application/json")
    problem(answer, 415, "unsupported-media-type")
    for parts in ({"file": b"a\n1\n"}, {"manifest": b"{}"}):
        answer = client.post("/v1/verify", data=form(**parts), content_type="multipart/form-data")
        problem(answer, 400, "invalid-input")
    answer = client.post(
        "/v1/verify",
        data=form(file=b"a\n1\n", manifest=b"{}"),
        content_type="multipart/form-data",
    )
    problem(answer, 400, "invalid-manifest")


def test_measuring_what_is_not_there(client: FlaskClient, patients: str) -> None:
    body = {"dataset": "d0", "quasi_identifiers": ["age"]}
    problem(client.post("/v1/measure", json=body), 404, "not-found")
    body = {"dataset": patients, "quasi_identifiers": ["height"]}
    assert "height" in problem(client.post("/v1/measure", json=body), 400, "invalid-data")["detail"]
    body = {"dataset": patients, "quasi_identifiers": []}
    problem(client.post("/v1/measure", json=body), 422, "invalid-input")


def test_no_worker_means_not_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json()["status"] == "ok"
    problem(client.get("/readyz"), 503, "not-ready")


def test_other_hosts_and_other_sites_are_not_answered(client: FlaskClient) -> None:
    problem(client.get("/healthz", headers={"Host": "evil.example"}), 400, "invalid-input")
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
    ):
        problem(client.get("/v1/datasets", headers=headers), 403, "cross-site")
    assert client.get("/healthz", headers={"Origin": "http://localhost"}).status_code == 200


def test_a_defect_tells_nothing(
    app: Flask,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from kiaim_server.jobs.table import JobTable

    def fail(*_: object) -> None:
        raise ValueError("secret-cell-value")

    monkeypatch.setattr(JobTable, "newest", fail)
    body = problem(client.get("/v1/jobs"), 500, "internal-error")
    assert "secret-cell-value" not in str(body) + caplog.text
    assert "ValueError [" in caplog.text


def test_a_dataset_in_use_cannot_be_deleted(client: FlaskClient) -> None:
    dataset = upload(client, b"name,age,sex,diagnosis\na,34,f,x\n").get_json()["id"]
    job = client.post("/v1/jobs", json=job_request(dataset)).get_json()["id"]
    problem(client.delete(f"/v1/datasets/{dataset}"), 409, "conflict")
    problem(client.get(f"/v1/jobs/{job}/artifacts/data"), 409, "conflict")
    assert client.delete(f"/v1/jobs/{job}").get_json()["state"] == "cancelled"
    problem(client.get(f"/v1/jobs/{job}/artifacts/data"), 404, "not-found")
    assert client.delete(f"/v1/datasets/{dataset}").status_code == 204


def test_a_key_for_two_requests(client: FlaskClient, patients: str) -> None:
    headers = {"Idempotency-Key": "one-key"}
    first = client.post("/v1/jobs", json=job_request(patients), headers=headers)
    again = client.post("/v1/jobs", json=job_request(patients), headers=headers)
    assert (first.status_code, first.get_json()["id"]) == (202, again.get_json()["id"])
    other = client.post("/v1/jobs", json=job_request(patients, seed=1), headers=headers)
    problem(other, 409, "conflict")
    client.delete(first.headers["Location"])
