"""Errors as JSON: how a child process tells its worker, and the database the client, what failed.

Only errors of our own tree keep their words. Any other exception may quote a cell value in its
message, so nothing but its type and the place in the code leaves the process.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from kiaim_server import errors
from kiaim_server.errors import DataError, KiaimError, PolicyError
from kiaim_server.model.diagnostic import Diagnostic

_PACKAGE: Final = Path(errors.__file__).parent


def describe(error: BaseException) -> dict[str, Any]:
    """An exception as ``kind``, ``status``, ``detail`` and what else it carries."""
    if not isinstance(error, KiaimError):
        return _defect(error)
    fault: dict[str, Any] = {
        "kind": error.kind,
        "status": error.status,
        "detail": str(error),
    }
    if isinstance(error, DataError):
        fault |= {"line": error.line, "column": error.column}
    if isinstance(error, PolicyError):
        fault["diagnostics"] = [
            {
                "file": d.file,
                "line": d.line,
                "column": d.column,
                "code": d.code,
                "message": d.message,
                "severity": d.severity,
            }
            for d in error.diagnostics
        ]
    return fault


def revive(fault: Mapping[str, Any]) -> KiaimError:
    """The exception that `describe` was given; a plain `KiaimError` for defects."""
    cls = _classes().get(fault["kind"], KiaimError)
    if issubclass(cls, DataError):
        return cls(fault["detail"], line=fault.get("line"), column=fault.get("column"))
    if issubclass(cls, PolicyError):
        found = fault.get("diagnostics", ())
        return cls(
            fault["detail"],
            [Diagnostic(d["file"], d["line"], d["column"], d["code"], d["message"]) for d in found],
        )
    return cls(fault["detail"])


def crash(attempts: int, reason: str) -> dict[str, Any]:
    """The fault of a job whose process died every time it was started."""
    return {
        "kind": "job-crashed",
        "status": 500,
        "detail": f"the job was started {attempts} times and never finished: {reason}. If the "
        "table is large, the memory of the machine may not suffice.",
    }


def place(error: BaseException) -> str:
    """Where in the code an exception arose, e.g. ``ValueError at search/problem.py:41``.

    Names the innermost line of this package if there is one, and never quotes the message.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if Path(f.filename).is_relative_to(_PACKAGE)]
    if not frames:
        return type(error).__name__
    frame = (ours or list(frames))[-1]
    path = Path(frame.filename)
    name = path.relative_to(_PACKAGE).as_posix() if ours else path.name
    return f"{type(error).__name__} at {name}:{frame.lineno}"


def trail(error: BaseException) -> str:
    """All lines of code that an exception came through, for the log; without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    steps = " > ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames)
    return f"{type(error).__name__} [{steps}]"


def _defect(error: BaseException) -> dict[str, Any]:
    if isinstance(error, MemoryError):
        detail = "the memory of the machine does not suffice for this table"
        return {"kind": "out-of-memory", "status": 500, "detail": detail}
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        detail = "the disk that holds the server's data folder is full"
        return {"kind": "out-of-disk", "status": 500, "detail": detail}
    detail = f"a defect of the server, not of the input: {place(error)}"
    return {"kind": "internal-error", "status": 500, "detail": detail}


def _classes() -> dict[str, type[KiaimError]]:
    found: dict[str, type[KiaimError]] = {}
    pending: list[type[KiaimError]] = [KiaimError]
    while pending:
        cls = pending.pop()
        found[cls.kind] = cls
        pending += cls.__subclasses__()
    return found
