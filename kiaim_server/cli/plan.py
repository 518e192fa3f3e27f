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

if TYPE_CHECKING:
    from kiaim_server.pipeline import Workbench


@click.command(
    short_help="See what would happen to a table under a policy, and whether it can.",
    epilog="""\b
Examples:
  kiaim plan patients.csv -p gdpr-baseline -c release.access=controlled
  kiaim plan patients.csv -p my.policy.yaml -c @context.yaml --hierarchies trees/ --json

\b
Exit codes: 0 would be released, 3 would not (refused, or a person has to decide), 2 wrong input,
1 a defect.""",
)
@click.argument("data", type=EXISTING_FILE)
@request_options
@json_option
@click.pass_context
def plan(ctx: click.Context, /, data: Path, as_json: bool, **options: Any) -> None:
    """Show what a release of DATA would be, with the options of kiaim anonymize.

    Roles with their reasons, transforms, hierarchies and levels, demands with their rules,
    attestations, and by search whether a table can satisfy them and which one loses the least.
    Nothing is released and nothing is written.
    """
    from kiaim_server import pipeline

    with progress(as_json) as monitor, _scratch() as scratch:
        monitor.report("start")
        workbench = _workbench(options, scratch)
        request = request_of(workbench, data, **options)
        foreseen = pipeline.plan(request, workbench, scratch, monitor)
    if as_json:
        write_json_line({"event": "plan", **foreseen.plan})
    else:
        from kiaim_server.cli.planned import print_plan

        print_plan(foreseen.plan)
    ctx.exit(0 if foreseen.decision.verdict == "release" else REFUSED)


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder for nobody else's eyes, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kiaim-plan-") as folder:
        yield Path(folder)


def _workbench(options: Mapping[str, Any], scratch: Path) -> Workbench:
    """The installation's own, but without making keys where there are none yet."""
    from kiaim_server.pipeline import Workbench
    from kiaim_server.store.keys import KeyStore

    data_dir = options["data_dir"]
    keys = data_dir if KeyStore.exists(data_dir) else scratch
    return Workbench.open(keys, options["plugins_dir"], options["policies_dir"])
