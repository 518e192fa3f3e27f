"""Bad input over REST, with a real worker: a problem of a stable type, and nothing is left."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kiaim_server.api.config import ServerConfig
from kiaim_server.api.serve import RunningServer
from kiaim_server.client import Client, JobInfo
from kiaim_server.jobs.installation import Installation
from tests.acceptance.bad_input import CASES, CONTEXT, MARK, TABLE, Case

pytestmark = pytest.mark.slow

MAX_UPLOAD = 20_000
MAX_DOCUMENT = 100_000
_TYPES = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_STATUS = {"invalid-data": 400, "invalid-hierarchy": 400, "invalid-policy": 400}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RunningServer]:
    config = ServerConfig(Installation(folder), max_upload=MAX_UPLOAD, max_document=MAX_DOCUMENT)
    with RunningServer(config, "127.0.0.1", 0, 1) as running:
        yield running


@pytest.fixture
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as http:
        yield http


Uploaded = Callable[[Case], str]


@pytest.fixture(scope="module")
def uploaded(server: RunningServer) -> Uploaded:
    """The id of a case's table, which is uploaded the first time it is asked for."""
    known: dict[bytes, str] = {}

    def identifier(case: Case) -> str:
        if case.table not in known:
            with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as http:
                answer = upload(http, case)
            assert answer.status_code == 201, answer.text
            assert MARK not in answer.text
            known[case.table] = answer.json()["id"]
        return known[case.table]

    return identifier


