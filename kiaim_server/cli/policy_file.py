"""The file that a command writes a new policy into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from kiaim_server.errors import ConflictError, ParameterError

_ENDING: Final = ".policy.yaml"


def new_policy_option(what: str) -> Callable[[Any], Any]:
    """``-o FILE``; without it `what` is printed."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"A new file NAME.policy.yaml; without, {what} is printed.",
    )


def name_of_new(output: Path, example: str | None = None) -> str:
    """The name of the policy that is to be written into a file.

    Raises
    ------
    ConflictError
        The file exists already.
    ParameterError
        It is not called as the file of a policy is; `example` is a name that would do.
    """
    from kiaim_server.policy import draft_name

    if output.exists():
        raise ConflictError(f"{output}: exists already; give a new name")
    name = output.name.removesuffix(_ENDING)
    if not output.name.endswith(_ENDING) or draft_name(name) != name:
        hint = "" if example is None else f", e.g. {example}{_ENDING}"
        raise ParameterError(
            f"-o {output}: the file of a policy is called NAME{_ENDING}, NAME being lower case "
            f"words joined by hyphens{hint}"
        )
    return name


def write_new(output: Path, text: str) -> None:
    """Write a file that must not exist yet."""
    with output.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
