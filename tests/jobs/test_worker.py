"""Workers and their children, killed and cancelled for real."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiaim_server.jobs.installation import Installation
from kiaim_server.jobs.job import MAX_ATTEMPTS, Job, State
from kiaim_server.jobs.supervisor import Supervisor
from tests.jobs.conftest import Desk


@pytest.fixture
def supervisor(desk: Desk) -> Iterator[Supervisor]:
    installation = Installation(desk.store.layout.root)
    with Supervisor(installation, 1, module="tests.jobs.workload") as running:
        yield running


def has_ended(job: Job) -> bool:
    return job.state.final


def processes(desk: Desk) -> list[int]:
    return [int(line) for line in desk.log.read_text().split()] if desk.log.exists() else []


def is_working(job: Job) -> bool:
    return job.step == "working"


def is_gone(pid: int, seconds: float = 3) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_a_job_is_done_and_its_artifacts_are_published(desk: Desk, supervisor: Supervisor) -> None:
    job = desk.wait(desk.submit().id, has_ended)
    assert job.state is State.DONE
    assert job.folder is not None
    data = desk.store.artifacts.path(job.id, job.folder, job.files["data"])
    assert data.read_text().strip() == str(processes(desk)[0])
    assert job.facts == {"best_loss": 0.25}
    assert list(desk.store.layout.tmp.iterdir()) == []


def test_a_refused_job_has_a_report_and_no_data(desk: Desk, supervisor: Supervisor) -> None:
    job = desk.wait(desk.submit("refuse").id, has_ended)
    assert job.state is State.REFUSED
    assert job.decision is not None
    assert job.decision["verdict"] == "refuse"
    assert set(job.files) == {"report.json"}


def test_wrong_input_fails_with_its_message(desk: Desk, supervisor: Supervisor) -> None:
    job = desk.wait(desk.submit("wrong").id, has_ended)
    assert job.state is State.FAILED
    assert job.error == {
        "kind": "invalid-data",
        "status": 400,
        "detail": "t.csv: line 3 has 2 cells",
        "line": 3,
        "column": None,
    }


def test_a_defect_fails_without_the_words_of_the_exception(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    installation = Installation(desk.store.layout.root)
    with Supervisor(installation, 1, module="tests.jobs.workload"):
        job = desk.wait(desk.submit("defect").id, has_ended)
    assert job.state is State.FAILED
    assert job.error is not None
    assert job.error["kind"] == "internal-error"
    assert "ValueError at" in job.error["detail"]
    shown = capfd.readouterr().err
    assert "ValueError [" in shown
    assert "secret-cell-value" not in shown + str(job)


def test_a_job_whose_process_is_killed_is_run_again(desk: Desk, supervisor: Supervisor) -> None:
    job = desk.wait(desk.submit("crash-once").id, has_ended)
    assert (job.state, job.attempts) == (State.DONE, 2)


def test_a_job_that_always_crashes_fails_and_the_worker_goes_on(
    desk: Desk, supervisor: Supervisor
) -> None:
    crashing = desk.submit("crash").id
    job = desk.wait(crashing, has_ended)
    assert (job.state, job.attempts) == (State.FAILED, MAX_ATTEMPTS)
    assert job.error is not None
    assert "SIGKILL" in job.error["detail"]
    assert desk.wait(desk.submit().id, has_ended).state is State.DONE
    assert list(desk.store.layout.tmp.iterdir()) == []


def test_kill_9_of_a_running_child_from_outside(desk: Desk, supervisor: Supervisor) -> None:
    job = desk.submit("wait-once").id
    desk.wait(job, is_working)
    os.kill(processes(desk)[0], signal.SIGKILL)
    assert (desk.wait(job, has_ended).state, desk.jobs.get(job).attempts) == (State.DONE, 2)


def test_kill_9_of_a_worker_takes_its_child_along_and_the_job_is_run_again(
    desk: Desk, supervisor: Supervisor
) -> None:
    job = desk.submit("wait-once").id
    desk.wait(job, is_working)
    os.kill(supervisor.pids[0], signal.SIGKILL)
    assert is_gone(processes(desk)[0])
    ended = desk.wait(job, has_ended)
    assert (ended.state, ended.attempts) == (State.DONE, 2)
    assert len(list((desk.store.layout.jobs / job).glob("r*/"))) == 1


def test_cancel_ends_the_child_and_what_it_started_within_a_second(
    desk: Desk, supervisor: Supervisor
) -> None:
    job = desk.submit("spawn").id
    desk.wait(job, is_working)
    while len(processes(desk)) < 2:
        time.sleep(0.02)
    asked = time.monotonic()
    desk.jobs.cancel(job)
    assert desk.wait(job, has_ended).state is State.CANCELLED
    assert time.monotonic() - asked < 5  # a fraction of a second on an idle machine
    assert all(is_gone(pid) for pid in processes(desk))


def test_an_orderly_stop_puts_the_running_job_back(desk: Desk, supervisor: Supervisor) -> None:
    job = desk.submit("sleep").id
    desk.wait(job, is_working)
    supervisor.stop()
    stopped = desk.jobs.get(job)
    assert (stopped.state, stopped.attempts) == (State.QUEUED, 0)
    assert all(is_gone(pid) for pid in (*processes(desk), *supervisor.pids))
