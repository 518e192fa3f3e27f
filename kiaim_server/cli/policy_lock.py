"""``kiaim policy lock``: notes what each published version of a policy is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from kiaim_server.cli.options import EXISTING_FILE, library_options, open_library
from kiaim_server.cli.output import json_option, write_json
from kiaim_server.errors import InputError

_FAULTY: Final = 2
_NOT_CURRENT: Final = 3
_WORDS: Final = {
    "locked": "locked",
    "unchanged": "is locked already",
    "draft": "is a draft, so it is not locked",
    "refused": "cannot be locked",
}


@click.command(
    "lock",
    epilog="""\b
Examples:
  kiaim policy lock heart-study.policy.yaml
  kiaim policy lock --policies-dir policies --check
Exit codes: 0 done, 2 a policy has errors or differs from its published version,
3 with --check: a version is not locked yet.""",
)
@click.argument("files", type=EXISTING_FILE, nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; fail if a version is not locked yet.")
@library_options
@json_option
@click.pass_context
def lock_policies(
    ctx: click.Context,
    /,
    files: tuple[Path, ...],
    check: bool,
    plugins_dir: Path | None,
    policies_dir: Path | None,
    as_json: bool,
) -> None:
    """Note the versions of policy FILES in policies.lock beside them.

    From then on a policy that differs from what was locked under its version does not run: its
    version has to grow. Without FILES, all of --policies-dir, or else of the current folder.
    """
    from kiaim_server.policy.library import ENDING
    from kiaim_server.policy.publishing import publish

    paths = files or tuple(sorted((policies_dir or Path()).glob(f"*{ENDING}")))
    if not paths:
        raise InputError(f"there is no *{ENDING} in {policies_dir or 'this folder'}")
    library = open_library(plugins_dir, policies_dir)
    found = publish(paths, library, write=not check)
    states = {one.state for one in found}
    refused, missing = "refused" in states, check and "locked" in states
    if as_json:
        policies = [
            {
                "file": str(one.path),
                "name": one.name,
                "version": one.version,
                "state": "missing" if check and one.state == "locked" else one.state,
                "faults": [str(fault) for fault in one.faults],
            }
            for one in found
        ]
        write_json({"ok": not (refused or missing), "policies": policies})
    else:
        for one in found:
            words = "is not locked yet" if check and one.state == "locked" else _WORDS[one.state]
            click.echo(f"{one.name} {one.version}".strip() + f" {words}")
            for fault in one.faults:
                click.echo(f"  {fault}")
        if refused and not check:
            click.echo("Where a policy is refused, the lock beside it was not changed.")
    ctx.exit(_FAULTY if refused else (_NOT_CURRENT if missing else 0))
