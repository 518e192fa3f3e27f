"""Results for people, on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

#: Sets of quasi-identifiers that are printed.
_MOST_TELLING: Final = 10
_FIRED: Final = ("applies", "undetermined")
_VERDICTS: Final = {
    "release": "[bold green]RELEASED[/]",
    "review": "[bold yellow]NOT RELEASED: a person has to decide[/]",
    "refuse": "[bold red]REFUSED[/]",
}
_VERIFICATIONS: Final = {
    "verified": "[bold green]VERIFIED[/]",
    "incomplete": "[bold yellow]INCOMPLETE: nothing failed, but not all could be counted; give "
    "--evidence[/]",
    "failed": "[bold red]NOT VERIFIED[/]",
}


def print_release(report: Mapping[str, Any], files: Mapping[str, Path]) -> None:
    """Print the verdict with its reasons, what was demanded and measured, and where files lie."""
    console = terminal()
    console.print(_VERDICTS[report["decision"]["verdict"]])
    for reason in report["decision"]["reasons"]:
        console.print(f"  - {escape(reason)}")
    for advice in report["decision"]["advice"]:
        console.print(f"  -> {escape(advice)}")
    print_rules(console, report["rules"])
    print_waivers(console, report["waivers"])
    print_findings(console, report["findings"])
    print_cost(console, report)
    print_risk(console, report["risk"], "records" if report["persons"] is None else "persons")
    console.print()
    for warning in report.get("warnings", ()):
        console.print(f"warning: {escape(str(warning))}", style="yellow")
    print_files(console, files)


def print_rules(console: Console, rules: Sequence[Mapping[str, Any]]) -> None:
    """Print the rules that fired, and in their own words why they exist."""
    fired = [rule for rule in rules if rule["status"] in _FIRED]
    if not fired:
        return
    console.print()
    table = new_table("Rule that fired", "because")
    for rule in fired:
        table.add_row(escape(rule["id"]), escape(rule["because"]))
    console.print(table)


def print_waivers(console: Console, waivers: Sequence[Mapping[str, Any]]) -> None:
    """Print what was relaxed, by whose leave and until when, and which waivers did nothing."""
    if not waivers:
        return
    console.print()
    table = new_table("Waiver", "of the rule", "", "reason", "approved by", "until")
    for waiver in waivers:
        said = f"{waiver['said']['replaces']} -> {waiver['said']['by']}"
        if waiver["subjects"]:
            said += f" for {', '.join(waiver['subjects'])}"
        done = waiver["status"] == "relaxes"
        note = f" ({waiver['note']})" if waiver["note"] else ""
        table.add_row(
            escape(waiver["id"]),
            escape(waiver["rule"]),
            f"[bold red]RELAXED[/]: {escape(said + note)}"
            if done
            else f"no effect{escape(note)}: {escape(said)}",
            escape(waiver["reason"]),
            escape(" and ".join(waiver["approved_by"])),
            escape(waiver["until"]),
        )
    console.print(table)


def print_findings(
    console: Console, findings: Sequence[Mapping[str, Any]], measured: str = "measured"
) -> None:
    """Print what was demanded, and what the audit measured on the written bytes."""
    if not findings:
        return
    console.print()
    table = new_table("Clause", "required", measured, "")
    for finding in findings:
        mark = "[green]met[/]" if finding["met"] else "[red]NOT MET[/]"
        table.add_row(
            escape(_subject(finding)), _required(finding), _number(finding["measured"]), mark
        )
    console.print(table)


def print_cost(console: Console, report: Mapping[str, Any]) -> None:
    """Print information loss, suppressed records and the levels of the columns."""
    search = report.get("search")
    if search is None:
        return
    suppressed = report["suppressed"]
    data = report["data"]
    console.print()
    print_counted(console, report)
    if search["loss"] is None and search["undecided"]:
        console.print(
            f"Undecided within the time: none of {search['lattice_nodes']:,} generalizations was "
            "found to satisfy the policy, and it is not proven that none does."
        )
        return
    if search["loss"] is None:
        console.print(f"None of {search['lattice_nodes']:,} generalizations satisfies the policy.")
        return
    console.print(
        f"Information loss ({escape(str(search['loss_measure']))}): {_number(search['loss'])}"
        f"  ({escape(_choice(search, report['seconds']))})"
    )
    console.print(
        f"Suppressed records: {suppressed['records']:,} of {_candidates(data):,}"
        f" ({suppressed['share']:.2%})"
    )
    levels = [f"{c['name']} {_levels(c)}" for c in report["columns"] if _known(c)]
    if levels:
        console.print(f"Generalization levels: {escape(', '.join(levels))}")


def print_counted(console: Console, report: Mapping[str, Any]) -> None:
    """Say what is counted where it is not just every record of the table."""
    data, persons = report["data"], report["persons"]
    if data["subset"] is not None:
        console.print(
            f"Research subset ({escape(data['subset'])}): {data['subset_records']:,} of "
            f"{data['records']:,} records"
        )
    if persons is not None:
        console.print(f"Persons are counted, not records, by {escape(persons['column'])}")


def print_risk(console: Console, risk: Mapping[str, Any] | None, unit: str) -> None:
    """Print re-identification risks before and after, as far as they are known."""
    known = [when for when in ("before", "after") if risk and risk.get(when)]
    if not risk or not known:
        return
    console.print()
    table = new_table("Re-identification risk", *known)
    for label, *path in (
        ("highest (prosecutor)", "prosecutor", "highest"),
        ("average (prosecutor)", "prosecutor", "average"),
        (f"{unit} that are unique", "sample_uniqueness"),
        ("smallest equivalence class", "smallest_class"),
    ):
        values = [_at(risk.get(when), path) for when in known]
        table.add_row(label, *(_risk(value, path) for value in values))
    console.print(table)


def print_files(console: Console, files: Mapping[str, Path]) -> None:
    """Print where things lie."""
    for name, path in files.items():
        console.print(f"{name + ':':12} {path}", highlight=False, soft_wrap=True, markup=False)
    if "evidence" in files:
        console.print(
            "Keep the evidence for later checks and never release it: it says which records are "
            "of one person, or who else is in the population.",
            style="yellow",
        )


def print_measures(name: str, quasi: Sequence[str], found: Mapping[str, Any]) -> None:
    """Print k, l, t and the risks of a table."""
    console = terminal()
    console.print(
        f"{escape(name)}: {found['records']:,} records in {found['classes']:,} equivalence classes "
        f"of ({escape(', '.join(quasi))})",
        soft_wrap=True,
    )
    table = new_table("Measure", "attribute", "value")
    table.add_row("k-anonymity: smallest class", "", _number(found["k"]))
    for attribute in found["sensitive"]:
        name = escape(attribute["attribute"])
        for model, letter in (
            ("l-diversity", "l"),
            ("t-closeness", "t"),
            ("beta-likeness", "beta"),
        ):
            for variant, value in attribute[letter].items():
                table.add_row(f"{model} ({variant}): {letter}", name, _number(value))
        table.add_row("delta-disclosure: delta", name, _number(attribute["delta"]))
    risk = found["risk"]
    table.add_row("highest prosecutor risk", "", _share(_at(risk, ("prosecutor", "highest"))))
    table.add_row("average prosecutor risk", "", _share(_at(risk, ("prosecutor", "average"))))
    table.add_row("records that are unique", "", _share(_at(risk, ("sample_uniqueness",))))
    for threshold, share in risk["prosecutor"]["share_above"].items():
        table.add_row(f"records with a risk above {threshold}", "", _share(share))
    console.print(table)
    print_estimates(console, risk["population_uniqueness"])
    print_attribute_risks(console, found["attribute_risks"])


def print_estimates(console: Console, uniqueness: Mapping[str, Any] | None) -> None:
    """Print what each estimator says of the population, and why one says nothing."""
    if uniqueness is None:
        return
    console.print()
    table = new_table("Estimator", f"unique in a population of {uniqueness['population']:,}")
    for estimator, found in uniqueness["estimates"].items():
        told = f"no estimate: {found['reason']}" if found["share"] is None else None
        table.add_row(estimator, escape(told) if told else _share(found["share"]))
    console.print(table)


def print_attribute_risks(console: Console, found: Sequence[Mapping[str, Any]]) -> None:
    """Print which quasi-identifiers, alone or two together, tell most records apart."""
    ranked = sorted(
        found, key=lambda risk: (-(risk["separation"] or 0), -(risk["distinction"] or 0))
    )
    console.print()
    table = new_table("Quasi-identifiers", "distinction", "separation")
    for risk in ranked[:_MOST_TELLING]:
        columns = escape(", ".join(risk["quasi"]))
        table.add_row(columns, _share(risk["distinction"]), _share(risk["separation"]))
    console.print(table)
    if len(ranked) > _MOST_TELLING:
        console.print(f"({len(ranked) - _MOST_TELLING} more with --json)")


def print_verification(found: Mapping[str, Any]) -> None:
    """Print every check of a verification, and the verdict."""
    console = terminal()
    table = new_table("Check", "", "detail")
    for check in found["checks"]:
        unknown = "[yellow]not counted[/]" if not check["counted"] else "[red]FAILED[/]"
        mark = "[green]ok[/]" if check["ok"] else unknown
        table.add_row(escape(check["name"]), mark, escape(check["detail"]))
    console.print(table)
    console.print(_VERIFICATIONS[found["verdict"]])
    if not found["authenticated"]:
        console.print("The signer was not checked: give --public-key to know who signed.")


def print_plugins(found: Sequence[Mapping[str, Any]]) -> None:
    """Print plugins and what they offer."""
    console = terminal()
    table = new_table("Plugin", "version", "offers", "name", "summary")
    for plugin in found:
        first = (escape(plugin["name"]), escape(plugin["version"]))
        if plugin["problem"]:
            table.add_row(*first, "[red]cannot be used[/]", "", escape(plugin["problem"]))
            continue
        for offer in plugin["offers"]:
            summary = escape(offer["summary"] or "")
            table.add_row(*first, offer["kind"], escape(offer["name"]), summary)
            first = ("", "")
    console.print(table)


def print_policies(found: Sequence[Mapping[str, Any]]) -> None:
    """Print the names and titles of policies."""
    console = terminal()
    table = new_table("Policy", "version", "title")
    for policy in found:
        if policy["problem"]:
            table.add_row(
                escape(policy["name"]), "[red]cannot be used[/]", escape(policy["problem"])
            )
        else:
            table.add_row(
                escape(policy["name"]), escape(policy["version"]), escape(policy["title"])
            )
    console.print(table)


def _candidates(data: Mapping[str, Any]) -> int:
    """Records that might have left."""
    return int(data["records"] if data["subset_records"] is None else data["subset_records"])


def terminal() -> Console:
    """Where results are printed."""
    return Console(highlight=False)


def new_table(*columns: str) -> Table:
    """A table without lines, whose cells wrap."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _choice(search: Mapping[str, Any], seconds: Mapping[str, float]) -> str:
    """What is known of the choice of levels."""
    if search.get("local"):
        return str(search["local"]["label"])
    nodes = f"{search['lattice_nodes']:,} generalizations"
    if search["optimal"]:
        return f"proven optimum of {nodes}"
    return (
        f"best found in {seconds['search']:.1f} s; no solution of {nodes} can lose less than "
        f"{_number(search['lower_bound'])}"
    )


