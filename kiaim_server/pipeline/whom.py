"""Whom few columns single out before anything is done: what an attacker has to know."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from kiaim_server.classify import single_out
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import Role
from kiaim_server.model.contract import Transform
from kiaim_server.model.plan import ColumnPlan, Plan
from kiaim_server.model.progress import Monitor
from kiaim_server.model.records import Records
from kiaim_server.model.singling import SinglingOut

#: Seconds between two signs of life.
_PULSE: Final = 0.2


def whom_columns_single_out(
    table: Records, plan: Plan, host: PluginHost, monitor: Monitor
) -> tuple[SinglingOut, SinglingOut]:
    """Small sets of the quasi-identifiers; and of all columns that would stay.

    The first is what the policy takes to be known to others, the second what is known if it errs.
    Direct identifiers, and what rules remove, are in neither; a column that no rule covers is in
    the second. Records of one person count as one where the policy names a person key.
    """
    person = plan.person.column if plan.person and plan.person.column in table.columns else None
    by_name = {column.name: column for column in plan.columns}
    staying = [n for n in table.columns if n not in by_name or _stays(by_name[n], host)]
    quasi = [n for n in staying if n in by_name and by_name[n].attribute.role is Role.QUASI]
    check = pulse(monitor, "single out")
    of_quasi = single_out(table, quasi, person, check=check)
    if quasi == staying:
        return of_quasi, of_quasi
    return of_quasi, single_out(table, staying, person, check=check)


def pulse(monitor: Monitor, step: str) -> Callable[[], None]:
    """Something to call often: it reports the step now and then, which may stop the work."""
    last = time.monotonic()

    def beat() -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PULSE:
            last = now
            monitor.report(step)

    return beat


def _stays(column: ColumnPlan, host: PluginHost) -> bool:
    if column.attribute.role is Role.DIRECT:
        return False
    transforms: Sequence[type[Transform]] = [
        host.get("transform", t.name, Transform)  # type: ignore[type-abstract]
        for t in column.transforms
    ]
    return not any(transform.removes_column for transform in transforms)