def problem(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """The answer, which must be a problem of this status and type."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["type"]) == (status, f"urn:kiaim:problem:{kind}"), body
    return body


def upload(http: httpx.Client, case: Case) -> httpx.Response:
    kind = _TYPES[case.name.rpartition(".")[2]]
    return http.post(
        "/v1/datasets",
        params={"name": case.name},
        content=case.table,
        headers={"Content-Type": kind},
    )


def submit(http: httpx.Client, dataset: str, case: Case) -> httpx.Response:
    body = {
        "dataset": dataset,
        "policy_text": case.policy,
        "context": dict(CONTEXT),
        "hierarchies": {"inline": case.hierarchies},
    }
    return http.post("/v1/jobs", json=body)


def wait(server: RunningServer, job: str) -> JobInfo:
    with Client(server.url, seconds=60) as client:
        return client.wait(job, seconds=60, pause=0.02)


def lying(folder: Path) -> dict[str, set[str]]:
    """What lies in the data folder: tables, files of jobs, and scratch."""
    return {
        "datasets": {p.name for p in (folder / "datasets").iterdir()},
        "jobs": {p.name for p in (folder / "jobs").rglob("*") if p.suffix and p.is_file()},
        "tmp": {p.name for p in (folder / "tmp").iterdir() if p.is_dir()},
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_bad_input(
    http: httpx.Client, server: RunningServer, folder: Path, uploaded: Uploaded, case: Case
) -> None:
    before = lying(folder)
    if case.at == "upload":
        body = problem(upload(http, case), _STATUS[case.kind], case.kind)
        told = str(body["detail"])
        assert lying(folder) == before
    else:
        told, allowed, body = _job(http, server, uploaded(case), case)
        left = {name for name in lying(folder)["jobs"] if name not in before["jobs"]}
        assert left <= allowed | {"request.json"}
        assert not lying(folder)["tmp"]
    assert not [word for word in case.says if word not in told], told
    assert case.gaps or MARK not in str(body)


def _job(
    http: httpx.Client, server: RunningServer, dataset: str, case: Case
) -> tuple[str, set[str], dict[str, Any]]:
    """What a request for a release is answered: words, files it may leave, the whole answer."""
    answer = submit(http, dataset, case)
    if case.at == "submit":
        body = problem(answer, _STATUS[case.kind], case.kind)
        return body["detail"], set(), body
    assert answer.status_code == 202, answer.text
    job = wait(server, answer.json()["id"])
    if case.ends == "wrong":
        assert job.state == "failed", job
        assert job.error is not None
        assert job.error["type"] == f"urn:kiaim:problem:{case.kind}"
        assert 400 <= job.error["status"] < 500
        assert not job.artifacts
        return job.error["detail"], set(), dict(job.error)
    assert job.state == "refused", job
    assert job.decision is not None
    assert set(job.artifacts) == {"report", "report.json"}
    for path in job.artifacts.values():
        assert MARK not in http.get(path).text
    for name in ("data", "manifest"):
        problem(http.get(f"/v1/jobs/{job.id}/artifacts/{name}"), 404, "not-found")
    return " ".join(job.decision["reasons"]), {"report.html", "report.json"}, dict(job.decision)


def test_the_good_request_is_released(http: httpx.Client, server: RunningServer) -> None:
    good = Case("good", (), "", "work")
    dataset = upload(http, good).json()["id"]
    job = wait(server, submit(http, dataset, good).json()["id"])
    assert job.state == "done", job
    assert MARK not in str(job)


@pytest.mark.parametrize("as_form", [False, True], ids=["body", "form"])
def test_uploads_that_are_no_tables(http: httpx.Client, folder: Path, as_form: bool) -> None:
    before = lying(folder)

    def send(content: bytes, kind: str) -> httpx.Response:
        if as_form:
            return http.post("/v1/datasets", files={"file": ("patients.csv", content, kind)})
        headers = {"Content-Type": kind}
        return http.post("/v1/datasets?name=patients.csv", content=content, headers=headers)

    empty = problem(send(b"", "text/csv"), 400, "invalid-data")
    assert "patients.csv" in empty["detail"]
    assert "0 bytes" in empty["detail"]
    wrong = problem(send(TABLE.encode(), "image/png"), 415, "unsupported-media-type")
    assert "image/png" in wrong["detail"]
    assert "text/csv" in wrong["detail"]
    large = TABLE.encode() * (MAX_UPLOAD // len(TABLE) + 1)
    too_large = problem(send(large, "text/csv"), 413, "too-large")
    assert str(MAX_UPLOAD) in too_large["detail"]
    assert "patients.csv" in too_large["detail"]
    huge = problem(send(b"Z" * (MAX_UPLOAD + MAX_DOCUMENT + 1000), "text/csv"), 413, "too-large")
    assert str(MAX_UPLOAD + MAX_DOCUMENT) in huge["detail"]
    assert "--max-upload" in huge["detail"]
    assert lying(folder) == before
    assert MARK not in f"{empty}{wrong}{too_large}"


@pytest.mark.parametrize("n_bytes", [MAX_UPLOAD + 1, MAX_UPLOAD + MAX_DOCUMENT + 1])
def test_an_upload_in_chunks_that_does_not_say_how_long_it_is(
    http: httpx.Client, folder: Path, n_bytes: int
) -> None:
    before = lying(folder)

    def chunks() -> Iterator[bytes]:
        for _ in range(n_bytes // 1000 + 1):
            yield b"Z" * 1000

    headers = {"Content-Type": "text/csv"}
    answer = http.post("/v1/datasets?name=p.csv", content=chunks(), headers=headers)
    assert "--max-upload" in problem(answer, 413, "too-large")["detail"]
    assert lying(folder) == before


def test_an_upload_that_breaks_off(server: RunningServer, folder: Path) -> None:
    """A connection that ends in the middle of the body leaves no table."""
    before = lying(folder)
    host, port = server.url.removeprefix("http://").split(":")
    head = (
        f"POST /v1/datasets?name=patients.csv HTTP/1.1\r\nHost: {host}\r\n"
        f"Content-Type: text/csv\r\nContent-Length: {len(TABLE)}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head.encode() + TABLE.encode()[:-20])
    time.sleep(0.3)
    assert lying(folder) == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/jobs/j0"),
        ("DELETE", "/v1/jobs/j0"),
        ("GET", "/v1/jobs/j0/artifacts/data"),
        ("GET", "/v1/jobs/j0/artifacts/manifest"),
        ("GET", "/v1/datasets/d0"),
        ("DELETE", "/v1/datasets/d0"),
    ],
)
def test_unknown_ids(http: httpx.Client, method: str, path: str) -> None:
    body = problem(http.request(method, path), 404, "not-found")
    assert path.split("/")[3] in body["detail"]


def test_a_job_on_an_unknown_table(http: httpx.Client) -> None:
    body = problem(submit(http, "d0", Case("", (), "", "work")), 404, "not-found")
    assert "d0" in body["detail"]


def test_the_server_works_on_after_all_that(http: httpx.Client, server: RunningServer) -> None:
    assert http.get("/readyz").status_code == 200
    assert server.supervisor is not None
    test_the_good_request_is_released(http, server)
