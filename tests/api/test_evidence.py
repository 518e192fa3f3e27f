"""Persons, subset and evidence over REST, through a real server."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from kiaim_server.api.config import ServerConfig
from kiaim_server.api.serve import RunningServer
from kiaim_server.client import Client, JobInfo
from kiaim_server.jobs.installation import Installation
from tests.acceptance import visits

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def client(root: Path) -> Iterator[Client]:
    config = ServerConfig(Installation(root), max_upload=1_000_000)
    with RunningServer(config, "127.0.0.1", 0, 1) as running, Client(running.url) as client:
        yield client


def upload(client: Client, folder: Path, text: str) -> str:
    path = folder / "visits.csv"
    path.write_text(text)
    return client.upload(path).id


def ask(client: Client, dataset: str, policy: str, **more: Any) -> JobInfo:
    job = client.submit(
        dataset,
        policy_text=policy,
        context=visits.CONTEXT,
        hierarchies={"inline": visits.TREES},
        **more,
    )
    return client.wait(job.id, seconds=120)


def fetch(client: Client, job: JobInfo, folder: Path) -> Mapping[str, Path]:
    names = ("data", "manifest", "evidence")
    return {name: client.download(job.id, name, folder / name) for name in names}


def test_a_release_of_persons_can_be_checked_again_with_its_evidence(
    client: Client, root: Path, tmp_path: Path
) -> None:
    dataset = upload(client, tmp_path, visits.table(visits.VISITS))
    job = ask(client, dataset, visits.policy())
    assert job.state == "done", job
    assert set(job.artifacts) == {"data", "manifest", "evidence", "report", "report.json"}
    (kept,) = (root / "jobs" / job.id).glob("r*/evidence.parquet")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    files = fetch(client, job, tmp_path)
    assert pq.read_table(files["evidence"]).column("person").to_pylist() == [0, 1, 2, 3, 4, 5] * 4
    found = client.verify(files["data"], files["manifest"])
    assert (found.ok, found.verdict) == (False, "incomplete")
    assert any(not check["counted"] for check in found.checks)
    found = client.verify(files["data"], files["manifest"], evidence=files["evidence"])
    assert (found.ok, found.verdict) == (True, "verified"), found
    table = pq.read_table(files["evidence"])
    numbers = [1, *table.column("person").to_pylist()[1:]]
    pq.write_table(table.set_column(0, "person", [numbers]), files["evidence"])
    found = client.verify(files["data"], files["manifest"], evidence=files["evidence"])
    assert (found.ok, found.verdict) == (False, "failed")


def test_a_study_within_a_register(client: Client, tmp_path: Path) -> None:
    dataset = upload(client, tmp_path, visits.table(visits.STUDY, visits.STUDY_HEADER))
    policy = visits.policy(person="", demands=visits.STUDY_DEMANDS)
    refused = ask(client, dataset, policy)
    assert refused.state == "refused"
    assert refused.decision is not None
    assert any("no subset was given" in reason for reason in refused.decision["reasons"])
    job = ask(client, dataset, policy, subset="in_study")
    assert job.state == "done", job
    files = fetch(client, job, tmp_path)
    assert files["data"].read_text() == "town,diagnosis\nN,f\nN,f\nS,f\n"
    found = client.verify(files["data"], files["manifest"], evidence=files["evidence"])
    assert found.verdict == "verified", found


def test_a_column_that_does_not_say_who_belongs_is_a_problem(
    client: Client, tmp_path: Path
) -> None:
    dataset = upload(client, tmp_path, visits.table(visits.STUDY, visits.STUDY_HEADER))
    job = ask(client, dataset, visits.policy(person=""), subset="diagnosis")
    assert job.state == "failed"
    assert job.error is not None
    assert job.error["type"] == "urn:kiaim:problem:invalid-data"
    assert job.error["column"] == "diagnosis"


@pytest.mark.parametrize(
    ("outputs", "published"), [(["report"], False), (["manifest"], False), (["data"], True)]
)
def test_evidence_comes_with_the_data_and_never_alone(
    client: Client, tmp_path: Path, outputs: list[str], published: bool
) -> None:
    body = {
        "dataset": upload(client, tmp_path, visits.table(visits.VISITS)),
        "policy_text": visits.policy(),
        "context": visits.CONTEXT,
        "hierarchies": {"inline": visits.TREES},
        "outputs": outputs,
    }
    answer = httpx.post(f"{client.url}/v1/jobs", json=body)
    assert answer.status_code == 202, answer.text
    job = client.wait(answer.json()["id"], seconds=60)
    assert job.state == "done", job
    assert ("evidence" in job.artifacts) is published


def test_an_empty_name_of_a_subset_is_wrong_input(client: Client, tmp_path: Path) -> None:
    body = {"dataset": "d", "policy": "gdpr-baseline", "subset": ""}
    answer = httpx.post(f"{client.url}/v1/jobs", json=body)
    assert answer.status_code == 422
    assert "/subset" in answer.text
