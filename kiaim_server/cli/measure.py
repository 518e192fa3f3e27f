"""``kiaim measure``: how risky is a table as it is?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kiaim_server.cli.options import (
    EXISTING_FILE,
    column_list,
    installation_options,
    reader_of,
    reader_options,
)
from kiaim_server.cli.output import json_option, write_json_line
from kiaim_server.errors import ParameterError


@click.command(
    short_help="Measure k, l, t and the risks of a table.",
    epilog="""\b
Examples:
  kiaim measure patients.csv --qi age,sex,zip
  kiaim measure patients.csv --qi age,sex --sensitive diagnosis --json
  kiaim measure patients.csv --qi age,sex --population 83000000""",
)
@click.argument("data", type=EXISTING_FILE)
@click.option(
    "--qi",
    "quasi",
    multiple=True,
    required=True,
    metavar="COLUMN,...",
    help="Quasi-identifiers: what an attacker may know of a person.",
)
@click.option(
    "--sensitive",
    multiple=True,
    metavar="COLUMN",
    help="What an attacker wants to learn; gives l, t, delta and beta.",
)
@click.option(
    "--population",
    type=click.IntRange(min=1, max=10**12),
    metavar="PERSONS",
    help="Persons in the population that the table is a sample of; gives estimates of how many "
    "are unique in it.",
)
@reader_options
@installation_options
@json_option
def measure(
    data: Path,
    quasi: tuple[str, ...],
    sensitive: tuple[str, ...],
    population: int | None,
    as_json: bool,
    **more: Any,
) -> None:
    """Measure k, l, t and re-identification risks of DATA as it is.

    Nothing is changed and nothing is written.
    """
    columns = column_list(quasi)
    if not columns:
        raise ParameterError("--qi: name at least one column")
    from kiaim_server.pipeline import Workbench
    from kiaim_server.pipeline import measure as measure_table

    workbench = Workbench.open(more["data_dir"], more["plugins_dir"], more["policies_dir"])
    reader = reader_of(
        workbench.host, data.name, more["delimiter"], more["encoding"], more["reader_pairs"]
    )
    found = measure_table(
        data, workbench, columns, column_list(sensitive), reader, data.name, population
    )
    if as_json:
        write_json_line(found)
    else:
        from kiaim_server.cli.summary import print_measures

        print_measures(data.name, columns, found)
