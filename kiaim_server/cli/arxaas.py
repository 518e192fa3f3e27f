"""The options of ``kiaim serve`` for the face that speaks ARXaaS."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kiaim_server.errors import ParameterError

if TYPE_CHECKING:
    from kiaim_server.arxaas import Face

F = TypeVar("F", bound=Callable[..., Any])


def arxaas_options(command: F) -> F:
    """Add ``--arxaas`` and what belongs to it."""
    options = (
        click.option(
            "--arxaas",
            is_flag=True,
            help="Serve /api for portals that speak ARXaaS too. Their requests say themselves what "
            "a release has to keep, so name a policy as well.",
        ),
        click.option(
            "--arxaas-policy",
            metavar="POLICY",
            help="A policy whose demands hold for every table that leaves by /api, on top of what "
            "the request asks for.",
        ),
        click.option(
            "--arxaas-context",
            multiple=True,
            metavar="KEY=VALUE",
            help="Facts of these releases for the policy, or @FILE; like -c of other commands.",
        ),
        click.option(
            "--arxaas-records",
            type=click.IntRange(1),
            default=50_000,
            show_default=True,
            metavar="N",
            help="Most records of a table that comes by /api.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def face_of(
    enabled: bool, policy: str | None, context: tuple[str, ...], max_records: int
) -> Face | None:
    """The face as the options say; None if it is not enabled.

    Raises
    ------
    ParameterError
        A policy for a face that is not enabled, or a context without a policy.
    """
    if not enabled:
        if policy is not None or context:
            raise ParameterError("--arxaas-policy and --arxaas-context need --arxaas")
        return None
    if context and policy is None:
        raise ParameterError("--arxaas-context needs --arxaas-policy, which looks at it")
    from kiaim_server.arxaas import Face
    from kiaim_server.cli.context import read_context

    return Face(policy, read_context(context), max_records)
