"""The command ``kiaim``: its subcommands, and how errors become exit codes."""

from __future__ import annotations

import errno
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

import click

import kiaim_server
from kiaim_server.cli.anonymize import anonymize
from kiaim_server.cli.demo import demo
from kiaim_server.cli.hierarchies import hierarchy
from kiaim_server.cli.keys import key
from kiaim_server.cli.measure import measure
from kiaim_server.cli.output import wants_json, write_json_line
from kiaim_server.cli.plan import plan
from kiaim_server.cli.plugins import plugin
from kiaim_server.cli.policies import policy
from kiaim_server.cli.serve import serve
from kiaim_server.cli.verify import verify
from kiaim_server.errors import Cancelled, InputError, KiaimError, PluginError

#: Exit codes. Zero means released, verified or done.
DEFECT: Final = 1
WRONG_INPUT: Final = 2
INTERRUPTED: Final = 130

#: Errors whose mend is another folder or more room, not a change of the program.
_OF_THE_FILE_SYSTEM: Final = frozenset(
    {
        errno.EACCES,
        errno.EDQUOT,
        errno.EEXIST,
        errno.EISDIR,
        errno.ENAMETOOLONG,
        errno.ENOSPC,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    }
)


class Root(click.Group):
    """A group that turns exceptions into one line and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they were added: the way a newcomer goes."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand."""
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            # Whoever ends a release shall not leave its unverified files behind.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            _fail(ctx, "cancelled", "interrupted; nothing was released", INTERRUPTED)
        except BrokenPipeError:
            # Whoever read our output went away; nothing is left to tell anybody.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(DEFECT)
        except KiaimError as error:
            if ctx.params.get("debug"):
                raise
            _fail(ctx, error.kind, str(error), _code(error))
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            if isinstance(error, OSError) and error.errno in _OF_THE_FILE_SYSTEM:
                _fail(ctx, "file-system", _of_the_file_system(error), WRONG_INPUT)
            _fail(
                ctx,
                "internal-error",
                f"a defect, not your input: {type(error).__name__}; run kiaim --debug ... for the "
                "traceback (it may show values of the table)",
                DEFECT,
            )


def _of_the_file_system(error: OSError) -> str:
    """What is wrong with which file, in the system's own words, which never quote a cell."""
    where = f"{os.fspath(error.filename)!r}: " if isinstance(error.filename, str | Path) else ""
    reason = os.strerror(error.errno or 0)
    return f"{where}{reason}; choose folders that exist, have space and may be written to"


def _code(error: KiaimError) -> int:
    if isinstance(error, Cancelled):
        return INTERRUPTED
    return WRONG_INPUT if isinstance(error, InputError | PluginError) else DEFECT


def _fail(ctx: click.Context, kind: str, message: str, code: int) -> NoReturn:
    if wants_json(ctx):
        write_json_line({"event": "error", "kind": kind, "detail": message})
    else:
        click.echo(f"kiaim: {message}", err=True)
    ctx.exit(code)


@click.group(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 released or verified, 3 refused, 4 not fully verified, 2 wrong usage or "
    "input, 1 a defect.",
)
@click.version_option(kiaim_server.__version__, prog_name="kiaim")
@click.option("--debug", is_flag=True, help="Show the traceback of errors.")
def main(debug: bool) -> None:
    """Release personal data under policies, and prove what was promised.

    A policy says what may leave and why. The table that loses the least is found, every clause is
    recounted on the written bytes, and a signed manifest lets anyone count again.

    \b
    New here?             kiaim demo
    Your own table:       kiaim anonymize patients.csv -p gdpr-baseline -o out
    Would it be released? kiaim plan patients.csv -p gdpr-baseline
    What is the risk?     kiaim measure patients.csv --qi age,sex,zip
    A server with REST:   kiaim serve
    """


for command in (
    demo,
    serve,
    plan,
    anonymize,
    measure,
    verify,
    policy,
    hierarchy,
    plugin,
    key,
):
    main.add_command(command)
