"""From a table to the draft of a policy: read, profile, look whom few columns single out, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kiaim_server.classify import profile_table, single_out
from kiaim_server.errors import DataError
from kiaim_server.model.progress import Monitor
from kiaim_server.pipeline.request import Workbench
from kiaim_server.pipeline.whom import pulse
from kiaim_server.policy import Draft, Subject, draft_policy, left_in
from kiaim_server.policy.source import MAX_BYTES
from kiaim_server.read import Engine, open_table


@dataclass(frozen=True)
class DraftRequest:
    """A table, and the policies that the draft shall extend, by name.

    `policy` is the name of the draft; `name`, `reader` and `engine` are as of `ReleaseRequest`.
    """

    data: Path
    name: str
    policy: str
    extends: Sequence[str]
    reader: Mapping[str, Any]
    engine: Engine = "auto"


def draft(request: DraftRequest, workbench: Workbench, scratch: Path, monitor: Monitor) -> Draft:
    """Write the draft. Equal input gives equal bytes; no value of the table is in it.

    Raises
    ------
    InputError
        The table cannot be read, an extended policy cannot be used, or there are more columns than
        one policy file has room for.
    """
    parents = [workbench.library.get(name) for name in request.extends]
    monitor.report("read", 0.0)
    table = open_table(
        request.data,
        workbench.host,
        scratch,
        engine=request.engine,
        name=request.name,
        options=request.reader,
    )
    with closing(table):
        monitor.report("classify", 0.0)
        profiles = profile_table(table, workbench.host)
        subject = Subject(request.name, profiles)
        monitor.report("single out", 0.0)
        found = single_out(table, left_in(profiles, parents), check=pulse(monitor, "single out"))
    written = draft_policy(request.policy, replace(subject, singling_out=found), parents)
    if len(written.text.encode()) > MAX_BYTES:
        raise DataError(
            f"{request.name}: its {len(profiles)} columns need more than the {MAX_BYTES:,} bytes "
            "of a policy file; draft a policy for a part of the columns, and write patterns"
        )
    return written
