"""A plan for people, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from kiaim_server.cli.summary import (
    new_table,
    print_cost,
    print_findings,
    print_rules,
    print_waivers,
    terminal,
)

_VERDICTS: Final = {
    "release": "[bold green]WOULD BE RELEASED[/]",
    "review": "[bold yellow]WOULD NOT BE RELEASED: a person has to decide[/]",
    "refuse": "[bold red]WOULD BE REFUSED[/]",
}


def print_plan(plan: Mapping[str, Any], output: Path | None = None) -> None:
    """Print the verdict as it would be, columns, demands, statements, and what the search found.

    `output` is where plots were to be written.
    """
    out = terminal()
    out.print(_VERDICTS[plan["decision"]["verdict"]])
    for reason in plan["decision"]["reasons"]:
        out.print(f"  - {escape(reason)}")
    for advice in plan["decision"]["advice"]:
        out.print(f"  -> {escape(advice)}")
    _print_columns(out, plan["columns"], plan["unclassified"])
    print_rules(out, plan["rules"])
    print_waivers(out, plan["waivers"])
    _print_requirements(out, plan["requirements"])
    _print_attestations(out, plan["attestations"])
    print_findings(out, plan["expected"], measured="expected")
    print_cost(out, plan)
    if plan["explore"] is not None:
        _print_front(out, "Limit", plan["explore"]["suppression"]["points"], _limit)
        _print_front(out, "k", plan["explore"]["k"]["points"], lambda point: f"{point['k']:,}")
    out.print()
    for warning in plan["warnings"]:
        out.print(f"warning: {escape(str(warning))}", style="yellow")
    for sentence in plan["not_foreseen"]:
        out.print(escape(sentence))
    if plan["explore"] is None or output is None:
        written = "Nothing was written."
    else:
        written = f"The plots are in {output}; nothing else was written."
    total = sum(plan["seconds"].values())
    out.print(f"{escape(written)} This took {total:.1f} s.")


def _print_columns(
    out: Console, columns: Sequence[Mapping[str, Any]], unclassified: Sequence[str]
) -> None:
    out.print()
    rows = new_table("Column", "role", "what would be done", "because")
    for column in columns:
        rows.add_row(
            escape(column["name"]),
            escape(column["role"]),
            escape(_done(column)),
            escape(column["because"]),
        )
    for name in unclassified:
        rows.add_row(escape(name), "[red]none[/]", "", "no rule covers the column")
    out.print(rows)


def _done(column: Mapping[str, Any]) -> str:
    """Transforms, the levels that are allowed, and the one that the search chose."""
    parts = [str(transform["name"]) for transform in column["transforms"]]
    hierarchy = column["hierarchy"]
    if hierarchy is not None:
        names = hierarchy["levels"]
        low, high = hierarchy["min"], hierarchy["max"]
        allowed = f"level {low}" if low == high else f"levels {low} to {high} of 0 to"
        parts.append(f"{allowed}{'' if low == high else f' {len(names) - 1}'}{_origin(hierarchy)}")
        if column["level"] is not None:
            parts.append(f"optimum {column['level']} ({column['level_name']})")
    return "; ".join(parts) or "kept"


def _origin(hierarchy: Mapping[str, Any]) -> str:
    """Which hierarchy it is, and by what it was chosen."""
    origin = hierarchy["origin"]
    if origin is None:
        return ""
    chosen = f", chosen by {origin['chosen_by']}" if origin["chosen_by"] else ""
    return f" ({origin['kind']} {origin['name']}{chosen})"


def _print_front(
    out: Console,
    name: str,
    points: Sequence[Mapping[str, Any]],
    value: Callable[[Mapping[str, Any]], str],
) -> None:
    """Print the least loss per value; dim where the policy allows no release."""
    out.print()
    rows = new_table(name, "least loss", "suppressed", "smallest class", "")
    for point in points:
        loss, smallest = point["loss"], point["smallest_class"]
        note = "the policy" if point["policy"] else "" if point["allowed"] else "beyond the policy"
        bound = f" (at least {point['lower_bound']:.4g})" if point["state"] == "best found" else ""
        rows.add_row(
            value(point),
            point["state"] if loss is None else f"{loss:.4g}{bound}",
            "" if point["suppressed"] is None else f"{point['suppressed']:,}",
            "" if smallest is None else f"{smallest:,}",
            note,
            style=None if point["allowed"] else "dim",
        )
    out.print(rows)


def _limit(point: Mapping[str, Any]) -> str:
    return f"{float(format(100 * point['limit'], '.2g')):g} %"


def _print_requirements(out: Console, requirements: Sequence[Mapping[str, Any]]) -> None:
    if not requirements:
        return
    out.print()
    rows = new_table("Demand", "bound", "of", "rules")
    for demand in requirements:
        inner = ", ".join(
            f"{key}={value}" for key, value in demand["parameters"].items() if key != "sha256"
        )
        bounds = [f"at least {demand['at_least']}"] if demand["at_least"] is not None else []
        bounds += [f"at most {demand['at_most']}"] if demand["at_most"] is not None else []
        rows.add_row(
            escape(demand["measure"] + (f" ({inner})" if inner else "")),
            " and ".join(bounds),
            escape(", ".join(demand["attributes"])),
            escape(", ".join(demand["rules"])),
        )
    out.print(rows)


def _print_attestations(out: Console, attestations: Sequence[Mapping[str, Any]]) -> None:
    if not attestations:
        return
    out.print()
    rows = new_table("Statement by a person", "", "asked for by")
    for attestation in attestations:
        given = f"[green]given by {escape(str(attestation['given_by']))}[/]"
        missing = f"[red]missing[/]: {escape(attestation['reason'])}"
        rows.add_row(
            escape(attestation["of"]),
            given if attestation["met"] else missing,
            escape(", ".join(attestation["rules"])),
        )
    out.print(rows)