def _known(column: Mapping[str, Any]) -> bool:
    return column.get("level") is not None or bool(column.get("level_shares"))


def _levels(column: Mapping[str, Any]) -> str:
    """``1/4``; of a column with mixed levels the share of records on each."""
    if not column.get("level_shares"):
        return f"{column['level']}/{column['levels'] - 1}"
    shares = [(own["level"], own["share"]) for own in column["level_shares"] if own["share"]]
    return f"({', '.join(f'{level}: {share:.0%}' for level, share in shares)})"


def _subject(finding: Mapping[str, Any]) -> str:
    inner = [f"{key}={value}" for key, value in finding["parameters"].items() if key != "sha256"]
    inner += [finding["attribute"]] if finding["attribute"] else []
    return str(finding["measure"]) + (f" ({', '.join(inner)})" if inner else "")


def _required(finding: Mapping[str, Any]) -> str:
    bounds = [f"at least {finding['at_least']}"] if finding["at_least"] else []
    bounds += [f"at most {finding['at_most']}"] if finding["at_most"] else []
    return " and ".join(bounds)


def _number(value: Any) -> str:
    if value is None:
        return "undefined"
    number = float(value)
    return f"{int(number):,}" if number == int(number) else f"{number:.4g}"


def _share(value: Any) -> str:
    return "undefined" if value is None else f"{float(value):.2%}"


def _risk(value: Any, path: Sequence[str]) -> str:
    return _number(value) if path[-1] == "smallest_class" else _share(value)


def _at(values: Any, path: Sequence[str]) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values
