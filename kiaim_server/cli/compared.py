"""The effect of a change of policy on a table, for people on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from kiaim_server.cli.summary import new_table, terminal

_VERDICTS: Final = {
    "release": "would be released",
    "review": "a person would have to decide",
    "refuse": "would be refused",
}


def print_effect(effect: Mapping[str, Any]) -> None:
    """Print what both policies would make of the table: differences first, then the costs."""
    out = terminal()
    old, new = effect["old"], effect["new"]
    out.print()
    rows = new_table("On this table", "old", "new")
    for name, said in (
        ("verdict", lambda e: _VERDICTS[e["verdict"]]),
        ("information loss", _loss),
        ("suppressed records", _suppressed),
        ("smallest class", lambda e: _number(e["smallest_class"])),
        ("highest risk of a record", lambda e: _number(e["highest_risk"])),
        ("columns that no entry covers", lambda e: ", ".join(e["unclassified"]) or "none"),
    ):
        rows.add_row(name, escape(said(old)), escape(said(new)))
    out.print(rows)
    if not effect["same_loss"]:
        out.print("The policies minimise different measures, so the losses cannot be compared.")
    for side, told in (("old", old), ("new", new)):
        for reason in told["reasons"]:
            out.print(f"  {side}: {escape(reason)}")
    _print_rows(out, "Demand", "demand", effect["demands"])
    _print_rows(out, "Column", "name", effect["columns"])
    out.print("Nothing was released.")


def _print_rows(out: Console, title: str, key: str, entries: Sequence[Mapping[str, Any]]) -> None:
    """Print what differs."""
    changed = [entry for entry in entries if entry["old"] != entry["new"]]
    if not changed:
        return
    out.print()
    rows = new_table(f"{title} that differs", "old", "new")
    for entry in changed:
        rows.add_row(
            escape(entry[key]), *(escape(entry[side] or "none") for side in ("old", "new"))
        )
    out.print(rows)


def _loss(effect: Mapping[str, Any]) -> str:
    loss = effect["loss"]
    return "none found" if loss is None else f"{loss:.4g} ({effect['loss_measure']})"


def _suppressed(effect: Mapping[str, Any]) -> str:
    suppressed = effect["suppressed"]
    if suppressed is None or suppressed["records"] is None:
        return "unknown"
    return f"{suppressed['records']:,} ({suppressed['share']:.2%})"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"
