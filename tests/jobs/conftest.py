"""A data folder with one table in it, and its queue."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiaim_server.jobs.job import Job, JobRequest
from kiaim_server.jobs.queue import submit
from kiaim_server.jobs.table import JobTable
from kiaim_server.store.store import Store


@dataclass(frozen=True)
class Desk:
    """A store, its queue, and a data set."""

    store: Store
    jobs: JobTable
    dataset: str
    log: Path

    def request(self, do: str) -> JobRequest:
        """A request for the workload of the tests."""
        context = {"do": do, "log": str(self.log)}
        return JobRequest(self.dataset, policy="p", policy_text=None, context=context)

    def submit(self, do: str = "finish", key: str | None = None) -> Job:
        """Queue a job that does `do`."""
        return submit(self.store, self.jobs, self.request(do), key)

    def wait(self, job: str, until: Callable[[Job], bool], seconds: float = 20) -> Job:
        """Wait for a condition."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.jobs.get(job)
            if until(found):
                return found
            time.sleep(0.02)
        raise AssertionError(f"did not happen within {seconds} s: {self.jobs.get(job)}")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    store = Store(tmp_path / "data")
    with store.datasets.receive(
        io.BytesIO(b"a\n1\n"), name="t", media_type="text/csv", suffix=".csv", limit=99, reader={}
    ) as upload:
        dataset = store.datasets.add(upload, rows=1, columns=1, profile=[])
    return Desk(store, JobTable(store.database), dataset.id, tmp_path / "log")
