"""The running server: an HTTP listener and its workers, with one life."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

from kiaim_server.api import problems
from kiaim_server.api.app import create_app
from kiaim_server.api.config import ServerConfig
from kiaim_server.errors import InputError
from kiaim_server.jobs.supervisor import Supervisor
from kiaim_server.store.layout import Layout

_THREADS: Final = 8
_KINDS: Final = {400: "invalid-input", 413: "too-large", 431: "too-large", 501: "not-implemented"}


class ProblemErrorTask(ErrorTask):  # type: ignore[misc]
    """Answers what is no HTTP, or too much of it, as problem+json too."""

    def execute(self) -> None:
        """Write the response."""
        error = self.request.error
        status = int(error.code)
        detail = str(error.body)
        if status == 413:
            detail = problems.too_large(self.channel.server.adj.max_request_body_size)
        problem = problems.body(_KINDS.get(status, "internal-error"), status, detail)
        content = json.dumps(problem).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", problems.MEDIA_TYPE))
        self.set_close_on_finish()
        self.content_length = len(content)
        self.write(content)


class ProblemChannel(HTTPChannel):  # type: ignore[misc]
    """A connection whose errors are problems."""

    error_task_class = ProblemErrorTask


class RunningServer:
    """A server with its workers, from `start` (or ``with``) to `stop`.

    Port 0 takes a free one; `url` says which. One data folder has one server at a time.
    """

    def __init__(self, config: ServerConfig, host: str, port: int, n_workers: int) -> None:
        self._config = config
        self._host = host
        self._port = port
        self._n_workers = n_workers
        self._exits = contextlib.ExitStack()
        self._listener: Any = None
        self.supervisor: Supervisor | None = None

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
    def url(self) -> str:
        """Where the server listens."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._listener.effective_port}"

    def start(self) -> None:
        """Listen and start the workers.

        Raises
        ------
        InputError
            The data folder is in use by another server, or the address cannot be listened on.
        """
        with contextlib.ExitStack() as exits:
            installation = self._config.installation
            layout = Layout.create(installation.data_dir)
            exits.enter_context(_sole_user(layout))
            layout.clear_scratch()
            listening = exits.enter_context(_listen(self._host, self._port))
            supervisor = Supervisor(installation, self._n_workers)
            exits.enter_context(supervisor)
            app = create_app(self._config)
            exits.enter_context(_temporary_files_in(layout.tmp))
            self._listener = self._serve(app, listening)
            exits.callback(self._close_listener)
            thread = threading.Thread(target=self._listener.run, name="http", daemon=True)
            thread.start()
            self.supervisor = supervisor
            self._exits = exits.pop_all()

    def stop(self) -> None:
        """End the workers with their jobs' processes, and the listener."""
        self._exits.close()

    def _serve(self, app: Any, listening: socket.socket) -> Any:
        largest = self._config.max_upload + self._config.max_document
        listener = create_server(
            app,
            sockets=[listening],
            threads=_THREADS,
            ident=None,
            max_request_body_size=largest,
            channel_timeout=60,
            clear_untrusted_proxy_headers=True,
        )
        listener.channel_class = ProblemChannel
        return listener

    def _close_listener(self) -> None:
        # Closing has to happen in the listener's own thread, which the trigger wakes up.
        listener = self._listener
        listener.task_dispatcher.shutdown(cancel_pending=True, timeout=2)
        try:
            listener.trigger.pull_trigger(
                lambda: wasyncore.close_all(listener._map, ignore_all=True)
            )
        except OSError as error:
            # Woken by another thread, the listener may close itself, and so the trigger, between
            # being told to and being woken up.
            if error.errno != errno.EBADF:
                raise


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise InputError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another --host or --port"
        ) from None


@contextlib.contextmanager
def _sole_user(layout: Layout) -> Iterator[None]:
    """Hold the lock of a data folder; the kernel releases it however the process ends."""
    path = layout.root / "server.lock"
    with path.open("a", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                f"{layout.root}: another server works on this data folder; stop it, or give "
                "another --data-dir"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


@contextlib.contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Let request bodies be buffered in the data folder, not in a folder that all users share."""
    before = tempfile.tempdir
    tempfile.tempdir = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
