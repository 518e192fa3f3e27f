"""``kiaim key``: the key that manifests are signed with."""

from __future__ import annotations

from pathlib import Path

import click

from kiaim_server.cli.options import FOLDER, default_data_dir
from kiaim_server.errors import ConflictError


@click.group()
def key() -> None:
    """See the key that this installation signs manifests with."""


@key.command(
    "export",
    epilog="""\b
Example: kiaim key export -o hospital.pem""",
)
@click.option(
    "--data-dir",
    type=FOLDER,
    default=default_data_dir,
    show_default="$KIAIM_DATA_DIR or ~/.local/share/kiaim",
    help="Where the key pair is; made on first use.",
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: print it."
)
def export_key(data_dir: Path, output: Path | None) -> None:
    """Export the public key, for whoever is to verify your releases."""
    from kiaim_server.store.keys import KeyStore

    keys = KeyStore(data_dir)
    if output is None:
        click.echo(keys.public_pem().decode(), nl=False)
        return
    try:
        with output.open("xb") as file:
            file.write(keys.public_pem())
    except FileExistsError:
        raise ConflictError(f"{output}: exists already; give a new name") from None
    click.echo(f"public key {keys.key_id} written to {output}")
