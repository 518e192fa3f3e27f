"""Finds the optimum of a search problem, or proves that there is none."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from kiaim_server.errors import ParameterError
from kiaim_server.model.progress import Monitor
from kiaim_server.model.solution import Infeasible, SearchProblem, Solution, Undecided
from kiaim_server.search.answers import answer
from kiaim_server.search.anytime import Anytime
from kiaim_server.search.branch import Branching
from kiaim_server.search.climb import climb
from kiaim_server.search.deadline import Deadline
from kiaim_server.search.descent import Descent
from kiaim_server.search.evaluate import Evaluator
from kiaim_server.search.frontier import Frontier
from kiaim_server.search.incumbent import Incumbent
from kiaim_server.search.judge import Judge, proven
from kiaim_server.search.progress import Progress
from kiaim_server.search.threads import run_threads, sensible_threads

#: Share of records that may be suppressed from which on a good first solution pays: below it,
#: the limit alone prunes nearly everything (adult and cup at 0: 26 and 85 ms with climbing, 22
#: and 50 ms without).
_CLIMB_FROM: Final = 0.01

#: Nodes from which on it takes seconds to finish, and a walk and bounds of subsets pay.
LARGE: Final = 200_000


def find_optimum(
    problem: SearchProblem,
    monitor: Monitor,
    budget: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    threads: int | None = None,
    large: int = LARGE,
    starts: Sequence[tuple[int, ...]] = (),
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
    threads
        How many threads work on the proof; None for as many as are sensible. The answer is the
        same, its statistics are not.
    large
        Lattices with more nodes are searched with a walk from solution to solution and a growing
        lower bound beside the proof.
    starts
        Nodes to consider first, by their levels in column order. They need not be solutions;
        good ones save time, and no start changes the answer.

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
    progress = Progress(monitor, problem.n_nodes, deadline)
    progress.report()
    n_threads = sensible_threads(problem.tuples.n_tuples) if threads is None else threads
    if problem.n_nodes > large:
        return Anytime(problem, progress, deadline, n_threads).answer(starts)
    descent = Descent(problem)
    evaluator = Evaluator(problem, descent.frequencies)
    incumbent = Incumbent(problem, descent, evaluator, progress)
    team: list[Branching] = []
    prepared = time.perf_counter()
    judge = Judge(problem, descent)
    for levels in starts:
        incumbent.consider([levels[column.index] - column.low for column in descent.columns])
    climbs = problem.max_suppressed >= _CLIMB_FROM * problem.tuples.n_records
    if descent.depth and climbs and incumbent.best is None:
        start = climb(descent, judge, problem.max_suppressed, progress.tick, deadline)
        if start is not None:
            incumbent.consider(start)
    climbed = time.perf_counter()
    if descent.depth:
        frontier = Frontier(descent.root())
        progress.n_closed = lambda: sum(branching.n_closed for branching in team)
        progress.lower_bound = lambda: proven(
            min(frontier.bound, incumbent.loss, *(branching.left for branching in team))
        )
        run_threads(
            partial(Branching, problem, descent, incumbent, frontier, deadline),
            frontier,
            progress.tick,
            n_threads,
            team,
        )
    incumbent.settle()
    if incumbent.best is None:  # the top of the lattice tells how much stands in the way
        incumbent.consider([column.n_levels - 1 for column in descent.columns])
    progress.report()
    statistics = {
        "prepare_seconds": prepared - began,
        "climb_seconds": climbed - prepared,
        "prove_seconds": time.perf_counter() - climbed,
        "states": float(sum(branching.n_states for branching in team)),
        "judged": float(sum((b.judge.n_judged for b in team), judge.n_judged)),
        "evaluated": float(incumbent.n_evaluated),
    }
    left = min((branching.left for branching in team), default=math.inf)
    return answer(
        problem,
        incumbent.best,
        left,
        incumbent.least_suppressed,
        progress,
        deadline,
        statistics,
    )
