"""``kiaim hierarchy``: see and check generalization hierarchies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kiaim_server.cli.options import EXISTING_FILE
from kiaim_server.cli.output import json_option, write_json

if TYPE_CHECKING:
    from kiaim_server.model.hierarchy import Hierarchy

_SHOWN: Final = 5


@click.group(short_help="See and check generalization hierarchies.")
def hierarchy() -> None:
    """See and check hierarchies: what each value becomes on each level."""


@hierarchy.command("list")
@json_option
def list_hierarchies(as_json: bool) -> None:
    """List the hierarchies that come with the product."""
    from kiaim_server.hierarchy import shipped_names

    if as_json:
        write_json(list(shipped_names()))
    else:
        for name in shipped_names():
            click.echo(name)


@hierarchy.command("show", epilog="Example: kiaim hierarchy show adult/education")
@click.argument("name")
@json_option
def show_hierarchy(name: str, as_json: bool) -> None:
    """Show the shipped hierarchy NAME (SET/COLUMN), one row per value."""
    from kiaim_server.errors import NotFoundError
    from kiaim_server.hierarchy import shipped_hierarchy, shipped_names

    column = name.partition("/")[2]
    found = shipped_hierarchy(name, column)
    if found is None:
        inside = [known for known in shipped_names() if known.startswith(f"{name}/")]
        raise NotFoundError(f"{name} is a set; show one of {', '.join(inside)}")
    rows = _rows(found)
    if as_json:
        write_json(rows)
    else:
        for row in rows:
            click.echo(";".join("" if cell is None else cell for cell in row))


@hierarchy.command(
    "check",
    epilog="""\b
Example: kiaim hierarchy check trees/hierarchy_zip.csv
Exit codes: 0 a hierarchy, 2 none.""",
)
@click.argument("file", type=EXISTING_FILE)
@json_option
def check_hierarchy(file: Path, as_json: bool) -> None:
    """Check that FILE is a hierarchy: value;level 1;...;top, one row per value.

    Every level must coarsen the one before it.
    """
    from kiaim_server.hierarchy import read_hierarchy

    found = read_hierarchy(file, file.stem.removeprefix("hierarchy_"))
    sizes = [len(labels) for labels in found.labels]
    if as_json:
        write_json({"attribute": found.attribute, "values": sizes[0], "labels_per_level": sizes})
        return
    click.echo(f"{file}: a hierarchy for {found.attribute!r} over {sizes[0]:,} values")
    for level, labels in enumerate(found.labels):
        some = ", ".join("(missing)" if label is None else str(label) for label in labels[:_SHOWN])
        more = ", ..." if len(labels) > _SHOWN else ""
        click.echo(f"  level {level}: {len(labels):,} labels: {some}{more}")


def _rows(found: Hierarchy) -> list[list[str | None]]:
    columns = [
        labels[codes].tolist() for labels, codes in zip(found.labels, found.maps, strict=True)
    ]
    return [list(row) for row in zip(*columns, strict=True)]
