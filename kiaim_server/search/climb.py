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
    path = _extend(descent, [descent.root()], rows, max_suppressed)
    if len(path) <= descent.depth:
        return None
    best = judge.judge(path[-1], with_release_models=True)
    if not _solves(best, max_suppressed):
        return None
    gains = {i: math.inf for i in range(descent.depth) if rows[i] > 0}
    while gains and not deadline.passed():
        i = max(gains, key=lambda column: (gains[column], -column))
        tick()
        trial = [*rows[:i], rows[i] - 1, *rows[i + 1 :]]
        states = _extend(descent, path[: i + 1], trial, max_suppressed)
        gain = 0.0
        if len(states) > descent.depth:
            judgement = judge.judge(states[-1], with_release_models=True)
            if _solves(judgement, max_suppressed):
                gain = best.loss - judgement.loss
        if gain <= 0.0:
            del gains[i]
            continue
        gains[i] = gain
        if gain >= max(gains.values()):
            best, path, rows = judgement, states, trial
            if rows[i] == 0:
                del gains[i]
    return rows


def _solves(judgement: Judgement, max_suppressed: int) -> bool:
    return judgement.keeps and judgement.n_suppressed <= max_suppressed


def _extend(
    descent: Descent, path: list[State], rows: list[int], max_suppressed: int
) -> list[State]:
    """The states from a prefix to the node; ends early where too much is suppressed."""
    path = list(path)
    for depth in range(len(path) - 1, descent.depth):
        state = descent.fix(path[-1], rows[depth])
        if state.pooled > max_suppressed:
            break
        path.append(state)
    return path
