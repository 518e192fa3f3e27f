"""``kiaim plan``: what would happen to a table, and whether it can."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kiaim_server.cli.anonymize import REFUSED
from kiaim_server.cli.asking import request_of, request_options
from kiaim_server.cli.options import EXISTING_FILE
from kiaim_server.cli.output import json_option, progress, write_json_line
from kiaim_server.errors import ConflictError

if TYPE_CHECKING:
    from kiaim_server.pipeline import Workbench


@click.command(
    short_help="See what would happen to a table under a policy, and whether it can.",
    epilog="""\b
Examples:
  kiaim plan patients.csv -p gdpr-baseline -c release.access=controlled
  kiaim plan patients.csv -p my.policy.yaml -c @context.yaml --hierarchies trees/ --json
  kiaim plan patients.csv -p gdpr-baseline -c @context.yaml --explore -o plan.html

\b
Exit codes: 0 would be released, 3 would not (refused, or a person has to decide), 2 wrong input,
1 a defect.""",
)
@click.argument("data", type=EXISTING_FILE)
@request_options
@click.option(
    "--explore",
    is_flag=True,
    help="Search the least loss for other limits of suppression and other k as well.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new HTML file for the plan, with the plots of --explore.",
)
@json_option
@click.pass_context
def plan(
    ctx: click.Context,
    /,
    data: Path,
    explore: bool,
    output: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Show what a release of DATA would be, with the options of kiaim anonymize.

    Roles with their reasons, transforms, hierarchies and what they do not cover, whom few columns
    single out, demands with their rules, attestations, and by search whether a table can satisfy
    them and which one loses the least. Where the policy does not come as far as a search, why not,
    and what columns without a rule look like. Nothing is released, and nothing is written but the
    page that -o asks for.
    """
    _check_output(output)
    from kiaim_server import pipeline

    with progress(as_json) as monitor, scratch_folder() as scratch:
        monitor.report("start")
        workbench = workbench_of(options, scratch)
        request = request_of(workbench, data, **options)
        foreseen = pipeline.plan(request, workbench, scratch, monitor, explore)
    if output is not None:
        from kiaim_server.report import render_plan

        with output.open("x", encoding="utf-8") as file:
            file.write(render_plan(foreseen.plan))
    if as_json:
        write_json_line({"event": "plan", **foreseen.plan})
    else:
        from kiaim_server.cli.planned import print_plan

        print_plan(foreseen.plan, output)
    ctx.exit(0 if foreseen.decision.verdict == "release" else REFUSED)


def _check_output(output: Path | None) -> None:
    if output is not None and output.exists():
        raise ConflictError(f"{output}: exists already; give a new name")


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for nobody else's eyes, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kiaim-plan-") as folder:
        yield Path(folder)


def workbench_of(options: Mapping[str, Any], scratch: Path) -> Workbench:
    """The installation's own, but without making keys where there are none yet."""
    from kiaim_server.pipeline import Workbench
    from kiaim_server.store.keys import KeyStore

    data_dir = options["data_dir"]
    keys = data_dir if KeyStore.exists(data_dir) else scratch
    return Workbench.open(keys, options["plugins_dir"], options["policies_dir"])
