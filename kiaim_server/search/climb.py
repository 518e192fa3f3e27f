"""A good first solution: descent in loss from the most general node."""

from __future__ import annotations

import math
from collections.abc import Callable

from kiaim_server.search.deadline import Deadline
from kiaim_server.search.descent import Descent, State
from kiaim_server.search.judge import Judge, Judgement


def climb(
    descent: Descent,
    judge: Judge,
    max_suppressed: int,
    tick: Callable[[], None],
    deadline: Deadline,
) -> list[int] | None:
    """Lower one column by one level as long as that lowers the loss.

    Starts from the most general node and takes the neighbour whose gain is known to be large: the
    gain of a move is looked at again only when it is the largest of those that were seen before.
    A column whose move gains nothing is not tried again. `tick` is called before every evaluation.
    Once the time is up, the present node is the last.

    Returns
    -------
    list of int, or None
        Level numbers in search order; None if the most general node is no solution.

    Notes
    -----
    States of the current node's prefixes are kept, so that a neighbour that differs in column i
    is evaluated from prefix i on. Looking again at few moves only finds nodes as good as the
    steepest descent's with half the evaluations or less.
    """
    rows = [column.n_levels - 1 for column in descent.columns]
    path, best = _reach(descent, judge, [descent.root()], rows, max_suppressed)
    if best is None:
        return None
    gains = {i: math.inf for i in range(descent.depth) if rows[i] > 0}
    while gains and not deadline.passed():
        i = max(gains, key=lambda column: (gains[column], -column))
        tick()
        trial = [*rows[:i], rows[i] - 1, *rows[i + 1 :]]
        states, judgement = _reach(descent, judge, path[: i + 1], trial, max_suppressed)
        gain = 0.0 if judgement is None else best.loss - judgement.loss
        if judgement is None or gain <= 0.0:
            del gains[i]
            continue
        gains[i] = gain
        if gain >= max(gains.values()):
            best, path, rows = judgement, states, trial
            if rows[i] == 0:
                del gains[i]
    return rows


def _reach(
    descent: Descent, judge: Judge, path: list[State], rows: list[int], max_suppressed: int
) -> tuple[list[State], Judgement | None]:
    """Go from a prefix to the node `rows`.

    Returns the states of all its prefixes, and its judgement; that is None if the node is no
    solution, and states end early where that is certain.
    """
    path = list(path)
    for depth in range(len(path) - 1, descent.depth - 1):
        state = descent.fix(path[-1], rows[depth])
        if state.pooled > max_suppressed:
            return path, None
        path.append(state)
    steps = descent.steps(path[-1], slice(rows[-1], rows[-1] + 1))
    if steps.dropped[0] > max_suppressed:
        return path, None
    judgement = judge.decide(path[-1], rows[-1], steps, with_release_models=True)
    solves = judgement.keeps and judgement.n_suppressed <= max_suppressed
    return path, judgement if solves else None
