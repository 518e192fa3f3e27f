"""Results for people, on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kiaim_server.cli.voice import Voice
from kiaim_server.language import phrase
from kiaim_server.report import local_label

#: Sets of quasi-identifiers that are printed.
_MOST_TELLING: Final = 10
_FIRED: Final = ("applies", "undetermined")
#: Colours of verdicts.
VERDICTS: Final = {"release": "green", "review": "yellow", "refuse": "red"}
_VERIFICATIONS: Final = {
    "verified": "[bold green]VERIFIED[/]",
    "incomplete": "[bold yellow]INCOMPLETE: nothing failed, but not all could be counted; give "
    "--evidence[/]",
    "failed": "[bold red]NOT VERIFIED[/]",
}


def print_release(report: Mapping[str, Any], files: Mapping[str, Path]) -> None:
    """Print the verdict with its reasons, what was demanded and measured, and where files lie."""
    voice = Voice(report, terminal())
    print_decision(voice, report["decision"], "terminal.verdict.")
    print_rules(voice, report["rules"])
    print_waivers(voice, report["waivers"])
    print_findings(voice, report["findings"])
    print_cost(voice, report)
    print_risk(voice, report["risk"], "records" if report["persons"] is None else "persons")
    voice.console.print()
    print_warnings(voice, report)
    print_files(voice, files)


def print_decision(voice: Voice, decision: Mapping[str, Any], verdicts: str) -> None:
    """Print the verdict, what stands against a release, and advice."""
    verdict = decision["verdict"]
    voice.console.print(f"[bold {VERDICTS[verdict]}]{voice.say(verdicts + verdict)}[/]")
    for reason in decision["reasons"]:
        voice.console.print(f"  - {voice.text(reason)}")
    for advice in decision["advice"]:
        voice.console.print(f"  -> {voice.text(advice)}")


def print_warnings(voice: Voice, report: Mapping[str, Any]) -> None:
    """Print what policies and engine remark."""
    for note in report["explanation"]["notes"]:
        text = next(iter(note["text"].values()))
        told = voice.text(text)
        about = f"{escape(note['rule'])}: {told}" if note["rule"] else told
        prefix = voice.say("terminal.warning", text="")
        voice.console.print(f"{prefix}{about}", style="yellow")


def print_rules(voice: Voice, rules: Sequence[Mapping[str, Any]]) -> None:
    """Print the rules that fired, and in their own words why they exist."""
    fired = [rule for rule in rules if rule["status"] in _FIRED]
    if not fired:
        return
    voice.console.print()
    table = new_table(voice.say("terminal.col.rule"), voice.say("terminal.col.because"))
    for rule in fired:
        table.add_row(escape(rule["id"]), voice.text(rule["because"]))
    voice.console.print(table)


def print_waivers(voice: Voice, waivers: Sequence[Mapping[str, Any]]) -> None:
    """Print what was relaxed, by whose leave and until when, and which waivers did nothing."""
    if not waivers:
        return
    voice.console.print()
    columns = [voice.say(f"terminal.col.{key}") for key in ("waiver", "of_rule")]
    columns += ["", *(voice.say(f"terminal.col.{k}") for k in ("reason", "approved_by", "until"))]
    table = new_table(*columns)
    for waiver in waivers:
        said = escape(f"{waiver['said']['replaces']} -> {waiver['said']['by']}")
        if waiver["subjects"]:
            names = ", ".join(waiver["subjects"])
            plain = f"{waiver['said']['replaces']} -> {waiver['said']['by']}"
            said = voice.say("terminal.waiver.for", said=plain, names=names)
        done = waiver["status"] == "relaxes"
        note = f" ({voice.text(waiver['note'])})" if waiver["note"] else ""
        relaxed = f"[bold red]{voice.say('terminal.waiver.relaxed')}[/]: {said}{note}"
        nothing = f"{voice.say('terminal.waiver.nothing')}{note}: {said}"
        table.add_row(
            escape(waiver["id"]),
            escape(waiver["rule"]),
            relaxed if done else nothing,
            voice.text(waiver["reason"]),
            voice.listed(waiver["approved_by"]),
            escape(waiver["until"]),
        )
    voice.console.print(table)


def print_findings(
    voice: Voice, findings: Sequence[Mapping[str, Any]], measured: str = "measured"
) -> None:
    """Print what was demanded, and what the audit measured on the written bytes."""
    if not findings:
        return
    voice.console.print()
    columns = [voice.say(f"terminal.col.{key}") for key in ("clause", "required", measured)]
    table = new_table(*columns, "")
    met = f"[green]{voice.say('terminal.met')}[/]"
    unmet = f"[red]{voice.say('terminal.not_met')}[/]"
    for finding in findings:
        required = escape(bounds_of(finding, voice.language))
        measure = voice.number(finding["measured"])
        table.add_row(
            escape(_subject(finding)), required, measure, met if finding["met"] else unmet
        )
    voice.console.print(table)


def print_cost(voice: Voice, report: Mapping[str, Any]) -> None:
    """Print information loss, suppressed records and the levels of the columns."""
    search = report.get("search")
    if search is None:
        return
    suppressed = report["suppressed"]
    data = report["data"]
    voice.console.print()
    print_counted(voice, report)
    if search["loss"] is None:
        key = "terminal.undecided" if search["undecided"] else "terminal.none"
        voice.console.print(voice.say(key, nodes=search["lattice_nodes"]))
        return
    voice.console.print(
        voice.say(
            "terminal.loss",
            measure=search["loss_measure"],
            loss=voice.number(search["loss"]),
            choice=_choice(search, report["seconds"], voice),
        )
    )
    voice.console.print(
        voice.say(
            "terminal.suppressed",
            n=suppressed["records"],
            of=_candidates(data),
            share=suppressed["share"],
        )
    )
    levels = [f"{c['name']} {_levels(c)}" for c in report["columns"] if _known(c)]
    if levels:
        voice.console.print(voice.say("terminal.levels", levels=", ".join(levels)))


def print_counted(voice: Voice, report: Mapping[str, Any]) -> None:
    """Say what is counted where it is not just every record of the table."""
    data, persons = report["data"], report["persons"]
    if data["subset"] is not None:
        voice.console.print(
            voice.say(
                "terminal.subset",
                column=data["subset"],
                n=data["subset_records"],
                of=data["records"],
            )
        )
    if persons is not None:
        voice.console.print(voice.say("terminal.persons", column=persons["column"]))


def print_risk(voice: Voice, risk: Mapping[str, Any] | None, unit: str) -> None:
    """Print re-identification risks before and after, as far as they are known."""
    known = [when for when in ("before", "after") if risk and risk.get(when)]
    if not risk or not known:
        return
    voice.console.print()
    columns = [voice.say(f"terminal.col.{key}") for key in ("risk", *known)]
    table = new_table(*columns)
    for label, *path in (
        ("highest", "prosecutor", "highest"),
        ("average", "prosecutor", "average"),
        (f"unique.{unit}", "sample_uniqueness"),
        ("smallest", "smallest_class"),
    ):
        values = [_at(risk.get(when), path) for when in known]
        form = voice.number if label == "smallest" else voice.share
        table.add_row(voice.say(f"terminal.risk.{label}"), *map(form, values))
    voice.console.print(table)


def print_files(voice: Voice, files: Mapping[str, Path]) -> None:
    """Print where things lie."""
    for name, path in files.items():
        line = f"{name + ':':12} {path}"
        voice.console.print(line, highlight=False, soft_wrap=True, markup=False)
    if "evidence" in files:
        voice.console.print(voice.say("terminal.evidence"), style="yellow")


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


def _choice(search: Mapping[str, Any], seconds: Mapping[str, float], voice: Voice) -> str:
    """What is known of the choice of levels."""
    if search.get("local"):
        return str(local_label(search["local"], voice.language))
    nodes = search["lattice_nodes"]
    if search["optimal"]:
        return phrase("terminal.choice.optimal", voice.language, nodes=nodes)
    return phrase(
        "terminal.choice.best",
        voice.language,
        seconds=seconds["search"],
        nodes=nodes,
        bound=voice.number(search["lower_bound"]),
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


def bounds_of(demand: Mapping[str, Any], language: str) -> str:
    """The bounds of a clause or demand, exact."""
    bounds = [
        phrase(f"clause.{key}", language, bound=demand[key])
        for key in ("at_least", "at_most")
        if demand[key] is not None
    ]
    return f" {phrase('word.and', language)} ".join(bounds)


def _number(value: Any) -> str:
    if value is None:
        return "undefined"
    number = float(value)
    return f"{int(number):,}" if number == int(number) else f"{number:.4g}"


def _share(value: Any) -> str:
    return "undefined" if value is None else f"{float(value):.2%}"


def _at(values: Any, path: Sequence[str]) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values
