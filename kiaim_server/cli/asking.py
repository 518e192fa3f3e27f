"""What is asked of a release on the command line: the same for releasing and for planning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kiaim_server.cli.context import read_context
from kiaim_server.cli.options import (
    EXISTING_FOLDER,
    installation_options,
    language_option,
    policy_reference,
    reader_of,
    reader_options,
    search_seconds_option,
)

if TYPE_CHECKING:
    from kiaim_server.pipeline import ReleaseRequest, Workbench
    from kiaim_server.read import Engine

F = TypeVar("F", bound=Callable[..., Any])


def request_options(command: F) -> F:
    """Add policy, context, hierarchies, seed, and the options of reader and installation."""
    return click.option(
        "-p",
        "--policy",
        required=True,
        help="Name of an installed policy (kiaim policy list), or a policy file.",
    )(table_options(command))


def table_options(command: F) -> F:
    """Add all of these but the policy."""
    options = (
        click.option(
            "-c",
            "--context",
            "context_items",
            multiple=True,
            metavar="KEY=VALUE|@FILE",
            help="A fact of the release, e.g. release.access=public, or a YAML file with facts.",
        ),
        click.option(
            "--hierarchies",
            type=EXISTING_FOLDER,
            help="Folder with hierarchy_COLUMN.csv files: value;level 1;...;top.",
        ),
        click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True),
        search_seconds_option,
        click.option(
            "--subset",
            metavar="COLUMN",
            help="Release only the records for which COLUMN is true (or 1, or yes); all of DATA is "
            "the population that they are from. COLUMN itself is not released.",
        ),
        click.option(
            "--engine",
            type=click.Choice(["auto", "memory", "duckdb"]),
            default="auto",
            show_default=True,
            help="Hold the records in memory, or read a Parquet file batch by batch; auto decides "
            "by size.",
        ),
        language_option,
        reader_options,
        installation_options,
    )
    for option in reversed(options):
        command = option(command)
    return command


def request_of(
    workbench: Workbench,
    data: Path,
    *,
    policy: str,
    context_items: tuple[str, ...],
    hierarchies: Path | None,
    seed: int,
    search_seconds: float,
    subset: str | None,
    engine: Engine,
    delimiter: str | None,
    encoding: str | None,
    reader_pairs: tuple[str, ...],
    language: str | None = None,
    format: str = "csv",
    **_: object,
) -> ReleaseRequest:
    """The request that the options of `request_options` make.

    Raises
    ------
    ContextError, ParameterError, DataError
        From facts and options of the reader that cannot be used.
    """
    from kiaim_server.hierarchy import HierarchySource
    from kiaim_server.pipeline import ReleaseRequest

    return ReleaseRequest(
        data=data,
        name=data.name,
        policy=policy_reference(policy),
        context=read_context(context_items),
        hierarchies=HierarchySource(hierarchies),
        seed=seed,
        reader=reader_of(workbench.host, data.name, delimiter, encoding, reader_pairs),
        format="parquet" if format == "parquet" else "csv",
        search_seconds=search_seconds,
        subset=subset,
        engine=engine,
        language=language,
    )
