"""``kiaim hierarchy check``: what is wrong with a hierarchy, and what of a column it lacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kiaim_server.cli.options import EXISTING_FILE, EXISTING_FOLDER, reader_of, reader_options
from kiaim_server.cli.output import json_option, write_json
from kiaim_server.errors import HierarchyError, NotFoundError, ParameterError

if TYPE_CHECKING:
    from kiaim_server.model.diagnostic import Diagnostic
    from kiaim_server.model.hierarchy import Hierarchy
    from kiaim_server.pipeline.coverage import Coverage, Made

_FAULTY: Final = 2
_UNCOVERED: Final = 3
_SHOWN: Final = 5


@dataclass(frozen=True, eq=False)
class _Subject:
    """What is checked: a file's content, or what makes a hierarchy."""

    name: str
    findings: tuple[Diagnostic, ...] = ()
    source: tuple[str | None, ...] | Made = field(default=())
    hierarchy: Hierarchy | None = None


@click.command(
    "check",
    short_help="Check a hierarchy, also against a column.",
    epilog="""\b
Examples:
  kiaim hierarchy check trees/hierarchy_zip.csv
  kiaim hierarchy check trees/hierarchy_zip.csv --against patients.csv --column zip
  kiaim hierarchy check icd10 --against patients.csv --column diagnosis
Exit codes: 0 a hierarchy that covers the column, 2 faults, 3 values without a row.""",
)
@click.argument("hierarchy", metavar="FILE|NAME")
@click.option("--against", type=EXISTING_FILE, metavar="DATA", help="A table to hold it against.")
@click.option("--column", metavar="NAME", help="The table's column; default: as the file is named.")
@reader_options
@click.option("--plugins-dir", type=EXISTING_FOLDER, help="Your own plugins.")
@json_option
@click.pass_context
def check_hierarchy(
    ctx: click.Context,
    /,
    hierarchy: str,
    against: Path | None,
    column: str | None,
    as_json: bool,
    **more: Any,
) -> None:
    """Check a hierarchy FILE (value;level 1;...;top, one row per value), or a shipped one by NAME.

    Every fault is told with file:line:column: values with several rows, labels with several
    parents, levels that merge nothing, wrong encodings. With --against, values of the column that
    it lacks are counted, and the records that have them are numbered; they are not shown.
    """
    if column is not None and against is None:
        raise ParameterError("--column goes with --against DATA")
    subject = _subject(hierarchy)
    covered = None
    if against is not None:
        name = column or Path(hierarchy).stem.removeprefix("hierarchy_")
        covered = _coverage(subject, against, name, more)
    faulty = any(finding.severity == "error" for finding in subject.findings)
    lacking = covered is not None and covered.uncovered_values > 0
    if as_json:
        write_json(_as_json(subject, covered, ok=not faulty and not lacking))
    else:
        _print(subject, covered, faulty=faulty)
    ctx.exit(_FAULTY if faulty else _UNCOVERED if lacking else 0)


def _subject(hierarchy: str) -> _Subject:
    from kiaim_server.hierarchy import check_hierarchy, recipe, shipped_content, shipped_names
    from kiaim_server.pipeline.coverage import Made
    from kiaim_server.policy.spelling import did_you_mean

    path = Path(hierarchy)
    if path.is_file():
        content: bytes | None = _content(path)
    elif (made := recipe(hierarchy)) is not None:
        return _Subject(hierarchy, source=Made(*made))
    else:
        content = shipped_content(hierarchy)
    if content is None:
        known = shipped_names()
        if hierarchy in known:
            inside = [name for name in known if name.startswith(f"{hierarchy}/")]
            raise NotFoundError(f"{hierarchy} is a set; check one of {', '.join(inside)}")
        hint = did_you_mean(hierarchy, known) or f"; shipped are: {', '.join(known)}"
        raise NotFoundError(f"no file and no shipped hierarchy is called {hierarchy!r}{hint}")
    checked = check_hierarchy(content, hierarchy)
    return _Subject(hierarchy, checked.findings, checked.values, checked.hierarchy)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise HierarchyError(f"{path}: cannot be read ({error.strerror})") from None


