"""``kiaim verify``: is this file what its manifest says?"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from kiaim_server.cli.options import EXISTING_FILE, installation_options
from kiaim_server.cli.output import json_option, write_json_line

_FAILED: Final = 3


@click.command(
    short_help="Recount the claims of a manifest on the released file.",
    epilog="""\b
Examples:
  kiaim verify out/manifest.json out/data.csv
  kiaim verify manifest.json data.csv --public-key hospital.pem

\b
Exit codes: 0 every check passed, 3 one failed, 2 a file that is no manifest or key.""",
)
@click.argument("manifest", type=EXISTING_FILE)
@click.argument("data", type=EXISTING_FILE)
@click.option(
    "--public-key",
    type=EXISTING_FILE,
    help="The signer's key in PEM (kiaim key export). Without it the key in the manifest is used: "
    "that shows that nothing was changed, not who signed.",
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
    as_json: bool,
    **more: Any,
) -> None:
    """Recount every claim of MANIFEST on the released file DATA.

    Needs nothing else: not the original table, not the policy, not the server.
    """
    from kiaim_server import pipeline

    workbench = pipeline.Workbench.open(more["data_dir"], more["plugins_dir"], more["policies_dir"])
    pem = None if public_key is None else public_key.read_bytes()
    found = pipeline.verify(manifest, data, workbench, pem)
    if as_json:
        write_json_line({"event": "verification", **found})
    else:
        from kiaim_server.cli.summary import print_verification

        print_verification(found)
    ctx.exit(0 if found["ok"] else _FAILED)
