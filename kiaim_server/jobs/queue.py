"""Submitting a job: its request goes to disk first, then the row that makes it run."""

from __future__ import annotations

from kiaim_server.jobs.job import Job, JobRequest
from kiaim_server.jobs.table import JobTable, new_job_id
from kiaim_server.store.store import Store


def submit(store: Store, table: JobTable, request: JobRequest, key: str | None) -> Job:
    """Queue a release; with a key that was used before, find the job it made then.

    Raises
    ------
    NotFoundError, ConflictError
        As `JobTable.submit`; nothing is left behind.
    """
    identifier = new_job_id()
    store.artifacts.write_request(identifier, request.to_json())
    is_new = False
    try:
        job, is_new = table.submit(identifier, request, key)
    finally:
        if not is_new:
            store.artifacts.discard(identifier)
    return job
