"""``kiaim demo``: the main job on bundled data, through a real server."""

from __future__ import annotations

import datetime
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kiaim_server.cli.options import FOLDER
from kiaim_server.cli.output import progress
from kiaim_server.errors import ConflictError, KiaimError

if TYPE_CHECKING:
    from kiaim_server.client import Client, JobInfo

_POLICY: Final = "gdpr-baseline"

#: Artifact -> name of its file.
_FILES: Final = {
    "data": "data.csv",
    "report": "report.html",
    "report.json": "report.json",
    "manifest": "manifest.json",
}


def demo_context(today: datetime.date) -> dict[str, Any]:
    """The facts of the demo's release, as a data steward would state them.

    The table has a special category (race), so the policy asks for the exception in GDPR Art. 9(2)
    and, at this size, for an impact assessment; and somebody has to answer for the release.
    """
    return {
        "release.regime": ["gdpr"],
        "release.access": "controlled",
        "release.form": "microdata",
        "release.environment": "download",
        "release.purpose": "research",
        "release.keeps_pseudonym": False,
        "recipient.type": "research-organisation",
        "recipient.country": "DE",
        "recipient.agreement": "data-use-agreement",
        "data.domain": "census",
        "data.subjects": 30_162,
        "data.criminal_records": False,
        "legal.art9": "j",
        "legal.dpia": "done",
        "attested": {"release-decision": {"by": "the user of the demo", "on": today.isoformat()}},
    }


@click.command(short_help="See the main job on bundled data, through a real server.")
@click.option(
    "-o",
    "--output",
    "out_dir",
    type=FOLDER,
    help="Where to keep the result; default: a new folder kiaim-demo-... here.",
)
@click.pass_context
def demo(ctx: click.Context, out_dir: Path | None) -> None:
    """Release the bundled census table through a real server, and verify the release.

    Starts a server with workers on a free port of this machine and a data folder in a temporary
    place, uploads the table over REST, asks for a release under a shipped policy, fetches the
    result into a new folder, verifies it, and stops everything it has started.
    """
    from kiaim_server.api.config import ServerConfig
    from kiaim_server.api.serve import RunningServer
    from kiaim_server.client import Client
    from kiaim_server.jobs.installation import Installation

    started = time.monotonic()
    folder = _result_folder(out_dir)
    with tempfile.TemporaryDirectory(prefix="kiaim-demo-") as data_dir:
        config = ServerConfig(Installation(Path(data_dir)))
        click.echo("Starting the server with two workers ...")
        with RunningServer(config, "127.0.0.1", 0, 2) as server, Client(server.url) as client:
            click.echo(f"Listening on {server.url}; everything below goes over REST.\n")
            job = _release(client)
            released = _show(client, job, folder)
            verified = released and _verify(client, folder)
    seconds = time.monotonic() - started
    click.echo(f"\nThe server and its workers are stopped. This took {seconds:.1f} s.")
    if verified:
        click.echo(
            f"Open {folder / 'report.html'} in a browser. Next: kiaim anonymize --help, or kiaim "
            "serve for a server of your own."
        )
    ctx.exit(0 if verified else 3)


def _release(client: Client) -> JobInfo:
    """Upload the table and have it released, with progress."""
    from kiaim_server.demo import adult_table

    path = adult_table()
    click.echo(f"POST /v1/datasets  <- {path.name}")
    dataset = client.upload(path)
    click.echo(f"  {dataset.rows:,} records, {dataset.columns} columns, SHA-256 {dataset.sha256}")
    click.echo(f"POST /v1/jobs      <- policy {_POLICY}, hierarchies 'adult'")
    job = client.submit(
        dataset.id,
        _POLICY,
        context=demo_context(datetime.date.today()),
        hierarchies={"shipped": "adult"},
    )
    click.echo(f"GET  /v1/jobs/{job.id} until it ends")
    with progress(as_json=False) as monitor:

        def show(now: JobInfo) -> None:
            monitor.report(now.step or now.state, now.share, **now.facts)

        return client.wait(job.id, show, seconds=600)


def _show(client: Client, job: JobInfo, folder: Path) -> bool:
    """Fetch the artifacts and print what happened; whether the table was released."""
    import json

    from kiaim_server.cli.summary import print_release

    if job.error is not None:
        raise KiaimError(str(job.error["detail"]))
    files: dict[str, Path] = {}
    folder.mkdir(parents=True, exist_ok=True)
    for artifact, name in _FILES.items():
        if artifact in job.artifacts:
            files[artifact] = client.download(job.id, artifact, folder / name)
    report: Mapping[str, Any] = json.loads(files["report.json"].read_text(encoding="utf-8"))
    click.echo()
    print_release(report, files)
    return job.state == "done"


def _verify(client: Client, folder: Path) -> bool:
    """Let the server recount the file that was fetched."""
    click.echo("\nPOST /v1/verify    <- data.csv, manifest.json")
    found = client.verify(folder / _FILES["data"], folder / _FILES["manifest"])
    passed = sum(bool(check["ok"]) for check in found.checks)
    verdict = "VERIFIED" if found.ok else "NOT VERIFIED"
    click.echo(f"  {verdict}: {passed} of {len(found.checks)} checks passed, key {found.key_id}")
    return found.ok


def _result_folder(out_dir: Path | None) -> Path:
    if out_dir is None:
        return Path.cwd() / f"kiaim-demo-{datetime.datetime.now():%Y%m%d-%H%M%S}"
    if out_dir.is_dir() and any(out_dir.iterdir()):
        raise ConflictError(f"{out_dir}: is not empty; give a new folder")
    return out_dir
