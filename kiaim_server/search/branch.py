"""Branch and bound over columns: proves the optimum."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.deadline import Deadline
from kiaim_server.search.descent import Descent, State, Steps
from kiaim_server.search.frontier import Frontier, Subtree
from kiaim_server.search.incumbent import Incumbent
from kiaim_server.search.judge import Judge

#: Columns whose levels are fixed one at a time, so that several threads find work; below, a thread
#: works through a subtree by itself.
_SHARED_DEPTH: Final = 3


class Branching:
    """Depth first over the columns, the most promising level first: the work of one thread.

    `tick` is called at every state, and whatever it raises ends the work. Other threads may read
    the attributes at any time.

    Attributes
    ----------
    left
        The least bound of the subtrees that were left open because the time was up; infinite if
        there is none.
    n_states, n_closed
        States that were explored, and nodes that need no further look.
    """

    def __init__(
        self,
        problem: SearchProblem,
        descent: Descent,
        incumbent: Incumbent,
        frontier: Frontier,
        deadline: Deadline,
        tick: Callable[[], None],
    ) -> None:
        self._limit = problem.max_suppressed
        self._descent = descent
        self._incumbent = incumbent
        self._frontier = frontier
        self._deadline = deadline
        self._tick = tick
        self.judge = Judge(problem, descent)
        self.left = math.inf
        self.n_states = 0
        self.n_closed = 0
        #: Nodes below one choice of the columns up to each depth.
        self._nodes_below = [1]
        for column in reversed(descent.columns):
            self._nodes_below.insert(0, self._nodes_below[0] * column.n_levels)

    def work(self) -> None:
        """Take subtrees until none is left."""
        while (subtree := self._frontier.take()) is not None:
            self._visit(subtree)
            self._frontier.done(subtree)

    def _visit(self, subtree: Subtree) -> None:
        """Close the subtree, or put its subtrees on the frontier."""
        below = self._nodes_below[len(subtree.rows)]
        if self._incumbent.hopeless(subtree.bound):
            self.n_closed += below
        elif subtree.rows and self._deadline.passed():
            self.left = min(self.left, subtree.bound)
        else:
            self._explore(subtree.state(self._descent), subtree.rows)

    def _explore(self, state: State, rows: list[int]) -> None:
        """Close the subtree below a state that fixes the levels `rows`."""
        self.n_states += 1
        self._tick()
        steps = self._descent.steps(state)
        subtrees = self._subtrees(state, steps, rows)
        if state.depth + 1 == self._descent.depth:
            self._finish_all(state, steps, subtrees)
        elif state.depth < _SHARED_DEPTH:
            self._frontier.put(subtrees)
        else:
            for subtree in subtrees:
                self._visit(subtree)

    def _subtrees(self, state: State, steps: Steps, rows: list[int]) -> list[Subtree]:
        """What the levels of the next column lead to, the most promising first."""
        below = self._nodes_below[state.depth + 1]
        last = state.depth + 1 == self._descent.depth
        subtrees = []
        for row, dropped in enumerate(steps.dropped):
            child = None
            bound = math.inf
            if dropped <= self._limit:
                bound = self.judge.score(steps.totals[row].tolist())
                if self.judge.bounds_prefixes and not last and not self._incumbent.hopeless(bound):
                    child = self._descent.step(state, row, steps)
                    bound = self.judge.bound(child)
            if dropped > self._limit or self._incumbent.hopeless(bound):
                self.n_closed += below
            else:
                subtrees.append(Subtree(bound, [*rows, row], child, (state, steps)))
        subtrees.sort(key=lambda subtree: (subtree.bound, subtree.rows[-1]))
        return subtrees

    def _finish_all(self, state: State, steps: Steps, nodes: list[Subtree]) -> None:
        """Decide nodes, the most promising first."""
        for node in nodes:
            if not self._incumbent.hopeless(node.bound):
                if self._deadline.passed():
                    self.left = min(self.left, node.bound)
                    continue
                self.finish(state, steps, node)
            self.n_closed += 1

    def finish(self, state: State, steps: Steps, node: Subtree) -> None:
        """Decide one node: from its state where that is cheaper, else exactly."""
        judgement = self.judge.decide(state, node.rows[-1], steps, with_release_models=False)
        loss, n_suppressed = judgement.loss, judgement.n_suppressed
        if not judgement.keeps or self._incumbent.hopeless(loss):
            return
        if not self.judge.is_exact:
            least = self._incumbent.least_suppressed
            if n_suppressed <= self._limit or least is None or n_suppressed < least:
                self._incumbent.consider(node.rows)
        elif n_suppressed <= self._limit:
            self._incumbent.contend(node.rows, loss)
        else:
            self._incumbent.saw_suppression(n_suppressed)
