"""What two policies would make of the same table, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

#: A plan as by `kiaim_server.report.build_plan`.
PlanData = Mapping[str, Any]

_UNDONE: Final = "kept"


def beside(old: PlanData, new: PlanData) -> dict[str, Any]:
    """The measured effect of a change: both plans' verdicts, demands, columns and costs.

    The losses can be compared only where both policies minimise the same measure; `same_loss` says
    so.
    """
    return {
        "old": _effect(old),
        "new": _effect(new),
        "same_loss": _measure(old) == _measure(new),
        "columns": _rows(old["columns"], new["columns"], "name", _column),
        "demands": _rows(_demands(old), _demands(new), "demand", lambda d: d["bound"]),
    }


def _effect(plan: PlanData) -> dict[str, Any]:
    search, suppressed, expected = plan["search"], plan["suppressed"], plan["risk"]["expected"]
    return {
        "verdict": plan["decision"]["verdict"],
        "reasons": list(plan["decision"]["reasons"]),
        "unclassified": list(plan["unclassified"]),
        "loss": None if search is None else search["loss"],
        "loss_measure": _measure(plan),
        "suppressed": None if suppressed is None else dict(suppressed),
        "smallest_class": None if expected is None else expected["smallest_class"],
        "highest_risk": None if expected is None else expected["prosecutor"]["highest"],
    }


def _measure(plan: PlanData) -> str | None:
    search = plan["search"]
    return None if search is None else str(search["loss_measure"])


def _rows(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], key: str, said: Any
) -> list[dict[str, Any]]:
    """What both say of each thing, in the order of the new one."""
    before = {entry[key]: said(entry) for entry in old}
    after = {entry[key]: said(entry) for entry in new}
    names = dict.fromkeys((*after, *before))
    return [{key: name, "old": before.get(name), "new": after.get(name)} for name in names]


def _column(column: Mapping[str, Any]) -> str:
    done = [str(transform["name"]) for transform in column["transforms"]]
    if column["level"] is not None:
        done.append(f"level {column['level']} ({column['level_name']})")
    return f"{column['role']}: {'; '.join(done) or _UNDONE}"


def _demands(plan: PlanData) -> list[dict[str, str]]:
    """Demands by what they are about, with their bounds."""
    found = []
    for demand in plan["requirements"]:
        inner = ", ".join(f"{key}={value}" for key, value in demand["parameters"].items())
        of = f" of {', '.join(demand['attributes'])}" if demand["attributes"] else ""
        bounds = [f"at least {demand['at_least']}"] if demand["at_least"] is not None else []
        bounds += [f"at most {demand['at_most']}"] if demand["at_most"] is not None else []
        name = f"{demand['measure']} ({inner})" if inner else str(demand["measure"])
        found.append({"demand": f"{name}{of}", "bound": " and ".join(bounds)})
    return found
