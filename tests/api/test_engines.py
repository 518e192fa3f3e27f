"""The engine for large tables over REST, through a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from kiaim_server.api.config import ServerConfig
from kiaim_server.api.serve import RunningServer
from kiaim_server.client import Client, JobInfo
from kiaim_server.jobs.installation import Installation
from tests.acceptance.people import CONTEXT, TABLE, TREES, policy

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    config = ServerConfig(Installation(tmp_path_factory.mktemp("server")), max_upload=1_000_000)
    with RunningServer(config, "127.0.0.1", 0, 1) as running, Client(running.url) as client:
        yield client


def ask(client: Client, dataset: str, **more: Any) -> JobInfo:
    job = client.submit(
        dataset, policy_text=policy(), context=CONTEXT, hierarchies={"inline": TREES}, **more
    )
    return client.wait(job.id, seconds=120)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(TABLE)
    pq.write_table(pa_csv.read_csv(path), tmp_path / "people.parquet")
    return path


def test_both_engines_release_the_same_bytes(client: Client, people: Path, tmp_path: Path) -> None:
    dataset = client.upload(people.with_suffix(".parquet")).id
    released = []
    for engine in ("memory", "duckdb", "auto"):
        job = ask(client, dataset, engine=engine, format="parquet")
        assert job.state == "done", job
        released.append(client.download(job.id, "data", tmp_path / engine).read_bytes())
    assert released[0] == released[1] == released[2]


def test_a_table_that_is_read_as_a_whole_is_refused_with_the_mend(
    client: Client, people: Path
) -> None:
    job = ask(client, client.upload(people).id, engine="duckdb")
    assert job.state == "failed"
    assert job.error is not None
    assert job.error["type"] == "urn:kiaim:problem:invalid-data"
    assert "convert the table to Parquet" in job.error["detail"]
