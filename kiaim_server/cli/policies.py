"""``kiaim policy``: what may leave, and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from kiaim_server.cli.options import EXISTING_FILE, EXISTING_FOLDER
from kiaim_server.cli.output import json_option, write_json

if TYPE_CHECKING:
    from kiaim_server.policy import PolicyLibrary

F = TypeVar("F", bound=Callable[..., Any])

_FAULTY: Final = 2


def _folders(command: F) -> F:
    command = click.option("--plugins-dir", type=EXISTING_FOLDER, help="Your own plugins.")(command)
    return click.option("--policies-dir", type=EXISTING_FOLDER, help="Your own policies.")(command)


def _library(plugins_dir: Path | None, policies_dir: Path | None) -> PolicyLibrary:
    from kiaim_server.hooks.host import PluginHost
    from kiaim_server.policy import PolicyLibrary

    return PolicyLibrary.load(PluginHost.load(plugins_dir), policies_dir)


@click.group()
def policy() -> None:
    """See and check policies: the rules for releases."""


@policy.command("list")
@_folders
@json_option
def list_policies(plugins_dir: Path | None, policies_dir: Path | None, as_json: bool) -> None:
    """List the installed policies."""
    from kiaim_server.jobs import catalogue

    found = catalogue.list_policies(_library(plugins_dir, policies_dir))
    if as_json:
        write_json(found)
        return
    from kiaim_server.cli.summary import print_policies

    print_policies(found)


@policy.command("show")
@click.argument("name")
@_folders
@json_option
def show_policy(
    name: str, plugins_dir: Path | None, policies_dir: Path | None, as_json: bool
) -> None:
    """Print the policy NAME as it was written: a good start for your own."""
    from kiaim_server.jobs import catalogue

    found = catalogue.show_policy(_library(plugins_dir, policies_dir), name)
    if as_json:
        write_json(found)
    else:
        click.echo(found["text"], nl=False)


@policy.command(
    "lint",
    epilog="""\b
Example: kiaim policy lint my.policy.yaml
Exit codes: 0 no errors (warnings do not count), 2 errors.""",
)
@click.argument("files", type=EXISTING_FILE, nargs=-1, required=True)
@_folders
@json_option
@click.pass_context
def lint_policy(
    ctx: click.Context,
    /,
    files: tuple[Path, ...],
    plugins_dir: Path | None,
    policies_dir: Path | None,
    as_json: bool,
) -> None:
    """Check policy FILES: every finding as file:line:column, with the mend."""
    from kiaim_server.jobs import catalogue

    library = _library(plugins_dir, policies_dir)
    results = [catalogue.lint_path(library, path) for path in files]
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
