"""Geometry of the two plots; the template draws what is computed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kiaim_server.language import phrase
from kiaim_server.model.prose import LANGUAGES
from kiaim_server.report.sizes import bin_labels, binned_records, edges_for

#: Width of a plot in its own units; one unit is about a pixel on paper and less on a phone.
WIDTH: Final = 640
_LABEL: Final = 190  # to the left of the bars
_VALUE: Final = 96  # to the right of the longest bar
_BAR: Final = 15
_GAP: Final = 14


@dataclass(frozen=True)
class Bar:
    """One bar: what it stands for, its share in [0, 1], its place."""

    series: str
    share: float
    y: float
    width: float


@dataclass(frozen=True)
class Group:
    """A label with one bar per series."""

    label: str
    y: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Plot:
    """A plot of horizontal bars that all start at `origin`."""

    name: str
    title: str
    description: str
    groups: tuple[Group, ...]
    series: tuple[str, ...]
    height: float
    origin: float = _LABEL
    bar: float = _BAR
    width: float = WIDTH


def size_plot(class_sizes: Mapping[str, Any], language: str = LANGUAGES[0]) -> Plot | None:
    """Share of records by the size of their class, before and after; None without any class."""
    series = {name: pairs for name, pairs in class_sizes.items() if pairs}
    if not series:
        return None
    edges = edges_for(*series.values())
    shares = {}
    for name, pairs in series.items():
        records = binned_records(pairs, edges)
        shares[name] = [n / sum(records) for n in records]
    rows = [
        (label, {name: values[i] for name, values in shares.items()})
        for i, label in enumerate(bin_labels(edges, language))
    ]
    return _plot("sizes", language, rows)


def risk_plot(risk: Mapping[str, Any], language: str = LANGUAGES[0]) -> Plot | None:
    """Four figures of risk, before and after; None without any class."""
    series = {name: r for name, r in risk.items() if r is not None and r["classes"]}
    if not series:
        return None
    figures: tuple[tuple[str, Callable[[Mapping[str, Any]], float]], ...] = (
        (phrase("plot.highest", language), lambda r: r["prosecutor"]["highest"]),
        (phrase("plot.average", language), lambda r: r["prosecutor"]["average"]),
        (phrase("plot.unique", language), lambda r: r["sample_uniqueness"]),
        (
            phrase("plot.above", language, threshold="1/5"),
            lambda r: r["prosecutor"]["share_above"]["1/5"],
        ),
        (
            phrase("plot.above", language, threshold="1/11"),
            lambda r: r["prosecutor"]["share_above"]["1/11"],
        ),
    )
    rows = [(label, {name: of(r) for name, r in series.items()}) for label, of in figures]
    return _plot("risk", language, rows)


def _plot(name: str, language: str, rows: list[tuple[str, dict[str, float]]]) -> Plot:
    largest = max(max(values.values()) for _, values in rows) or 1.0
    scale = (WIDTH - _LABEL - _VALUE) / largest
    groups = []
    y = 0.0
    for label, values in rows:
        bars = tuple(
            Bar(name, share, y + i * (_BAR + 2), round(share * scale, 2))
            for i, (name, share) in enumerate(values.items())
        )
        groups.append(Group(label, y, bars))
        y += len(bars) * (_BAR + 2) + _GAP
    series = tuple(rows[0][1])
    title, about = phrase(f"plot.{name}", language), phrase(f"plot.{name}.about", language)
    return Plot(f"plot-{name}", title, about, tuple(groups), series, y)
