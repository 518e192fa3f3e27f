"""Branch and bound over columns: proves the optimum."""

from __future__ import annotations

import math

from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.deadline import Deadline
from kiaim_server.search.descent import Descent, State, Steps
from kiaim_server.search.evaluate import Candidate, Evaluator
from kiaim_server.search.judge import Judge, worst_worth_a_look
from kiaim_server.search.progress import Progress


class Branching:
    """Depth first over the columns, the most promising level first.

    Where the state of a node tells its loss up to rounding, nodes that may be the best are noted
    while exploring, and `settle` evaluates those that still may be in the end.

    Attributes
    ----------
    best
        The best candidate that was evaluated.
    least_suppressed
        The smallest suppression of any node that was evaluated and keeps a record.
    left
        The least bound of the subtrees that were left open because the time was up; infinite if
        there is none.
    """

    def __init__(
        self,
        problem: SearchProblem,
        descent: Descent,
        judge: Judge,
        evaluator: Evaluator,
        progress: Progress,
        deadline: Deadline,
    ) -> None:
        self._limit = problem.max_suppressed
        self._n_records = problem.tuples.n_records
        self._descent = descent
        self._judge = judge
        self._evaluator = evaluator
        self._progress = progress
        self._deadline = deadline
        self.left = math.inf
        #: Per depth the least bound of what is open beside the subtree that is explored.
        self._beside = [math.inf] * (descent.depth + 1)
        self._here = -math.inf
        self.best: Candidate | None = None
        self._least_loss = math.inf
        self._contenders: list[tuple[float, list[int]]] = []
        self.least_suppressed: int | None = None
        self.n_states = 0
        self.n_evaluated = 0
        #: Nodes below one choice of the columns up to each depth.
        self._nodes_below = [1]
        for column in reversed(descent.columns):
            self._nodes_below.insert(0, self._nodes_below[0] * column.n_levels)

    @property
    def lower_bound(self) -> float:
        """No node loses less."""
        return min(self.left, self._here, min(self._beside), self._least_loss)

    def consider(self, rows: list[int]) -> Candidate | None:
        """Evaluate a node exactly, given by level numbers in search order."""
        self.n_evaluated += 1
        candidate = self._evaluator.evaluate(self._descent.levels(rows))
        if candidate is None:
            return None
        if self.least_suppressed is None or candidate.n_suppressed < self.least_suppressed:
            self.least_suppressed = candidate.n_suppressed
        if candidate.n_suppressed > self._limit:
            return candidate
        if self.best is None or candidate.key < self.best.key:
            self.best = candidate
            self._found(candidate.loss)
        return candidate

    def contend(self, rows: list[int], loss: float) -> None:
        """Note a solution whose loss is known up to rounding."""
        self._contenders.append((loss, rows))
        self._found(loss)

    def settle(self) -> None:
        """Evaluate the contenders exactly, the most promising first.

        Raises
        ------
        RuntimeError
            If a contender turns out not to be a solution, or to have another loss: then the states
            of the search cannot be trusted, nor what was pruned by them.
        """
        for loss, rows in sorted(self._contenders):
            if self._hopeless(loss):
                break
            self._progress.tick()
            candidate = self.consider(rows)
            if (
                candidate is None
                or candidate.n_suppressed > self._limit
                or candidate.loss > worst_worth_a_look(loss)
                or loss > worst_worth_a_look(candidate.loss)
            ):
                raise RuntimeError("the state of a node and its evaluation disagree")
        self._contenders.clear()

    def _found(self, loss: float) -> None:
        if loss < self._least_loss:
            self._least_loss = loss
            self._progress.found(loss)

    def explore(self, state: State, rows: list[int]) -> None:
        """Close the subtree below a state that fixes the levels `rows`."""
        self.n_states += 1
        self._progress.tick()
        below = self._nodes_below[state.depth + 1]
        steps = self._descent.steps(state)
        open_rows = []
        for row, dropped in enumerate(steps.dropped):
            if dropped > self._limit:
                self._progress.close(below)
            else:
                open_rows.append((self._judge.score(steps.totals[row].tolist()), row))
        last = state.depth + 1 == self._descent.depth
        children: dict[int, State] = {}
        if self._judge.bounds_prefixes and not last:
            children, open_rows = self._bound_children(state, steps, open_rows)
        open_rows.sort()
        for place, (bound, row) in enumerate(open_rows):
            after = open_rows[place + 1][0] if place + 1 < len(open_rows) else math.inf
            self._beside[state.depth], self._here = after, bound
            if self._hopeless(bound):
                self._progress.close(below)
            elif self._deadline.passed():
                self.left = min(self.left, bound)
            elif last:
                self._finish(state, row, steps, bound, [*rows, row])
                self._progress.close(1)
            else:
                if row not in children:
                    children[row] = self._descent.step(state, row, steps)
                self.explore(children.pop(row), [*rows, row])
        self._beside[state.depth], self._here = math.inf, math.inf

    def _bound_children(
        self, state: State, steps: Steps, open_rows: list[tuple[float, int]]
    ) -> tuple[dict[int, State], list[tuple[float, int]]]:
        """Take the steps that are not hopeless already, for the bounds that their classes give."""
        children, bounds = {}, []
        for bound, row in open_rows:
            if not self._hopeless(bound):
                child = self._descent.step(state, row, steps)
                bound = self._judge.bound(child)
                if not self._hopeless(bound):
                    children[row] = child
            bounds.append((bound, row))
        return children, bounds

    def _hopeless(self, bound: float) -> bool:
        return bound > worst_worth_a_look(self._least_loss)

    def _finish(self, state: State, row: int, steps: Steps, bound: float, rows: list[int]) -> None:
        """Decide one node: from its state where that is cheaper, else exactly."""
        n_suppressed = steps.dropped[row]
        loss = bound
        keeps = n_suppressed < self._n_records
        if self._judge.needs_classes:
            judgement = self._judge.judge(
                self._descent.step(state, row, steps), with_release_models=False
            )
            loss, n_suppressed, keeps = judgement.loss, judgement.n_suppressed, judgement.keeps
        if not keeps or self._hopeless(loss):
            return
        if not self._judge.is_exact:
            least = self.least_suppressed
            if n_suppressed <= self._limit or least is None or n_suppressed < least:
                self.consider(rows)
        elif n_suppressed <= self._limit:
            self.contend(rows, loss)
        elif self.least_suppressed is None or n_suppressed < self.least_suppressed:
            self.least_suppressed = n_suppressed
