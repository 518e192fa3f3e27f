"""Fronts of loss against suppression and against k: as data, and as a page with two plots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kiaim_server.language import phrase
from kiaim_server.language.numbers import localised
from kiaim_server.model.front import Point
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.solution import Infeasible, Solution, Undecided
from kiaim_server.report.fronts import front_plot
from kiaim_server.report.html import Translations, page

EXPLORE_SCHEMA: Final = "kiaim/explore/v1"


def build_exploration(
    by_limit: Sequence[Point],
    by_k: Sequence[Point],
    *,
    hierarchies: Sequence[Hierarchy],
    n_records: int,
    limit: int,
    k: int | None,
    measure: str,
    seconds: float,
) -> dict[str, Any]:
    """Both fronts as JSON values.

    Parameters
    ----------
    limit, k
        What the policy allows: records suppressed at most, and k at least (None if it demands
        none). `allowed` tells whether it allows what a point attains, which may be less
        suppression, or larger classes, than the value that was asked for.
    """
    return {
        "schema": EXPLORE_SCHEMA,
        "loss_measure": measure,
        "records": n_records,
        "suppression": {
            "policy": {"records": limit, "share": limit / n_records},
            "searches": sum(point.searched for point in by_limit),
            "points": [
                {
                    "limit": point.value / n_records,
                    "limit_records": point.value,
                    **_described(point, hierarchies, n_records),
                    "allowed": _least(point.value, point.answer) <= limit,
                    "policy": point.value == limit,
                    "front": _on_front(point, by_limit),
                }
                for point in by_limit
            ],
        },
        "k": {
            "policy": k,
            "searches": sum(point.searched for point in by_k),
            "points": [
                {
                    "k": point.value,
                    **_described(point, hierarchies, n_records),
                    "allowed": k is None or max(point.value, point.smallest or 0) >= k,
                    "policy": point.value == k,
                }
                for point in by_k
            ],
        },
        "seconds": seconds,
    }


def render_exploration(plan: Mapping[str, Any], language: str | None = None) -> str:
    """A plan's fronts as one HTML page that needs nothing else; None: in the plan's language."""
    language = language or str(plan["language"])
    return page(
        "explore.html",
        language,
        Translations({}, language),
        plan=plan,
        policies=", ".join(f"{p['name']} {p['version']}" for p in plan["policies"]),
        **front_values(plan["explore"], language),
    )


def front_values(found: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What the template of the fronts takes, from what `build_exploration` gives."""
    limits, sizes = found["suppression"]["points"], found["k"]["points"]
    return {
        "explore": found,
        "limit_plot": front_plot(
            phrase("explore.plot.limit", language),
            phrase("explore.axis.limit", language),
            [(localised(_percent(point["limit"]), language), point) for point in limits],
            language,
        ),
        "k_plot": front_plot(
            phrase("explore.plot.k", language),
            "k",
            [(localised(f"{point['k']:,}", language), point) for point in sizes],
            language,
        ),
        "state": lambda state: phrase(f"explore.state.{state}", language),
        "open": any(point["state"] in ("best found", "undecided") for point in [*limits, *sizes]),
        "names": list(next((p["levels"] for p in [*limits, *sizes] if p["levels"]), {})),
    }


def _percent(share: float) -> str:
    """A limit with two digits: it is a whole number of records."""
    return f"{float(f'{100 * share:.2g}'):g}\u00a0%"


def _least(limit: int, answer: Solution | Infeasible | Undecided) -> int:
    return answer.n_suppressed if isinstance(answer, Solution) else limit


def _described(point: Point, hierarchies: Sequence[Hierarchy], n_records: int) -> dict[str, Any]:
    answer = point.answer
    if not isinstance(answer, Solution):
        proven = isinstance(answer, Infeasible)
        return {
            "state": "infeasible" if proven else "undecided",
            "loss": None,
            "lower_bound": None if isinstance(answer, Infeasible) else answer.lower_bound,
            "suppressed": None,
            "share": None,
            "smallest_class": None,
            "levels": None,
            "searched": point.searched,
        }
    names = (hierarchy.attribute for hierarchy in hierarchies)
    return {
        "state": "optimum" if answer.optimal else "best found",
        "loss": float(answer.loss),
        "lower_bound": float(answer.lower_bound),
        "suppressed": int(answer.n_suppressed),
        "share": answer.n_suppressed / n_records,
        "smallest_class": point.smallest,
        "levels": dict(zip(names, map(int, answer.levels), strict=True)),
        "searched": point.searched,
    }


def _on_front(point: Point, points: Sequence[Point]) -> bool:
    """Whether no other answer loses less or suppresses less without being worse in the other."""
    if not isinstance(point.answer, Solution):
        return False
    own = (point.answer.loss, point.answer.n_suppressed)
    others = [
        (other.answer.loss, other.answer.n_suppressed)
        for other in points
        if isinstance(other.answer, Solution)
    ]
    return not any(o[0] <= own[0] and o[1] <= own[1] and o != own for o in others)
