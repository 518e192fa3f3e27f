"""Writes a solution, has it audited, and signs what was found: nothing leaves before that."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from kiaim_server.audit import Audit, ClaimedColumn, Claims, Source, audit_release
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import Role
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.decision import Clause
from kiaim_server.model.plan import Plan
from kiaim_server.model.progress import Monitor
from kiaim_server.model.records import Records
from kiaim_server.model.solution import Solution
from kiaim_server.pipeline.prepare import Prepared, model_of
from kiaim_server.pipeline.request import ReleaseRequest
from kiaim_server.policy import clauses
from kiaim_server.report import ReleasedColumn, ReleasedFile, histogram
from kiaim_server.transform import release_columns, write_release

#: The plugin whose output may stand for a direct identifier.
PSEUDONYMISE = "pseudonymise"

PluginMeasures = Mapping[str, Callable[[Clause, EquivalenceClasses], float]]


def write(
    prepared: Prepared,
    solution: Solution,
    plan: Plan,
    request: ReleaseRequest,
    path: Path,
    monitor: Monitor,
) -> int:
    """Write the transformed table to `path` and return the number of records in it."""
    star = plan.suppressed == "star" and solution.n_suppressed > 0
    columns = release_columns(
        prepared.table,
        prepared.problem.tuples,
        prepared.problem.hierarchies,
        solution.levels,
        star=star,
    )
    suppressed = solution.suppressed[prepared.problem.tuples.record_tuple]
    return write_release(
        prepared.table, columns, suppressed, plan.suppressed, path, request.format, monitor
    )


def audit(
    path: Path,
    prepared: Prepared,
    solution: Solution,
    plan: Plan,
    request: ReleaseRequest,
    table: Records,
    host: PluginHost,
) -> tuple[Audit, ReleasedFile]:
    """Hold the written file against what search and policy claim, and against the input `table`.

    Raises
    ------
    OSError
        If there is no file.
    """
    columns = _columns(prepared, plan)
    records = table.n_records - (solution.n_suppressed if plan.suppressed == "drop" else 0)
    claims = Claims(
        format=request.format,
        columns=tuple(ClaimedColumn(c.name, c.role, c.pseudonym) for c in columns),
        input_records=table.n_records,
        records=records,
        suppressed=solution.n_suppressed,
        mode=plan.suppressed,
        class_sizes=tuple((size, n) for size, n in histogram(solution.class_sizes)),
        clauses=clauses(plan),
        orders=prepared.orders,
    )
    source = Source(
        prepared.table,
        {
            hierarchy.attribute: (hierarchy, level)
            for hierarchy, level in zip(prepared.problem.hierarchies, solution.levels, strict=True)
        },
        solution.suppressed[prepared.problem.tuples.record_tuple],
        plan.suppressed,
        {c.name: table.distinct(c.name).values for c in columns if c.pseudonym},
    )
    found = audit_release(path, claims, plugin_measures(host), source)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    released = ReleasedFile(
        sha256=digest,
        bytes=path.stat().st_size,
        format=request.format,
        records=records,
        suppressed=solution.n_suppressed,
        columns=columns,
        class_sizes=solution.class_sizes,
    )
    if found.recounted is not None:  # the numbers that people read are the audit's own
        released = replace(released, class_sizes=found.recounted.sizes)
    return found, released


def plugin_measures(host: PluginHost) -> PluginMeasures:
    """How third parties' models measure; the audit never asks for those that it knows itself."""

    def measure(clause: Clause, classes: EquivalenceClasses) -> float:
        model = model_of(
            host,
            clause.measure,
            clause.parameters,
            clause.attribute,
            clause.at_least,
            clause.at_most,
        )
        return model.measure(classes)

    return dict.fromkeys(host.classes["privacy model"], measure)


def _columns(prepared: Prepared, plan: Plan) -> tuple[ReleasedColumn, ...]:
    planned = {column.name: column for column in plan.columns}
    return tuple(
        ReleasedColumn(
            name,
            planned[name].attribute.role,
            pseudonym=planned[name].attribute.role is Role.DIRECT
            and any(t.name == PSEUDONYMISE for t in planned[name].transforms),
        )
        for name in prepared.table.columns
    )
