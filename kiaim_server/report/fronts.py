"""Geometry of a front: loss over a grid of values. The template draws what is computed here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kiaim_server.language import phrase
from kiaim_server.language.numbers import localised
from kiaim_server.model.prose import LANGUAGES

WIDTH: Final = 640.0
_LEFT: Final = 64.0  # for the numbers of the loss
_RIGHT: Final = 16.0
_TOP: Final = 14.0
_HEIGHT: Final = 230.0  # of the area of the plot
_BELOW: Final = 48.0  # for the labels of the grid and the name of the axis


@dataclass(frozen=True)
class Mark:
    """One value of the grid: its place, and that of its loss, if there is one.

    `kind` is ``optimum``, ``best``, ``none`` (proven) or ``open``; `low` the place of the lower
    bound where it is not the loss itself.
    """

    label: str
    x: float
    y: float | None
    low: float | None
    kind: str
    allowed: bool
    policy: bool
    told: str


@dataclass(frozen=True)
class Tick:
    """A number at the axis of the loss."""

    y: float
    label: str


@dataclass(frozen=True)
class FrontPlot:
    """A plot with one mark per value, the values evenly spaced, the loss to scale from 0."""

    title: str
    axis: str
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    steps: str
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    base: float = _TOP + _HEIGHT
    width: float = WIDTH
    height: float = _TOP + _HEIGHT + _BELOW


def front_plot(
    title: str,
    axis: str,
    points: Sequence[tuple[str, Mapping[str, Any]]],
    language: str = LANGUAGES[0],
) -> FrontPlot:
    """Lay out points as `build_exploration` has them, each with its label, in their order."""
    losses = [p["loss"] for _, p in points if p["loss"] is not None]
    top, step = _scale(max(losses, default=1.0))
    base = _TOP + _HEIGHT

    def y_of(loss: float) -> float:
        return round(base - _HEIGHT * max(loss, 0.0) / top, 2)

    width = (WIDTH - _LEFT - _RIGHT) / max(1, len(points))
    marks = []
    for n, (label, point) in enumerate(points):
        loss, bound = point["loss"], point["lower_bound"]
        proven = point["state"] in ("optimum", "infeasible")
        marks.append(
            Mark(
                label=label,
                x=round(_LEFT + (n + 0.5) * width, 2),
                y=None if loss is None else y_of(loss),
                low=None if proven or loss is None or bound is None else y_of(bound),
                kind=_KINDS[point["state"]],
                allowed=point["allowed"],
                policy=point["policy"],
                told=(
                    phrase(f"explore.state.{point['state']}", language)
                    if loss is None
                    else localised(f"{loss:.4g}", language)
                ),
            )
        )
    n_ticks = round(top / step)
    ticks = tuple(
        Tick(y_of(i * step), localised(f"{i * step:.4g}", language)) for i in range(n_ticks + 1)
    )
    line = " ".join(f"{m.x},{m.y}" for m in marks if m.y is not None)
    return FrontPlot(title, axis, tuple(marks), ticks, line)


_KINDS: Final = {
    "optimum": "optimum",
    "best found": "best",
    "infeasible": "none",
    "undecided": "open",
}


def _scale(largest: float) -> tuple[float, float]:
    """The end of the axis and the distance of its ticks: 1, 2 or 5 times a power of ten."""
    if largest <= 0:
        return 1.0, 0.5
    raw = largest / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9))
    return step * math.ceil(largest / step - 1e-9), step
