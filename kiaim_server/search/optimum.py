"""Finds the optimum of a search problem, or proves that there is none."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from kiaim_server.errors import ParameterError
from kiaim_server.model.progress import Monitor
from kiaim_server.model.solution import Infeasible, SearchProblem, Solution, Undecided
from kiaim_server.search.branch import Branching
from kiaim_server.search.climb import climb
from kiaim_server.search.deadline import Deadline
from kiaim_server.search.descent import Descent
from kiaim_server.search.evaluate import Candidate, Evaluator
from kiaim_server.search.judge import Judge, proven
from kiaim_server.search.obstacles import describe_obstacles
from kiaim_server.search.progress import Progress

#: Share of records that may be suppressed from which on a good first solution pays: below it,
#: the limit alone prunes nearly everything (adult and cup at 0: 26 and 85 ms with climbing, 22
#: and 50 ms without).
_CLIMB_FROM: Final = 0.01


def find_optimum(
    problem: SearchProblem,
    monitor: Monitor,
    budget: float | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Solution | Infeasible | Undecided:
    """Find the node with the least loss that satisfies all models within the suppression limit.

    Exact: every node is evaluated, or lies below a prefix of levels that provably suppresses too
    much or loses more than the best node. Deterministic: equal problem, equal answer. A node that
    keeps no record is no solution.

    Parameters
    ----------
    monitor
        Told the share of the lattice that is closed and the best loss so far, about five times a
        second; step ``search``. Facts: ``best_loss``, ``lower_bound``, ``gap``.
    budget
        Seconds after which the search ends without a proof; None waits for the proof.
    clock
        Tells the time in seconds.

    Returns
    -------
    Solution
        The optimum; or, if the time was up before the proof, the best node found, with
        `optimal` False and a proven lower bound. Only then does the answer depend on time.
    Infeasible
        It is proven that there is no solution.
    Undecided
        The time was up before either.

    Raises
    ------
    ParameterError
        If limits or models do not fit the table.
    Cancelled
        From the monitor.

    Notes
    -----
    Depth first over the quasi-identifiers instead of the nodes of the lattice, with states that
    shrink as columns are generalized. The worst case is the size of the lattice times the number
    of distinct tuples; classes that fail for certain, and the loss bound, usually leave a few
    per cent of it.
    """
    if not 0 <= problem.max_suppressed <= problem.tuples.n_records:
        raise ParameterError(
            f"{problem.max_suppressed} records may be suppressed, but the table has "
            f"{problem.tuples.n_records}"
        )
    deadline = Deadline(budget, clock)
    began = time.perf_counter()
    progress = Progress(monitor, problem.n_nodes)
    progress.report()
    evaluator = Evaluator(problem)
    descent = Descent(problem)
    judge = Judge(problem, descent)
    branching = Branching(problem, descent, judge, evaluator, progress, deadline)
    progress.lower_bound = lambda: proven(branching.lower_bound)
    prepared = time.perf_counter()
    if descent.depth and problem.max_suppressed >= _CLIMB_FROM * problem.tuples.n_records:
        start = climb(descent, judge, problem.max_suppressed, progress.tick, deadline)
        if start is not None:
            branching.consider(start)
    climbed = time.perf_counter()
    if descent.depth:
        branching.explore(descent.root(), [])
    branching.settle()
    if branching.best is None:  # the top of the lattice tells how much stands in the way
        branching.consider([column.n_levels - 1 for column in descent.columns])
    progress.report()
    statistics = {
        "prepare_seconds": prepared - began,
        "climb_seconds": climbed - prepared,
        "prove_seconds": time.perf_counter() - climbed,
        "states": float(branching.n_states),
        "judged": float(judge.n_judged),
        "evaluated": float(branching.n_evaluated),
    }
    if branching.best is None and math.isfinite(branching.left):
        return Undecided(
            progress.share,
            proven(branching.left),
            branching.least_suppressed,
            deadline.elapsed,
            statistics,
        )
    if branching.best is None:
        obstacles = describe_obstacles(problem, evaluator.rules)
        return Infeasible(obstacles, branching.least_suppressed, statistics)
    return _solution(branching.best, branching.left, statistics)


def _solution(best: Candidate, left: float, statistics: dict[str, float]) -> Solution:
    """The best node; `left` is the least bound of what was not searched, infinite if nothing."""
    return Solution(
        levels=best.levels,
        loss=best.loss,
        loss_per_attribute=best.losses,
        suppressed=best.suppressed,
        n_suppressed=best.n_suppressed,
        class_sizes=best.class_sizes,
        statistics=statistics,
        optimal=math.isinf(left),
        lower_bound=min(best.loss, proven(left)),
    )
