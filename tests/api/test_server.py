"""A real server with workers, used through the client."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kiaim_server.api.config import ServerConfig
from kiaim_server.api.serve import RunningServer
from kiaim_server.client import Client, JobInfo, ProblemError, UnreachableError
from kiaim_server.errors import InputError
from kiaim_server.jobs.installation import Installation
from kiaim_server.model.explanation import fault_of
from tests import desk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RunningServer]:
    config = ServerConfig(Installation(folder), max_upload=200_000_000, max_document=1_000_000)
    with RunningServer(config, "127.0.0.1", 0, 1) as running:
        yield running


@pytest.fixture
def client(server: RunningServer) -> Iterator[Client]:
    with Client(server.url, seconds=60) as client:
        yield client


def upload(client: Client, folder: Path, text: str = desk.PATIENTS) -> str:
    path = folder / "patients.csv"
    path.write_text(text)
    return client.upload(path).id


def submit(client: Client, dataset: str, policy: str = desk.POLICY, seed: int = 0) -> JobInfo:
    return client.submit(
        dataset,
        policy_text=policy,
        context=desk.CONTEXT,
        hierarchies={"inline": desk.HIERARCHIES},
        seed=seed,
    )


def test_the_main_job(client: Client, tmp_path: Path) -> None:
    dataset = upload(client, tmp_path)
    seen: list[JobInfo] = []
    job = client.wait(submit(client, dataset).id, seen.append, seconds=120)
    assert job.state == "done", job
    assert seen[-1] == job
    assert job.decision is not None
    assert job.decision["verdict"] == "release"
    assert set(job.artifacts) == {"data", "report", "report.json", "manifest"}
    data = client.download(job.id, "data", tmp_path / "data.csv")
    manifest = client.download(job.id, "manifest", tmp_path / "manifest.json")
    assert data.read_text().splitlines()[0] == "age,sex,diagnosis"
    assert "Ada" not in data.read_text()
    report = json.loads(client.download(job.id, "report.json", tmp_path / "r.json").read_text())
    assert report["decision"]["verdict"] == "release"
    assert report["data"]["name"] == "patients.csv"
    found = client.verify(data, manifest)
    assert found.ok, found
    assert found.authenticated
    data.write_text(data.read_text().replace("flu", "gout", 1))
    assert not client.verify(data, manifest).ok


def test_the_request_in_the_documentation_is_released(client: Client, folder: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "server.md").read_text()
    example = re.search(r"-d '(\{\n.*?\n    \})'", text, re.DOTALL)
    assert example is not None
    body = json.loads(example[1].replace("d5c1...", upload(client, folder)))
    answer = httpx.post(f"{client.url}/v1/jobs", json=body)
    assert answer.status_code == 202, answer.text
    job = client.wait(answer.json()["id"], seconds=60)
    assert job.state == "done", job.decision


@pytest.mark.parametrize(
    ("outputs", "published"),
    [
        (["report"], {"report", "report.json"}),
        (["manifest"], {"report", "report.json", "manifest"}),
        (["data"], {"report", "report.json", "manifest", "data"}),
    ],
)
def test_no_table_is_published_that_nobody_asked_for(
    client: Client, server: RunningServer, tmp_path: Path, outputs: list[str], published: set[str]
) -> None:
    body = {
        "dataset": upload(client, tmp_path),
        "policy_text": desk.POLICY,
        "context": desk.CONTEXT,
        "hierarchies": {"inline": desk.HIERARCHIES},
        "outputs": outputs,
    }
    answer = httpx.post(f"{server.url}/v1/jobs", json=body)
    assert answer.status_code == 202, answer.text
    job = client.wait(answer.json()["id"], seconds=60)
    assert job.state == "done", job
    assert set(job.artifacts) == published
    data = httpx.get(f"{server.url}/v1/jobs/{job.id}/artifacts/data")
    assert data.status_code == (200 if "data" in published else 404)


def test_the_same_request_gives_the_same_bytes(client: Client, tmp_path: Path) -> None:
    dataset = upload(client, tmp_path)
    contents = []
    for number in (1, 2):
        job = client.wait(submit(client, dataset).id, seconds=60)
        contents.append(client.download(job.id, "data", tmp_path / f"{number}").read_bytes())
    assert contents[0] == contents[1]


def test_a_report_is_shown_in_a_sandbox(
    client: Client, server: RunningServer, tmp_path: Path
) -> None:
    job = client.wait(submit(client, upload(client, tmp_path)).id, seconds=60)
    answer = httpx.get(server.url + job.artifacts["report"])
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    data = httpx.get(server.url + job.artifacts["data"], headers={"Range": "bytes=0-2"})
    assert (data.status_code, data.text) == (206, "age")
    assert data.headers["Content-Disposition"] == "attachment; filename=data.csv"
    again = httpx.get(
        server.url + job.artifacts["data"], headers={"If-None-Match": data.headers["ETag"]}
    )
    assert again.status_code == 304


def test_reports_and_explanations_come_in_the_language_that_is_asked_for(
    client: Client, server: RunningServer, tmp_path: Path
) -> None:
    dataset = upload(client, tmp_path)
    asked = client.submit(
        dataset,
        policy_text=desk.POLICY,
        context=desk.CONTEXT,
        hierarchies={"inline": desk.HIERARCHIES},
        language="de",
    )
    job = client.wait(asked.id, seconds=60)
    page = httpx.get(server.url + job.artifacts["report"]).text
    assert '<html lang="de">' in page
    assert "Die Tabelle darf herausgegeben werden" in page
    told = client.explain(job.id)
    assert told["language"] == "en", "the policy's main language"
    assert fault_of(told["explanation"]) is None
    assert told["prose"][0] == {"kind": "title", "text": "Why “patients.csv” was released"}
    german = client.explain(job.id, "de")
    assert german["explanation"] == told["explanation"]
    assert german["prose"][0]["text"] == "Warum „patients.csv“ freigegeben wurde"
    path = f"{server.url}/v1/jobs/{job.id}/explanation"
    negotiated = httpx.get(path, headers={"Accept-Language": "fr, de;q=0.8, en;q=0.5"}).json()
    assert negotiated == german
    planned = client.wait(
        client.plan(dataset, policy_text=desk.POLICY, context=desk.CONTEXT).id, seconds=60
    )
    assert client.explain(planned.id)["explanation"]["stage"] == "plan"


def test_a_refused_job_has_reports_only(client: Client, tmp_path: Path) -> None:
    job = client.wait(submit(client, upload(client, tmp_path), desk.stricter(11)).id, seconds=60)
    assert job.state == "refused", job
    assert job.decision is not None
    assert job.decision["verdict"] == "refuse"
    assert job.decision["reasons"]
    assert set(job.artifacts) == {"report", "report.json"}
    with pytest.raises(ProblemError, match="reports only") as caught:
        client.download(job.id, "data", tmp_path / "data.csv")
    assert caught.value.type == "urn:kiaim:problem:not-found"
    assert not (tmp_path / "data.csv").exists()


def test_wrong_input_that_only_the_work_shows_fails_with_its_problem(
    client: Client, tmp_path: Path
) -> None:
    table = desk.PATIENTS.replace("Jo,52", "Jo,99")
    job = client.wait(submit(client, upload(client, tmp_path, table)).id, seconds=60)
    assert job.state == "failed"
    assert job.error is not None
    assert (job.error["type"], job.error["status"]) == ("urn:kiaim:problem:invalid-hierarchy", 400)
    assert "'99'" in job.error["detail"]
    assert job.artifacts == {}


def test_nothing_is_left_in_the_scratch_folder(folder: Path, client: Client) -> None:
    assert client.get("/readyz")["workers"] == 1
    assert [p.name for p in (folder / "tmp").iterdir() if p.is_dir()] == []


def test_kill_9_of_the_worker_of_a_real_job(
    client: Client, server: RunningServer, folder: Path
) -> None:
    """The job is killed wherever it is, run again, and published once."""
    dataset = upload(client, folder)
    assert server.supervisor is not None
    job = submit(client, dataset, seed=3)
    while client.job(job.id).state == "queued":
        time.sleep(0.005)
    os.kill(server.supervisor.pids[0], signal.SIGKILL)
    ended = client.wait(job.id, seconds=60)
    assert ended.state == "done"
    assert 1 <= ended.attempts <= 2
    assert len(list((folder / "jobs" / job.id).glob("r*/"))) == 1


def test_a_large_upload_is_streamed(client: Client, folder: Path) -> None:
    path = folder / "large.csv"
    with path.open("w") as file:
        file.write("a,b\n")
        for _ in range(200):
            file.write("12345,abcde\n" * 5000)
    before = _resident()
    dataset = client.upload(path)
    assert dataset.rows == 1_000_000
    assert _resident() - before < 100


def test_what_is_too_large_for_the_listener_is_a_problem(server: RunningServer) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    request = f"POST /v1/datasets HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999999\r\n\r\n"
    assert _raw(host, int(port), request.encode()).startswith(b"HTTP/1.1 413")
    answer = _raw(host, int(port), request.encode())
    assert b"application/problem+json" in answer
    assert b"urn:kiaim:problem:too-large" in answer
    nonsense = _raw(host, int(port), b"GET / HTTP/1.1\r\nno header\r\n\r\n")
    assert b"urn:kiaim:problem:invalid-input" in nonsense


def test_one_data_folder_has_one_server(server: RunningServer, folder: Path) -> None:
    second = RunningServer(ServerConfig(Installation(folder)), "127.0.0.1", 0, 1)
    with pytest.raises(InputError, match="another server works on this data folder"):
        second.start()


def test_a_taken_port_is_wrong_input_and_leaves_no_worker(
    server: RunningServer, tmp_path: Path
) -> None:
    port = int(server.url.rpartition(":")[2])
    second = RunningServer(ServerConfig(Installation(tmp_path / "d")), "127.0.0.1", port, 1)
    with pytest.raises(InputError, match=f"cannot listen on 127.0.0.1:{port}"):
        second.start()


def test_nobody_at_the_address() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(UnreachableError):
        client.get("/healthz")


def _raw(host: str, port: int, request: bytes) -> bytes:
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(request)
        connection.settimeout(10)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def _resident() -> float:
    """Resident memory of this process, which the server runs in, in MiB."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def test_a_plan_ends_as_the_release_would_and_releases_nothing(
    client: Client, tmp_path: Path
) -> None:
    dataset = upload(client, tmp_path)
    more = {"context": desk.CONTEXT, "hierarchies": {"inline": desk.HIERARCHIES}}
    asked = client.plan(dataset, policy_text=desk.POLICY, explore=True, **more)
    job = client.wait(asked.id, seconds=120)
    assert (job.action, job.state) == ("plan", "done"), job
    assert set(job.artifacts) == {"plan", "page", "explore"}
    plan = json.loads(client.download(job.id, "plan", tmp_path / "plan.json").read_text())
    assert plan["decision"] == job.decision
    assert plan["decision"]["verdict"] == "release"
    assert "Ada" not in (tmp_path / "plan.json").read_text()
    for artifact in ("explore", "page"):
        page = client.download(job.id, artifact, tmp_path / f"{artifact}.html").read_text()
        assert "<svg" in page
    with pytest.raises(ProblemError) as caught:
        client.download(job.id, "data", tmp_path / "data.csv")
    assert caught.value.http_status == 404
    hopeless = client.plan(dataset, policy_text=desk.stricter(11), **more)
    refused = client.wait(hopeless.id, seconds=120)
    assert refused.state == "refused"
    assert set(refused.artifacts) == {"plan", "page"}
    page = client.download(refused.id, "page", tmp_path / "refused.html").read_text()
    assert "WOULD BE REFUSED" in page


@pytest.mark.parametrize("number", [errno.EBADF, errno.EIO])
def test_a_listener_that_closed_itself_first_is_no_error(tmp_path: Path, number: int) -> None:
    """The pipe that wakes it up may be closed by then; anything else that fails is told."""
    running = RunningServer(ServerConfig(Installation(tmp_path)), "127.0.0.1", 0, 1)
    running.start()
    trigger = running._listener.trigger
    pull = trigger.pull_trigger

    def pull_late(*arguments: object) -> None:
        pull(*arguments)
        raise OSError(number, os.strerror(number))

    trigger.pull_trigger = pull_late
    if number == errno.EBADF:
        running.stop()
    else:
        with pytest.raises(OSError, match=os.strerror(number)):
            running.stop()
