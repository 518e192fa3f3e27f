"""Short work on untrusted files in a process of its own, for the server to wait for.

The server has many threads and must not fork. A *fork server* is started once: a process without
threads that has every module loaded; it forks a child per call. What a hostile or huge file does
to the child, the server only sees as an error.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable, Mapping
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from typing import Any, Final

from kiaim_server.errors import DataError
from kiaim_server.jobs import faults
from kiaim_server.jobs.child import isolate
from kiaim_server.jobs.pipe import receive, send

log = logging.getLogger(__name__)

#: Function of a module, with JSON values (and paths) in and a JSON mapping out.
Function = Callable[..., Mapping[str, Any]]


class Isolation:
    """Calls functions in fresh processes that are forked from one prepared process."""

    def __init__(self, seconds: float) -> None:
        self._seconds: Final = seconds
        self._context = multiprocessing.get_context("forkserver")
        # Loading takes a second or two; it happens beside whatever the caller does next.
        forkserver.set_forkserver_preload(["kiaim_server.jobs.tasks"])
        forkserver.ensure_running()

    def call(self, function: Function, subject: str, *arguments: object) -> dict[str, Any]:
        """Call `function` in a process of its own; messages call the work's file `subject`.

        Raises
        ------
        KiaimError
            What the function raised; a plain one, without words of the exception, for a defect.
        DataError
            The process died or took too long.
        """
        ours, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=_run, args=(theirs, os.getpid(), function, arguments), daemon=True
        )
        process.start()
        theirs.close()
        try:
            if not ours.poll(self._seconds):
                raise DataError(f"{subject}: not read within {self._seconds:g} seconds; gave up")
            kind, content = receive(ours)
        except EOFError:
            raise DataError(
                f"{subject}: the process that read it died; the file may need more memory than "
                "the machine has"
            ) from None
        finally:
            process.kill()
            process.join()
            ours.close()
        if kind == "fault":
            raise faults.revive(content)
        return content


def _run(
    connection: Connection, server: int, function: Function, arguments: tuple[object, ...]
) -> None:
    # The parent of this process is the fork server, which ends with the server.
    isolate(os.getppid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        send(connection, "outcome", function(*arguments))
    except Exception as error:  # noqa: BLE001 - the boundary of the process
        log.error("request of server %d stopped: %s", server, faults.trail(error))
        send(connection, "fault", faults.describe(error))
