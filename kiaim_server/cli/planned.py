"""A plan for people, on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from kiaim_server.cli.summary import new_table, print_cost, print_findings, print_rules, terminal

_VERDICTS: Final = {
    "release": "[bold green]WOULD BE RELEASED[/]",
    "review": "[bold yellow]WOULD NOT BE RELEASED: a person has to decide[/]",
    "refuse": "[bold red]WOULD BE REFUSED[/]",
}


def print_plan(plan: Mapping[str, Any]) -> None:
    """Print the verdict as it would be, columns, demands, statements, and what the search found."""
    out = terminal()
    out.print(_VERDICTS[plan["decision"]["verdict"]])
    for reason in plan["decision"]["reasons"]:
        out.print(f"  - {escape(reason)}")
    for advice in plan["decision"]["advice"]:
        out.print(f"  -> {escape(advice)}")
    _print_columns(out, plan["columns"], plan["unclassified"])
    print_rules(out, plan["rules"])
    _print_requirements(out, plan["requirements"])
    _print_attestations(out, plan["attestations"])
    print_findings(out, plan["expected"], measured="expected")
    print_cost(out, plan)
    out.print()
    for warning in plan["warnings"]:
        out.print(f"warning: {escape(str(warning))}", style="yellow")
    for sentence in plan["not_foreseen"]:
        out.print(escape(sentence))
    total = sum(plan["seconds"].values())
    out.print(f"Nothing was written. This took {total:.1f} s.")


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
        parts.append(f"{allowed}{'' if low == high else f' {len(names) - 1}'}")
        if column["level"] is not None:
            parts.append(f"optimum {column['level']} ({column['level_name']})")
    return "; ".join(parts) or "kept"


def _print_requirements(out: Console, requirements: Sequence[Mapping[str, Any]]) -> None:
    if not requirements:
        return
    out.print()
    rows = new_table("Demand", "bound", "of", "rules")
    for demand in requirements:
        inner = ", ".join(f"{key}={value}" for key, value in demand["parameters"].items())
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
