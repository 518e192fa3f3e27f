"""The fronts as data and as a page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kiaim_server.model.front import Point
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.solution import Infeasible, Solution, Undecided
from kiaim_server.report.explore import build_exploration, render_exploration
from kiaim_server.report.fronts import front_plot

AGE = Hierarchy.from_columns("age", [["1", "2"], ["*", "*"]])


def _solution(level: int, loss: float, gone: int, **more: Any) -> Solution:
    return Solution((level,), loss, (loss,), np.zeros(1, bool), gone, np.array([5]), {}, **more)


def _explored() -> dict[str, Any]:
    rough = _solution(0, 0.2, 40, optimal=False, lower_bound=0.1)
    return build_exploration(
        [
            Point(0, Infeasible(("none",), 3), None, searched=True),
            Point(10, _solution(1, 0.5, 10), 5, searched=True),
            Point(20, _solution(1, 0.5, 10), 5, searched=False),
            Point(50, rough, 3, searched=True),
            Point(100, Undecided(0.5, 0.05, None, 1.0), None, searched=True),
        ],
        [
            Point(2, _solution(1, 0.5, 10), 5, searched=True),
            Point(5, _solution(1, 0.5, 10), 5, searched=False),
        ],
        hierarchies=(AGE,),
        n_records=100,
        limit=10,
        k=5,
        measure="loss",
        seconds=0.5,
    )


def _plan(name: str = "t.csv") -> dict[str, Any]:
    return {
        "data": {"name": name, "records": 100},
        "policies": [{"name": "own", "version": "1.0.0"}],
        "search": {"lattice_nodes": 2},
        "software": "kiaim",
        "language": "en",
        "created": "2026-01-01",
        "explore": _explored(),
    }


def test_points_tell_what_is_proven_and_what_the_policy_allows() -> None:
    points = _explored()["suppression"]["points"]
    assert [p["state"] for p in points] == [
        "infeasible",
        "optimum",
        "optimum",
        "best found",
        "undecided",
    ]
    # The optimum under a limit of 20 suppresses 10, which the policy allows.
    assert [p["allowed"] for p in points] == [True, True, True, False, False]
    assert [p["policy"] for p in points] == [False, True, False, False, False]
    assert [p["front"] for p in points] == [False, True, True, True, False]
    assert [p["lower_bound"] for p in points] == [None, 0.5, 0.5, 0.1, 0.05]
    assert points[1]["levels"] == {"age": 1}
    assert _explored()["suppression"]["searches"] == 4
    # So does k = 2: its classes have five members.
    assert [p["allowed"] for p in _explored()["k"]["points"]] == [True, True]


def test_loss_is_to_scale_from_zero_and_marks_stay_within_the_plot() -> None:
    points = [(str(p["limit"]), p) for p in _explored()["suppression"]["points"]]
    plot = front_plot("T", "x", points)
    by_label = {m.label: m for m in plot.marks}
    assert by_label["0.0"].y is None
    half, fifth = by_label["0.1"].y, by_label["0.5"].y
    assert half is not None
    assert fifth is not None
    assert (plot.base - half) / (plot.base - fifth) == pytest.approx(0.5 / 0.2, rel=1e-3)
    low = by_label["0.5"].low
    assert low is not None
    assert plot.base > low > fifth
    assert [m.kind for m in plot.marks] == ["none", "optimum", "optimum", "best", "open"]
    for mark in plot.marks:
        assert plot.left < mark.x < plot.right
        assert mark.y is None or 0 <= mark.y <= plot.base
    assert [t.label for t in plot.ticks][:2] == ["0", "0.2"]


def test_a_loss_of_nothing_can_be_drawn() -> None:
    point = _explored()["suppression"]["points"][1] | {"loss": 0.0}
    (mark,) = front_plot("T", "x", [("0", point)]).marks
    assert mark.y == front_plot("T", "x", [("0", point)]).base


def test_the_page_needs_nothing_else_and_escapes_names() -> None:
    html = render_exploration(_plan("<script>alert(1)</script>.csv"))
    assert "<script" not in html
    assert "http" not in html.replace("http-equiv", "")
    for text in ("(policy)", "(beyond)", "(at least 0.1)", "undecided", "infeasible", "5 searches"):
        assert text in html
    limits, sizes = (part.split("</svg>")[0] for part in html.split("<svg")[1:])
    assert (limits.count("<circle"), sizes.count("<circle")) == (3, 2)
    assert limits.count('class="beyond"') + limits.count(" beyond") == 1
    assert (limits.count(">\u00d7</text>"), limits.count(">?</text>")) == (1, 1)
