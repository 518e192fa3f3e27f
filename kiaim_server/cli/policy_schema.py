"""``kiaim policy schema``: the JSON Schema that editors complete and check with."""

from __future__ import annotations

from pathlib import Path

import click

from kiaim_server.cli.options import library_options, open_library


@click.command(
    "schema",
    epilog="""\b
Example: kiaim policy schema -o policy-v1.schema.json
The first line of a policy then says where it is, and the editor completes and checks:
# yaml-language-server: $schema=policy-v1.schema.json""",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file.")
@click.option("--cases", is_flag=True, help="Of case files (NAME.test.yaml) instead of policies.")
@library_options
def print_schema(
    output: Path | None, cases: bool, plugins_dir: Path | None, policies_dir: Path | None
) -> None:
    """Print the JSON Schema of policies, with all models and transforms that are installed."""
    from kiaim_server.policy.editing import as_text, cases_schema, policy_schema

    library = open_library(plugins_dir, policies_dir)
    found = (
        cases_schema(library.host) if cases else policy_schema(library.host, library.hierarchies)
    )
    if output is None:
        click.echo(as_text(found), nl=False)
    else:
        output.write_text(as_text(found), encoding="utf-8")
