"""``kiaim verify``: is this file what its manifest says?"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from kiaim_server.cli.options import EXISTING_FILE, installation_options
from kiaim_server.cli.output import json_option, write_json_line

_EXIT_CODES: Final = {"verified": 0, "failed": 3, "incomplete": 4}


@click.command(
    short_help="Recount the claims of a manifest on the released file.",
    epilog="""\b
Examples:
  kiaim verify out/manifest.json out/data.csv
  kiaim verify manifest.json data.csv --public-key hospital.pem
  kiaim verify manifest.json data.csv --evidence evidence.parquet

\b
Exit codes: 0 every check passed, 3 one failed, 4 none failed but some need the evidence,
2 a file that is no manifest or key.""",
)
@click.argument("manifest", type=EXISTING_FILE)
@click.argument("data", type=EXISTING_FILE)
@click.option(
    "--public-key",
    type=EXISTING_FILE,
    help="The signer's key in PEM (kiaim key export). Without it the key in the manifest is used: "
    "that shows that nothing was changed, not who signed.",
)
@click.option(
    "--evidence",
    type=EXISTING_FILE,
    help="The evidence that was made with the release, where it counts persons or a population. "
    "Without it the rest is checked, and the verdict is that the check is incomplete.",
)
@installation_options
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    /,
    manifest: Path,
    data: Path,
    public_key: Path | None,
    evidence: Path | None,
    as_json: bool,
    **more: Any,
) -> None:
    """Recount every claim of MANIFEST on the released file DATA.

    Needs nothing else: not the original table, not the policy, not the server. Only where a
    release counts persons or a population, the evidence that was made with it.
    """
    from kiaim_server import pipeline

    workbench = pipeline.Workbench.open(more["data_dir"], more["plugins_dir"], more["policies_dir"])
    pem = None if public_key is None else public_key.read_bytes()
    found = pipeline.verify(manifest, data, workbench, pem, evidence)
    if as_json:
        write_json_line({"event": "verification", **found})
    else:
        from kiaim_server.cli.summary import print_verification

        print_verification(found)
    ctx.exit(_EXIT_CODES[found["verdict"]])
