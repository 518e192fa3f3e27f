"""``kiaim policy``: what may leave, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from kiaim_server.cli.options import EXISTING_FILE, library_options, open_library
from kiaim_server.cli.output import json_option, write_json
from kiaim_server.cli.policy_diff import diff_policies
from kiaim_server.cli.policy_explain import explain_policy
from kiaim_server.cli.policy_import import import_cinnamon
from kiaim_server.cli.policy_init import init_policy
from kiaim_server.cli.policy_lock import lock_policies
from kiaim_server.cli.policy_schema import print_schema
from kiaim_server.cli.policy_test import test_policies

_FAULTY: Final = 2


@click.group()
def policy() -> None:
    """See and check policies: the rules for releases."""


@policy.command("list")
@library_options
@json_option
def list_policies(plugins_dir: Path | None, policies_dir: Path | None, as_json: bool) -> None:
    """List the installed policies."""
    from kiaim_server.jobs import catalogue

    found = catalogue.list_policies(open_library(plugins_dir, policies_dir))
    if as_json:
        write_json(found)
        return
    from kiaim_server.cli.summary import print_policies

    print_policies(found)


@policy.command("show")
@click.argument("name")
@library_options
@json_option
def show_policy(
    name: str, plugins_dir: Path | None, policies_dir: Path | None, as_json: bool
) -> None:
    """Print the policy NAME as it was written: a good start for your own."""
    from kiaim_server.jobs import catalogue

    found = catalogue.show_policy(open_library(plugins_dir, policies_dir), name)
    if as_json:
        write_json(found)
    else:
        click.echo(found["text"], nl=False)


@policy.command(
    "lint",
    epilog="""\b
Example: kiaim policy lint my.policy.yaml
Exit codes: 0 no errors (warnings do not count unless --strict), 2 errors.""",
)
@click.argument("files", type=EXISTING_FILE, nargs=-1, required=True)
@click.option("--strict", is_flag=True, help="Warnings count, and cases have to be there.")
@library_options
@json_option
@click.pass_context
def lint_policy(
    ctx: click.Context,
    /,
    files: tuple[Path, ...],
    strict: bool,
    plugins_dir: Path | None,
    policies_dir: Path | None,
    as_json: bool,
) -> None:
    """Check policy FILES: every finding as file:line:column, with the mend."""
    from kiaim_server.jobs import catalogue

    library = open_library(plugins_dir, policies_dir)
    results = [catalogue.lint_path(library, path, strict=strict) for path in files]
    findings = [finding for result in results for finding in result["findings"]]
    ok = all(result["ok"] for result in results)
    if as_json:
        write_json({"ok": ok, "findings": findings})
    else:
        for f in findings:
            click.echo(f"{f['file']}:{f['line']}:{f['column']}: {f['code']} {f['message']}")
        errors = sum(f["severity"] == "error" for f in findings)
        click.echo(f"{len(files)} file(s): {errors} error(s), {len(findings) - errors} warning(s)")
    ctx.exit(0 if ok else _FAULTY)


for command in (
    init_policy,
    import_cinnamon,
    explain_policy,
    diff_policies,
    test_policies,
    print_schema,
    lock_policies,
):
    policy.add_command(command)
