"""``kiaim anonymize``: a policy and a table in, a verified release out."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kiaim_server.cli.asking import request_of, request_options
from kiaim_server.cli.options import EXISTING_FILE, FOLDER
from kiaim_server.cli.output import json_option, progress, write_json_line
from kiaim_server.errors import ConflictError

if TYPE_CHECKING:
    from kiaim_server.pipeline import Outcome

REFUSED: Final = 3

#: What a release may consist of; an earlier one's files are taken away before a new one comes.
_FILES: Final = (
    "data.csv",
    "data.parquet",
    "evidence.parquet",
    "report.html",
    "report.json",
    "manifest.json",
)


@click.command(
    short_help="Release a table under a policy, or be told why not.",
    epilog="""\b
Examples:
  kiaim anonymize patients.csv -p gdpr-baseline -c release.regime=[gdpr] \\
      -c release.access=controlled -o out
  kiaim anonymize patients.csv -p my.policy.yaml -c @context.yaml --hierarchies trees/ -o out

\b
Exit codes: 0 released, 3 refused (OUTDIR has the reports alone), 2 wrong input, 1 a defect.""",
)
@click.argument("data", type=EXISTING_FILE)
@request_options
@click.option("-o", "--output", "out_dir", type=FOLDER, required=True, help="A new folder.")
@click.option("--format", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option("--force", is_flag=True, help="Replace an earlier release in OUTDIR.")
@json_option
@click.pass_context
def anonymize(
    ctx: click.Context,
    /,
    data: Path,
    out_dir: Path,
    force: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Release DATA under a policy, or be told why not.

    Writes data.csv (or .parquet), report.html, report.json and manifest.json into OUTDIR. Nothing
    is written there before every clause of the policy was recounted on the bytes to be released.
    Where persons or a population are counted, evidence.parquet comes as well: it is for later
    checks (kiaim verify --evidence), readable by you alone, and must never be released.
    """
    _check_free(out_dir, force)
    outcome = _release(data, out_dir, as_json, options)
    if as_json:
        decision = outcome.report["decision"]
        files = {name: str(path) for name, path in outcome.files.items()}
        write_json_line({"event": "outcome", "decision": decision, "files": files})
    else:
        from kiaim_server.cli.summary import print_release

        print_release(outcome.report, outcome.files)
    ctx.exit(0 if outcome.decision.verdict == "release" else REFUSED)


def _release(data: Path, out_dir: Path, as_json: bool, options: Mapping[str, Any]) -> Outcome:
    """Work in a folder beside the output folder, then move the files there."""
    from dataclasses import replace

    from kiaim_server.pipeline import Workbench, release

    with progress(as_json) as monitor:
        monitor.report("start")
        workbench = Workbench.open(
            options["data_dir"], options["plugins_dir"], options["policies_dir"]
        )
        request = request_of(workbench, data, **options)
        parent = out_dir.absolute().parent
        parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=parent, prefix=f".{out_dir.name}-"))
        try:
            outcome = release(request, workbench, staging, monitor)
            return replace(outcome, files=_publish(outcome.files, out_dir))
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _check_free(out_dir: Path, force: bool) -> None:
    if out_dir.is_dir() and any(out_dir.iterdir()) and not force:
        raise ConflictError(
            f"{out_dir}: is not empty; give a new folder, or --force to replace a release in it"
        )


def _publish(files: Mapping[str, Path], out_dir: Path) -> dict[str, Path]:
    out_dir.mkdir(exist_ok=True)
    for name in _FILES:
        (out_dir / name).unlink(missing_ok=True)
    published = {}
    for name, path in files.items():
        published[name] = path.rename(out_dir / path.name)
    return published
