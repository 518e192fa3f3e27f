"""``kiaim policy import-cinnamon``: a policy from configuration files of the platform Cinnamon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kiaim_server.cli.options import EXISTING_FILE
from kiaim_server.cli.output import json_option, write_json
from kiaim_server.cli.policy_file import name_of_new, new_policy_option, write_new

if TYPE_CHECKING:
    from kiaim_server.policy.cinnamon import Imported

_NAME: Final = "cinnamon-configuration"


@click.command(
    "import-cinnamon",
    short_help="Turn configuration files of the platform Cinnamon into a policy.",
    epilog="""\b
Example:
  kiaim policy import-cinnamon anonymization.yaml attribute_config.yaml -o study.policy.yaml
  kiaim policy lint study.policy.yaml
  kiaim plan study.csv -p study.policy.yaml
""",
)
@click.argument("anonymization", type=EXISTING_FILE)
@click.argument("attribute_config", type=EXISTING_FILE)
@new_policy_option("the policy")
@json_option
def import_cinnamon(
    anonymization: Path, attribute_config: Path, output: Path | None, as_json: bool
) -> None:
    """Turn ANONYMIZATION (risk threshold and protections) and ATTRIBUTE_CONFIG (columns) of the
    KI-AIM platform Cinnamon into a policy.

    The policy is a draft: no release comes out of it before a person has attested that it was
    looked at. What could not be carried over is listed, and so are the columns that the
    configuration publishes unprotected.
    """
    name = _NAME if output is None else name_of_new(output)
    from kiaim_server.policy.cinnamon import import_configuration, read_configuration
    from kiaim_server.policy.source import read_file

    found = read_configuration(read_file(anonymization), read_file(attribute_config))
    imported = import_configuration(name, found)
    if output is not None:
        write_new(output, imported.text)
    if as_json:
        notes = [{**asdict(note), "severity": note.severity} for note in imported.notes]
        write_json({**asdict(imported), "notes": notes})
        return
    if output is None:
        click.echo(imported.text, nl=False)
    for line in _lines(imported, output):
        click.echo(line, err=output is None)


def _lines(imported: Imported, output: Path | None) -> Iterator[str]:
    for note in imported.notes:
        yield f"{note.file}:{note.line}:{note.column}: {note.code} {note.message}"
    for words, columns in (
        ("Published unprotected by that configuration", imported.unprotected),
        ("Deleted, because it does not mention them", imported.deleted),
        ("Nobody knows what protects them; decide in the policy", imported.undecided),
    ):
        if columns:
            yield f"{words}: {', '.join(columns)}"
    written = f"{output}: {len(imported.notes)} note(s)" if output else "No file was written"
    yield f"{written}. Read the policy, then attest {imported.name}/imported-configuration."
