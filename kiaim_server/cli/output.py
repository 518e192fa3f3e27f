"""How commands speak: tables and progress bars for people, JSON lines for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import click

from kiaim_server.model.progress import Monitor

F = TypeVar("F", bound=Callable[..., Any])

_META: Final = "kiaim.json"


def json_option(command: F) -> F:
    """Add ``--json``."""

    def remember(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
        ctx.meta[_META] = value
        return value

    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        is_eager=True,
        callback=remember,
        help="Print JSON lines for programs instead of text for people.",
    )(command)


def wants_json(ctx: click.Context) -> bool:
    """Whether the command that runs was given ``--json``."""
    return bool(ctx.meta.get(_META))


def write_json_line(value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line of standard output."""
    sys.stdout.write(json.dumps(value, default=str, allow_nan=False) + "\n")
    sys.stdout.flush()


def write_json(value: object) -> None:
    """Print one JSON value, indented."""
    click.echo(json.dumps(value, indent=2, default=str, ensure_ascii=False))


@contextmanager
def progress(as_json: bool) -> Iterator[Monitor]:
    """A monitor that shows steps: a bar on a terminal, lines elsewhere, JSON lines if asked."""
    if as_json:
        yield JsonLines()
    elif sys.stderr.isatty():
        with _bar() as monitor:
            yield monitor
    else:
        yield Lines()


class JsonLines:
    """Prints every report as a JSON line."""

    def report(self, step: str, share: float | None = None, **facts: object) -> None:
        """Print one line."""
        from kiaim_server.jobs.pipe import json_value

        told = {"event": "progress", "step": step, "share": share, "facts": facts}
        write_json_line({key: json_value(value) for key, value in told.items()})


class Lines:
    """Prints the name of each new step to standard error."""

    def __init__(self) -> None:
        self._step = ""

    def report(self, step: str, share: float | None = None, **facts: object) -> None:
        """Print a line if the step is another one."""
        if step != self._step:
            self._step = step
            click.echo(f"{step} ...{explain(step)}", err=True)


def explain(step: str) -> str:
    """What a person would wonder about at a step."""
    if step == "compile":
        return " (first run on this machine: kernels are compiled once and kept)"
    return ""


@contextmanager
def _bar() -> Iterator[Monitor]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task("starting", total=None, note="")

        class Bar:
            """Moves the bar."""

            def report(self, step: str, share: float | None = None, **facts: object) -> None:
                """Show the step, its share, and the best loss found so far."""
                note = explain(step).strip()
                if isinstance(best := facts.get("best_loss"), float):
                    note = f"best loss {best:.4f}"
                    if isinstance(gap := facts.get("gap"), float):
                        note += f", at most {gap:.1%} above the least"
                total = None if share is None else 1.0
                bar.update(task, description=step, total=total, completed=share or 0, note=note)

        yield Bar()
