"""What a search found, as an answer."""

from __future__ import annotations

import math
from collections.abc import Mapping

from kiaim_server.model.solution import Infeasible, SearchProblem, Solution, Undecided
from kiaim_server.search.deadline import Deadline
from kiaim_server.search.evaluate import Candidate
from kiaim_server.search.judge import proven
from kiaim_server.search.obstacles import describe_obstacles
from kiaim_server.search.progress import Progress
from kiaim_server.search.rules import rules_of


def answer(
    problem: SearchProblem,
    best: Candidate | None,
    left: float,
    least_suppressed: int | None,
    progress: Progress,
    deadline: Deadline,
    statistics: Mapping[str, float],
) -> Solution | Infeasible | Undecided:
    """The answer; `left` is the least bound of what was not searched, infinite if nothing is."""
    if best is not None:
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
    if math.isinf(left):
        obstacles = describe_obstacles(problem, rules_of(problem))
        return Infeasible(obstacles, least_suppressed, statistics)
    return Undecided(progress.closed, proven(left), least_suppressed, deadline.elapsed, statistics)
