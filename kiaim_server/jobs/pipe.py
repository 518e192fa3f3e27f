"""What a job's process tells its worker: JSON messages through a pipe."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any, Final

from kiaim_server.jobs.job import Progress

#: Reports of one step follow each other at least so far apart.
_SECONDS_BETWEEN_REPORTS: Final = 0.1


class PipeMonitor:
    """A monitor that sends progress through a pipe; thread-safe, and cheap when called often."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._step: str | None = None
        self._facts: dict[str, Any] = {}
        self._sent = 0.0

    def report(self, step: str, share: float | None = None, **facts: object) -> None:
        """Send the step, its share and all facts so far; drops what comes too fast."""
        with self._lock:
            self._facts |= {name: json_value(value) for name, value in facts.items()}
            now = time.monotonic()
            if step == self._step and now - self._sent < _SECONDS_BETWEEN_REPORTS:
                return
            self._step, self._sent = step, now
            known = share if share is not None and math.isfinite(share) else None
            message = {"step": step, "share": known, "facts": self._facts}
            send(self._connection, "progress", message)


def send(connection: Connection, kind: str, content: Mapping[str, Any]) -> None:
    """Send one message."""
    connection.send_bytes(json.dumps([kind, content]).encode())


def receive(connection: Connection) -> tuple[str, dict[str, Any]]:
    """Wait for one message.

    Raises
    ------
    EOFError
        The process at the other end is gone.
    """
    try:
        kind, content = json.loads(connection.recv_bytes())
    except OSError as error:
        raise EOFError from error
    return kind, content


def progress_of(content: Mapping[str, Any]) -> Progress:
    """Read a message of the kind ``progress``."""
    return Progress(content["step"], content["share"], content["facts"])


def json_value(value: object) -> object:
    """A value as JSON has it: what is not finite as null, what JSON does not know as text."""
    if hasattr(value, "item"):  # a NumPy scalar
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [json_value(inner) for inner in value]
    if isinstance(value, Mapping):
        return {str(key): json_value(inner) for key, inner in value.items()}
    return str(value)
