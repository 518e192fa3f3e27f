"""A worker process: takes jobs from the queue, runs each in a child of its own, publishes.

`kiaim_server.jobs.main` runs one until it gets SIGTERM or the process that started it is gone.
The worker itself has one thread and never computes, so that it may fork: its children find every
module loaded, and what they do cannot harm the worker.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any, Final

from kiaim_server.errors import NotFoundError
from kiaim_server.jobs import child, faults
from kiaim_server.jobs.child import Task, Work
from kiaim_server.jobs.installation import Installation
from kiaim_server.jobs.job import Ending, Job, JobRequest, Lease, Progress, State
from kiaim_server.jobs.pipe import progress_of, receive
from kiaim_server.jobs.table import LEASE_SECONDS, JobTable
from kiaim_server.jobs.workers import WorkerTable
from kiaim_server.store.layout import new_id
from kiaim_server.store.store import Store

log = logging.getLogger(__name__)

_IDLE_SECONDS: Final = 0.15
_TICK_SECONDS: Final = 0.2
_RENEW_SECONDS: Final = LEASE_SECONDS / 5


class Interrupted(Exception):  # noqa: N818 - a request, not an error
    """The worker was asked to stop while a job ran."""


class Worker:
    """Runs one job after another; `work` is what a job's process does."""

    def __init__(self, installation: Installation, work: Work) -> None:
        self._installation = installation
        self._work = work
        self._store = Store(installation.data_dir)
        self._jobs = JobTable(self._store.database)
        self._workers = WorkerTable(self._store.database)
        self._context = multiprocessing.get_context("fork")
        self._parent = os.getppid()
        self._stopping = False
        self.name = new_id("w")

    def stop(self, *_: object) -> None:
        """End after the present tick; a job that runs goes back to the queue."""
        self._stopping = True

    @property
    def _shall_stop(self) -> bool:
        return self._stopping or os.getppid() != self._parent

    def run(self) -> None:
        """Work until told to stop, or until the process that started this one is gone."""
        seen = 0.0
        self._workers.appear(self.name, os.getpid())
        while not self._shall_stop:
            if time.monotonic() - seen > _RENEW_SECONDS:
                self._workers.seen(self.name)
                seen = time.monotonic()
            claimed = self._jobs.claim(self.name)
            if claimed is None:
                time.sleep(_IDLE_SECONDS)
            else:
                self._attempt(*claimed)
        self._workers.leave(self.name)

    def _attempt(self, job: Job, lease: Lease) -> None:
        log.info("job %s: attempt %d", job.id, lease.attempt)
        self._store.artifacts.drop_unpublished(job.id)
        with self._store.layout.scratch("attempt") as scratch:
            try:
                dataset = self._store.datasets.get(job.dataset)
                request = JobRequest.from_json(self._store.artifacts.read_request(job.id))
            except NotFoundError as error:
                self._end(lease, Ending(State.FAILED, error=faults.describe(error)))
                return
            task = Task(
                request=request,
                installation=self._installation,
                data=dataset.path,
                name=dataset.name,
                reader=dataset.reader,
                scratch=scratch,
            )
            try:
                self._watch(task, lease)
            except Interrupted:
                self._jobs.put_back(lease)

    def _watch(self, task: Task, lease: Lease) -> None:
        """Start the job's process and follow it to its end."""
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=child.run, args=(self._work, task, theirs, os.getpid())
        )
        process.start()
        theirs.close()
        _make_group(process)
        try:
            message = self._follow(lease, ours, process)
        finally:
            _kill(process)
            ours.close()
        if message is None:
            self._jobs.give_back(lease, f"its process ended {_how(process)}")
        else:
            self._end_with(task, lease, *message)

    def _follow(
        self, lease: Lease, pipe: Connection, process: ForkProcess
    ) -> tuple[str, Mapping[str, Any]] | None:
        """Pass progress on until the last message; None if the process died without one."""
        latest: Progress | None = None
        looked = written = 0.0
        while True:
            if wait([pipe], timeout=_TICK_SECONDS):
                try:
                    kind, content = receive(pipe)
                except EOFError:
                    process.join(timeout=1)
                    return None
                if kind != "progress":
                    self._jobs.renew(lease, latest)
                    return kind, content
                latest = progress_of(content)
            if self._shall_stop:
                raise Interrupted
            now = time.monotonic()
            if now - looked >= _TICK_SECONDS:
                if self._jobs.shall_stop(lease):
                    return "cancelled", {}
                if latest is not None or now - written >= _RENEW_SECONDS:
                    self._jobs.renew(lease, latest)
                    self._workers.seen(self.name)
                    latest, written = None, now
                looked = now

    def _end_with(self, task: Task, lease: Lease, kind: str, content: Mapping[str, Any]) -> None:
        """Turn the last message of a job's process into the end of the job."""
        if kind == "outcome":
            folder = self._store.artifacts.store(lease.job, task.staging)
            state = State.DONE if content["permitted"] else State.REFUSED
            ending = Ending(
                state, decision=content["decision"], folder=folder, files=content["files"]
            )
        elif kind == "fault":
            ending = Ending(State.FAILED, error=content)
        else:
            ending = Ending(State.CANCELLED)
        self._end(lease, ending)

    def _end(self, lease: Lease, ending: Ending) -> None:
        published = self._jobs.finish(lease, ending)
        if not published and ending.folder is not None:
            self._store.artifacts.drop(lease.job, ending.folder)
        log.info("job %s: %s", lease.job, ending.state.value if published else "not published")


def _make_group(process: ForkProcess) -> None:
    # The child does the same; whoever comes first, the group exists before anybody kills it.
    assert process.pid is not None  # noqa: S101 - it was started
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.setpgid(process.pid, process.pid)


def _kill(process: ForkProcess) -> None:
    """End a job's process with all that it has started, at once."""
    assert process.pid is not None  # noqa: S101 - it was started
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.join()


def _how(process: ForkProcess) -> str:
    code = process.exitcode
    if code is not None and code < 0:
        return f"by signal {signal.Signals(-code).name}"
    return f"with exit code {code}"