def _coverage(subject: _Subject, data: Path, column: str, more: dict[str, Any]) -> Coverage:
    from kiaim_server.hooks.host import PluginHost
    from kiaim_server.pipeline.coverage import coverage_of

    host = PluginHost.load(more["plugins_dir"])
    reader = reader_of(host, data.name, more["delimiter"], more["encoding"], more["reader_pairs"])
    return coverage_of(data, host, column, subject.source, reader)


def _tree(subject: _Subject, covered: Coverage | None) -> Hierarchy | None:
    return subject.hierarchy or (None if covered is None else covered.hierarchy)


def _as_json(subject: _Subject, covered: Coverage | None, *, ok: bool) -> dict[str, Any]:
    tree = _tree(subject, covered)
    sizes = [] if tree is None else [len(labels) for labels in tree.labels]
    against = None
    if covered is not None:
        against = {
            "table": covered.table,
            "column": covered.column,
            "records": covered.records,
            "missing": covered.missing,
            "values": covered.values,
            "uncovered_values": covered.uncovered_values,
            "uncovered_records": covered.uncovered_records,
            "first_records": list(covered.first_records),
            "unused_values": covered.unused_values,
        }
    return {
        "hierarchy": subject.name,
        "ok": ok,
        "values": sizes[0] if sizes else None,
        "levels": [] if tree is None else list(tree.level_names),
        "labels_per_level": sizes,
        "findings": [
            {
                "file": finding.file,
                "line": finding.line,
                "column": finding.column,
                "code": finding.code,
                "severity": finding.severity,
                "message": finding.message,
            }
            for finding in subject.findings
        ],
        "against": against,
    }


def _print(subject: _Subject, covered: Coverage | None, *, faulty: bool) -> None:
    for finding in subject.findings:
        click.echo(str(finding))
    if faulty:
        errors = sum(finding.severity == "error" for finding in subject.findings)
        click.echo(f"{subject.name}: no hierarchy, {errors} fault{'s' if errors > 1 else ''}")
    elif subject.hierarchy is not None:
        _print_levels(subject.name, subject.hierarchy)
    elif covered is None:
        _print_recipe(subject.name)
    if covered is not None:
        _print_coverage(covered)
        if covered.hierarchy is not None:
            sizes = ", ".join(
                f"{name} {len(labels):,}"
                for name, labels in zip(
                    covered.hierarchy.level_names, covered.hierarchy.labels, strict=True
                )
            )
            click.echo(f"  labels per level: {sizes}")


def _print_levels(name: str, found: Hierarchy) -> None:
    click.echo(f"{name}: a hierarchy over {found.n_leaves:,} values")
    for level, labels in enumerate(found.labels):
        some = ", ".join("(missing)" if label is None else str(label) for label in labels[:_SHOWN])
        more = ", ..." if len(labels) > _SHOWN else ""
        click.echo(f"  level {level}: {len(labels):,} labels: {some}{more}")


def _print_recipe(name: str) -> None:
    from kiaim_server.hierarchy import shipped_abouts

    about = shipped_abouts()[name]
    click.echo(f"{name}: {about.title}, made of the values that occur")
    click.echo(f"  levels: {', '.join(about.levels)}")
    click.echo("  give --against DATA --column NAME to see what it makes of a column")


def _print_coverage(covered: Coverage) -> None:
    where = f"{covered.table}, column {covered.column!r}"
    if not covered.uncovered_values:
        unused = ""
        if covered.unused_values:
            unused = f"; {covered.unused_values:,} values of the hierarchy do not occur"
        click.echo(f"{where}: all {covered.values:,} values are covered{unused}")
    else:
        numbers = ", ".join(f"{number:,}" for number in covered.first_records)
        more = ", ..." if covered.uncovered_records > len(covered.first_records) else ""
        click.echo(
            f"{where}: {covered.uncovered_values:,} of {covered.values:,} values not covered, "
            f"in {covered.uncovered_records:,} of {covered.records:,} records: {numbers}{more}"
        )
    if covered.missing:
        click.echo(f"  without a value: {covered.missing:,} records; they get a row of their own")
