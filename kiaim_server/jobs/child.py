"""One attempt at a job, in a process of its own.

The process knows files and a pipe, not the database: whatever becomes of it, the queue stays
whole. It can be killed at any moment; what it wrote lies in a scratch folder that its worker
publishes or drops.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from kiaim_server.jobs import faults
from kiaim_server.jobs.installation import Installation
from kiaim_server.jobs.job import JobRequest
from kiaim_server.jobs.pipe import PipeMonitor, send
from kiaim_server.model.progress import Monitor

log = logging.getLogger(__name__)

_SECONDS_BETWEEN_LOOKS: Final = 0.25


@dataclass(frozen=True)
class Task:
    """What a job's process has to know.

    Attributes
    ----------
    data, name, reader
        The table's file, what messages call it, and the options to read it with.
    scratch
        An empty folder for the process; artifacts belong into its subfolder `staging`.
    """

    request: JobRequest
    installation: Installation
    data: Path
    name: str
    reader: Mapping[str, Any]
    scratch: Path

    @property
    def staging(self) -> Path:
        """Where the artifacts are written."""
        return self.scratch / "artifacts"


#: Does a task, telling its progress, and returns the outcome as JSON values.
Work = Callable[[Task, Monitor], Mapping[str, Any]]


def run(work: Work, task: Task, connection: Connection, parent: int) -> None:
    """Main function of the process: do the work, then send the outcome or the fault."""
    isolate(parent)
    try:
        send(connection, "outcome", work(task, PipeMonitor(connection)))
    except Exception as error:  # noqa: BLE001 - the job boundary: anything may fail in a job
        log.error("job stopped: %s", faults.trail(error))
        send(connection, "fault", faults.describe(error))


def isolate(parent: int) -> None:
    """Part from the worker: own process group, default signals, first to go when memory ends.

    The process ends by itself when `parent`, the process that started it, is gone.
    """
    os.setpgid(0, 0)
    os.umask(0o077)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # Linux only; elsewhere the kernel chooses by itself
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    os._exit(1)
