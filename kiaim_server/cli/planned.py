"""A plan for people, on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

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


def print_plan(plan: Mapping[str, Any], output: Path | None = None) -> None:
    """Print the verdict as it would be, columns, demands, statements, and what the search found.

    `output` is where plots were to be written.
    """
    voice = Voice(plan, terminal())
    print_decision(voice, plan["decision"], "terminal.verdict.planned.")
    _print_columns(voice, plan["columns"], plan["unclassified"])
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
    voice.console.print(voice.say("terminal.not_foreseen"))
    if plan["explore"] is None or output is None:
        written = phrase("terminal.nothing_written", voice.language)
    else:
        written = phrase("terminal.plots", voice.language, output=output)
    total = sum(plan["seconds"].values())
    voice.console.print(voice.say("terminal.took", written=written, seconds=total))


def _table(voice: Voice, *keys: str) -> Table:
    return new_table(*(voice.say(f"terminal.col.{key}") if key else "" for key in keys))


def _print_columns(
    voice: Voice, columns: Sequence[Mapping[str, Any]], unclassified: Sequence[str]
) -> None:
    voice.console.print()
    rows = _table(voice, "column", "role", "would_be_done", "because")
    for column in columns:
        role = column["role"] if voice.language == LANGUAGES[0] else _role(column, voice)
        rows.add_row(
            escape(column["name"]),
            escape(role),
            escape(_done(column, voice)),
            voice.text(column["because"]),
        )
    for name in unclassified:
        none = f"[red]{voice.say('terminal.no_role')}[/]"
        rows.add_row(escape(name), none, "", voice.say("terminal.no_rule"))
    voice.console.print(rows)


def _role(column: Mapping[str, Any], voice: Voice) -> str:
    return phrase(f"role.{column['role']}", voice.language)


def _done(column: Mapping[str, Any], voice: Voice) -> str:
    """Transforms, the levels that are allowed, and the one that the search chose."""
    parts = [str(transform["name"]) for transform in column["transforms"]]
    hierarchy = column["hierarchy"]
    if hierarchy is not None:
        names = hierarchy["levels"]
        low, high = hierarchy["min"], hierarchy["max"]
        key = "terminal.level.one" if low == high else "terminal.level.some"
        allowed = phrase(key, voice.language, low=low, high=high, top=len(names) - 1)
        parts.append(f"{allowed}{_origin(hierarchy, voice)}")
        if column["level"] is not None:
            level, name = column["level"], column["level_name"]
            parts.append(phrase("terminal.level.optimum", voice.language, level=level, name=name))
    return "; ".join(parts) or phrase("terminal.kept", voice.language)


def _origin(hierarchy: Mapping[str, Any], voice: Voice) -> str:
    """Which hierarchy it is, and by what it was chosen."""
    origin = hierarchy["origin"]
    if origin is None:
        return ""
    by = origin["chosen_by"]
    chosen = phrase("terminal.origin.chosen", voice.language, by=by) if by else ""
    return f" ({origin['kind']} {origin['name']}{chosen})"


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
