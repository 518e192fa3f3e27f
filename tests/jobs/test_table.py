"""The queue keeps its promises whatever workers do."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from kiaim_server.errors import ConflictError, NotFoundError
from kiaim_server.jobs.job import MAX_ATTEMPTS, Ending, Job, Lease, Progress, State
from kiaim_server.jobs.queue import submit
from kiaim_server.jobs.table import jobs_table
from tests.jobs.conftest import Desk

DONE = Ending(State.DONE, decision={"verdict": "release"}, folder="r1", files={"data": "d"})


def take(desk: Desk, worker: str = "w1") -> tuple[Job, Lease]:
    claimed = desk.jobs.claim(worker)
    assert claimed is not None
    return claimed


def expire_leases(desk: Desk) -> None:
    with desk.store.database.writing() as connection:
        connection.execute(sa.update(jobs_table).values(leased_until=0.0))


def test_jobs_are_taken_in_order_and_once(desk: Desk) -> None:
    ids = [desk.submit().id for _ in range(3)]
    assert [take(desk)[0].id for _ in range(3)] == ids
    assert desk.jobs.claim("w1") is None


def test_two_workers_never_take_the_same_job(desk: Desk) -> None:
    ids = {desk.submit().id for _ in range(10)}
    taken: list[str] = []

    def take_all(worker: str) -> None:
        while (claimed := desk.jobs.claim(worker)) is not None:
            taken.append(claimed[0].id)

    threads = [threading.Thread(target=take_all, args=(f"w{i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(ids)


def test_a_finished_job_shows_what_it_published(desk: Desk) -> None:
    job = desk.submit()
    _, lease = take(desk)
    assert desk.jobs.finish(lease, DONE)
    ended = desk.jobs.get(job.id)
    assert (ended.state, ended.share, ended.folder, ended.files) == (
        State.DONE,
        1.0,
        "r1",
        {"data": "d"},
    )
    assert ended.ended is not None


def test_progress_is_seen_while_the_lease_is_held(desk: Desk) -> None:
    job = desk.submit()
    _, lease = take(desk)
    desk.jobs.renew(lease, Progress("search", 0.25, {"best_loss": 0.5}))
    seen = desk.jobs.get(job.id)
    assert (seen.step, seen.share, seen.facts) == ("search", 0.25, {"best_loss": 0.5})


def test_an_expired_lease_gives_the_job_to_another_worker_and_the_first_cannot_publish(
    desk: Desk,
) -> None:
    desk.submit()
    _, first = take(desk, "w1")
    expire_leases(desk)
    job, second = take(desk, "w2")
    assert job.attempts == 2
    assert desk.jobs.shall_stop(first)
    assert not desk.jobs.finish(first, DONE)
    assert desk.jobs.finish(second, DONE)
    assert not desk.jobs.finish(second, DONE)


def test_a_job_is_started_at_most_so_often(desk: Desk) -> None:
    job = desk.submit()
    for _ in range(MAX_ATTEMPTS):
        take(desk)
        expire_leases(desk)
    assert desk.jobs.claim("w1") is None
    failed = desk.jobs.get(job.id)
    assert failed.state is State.FAILED
    assert failed.error is not None
    assert failed.error["kind"] == "job-crashed"


def test_an_orderly_stop_costs_no_attempt(desk: Desk) -> None:
    for _ in range(MAX_ATTEMPTS + 2):
        desk.submit()
        _, lease = take(desk)
        desk.jobs.put_back(lease)
    assert take(desk)[0].attempts == 1


def test_a_dead_workers_jobs_are_queued_at_once(desk: Desk) -> None:
    job = desk.submit()
    take(desk, "w1")
    desk.jobs.abandon("w2")
    assert desk.jobs.get(job.id).state is State.RUNNING
    desk.jobs.abandon("w1")
    assert desk.jobs.get(job.id).state is State.QUEUED


def test_a_queued_job_is_cancelled_at_once(desk: Desk) -> None:
    job = desk.submit()
    assert desk.jobs.cancel(job.id).state is State.CANCELLED
    assert desk.jobs.cancel(job.id).state is State.CANCELLED
    assert desk.jobs.claim("w1") is None


def test_a_cancelled_running_job_does_not_publish(desk: Desk) -> None:
    job = desk.submit()
    _, lease = take(desk)
    assert not desk.jobs.shall_stop(lease)
    assert desk.jobs.cancel(job.id).cancel_requested
    assert desk.jobs.shall_stop(lease)
    assert not desk.jobs.finish(lease, DONE)
    ended = desk.jobs.get(job.id)
    assert (ended.state, ended.folder) == (State.CANCELLED, None)


def test_a_job_cancelled_while_its_worker_dies_is_not_run_again(desk: Desk) -> None:
    job = desk.submit()
    take(desk)
    desk.jobs.cancel(job.id)
    expire_leases(desk)
    assert desk.jobs.claim("w2") is None
    assert desk.jobs.get(job.id).state is State.CANCELLED


def test_a_job_that_has_ended_cannot_be_cancelled(desk: Desk) -> None:
    job = desk.submit()
    _, lease = take(desk)
    desk.jobs.finish(lease, DONE)
    with pytest.raises(ConflictError, match="ended already; it is done"):
        desk.jobs.cancel(job.id)


def test_the_same_key_finds_the_same_job(desk: Desk) -> None:
    first = desk.submit(key="k1")
    assert desk.submit(key="k1").id == first.id
    assert desk.submit(key="k2").id != first.id
    assert len(list(desk.store.layout.jobs.iterdir())) == 2


def test_a_key_for_another_request_is_a_conflict(desk: Desk) -> None:
    desk.submit("finish", key="k1")
    with pytest.raises(ConflictError, match="Idempotency-Key"):
        desk.submit("refuse", key="k1")
    assert len(list(desk.store.layout.jobs.iterdir())) == 1


def test_a_job_on_a_missing_dataset_is_refused_and_leaves_nothing(desk: Desk) -> None:
    desk.store.datasets.delete(desk.dataset, lambda connection: None)
    with pytest.raises(NotFoundError, match="no data set"):
        submit(desk.store, desk.jobs, desk.request("finish"), None)
    assert list(desk.store.layout.jobs.iterdir()) == []


def test_a_dataset_in_use_is_kept(desk: Desk) -> None:
    job = desk.submit()

    def guard(connection: sa.Connection) -> None:
        desk.jobs.refuse_if_used(connection, desk.dataset)

    with pytest.raises(ConflictError, match="in use by job"):
        desk.store.datasets.delete(desk.dataset, guard)
    desk.jobs.cancel(job.id)
    desk.store.datasets.delete(desk.dataset, guard)


def test_the_newest_jobs_come_first(desk: Desk) -> None:
    ids = [desk.submit().id for _ in range(3)]
    desk.jobs.cancel(ids[0])
    assert [j.id for j in desk.jobs.newest(2)] == ids[:0:-1]
    assert [j.id for j in desk.jobs.newest(9, State.CANCELLED)] == ids[:1]


def test_unknown_ids_are_named(desk: Desk) -> None:
    with pytest.raises(NotFoundError, match="no job has the id 'j0'"):
        desk.jobs.get("j0")
    with pytest.raises(NotFoundError):
        desk.jobs.cancel("j0")
