"""A good first solution: steepest descent in loss from the most general node."""

from __future__ import annotations

from collections.abc import Callable

from kiaim_server.search.descent import Descent, State
from kiaim_server.search.judge import Judge, Judgement


def climb(
    descent: Descent, judge: Judge, max_suppressed: int, tick: Callable[[], None]
) -> list[int] | None:
    """Lower one column by one level as long as that lowers the loss.

    Starts from the most general node and always takes the neighbour with the least loss, the
    first of them in search order. `tick` is called before every evaluation.

    Returns
    -------
    list of int, or None
        Level numbers in search order; None if the most general node is no solution.

    Notes
    -----
    States of the current node's prefixes are kept, so that a neighbour that differs in column i
    is evaluated from prefix i on.
    """
    rows = [column.n_levels - 1 for column in descent.columns]
    path = _extend(descent, [descent.root()], rows, max_suppressed)
    if len(path) <= descent.depth:
        return None
    best = judge.judge(path[-1], with_release_models=True)
    if not _solves(best, max_suppressed):
        return None
    while True:
        moves: list[tuple[float, int, list[State]]] = []
        for i in range(descent.depth):
            if rows[i] == 0:
                continue
            tick()
            trial = [*rows[:i], rows[i] - 1, *rows[i + 1 :]]
            states = _extend(descent, path[: i + 1], trial, max_suppressed)
            if len(states) <= descent.depth:
                continue
            judgement = judge.judge(states[-1], with_release_models=True)
            if _solves(judgement, max_suppressed) and judgement.loss < best.loss:
                moves.append((judgement.loss, i, states))
                best = judgement
        if not moves:
            return rows
        _, i, path = moves[-1]
        rows[i] -= 1


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
