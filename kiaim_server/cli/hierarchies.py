"""``kiaim hierarchy``: see, check and build generalization hierarchies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from kiaim_server.cli.hierarchy_build import build_hierarchy
from kiaim_server.cli.hierarchy_check import check_hierarchy
from kiaim_server.cli.options import EXISTING_FOLDER
from kiaim_server.cli.output import json_option, write_json


@click.group(short_help="See, check and build generalization hierarchies.")
def hierarchy() -> None:
    """See, check and build hierarchies: what each value becomes on each level."""


@hierarchy.command("list")
@json_option
def list_hierarchies(as_json: bool) -> None:
    """List the hierarchies that come with the product, with their sources."""
    from kiaim_server.jobs import catalogue

    found = catalogue.list_hierarchies()
    if as_json:
        write_json(found)
        return
    for entry in found:
        click.echo(f"{entry['name']}: {entry['title']}")
        if entry["columns"]:
            click.echo("  " + " ".join(f"{entry['name']}/{column}" for column in entry["columns"]))
        if entry["levels"]:
            click.echo(f"  levels: {', '.join(entry['levels'])}")
        if entry["detects"]:
            click.echo(f"  detected as: {', '.join(entry['detects'])}")
        click.echo(f"  edition: {entry['edition']}")
        for source in entry["sources"]:
            click.echo(f"  source: {source['cite']}")


@hierarchy.command(
    "show",
    epilog="""\b
Examples:
  kiaim hierarchy show adult/education
  kiaim hierarchy show icd10 C50.9 I21.0""",
)
@click.argument("name")
@click.argument("values", nargs=-1)
@click.option("--plugins-dir", type=EXISTING_FOLDER, help="Your own plugins.")
@json_option
def show_hierarchy(
    name: str, values: tuple[str, ...], plugins_dir: Path | None, as_json: bool
) -> None:
    """Show the shipped hierarchy NAME, one row per value.

    One that a builder makes is shown for VALUES, one of files (SET/COLUMN) as a whole.
    """
    from kiaim_server.errors import NotFoundError, ParameterError
    from kiaim_server.hierarchy import (
        file_rows,
        recipe,
        shipped_abouts,
        shipped_hierarchy,
        shipped_names,
    )

    made = recipe(name)
    if made is not None and not values:
        about = shipped_abouts()[name]
        raise ParameterError(
            f"{name} is made of the values that occur (levels: {', '.join(about.levels)}); give "
            "some of them"
        )
    if made is not None:
        rows = _made(*made, name, values, plugins_dir)
    else:
        found = shipped_hierarchy(name, name.partition("/")[2])
        if found is None:
            inside = [known for known in shipped_names() if known.startswith(f"{name}/")]
            raise NotFoundError(f"{name} is a set; show one of {', '.join(inside)}")
        rows = [row for row in file_rows(found) if not values or row[0] in values]
    if as_json:
        write_json(rows)
    else:
        for row in rows:
            click.echo(";".join("" if cell is None else cell for cell in row))


def _made(
    builder: str,
    parameters: Mapping[str, Any],
    name: str,
    values: tuple[str, ...],
    plugins_dir: Path | None,
) -> list[list[str | None]]:
    import pyarrow as pa

    from kiaim_server.hierarchy import build, file_rows
    from kiaim_server.hooks.host import PluginHost

    distinct = pa.array(list(dict.fromkeys(values)))
    host = PluginHost.load(plugins_dir)
    return list(file_rows(build(builder, parameters, name, distinct, host)))


hierarchy.add_command(check_hierarchy)
hierarchy.add_command(build_hierarchy)
