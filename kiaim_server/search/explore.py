"""Exact optimums over a grid of suppression limits, and over a grid of k, with few searches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from kiaim_server.model.contract import PrivacyModel
from kiaim_server.model.front import Point
from kiaim_server.model.progress import Monitor
from kiaim_server.model.solution import Infeasible, SearchProblem, Solution, Undecided
from kiaim_server.privacy import KAnonymity
from kiaim_server.search.dials import looser_keeps_more
from kiaim_server.search.evaluate import classes_kept
from kiaim_server.search.onestep import OneStep
from kiaim_server.search.optimum import find_optimum

Answer = Solution | Infeasible | Undecided


def explore_suppression(
    problem: SearchProblem,
    limits: Iterable[int],
    monitor: Monitor,
    known: Answer | None = None,
    seconds: float | None = None,
) -> tuple[Point, ...]:
    """The optimum at each limit of suppression, in records, ascending.

    Parameters
    ----------
    known
        The answer at the problem's own limit, if it was searched already.
    seconds
        For all searches together; None waits for every proof.

    Notes
    -----
    An optimum at the limit a that suppresses s records is the optimum at every limit in [s, a]: it
    is a solution there, and fewer nodes are. Nor has a smaller limit a solution where a larger has
    none. The largest limit is asked first, as its optimum often suppresses far less; then the
    others from the smallest on, so that every optimum is a solution to start the next from.
    """
    grid = sorted({*limits, problem.max_suppressed})
    front = _Front(
        problem,
        pose=lambda limit: replace(problem, max_suppressed=limit),
        follows=lambda limit, other, point: (
            isinstance(point.answer, Solution) and point.answer.n_suppressed <= limit <= other
        ),
        ruled_out=lambda limit, other: limit <= other,
    )
    order = [grid[-1], *grid[:-1]]
    return front.ask_all(order, problem.max_suppressed, known, monitor, seconds)


def explore_k(
    problem: SearchProblem,
    sizes: Iterable[int],
    monitor: Monitor,
    known: Answer | None = None,
    seconds: float | None = None,
) -> tuple[Point, ...]:
    """The optimum for each k, ascending, with all other demands as they are.

    Where the problem demands k-anonymity its k is replaced (and is part of the grid), otherwise
    k-anonymity comes on top.

    Notes
    -----
    A larger k suppresses more at every node, so an optimum for k whose smallest class has m members
    is the optimum for every k in [k, m], and what has no solution has none for a larger k. The
    smallest k is asked first, as its optimum often has larger classes; then the others from the
    largest on, so that every optimum is a solution to start the next from. Where other models make
    that untrue (see `looser_keeps_more`) every k is searched.
    """
    own = [int(m.at_least) for m in problem.models if isinstance(m, KAnonymity)]
    grid = sorted({*sizes, *([max(own)] if own else [])})
    nests = looser_keeps_more(problem, problem.models, KAnonymity(Fraction(2)))
    front = _Front(
        problem,
        pose=lambda k: replace(problem, models=_with_k(problem.models, k)),
        follows=lambda k, other, point: (
            k == other or (nests and point.smallest is not None and other <= k <= point.smallest)
        ),
        ruled_out=lambda k, other: k == other or (nests and k >= other),
    )
    order = [grid[0], *reversed(grid[1:])]
    return front.ask_all(order, max(own) if own else None, known, monitor, seconds)


def _with_k(models: Sequence[PrivacyModel], k: int) -> tuple[PrivacyModel, ...]:
    others = [model for model in models if not isinstance(model, KAnonymity)]
    return (KAnonymity(Fraction(k)), *others)


class _Front:
    """Answers for many values of one parameter, each searched only if none implies it.

    `follows(value, other, point)` tells whether the optimum at the value `other` is that at
    `value`, `ruled_out(value, other)` whether there is no solution at `value` as there is none at
    `other`.
    """

    def __init__(
        self,
        problem: SearchProblem,
        pose: Callable[[int], SearchProblem],
        follows: Callable[[int, int, Point], bool],
        ruled_out: Callable[[int, int], bool],
    ) -> None:
        self._problem = problem
        self._pose = pose
        self._follows = follows
        self._ruled_out = ruled_out
        self._points: dict[int, Point] = {}

    def ask_all(
        self,
        order: Sequence[int],
        own: int | None,
        known: Answer | None,
        monitor: Monitor,
        seconds: float | None,
    ) -> tuple[Point, ...]:
        """Points at all values, ascending; `known` is the answer at `own`."""
        if own is not None and known is not None:
            self._points[own] = self._point(own, known, searched=False)
        until = None if seconds is None else time.monotonic() + seconds
        for n, value in enumerate(order):
            if value in self._points:
                continue
            monitor.report("explore", n / len(order))
            budget = None if until is None else (until - time.monotonic()) / (len(order) - n)
            self._points[value] = self._implied(value) or self._search(value, monitor, budget)
        return tuple(self._points[value] for value in sorted(self._points))

    def _implied(self, value: int) -> Point | None:
        for other, point in self._points.items():
            answer = point.answer
            proven = isinstance(answer, Solution) and answer.optimal
            if proven and self._follows(value, other, point):
                return replace(point, value=value, searched=False)
            if isinstance(answer, Infeasible) and self._ruled_out(value, other):
                return replace(point, value=value, searched=False)
        return None

    def _search(self, value: int, monitor: Monitor, budget: float | None) -> Point:
        found = (p.answer.levels for p in self._points.values() if isinstance(p.answer, Solution))
        starts = tuple(dict.fromkeys(found))
        limited = None if budget is None else max(budget, 0.0)
        answer = find_optimum(
            self._pose(value), OneStep(monitor, "explore"), limited, starts=starts
        )
        return self._point(value, answer, searched=True)

    def _point(self, value: int, answer: Answer, *, searched: bool) -> Point:
        smallest = None
        if isinstance(answer, Solution):
            classes = classes_kept(self._problem, answer.levels, answer.suppressed, ())
            smallest = int(classes.sizes.min())
        return Point(value, answer, smallest, searched)
