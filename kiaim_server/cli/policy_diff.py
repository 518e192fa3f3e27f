"""``kiaim policy diff``: what a change of a policy does."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kiaim_server.cli.asking import request_of, table_options
from kiaim_server.cli.options import EXISTING_FILE, open_library, policy_reference
from kiaim_server.cli.output import json_option, progress, write_json
from kiaim_server.errors import InputError, ParameterError

if TYPE_CHECKING:
    from kiaim_server.policy import Policy, PolicyLibrary
    from kiaim_server.policy.diff import Clause, Difference

_STEP_TOO_SMALL: Final = 2
_LOOSER: Final = 3
_STDIN: Final = "-"


@click.command(
    "diff",
    epilog="""\b
Examples:
  kiaim policy diff gdpr-baseline my.policy.yaml
  git show HEAD:my.policy.yaml | kiaim policy diff - my.policy.yaml
  kiaim policy diff old/my.policy.yaml my.policy.yaml --on patients.csv -c @context.yaml

\b
Exit codes: 0 nothing got looser and the version grew enough, 3 something got looser or it is not
decided whether it did, 2 the version has to grow more (P405), or wrong input.""",
)
@click.argument("old")
@click.argument("new")
@click.option(
    "--on",
    "data",
    type=EXISTING_FILE,
    metavar="DATA",
    help="Plan a release of this table under both policies, and show what changes.",
)
@table_options
@json_option
@click.pass_context
def diff_policies(
    ctx: click.Context,
    /,
    old: str,
    new: str,
    data: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Compare the policies OLD and NEW clause by clause: names, files, or - for standard input.

    Both are compared with everything that they extend. A clause is called stricter or looser only
    where that is proven; what is not decided counts as looser. With --on, and the options of kiaim
    plan, the effect on a table is measured. Nothing is released.
    """
    from kiaim_server.policy.diff import compare

    if data is not None and _STDIN in (old, new):
        raise ParameterError("--on plans with both policies, so each has to be a name or a file")
    library = open_library(options["plugins_dir"], options["policies_dir"])
    difference = compare(*_policies(library, old, new))
    effect = None
    if data is not None:
        effect = _measured(data, old, new, options)
    elif options["context_items"]:
        raise ParameterError("-c is for --on DATA; without a table nothing depends on a context")
    if as_json:
        write_json({**difference.as_data(), "effect": effect})
    else:
        for line in _lines(difference):
            click.echo(line)
        if effect is not None:
            from kiaim_server.cli.compared import print_effect

            print_effect(effect)
    ctx.exit(_code(difference))


def _code(difference: Difference) -> int:
    if difference.looser:
        return _LOOSER
    return 0 if difference.advice.finding is None else _STEP_TOO_SMALL


def _policies(library: PolicyLibrary, old: str, new: str) -> tuple[Policy, Policy]:
    """Both policies; what comes by standard input has its parents where the other one has them."""
    if old == new == _STDIN:
        raise ParameterError("only one of the two policies can be read from standard input")
    first, second = (
        _policy(library, reference, other) for reference, other in ((old, new), (new, old))
    )
    return first, second


def _policy(library: PolicyLibrary, reference: str, other: str) -> Policy:
    if reference != _STDIN:
        return library.as_written(policy_reference(reference))
    from kiaim_server.policy.source import MAX_BYTES, read_source

    there = policy_reference(other)
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    folder = there.parent if isinstance(there, Path) else None
    return library.as_written(read_source(content, "standard input"), folder)


def _measured(data: Path, old: str, new: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Plan a release under both policies; one that cannot be planned says why."""
    from kiaim_server import pipeline
    from kiaim_server.cli.plan import scratch_folder, workbench_of
    from kiaim_server.report import beside

    plans: list[Mapping[str, Any]] = []
    with progress(as_json=False) as monitor, scratch_folder() as scratch:
        workbench = workbench_of(options, scratch)
        for policy in (old, new):
            request = request_of(workbench, data, policy=policy, **options)
            try:
                plans.append(pipeline.plan(request, workbench, scratch, monitor).plan)
            except InputError as error:
                raise type(error)(f"under {policy}: {error}") from None
    return beside(*plans)


def _lines(difference: Difference) -> Iterator[str]:
    old, new = difference.old, difference.new
    yield f"{old.name} {old.version} -> {new.name} {new.version}"
    yield from _chain(difference)
    changed = [c for c in difference.clauses if c.status != "unchanged"]
    order = ("looser", "undecided", "stricter", "none")
    for clause in sorted(changed, key=lambda c: order.index(c.effect)):
        yield from _clause(clause)
    looser = len(difference.looser)
    yield (
        f"{len(changed)} clause(s) changed, {looser} of them looser or undecided; "
        f"{len(difference.clauses) - len(changed)} unchanged"
    )
    yield _version(difference)


def _chain(difference: Difference) -> Iterator[str]:
    """What the policies extend, where that differs."""
    before, after = (dict(chain[1:]) for chain in difference.chains)
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was != now:
            yield f"extends {name}: {was or 'not at all'} -> {now or 'not at all'}"


def _clause(clause: Clause) -> Iterator[str]:
    """What became of a clause: its effect, its status if that says more, and both wordings."""
    mark = clause.effect.upper() if clause.effect in ("looser", "undecided") else clause.effect
    status = "" if clause.status == clause.effect else f", {clause.status}"
    head = "words" if clause.status == "reworded" else "no effect"
    mark = head if clause.effect == "none" else mark
    place = f"  ({clause.place})" if clause.place else ""
    shown = "" if clause.status == "reworded" else status
    yield f"{mark}{shown}: {clause.kind} {clause.id}{place}"
    if clause.old == clause.new:
        yield f"    {clause.new}"
    else:
        yield from (f"  - {text}" for text in (clause.old,) if text is not None)
        yield from (f"  + {text}" for text in (clause.new,) if text is not None)
    if clause.note:
        yield f"    {clause.note}"


def _version(difference: Difference) -> str:
    advice = difference.advice
    if advice.finding is not None:
        return str(advice.finding)
    if advice.taken is None:
        step = {"none": "no step", "patch": "a patch"}.get(advice.needed, f"a {advice.needed} step")
        return f"Between versions of one policy this would be {step} of the version."
    return f"Version {difference.new.version} is a step of the right size ({advice.needed})."
