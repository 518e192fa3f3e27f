"""Starts worker processes, replaces those that die, and ends them with the server."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from types import TracebackType
from typing import Final, Self

from kiaim_server.jobs.installation import Installation
from kiaim_server.jobs.table import JobTable
from kiaim_server.jobs.workers import WorkerTable
from kiaim_server.store.store import Store

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 0.25
_STOP_SECONDS: Final = 5.0
#: Pause before a dead worker is replaced, doubled each time up to the second value.
_PAUSES: Final = (0.25, 30.0)


class Supervisor:
    """Keeps `n_workers` workers running between `start` and `stop`.

    `module` is run as a worker, with the options of `Installation.arguments`.
    """

    def __init__(
        self, installation: Installation, n_workers: int, module: str = "kiaim_server.jobs.main"
    ) -> None:
        self._installation = installation
        self._module = module
        self._n_workers = n_workers
        self._processes: list[subprocess.Popen[bytes]] = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look_after, daemon=True)
        store = Store(installation.data_dir)
        self._jobs = JobTable(store.database)
        self._workers = WorkerTable(store.database)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the workers that were started last."""
        return tuple(process.pid for process in self._processes)

    def start(self) -> None:
        """Start all workers."""
        self._processes = [self._spawn() for _ in range(self._n_workers)]
        self._thread.start()

    def stop(self) -> None:
        """End all workers and their jobs' processes; running jobs go back to the queue."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()
        for process in self._processes:
            process.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            if process.poll() is None:
                process.kill()
                process.wait()
                self._give_back(process.pid)

    def _look_after(self) -> None:
        pause = _PAUSES[0]
        while not self._ending.wait(_LOOK_SECONDS):
            for index, process in enumerate(self._processes):
                code = process.poll()
                if code is None:
                    continue
                log.error("worker %d ended with code %d; starting another", process.pid, code)
                self._give_back(process.pid)
                if self._ending.wait(pause):
                    return
                pause = min(2 * pause, _PAUSES[1])
                self._processes[index] = self._spawn()

    def _give_back(self, pid: int) -> None:
        for name in self._workers.named(pid):
            self._jobs.abandon(name)
            self._workers.leave(name)

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", self._module]
        # A BLAS with one thread keeps the worker single-threaded, which makes it fit to fork.
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        return subprocess.Popen(
            command + self._installation.arguments(),
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C in the terminal reaches the server alone
        )
