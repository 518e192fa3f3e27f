"""``kiaim policy init``: the draft of a policy for a table."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import click

from kiaim_server.cli.options import EXISTING_FILE, library_options, reader_of, reader_options
from kiaim_server.cli.output import json_option, progress, write_json_line
from kiaim_server.cli.policy_file import name_of_new, new_policy_option, write_new


@click.command(
    "init",
    short_help="Draft a policy for a table.",
    epilog="""\b
Examples:
  kiaim policy init --from patients.csv -o patients.policy.yaml
  kiaim policy init --from patients.csv --extends gdpr-health-controlled-access \\
      -o patients.policy.yaml
  kiaim policy lint patients.policy.yaml""",
)
@click.option("--from", "data", type=EXISTING_FILE, required=True, help="The table.")
@new_policy_option("the draft")
@click.option(
    "--extends",
    multiple=True,
    metavar="POLICY",
    help="Name of an installed policy to extend; may be repeated.  [default: gdpr-baseline]",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "memory", "duckdb"]),
    default="auto",
    show_default=True,
    help="Hold the records in memory, or read a Parquet file batch by batch.",
)
@reader_options
@library_options
@json_option
def init_policy(data: Path, output: Path | None, as_json: bool, **options: Any) -> None:
    """Draft a policy for the table DATA, with a reason for every column.

    What detectors recognise by name, values or counts is written down as a guess, each marked
    `confirmed: false`; what is less sure is asked about, `as: undecided`. Neither runs before a
    person has decided. No value of the table is in the draft: only column names and counts.
    """
    name = _name(data, output)
    from kiaim_server.hooks.host import PluginHost
    from kiaim_server.pipeline import DraftRequest, Workbench, draft
    from kiaim_server.policy import PolicyLibrary
    from kiaim_server.report import draft_as_json
    from kiaim_server.store.keys import KeyStore

    host = PluginHost.load(options["plugins_dir"])
    reader = reader_of(
        host, data.name, options["delimiter"], options["encoding"], options["reader_pairs"]
    )
    request = DraftRequest(
        data, data.name, name, _extended(options["extends"]), reader, options["engine"]
    )
    with tempfile.TemporaryDirectory(prefix="kiaim-init-") as folder, progress(as_json) as monitor:
        library = PolicyLibrary.load(host, options["policies_dir"])
        # Nothing of a draft needs a key: none is made.
        written = draft(
            request, Workbench(host, library, KeyStore(Path(folder))), Path(folder), monitor
        )
    if output is not None:
        write_new(output, written.text)
    if as_json:
        write_json_line({"event": "draft", **draft_as_json(written)})
    elif output is None:
        click.echo(written.text, nl=False)
    else:
        asked = sum(g.standing == "asked" for g in written.guesses)
        left = sum(g.standing == "open" for g in written.guesses)
        guessed = sum(g.standing == "proposed" for g in written.guesses)
        said = len(written.guesses) - asked - left - guessed
        click.echo(
            f"{output}: {said} columns are classified by the extended policies, {guessed} are "
            f"guessed, {asked} are asked about, {left} are left to you.\n"
            f"Read it, decide, then: kiaim policy lint {output}"
        )


def _name(data: Path, output: Path | None) -> str:
    """The policy's name: that of the file to be written, or one made of the table's name."""
    from kiaim_server.policy import draft_name

    proposed = draft_name(data.name)
    return proposed if output is None else name_of_new(output, example=proposed)


def _extended(given: tuple[str, ...]) -> tuple[str, ...]:
    """Names of policies, with or without the major version that ``extends`` pins."""
    return tuple(dict.fromkeys(name.partition("@")[0] for name in given or ("gdpr-baseline",)))
