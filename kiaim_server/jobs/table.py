"""The durable queue: a table with leases in the installation's database.

A worker that takes a job holds a lease that it renews. A lease that runs out gives the job back
to the queue, at most `MAX_ATTEMPTS` times. Every change that a worker makes names its lease and
is void when the lease is; so a worker that was thought dead cannot publish beside its successor,
and a job's outcome is written exactly once.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from kiaim_server.errors import ConflictError, NotFoundError
from kiaim_server.jobs.faults import crash
from kiaim_server.jobs.job import MAX_ATTEMPTS, Ending, Job, JobRequest, Lease, Progress, State
from kiaim_server.store.database import Database, metadata
from kiaim_server.store.datasets import datasets_table
from kiaim_server.store.layout import new_id

#: A job whose lease was not renewed for so long is given to another worker.
LEASE_SECONDS: Final = 15.0

jobs_table: Final = sa.Table(
    "jobs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String, nullable=False, unique=True),
    sa.Column("idempotency_key", sa.String, unique=True),
    sa.Column("request_sha256", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("dataset", sa.String, nullable=False, index=True),
    sa.Column("policy", sa.String),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("format", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("cancel_requested", sa.Boolean, nullable=False, default=False),
    sa.Column("worker", sa.String),
    sa.Column("leased_until", sa.Float),
    sa.Column("step", sa.String),
    sa.Column("share", sa.Float),
    sa.Column("facts", sa.JSON, nullable=False, default=dict),
    sa.Column("decision", sa.JSON(none_as_null=True)),
    sa.Column("error", sa.JSON(none_as_null=True)),
    sa.Column("folder", sa.String),
    sa.Column("files", sa.JSON, nullable=False, default=dict),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("started", sa.Float),
    sa.Column("ended", sa.Float),
)

_OPEN: Final = (State.QUEUED.value, State.RUNNING.value)


class JobTable:
    """All jobs of an installation. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.ensure(jobs_table)

    def submit(self, identifier: str, request: JobRequest, key: str | None) -> tuple[Job, bool]:
        """Put a job into the queue, or find the one that was submitted with the same key.

        Returns
        -------
        The job, and whether it is new.

        Raises
        ------
        NotFoundError
            The data set does not exist.
        ConflictError
            The key was used for another request.
        """
        with self._database.writing() as connection:
            if key is not None:
                query = sa.select(jobs_table).where(jobs_table.c.idempotency_key == key)
                earlier = connection.execute(query).mappings().one_or_none()
                if earlier is not None:
                    return _same_request(earlier, request), False
            known = sa.select(datasets_table.c.id).where(datasets_table.c.id == request.dataset)
            if connection.execute(known).one_or_none() is None:
                raise NotFoundError(f"no data set has the id {request.dataset!r}")
            row = {
                "id": identifier,
                "idempotency_key": key,
                "request_sha256": request.digest,
                "action": request.action,
                "dataset": request.dataset,
                "policy": request.policy,
                "seed": request.seed,
                "format": request.format,
                "state": State.QUEUED.value,
                "created": time.time(),
            }
            connection.execute(sa.insert(jobs_table).values(row))
            return _job(_one(connection, identifier)), True

    def get(self, identifier: str) -> Job:
        """The job of that id.

        Raises
        ------
        NotFoundError
            There is none.
        """
        with self._database.reading() as connection:
            return _job(_one(connection, identifier))

    def newest(self, limit: int, state: State | None = None) -> tuple[Job, ...]:
        """Up to `limit` jobs, the newest first."""
        query = sa.select(jobs_table).order_by(jobs_table.c.number.desc()).limit(limit)
        if state is not None:
            query = query.where(jobs_table.c.state == state.value)
        with self._database.reading() as connection:
            return tuple(_job(row) for row in connection.execute(query).mappings())

    def cancel(self, identifier: str) -> Job:
        """Cancel a job: at once if it is queued; if it runs, its worker does so within a second.

        Raises
        ------
        NotFoundError
            There is none.
        ConflictError
            It has ended otherwise already.
        """
        with self._database.writing() as connection:
            job = _job(_one(connection, identifier))
            if job.state is State.QUEUED:
                _update(connection, identifier, state=State.CANCELLED.value, ended=time.time())
            elif job.state is State.RUNNING:
                _update(connection, identifier, cancel_requested=True)
            elif job.state is not State.CANCELLED:
                raise ConflictError(f"job {identifier} has ended already; it is {job.state.value}")
            return _job(_one(connection, identifier))

    def refuse_if_used(self, connection: sa.Connection, dataset: str) -> None:
        """Object to the deletion of a data set that a queued or running job needs.

        Raises
        ------
        ConflictError
            Naming the job.
        """
        query = sa.select(jobs_table.c.id).where(
            jobs_table.c.dataset == dataset, jobs_table.c.state.in_(_OPEN)
        )
        job = connection.execute(query.limit(1)).scalar_one_or_none()
        if job is not None:
            raise ConflictError(f"data set {dataset} is in use by job {job}; cancel the job first")

    def claim(self, worker: str) -> tuple[Job, Lease] | None:
        """Take the oldest queued job, after giving back those whose lease ran out."""
        now = time.time()
        if not self._something_to_do(now):
            return None
        with self._database.writing() as connection:
            expired = sa.select(jobs_table).where(
                jobs_table.c.state == State.RUNNING.value, jobs_table.c.leased_until < now
            )
            for row in connection.execute(expired).mappings().all():
                _give_back(connection, row, "its worker stopped answering")
            oldest = (
                sa.select(jobs_table.c.id)
                .where(jobs_table.c.state == State.QUEUED.value)
                .order_by(jobs_table.c.number)
                .limit(1)
            )
            identifier = connection.execute(oldest).scalar_one_or_none()
            if identifier is None:
                return None
            job = _job(_one(connection, identifier))
            attempt = job.attempts + 1
            _update(
                connection,
                identifier,
                state=State.RUNNING.value,
                attempts=attempt,
                worker=worker,
                leased_until=now + LEASE_SECONDS,
                started=now,
                step=None,
                share=None,
                facts={},
            )
            return _job(_one(connection, identifier)), Lease(identifier, worker, attempt)

    def _something_to_do(self, now: float) -> bool:
        # A cheap look first, so that idle workers do not take the write lock all the time.
        query = sa.select(sa.literal(1)).where(
            sa.or_(
                jobs_table.c.state == State.QUEUED.value,
                sa.and_(jobs_table.c.state == State.RUNNING.value, jobs_table.c.leased_until < now),
            )
        )
        with self._database.reading() as connection:
            return connection.execute(query.limit(1)).one_or_none() is not None

    def shall_stop(self, lease: Lease) -> bool:
        """Whether the attempt has lost its lease or was asked to cancel."""
        query = sa.select(jobs_table.c.cancel_requested).where(*_held(lease))
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one_or_none() is not False

    def renew(self, lease: Lease, progress: Progress | None) -> None:
        """Prolong a lease and write the latest progress, if any. Void if the lease is lost."""
        values: dict[str, Any] = {"leased_until": time.time() + LEASE_SECONDS}
        if progress is not None:
            values |= {
                "step": progress.step,
                "share": progress.share,
                "facts": dict(progress.facts),
            }
        with self._database.writing() as connection:
            connection.execute(sa.update(jobs_table).where(*_held(lease)).values(values))

    def finish(self, lease: Lease, ending: Ending) -> bool:
        """End a job, once: False if the lease is lost, or if the job ends as cancelled instead.

        What the attempt produced must be dropped then.
        """
        with self._database.writing() as connection:
            query = sa.select(jobs_table).where(*_held(lease))
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                return False
            if row["cancel_requested"]:
                ending = Ending(State.CANCELLED)
            values: dict[str, Any] = {
                "state": ending.state.value,
                "ended": time.time(),
                "decision": ending.decision,
                "error": ending.error,
                "folder": ending.folder,
                "files": dict(ending.files),
                "leased_until": None,
            }
            if ending.state is State.DONE:
                values["share"] = 1.0
            _update(connection, lease.job, **values)
            return ending.state is not State.CANCELLED

    def give_back(self, lease: Lease, reason: str) -> None:
        """Return a job whose process died to the queue, or end it as failed after N attempts."""
        with self._database.writing() as connection:
            query = sa.select(jobs_table).where(*_held(lease))
            row = connection.execute(query).mappings().one_or_none()
            if row is not None:
                _give_back(connection, row, reason)

    def put_back(self, lease: Lease) -> None:
        """Return a job to the queue that an orderly stop interrupted; it costs no attempt."""
        with self._database.writing() as connection:
            query = sa.select(jobs_table).where(*_held(lease))
            row = connection.execute(query).mappings().one_or_none()
            if row is not None:
                _update(connection, lease.job, attempts=row["attempts"] - 1)
                _give_back(connection, row, "the server was stopped", last=False)

    def abandon(self, worker: str) -> None:
        """Give back what a dead worker held, without waiting for its leases to run out."""
        held = sa.select(jobs_table).where(
            jobs_table.c.worker == worker, jobs_table.c.state == State.RUNNING.value
        )
        with self._database.writing() as connection:
            for row in connection.execute(held).mappings().all():
                _give_back(connection, row, "its worker died")


