"""A plan for people, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.markup import escape
from rich.table import Table

from kiaim_server.cli.summary import (
    bounds_of,
    new_table,
    print_cost,
    print_decision,
    print_findings,
    print_rules,
    print_waivers,
    print_warnings,
    terminal,
)
from kiaim_server.cli.voice import Voice
from kiaim_server.language import phrase
from kiaim_server.language.numbers import localised
from kiaim_server.model.prose import LANGUAGES
from kiaim_server.report import (
    doubt_told,
    gap_told,
    lattice_told,
    looked_at,
    proposal_told,
    treatment_told,
)

#: Sets of columns that are printed per size.
_SETS: Final = 2


def print_plan(plan: Mapping[str, Any], output: Path | None = None) -> None:
    """Print the verdict as it would be, columns, demands, statements, and what the search found.

    `output` is where the page of the plan was written.
    """
    voice = Voice(plan, terminal())
    print_decision(voice, plan["decision"], "terminal.verdict.planned.")
    _print_columns(voice, plan)
    _print_gaps(voice, plan)
    _print_singled_out(voice, plan["singling_out"])
    print_rules(voice, plan["rules"])
    print_waivers(voice, plan["waivers"])
    _print_requirements(voice, plan["requirements"])
    _print_attestations(voice, plan["attestations"])
    print_findings(voice, plan["expected"], measured="expected")
    print_cost(voice, plan)
    if plan["explore"] is not None:
        limit, points = voice.say("terminal.col.limit"), plan["explore"]["suppression"]["points"]
        _print_front(voice, limit, points, lambda point: _limit(point, voice))
        points = plan["explore"]["k"]["points"]
        _print_front(voice, "k", points, lambda point: voice.number(point["k"]))
    voice.console.print()
    print_warnings(voice, plan)
    if plan["not_explored"] is not None:
        voice.console.print(voice.say("plan.not_explored"))
    voice.console.print(voice.say("terminal.not_foreseen"))
    voice.console.print(voice.say("plan.again"))
    written = phrase("terminal.nothing_written", voice.language)
    if output is not None:
        written = phrase("plan.written", voice.language, output=output)
    total = sum(plan["seconds"].values())
    voice.console.print(voice.say("terminal.took", written=written, seconds=total))


def _table(voice: Voice, *keys: str) -> Table:
    return new_table(*(voice.say(f"terminal.col.{key}") if key else "" for key in keys))


def _print_columns(voice: Voice, plan: Mapping[str, Any]) -> None:
    voice.console.print()
    rows = _table(voice, "column", "role", "would_be_done", "because")
    for column in plan["columns"]:
        role = column["role"] if voice.language == LANGUAGES[0] else _role(column, voice)
        rows.add_row(
            escape(column["name"]),
            escape(role),
            escape(treatment_told(column, voice.language)),
            voice.text(column["because"]),
        )
    for column in plan["proposals"]:
        none = f"[red]{voice.say('terminal.no_role')}[/]"
        told = proposal_told(column, voice.language)
        rows.add_row(escape(column["name"]), none, "", voice.say("plan.no_rule.but", told=told))
    voice.console.print(rows)
    for doubt in plan["doubts"]:
        told = f"{voice.say('plan.doubts')}: {escape(doubt_told(doubt, voice.language))}"
        voice.console.print(told, style="yellow")


def _role(column: Mapping[str, Any], voice: Voice) -> str:
    return phrase(f"role.{column['role']}", voice.language)


def _print_gaps(voice: Voice, plan: Mapping[str, Any]) -> None:
    """Print what hierarchies lack, and how many generalizations there are."""
    for gap in plan["hierarchy_gaps"]:
        voice.console.print(f"[red]{escape(gap_told(gap, voice.language))}[/]")
    if plan["search"] is None:
        voice.console.print(escape(lattice_told(plan, voice.language)))


def _print_singled_out(voice: Voice, found: Mapping[str, Any]) -> None:
    """Print which few columns single out most records: quasi-identifiers first, then all."""
    quasi, every = found["quasi_identifiers"], found["all_columns"]
    both = [("quasi", quasi), ("all", every)]
    for which, searched in both[: 1 if quasi == every else 2]:
        voice.console.print()
        rows = new_table(
            voice.say(f"plan.whom.{which}"),
            *map(voice.say, ("plan.whom.singled", "plan.whom.share")),
        )
        for size in searched["sizes"]:
            for best in size["best"][:_SETS]:
                counted = {"n": best["singled_out"], "records": searched["records"]}
                told = voice.say("plan.whom.of", **counted)
                rows.add_row(escape(" + ".join(best["columns"])), told, voice.share(best["share"]))
        if rows.row_count:
            voice.console.print(rows)
        for sentence in looked_at(searched, voice.language):
            voice.console.print(escape(sentence))


def _print_front(
    voice: Voice,
    name: str,
    points: Sequence[Mapping[str, Any]],
    value: Callable[[Mapping[str, Any]], str],
) -> None:
    """Print the least loss per value; dim where the policy allows no release."""
    voice.console.print()
    columns = [voice.say(f"terminal.col.{k}") for k in ("least_loss", "suppressed", "smallest")]
    rows = new_table(name, *columns, "")
    for point in points:
        loss, smallest = point["loss"], point["smallest_class"]
        note = voice.say("terminal.the_policy") if point["policy"] else ""
        if not point["policy"] and not point["allowed"]:
            note = voice.say("terminal.beyond")
        shown = voice.say(f"explore.state.{point['state']}")
        if loss is not None:
            shown = localised(f"{loss:.4g}", voice.language)
        if point["state"] == "best found":
            shown += f" {voice.say('terminal.at_least', bound=point['lower_bound'])}"
        rows.add_row(
            value(point),
            shown,
            "" if point["suppressed"] is None else voice.number(point["suppressed"]),
            "" if smallest is None else voice.number(smallest),
            note,
            style=None if point["allowed"] else "dim",
        )
    voice.console.print(rows)


def _limit(point: Mapping[str, Any], voice: Voice) -> str:
    return localised(f"{float(format(100 * point['limit'], '.2g')):g} %", voice.language)


def _print_requirements(voice: Voice, requirements: Sequence[Mapping[str, Any]]) -> None:
    if not requirements:
        return
    voice.console.print()
    rows = _table(voice, "demand", "bound", "of", "rules")
    for demand in requirements:
        inner = ", ".join(
            f"{key}={value}" for key, value in demand["parameters"].items() if key != "sha256"
        )
        rows.add_row(
            escape(demand["measure"] + (f" ({inner})" if inner else "")),
            escape(bounds_of(demand, voice.language)),
            escape(", ".join(demand["attributes"])),
            escape(", ".join(demand["rules"])),
        )
    voice.console.print(rows)


def _print_attestations(voice: Voice, attestations: Sequence[Mapping[str, Any]]) -> None:
    if not attestations:
        return
    voice.console.print()
    rows = _table(voice, "statement", "", "asked_by")
    for attestation in attestations:
        given = f"[green]{voice.say('terminal.given_by', by=attestation['given_by'])}[/]"
        why = voice.text(attestation["reason"])
        missing = f"[red]{voice.say('terminal.missing')}[/]: {why}"
        rows.add_row(
            escape(attestation["of"]),
            given if attestation["met"] else missing,
            escape(", ".join(attestation["rules"])),
        )
    voice.console.print(rows)