def _held(lease: Lease) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        jobs_table.c.id == lease.job,
        jobs_table.c.worker == lease.worker,
        jobs_table.c.attempts == lease.attempt,
        jobs_table.c.state == State.RUNNING.value,
    )


def _give_back(
    connection: sa.Connection, row: sa.RowMapping, reason: str, last: bool | None = None
) -> None:
    """Queue a running job again; cancel it if that was asked for; fail it after N attempts."""
    ended: dict[str, Any] = {"leased_until": None, "ended": time.time()}
    if row["cancel_requested"]:
        _update(connection, row["id"], state=State.CANCELLED.value, **ended)
    elif row["attempts"] >= MAX_ATTEMPTS if last is None else last:
        error = crash(row["attempts"], reason)
        _update(connection, row["id"], state=State.FAILED.value, error=error, **ended)
    else:
        _update(
            connection,
            row["id"],
            state=State.QUEUED.value,
            leased_until=None,
            worker=None,
            step=None,
            share=None,
        )


def _same_request(row: sa.RowMapping, request: JobRequest) -> Job:
    if row["request_sha256"] != request.digest:
        raise ConflictError(
            f"the Idempotency-Key was used for another request (job {row['id']}); use a new key "
            "for a new request"
        )
    return _job(row)


def _one(connection: sa.Connection, identifier: str) -> sa.RowMapping:
    query = sa.select(jobs_table).where(jobs_table.c.id == identifier)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"no job has the id {identifier!r}")
    return row


def _update(connection: sa.Connection, identifier: str, **values: Any) -> None:
    connection.execute(sa.update(jobs_table).where(jobs_table.c.id == identifier).values(values))


def _time(value: float | None) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value, UTC)


def _job(row: Mapping[str, Any] | sa.RowMapping) -> Job:
    return Job(
        id=row["id"],
        action=row["action"],
        state=State(row["state"]),
        dataset=row["dataset"],
        policy=row["policy"],
        seed=row["seed"],
        format=row["format"],
        attempts=row["attempts"],
        cancel_requested=row["cancel_requested"],
        step=row["step"],
        share=row["share"],
        facts=row["facts"],
        decision=row["decision"],
        error=row["error"],
        folder=row["folder"],
        files=row["files"],
        created=datetime.fromtimestamp(row["created"], UTC),
        started=_time(row["started"]),
        ended=_time(row["ended"]),
    )


def new_job_id() -> str:
    """A fresh id for `JobTable.submit`."""
    return new_id("j")
