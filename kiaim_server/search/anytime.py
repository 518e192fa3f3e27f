"""The search of lattices that may be too large to finish: a solution soon, and a growing bound."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from kiaim_server.model.solution import Infeasible, SearchProblem, Solution, Undecided
from kiaim_server.search.answers import answer
from kiaim_server.search.branch import Branching
from kiaim_server.search.deadline import Deadline
from kiaim_server.search.descent import Descent
from kiaim_server.search.evaluate import Candidate, Evaluator
from kiaim_server.search.frontier import Frontier
from kiaim_server.search.incumbent import Incumbent
from kiaim_server.search.judge import proven
from kiaim_server.search.progress import Progress
from kiaim_server.search.subsets import Subsets
from kiaim_server.search.threads import run_threads
from kiaim_server.search.walk import Walk

#: Seconds that belong to the walk alone, and shares of the calling thread's time after that.
_HEAD_START: Final = 0.5
_WALK_SHARE: Final = 0.1
_SUBSET_SHARE: Final = 0.5


class Anytime:
    """Walks for solutions, proves bounds with subsets, and searches depth first, in turns.

    The walk finds solutions, subsets of the columns raise the lower bound, and the depth-first
    search of `kiaim_server.search.branch`, which has all other threads for itself, finds solutions
    and completes the proof if there is time enough.
    """

    def __init__(
        self, problem: SearchProblem, progress: Progress, deadline: Deadline, threads: int
    ) -> None:
        self._problem = problem
        self._progress = progress
        self._deadline = deadline
        self._threads = threads
        self._evaluator = Evaluator(problem)
        self._best: Candidate | None = None
        self._least_suppressed: int | None = None
        self._n_evaluated = 0
        self._incumbent: Incumbent | None = None
        self._subsets = Subsets(problem)
        self._floor = self._evaluator.without_suppression([low for low, _ in problem.levels])
        self._walk = Walk(problem, self._evaluator, self._offer).run()
        self._growth = self._subsets.grow() if self._subsets.sums.known else iter(())
        self._spent = {"walk": 0.0, "subsets": 0.0}

    def answer(self, starts: Sequence[Sequence[int]] = ()) -> Solution | Infeasible | Undecided:
        """Search until there is an answer; `starts` are nodes that may be good."""
        self._progress.lower_bound = lambda: proven(min(self._raised(), self._loss))
        for levels in (*starts, [high for _, high in self._problem.levels]):
            candidate = self._evaluator.evaluate(levels)
            if candidate is not None:
                self._offer(candidate)
        while self._deadline.elapsed < _HEAD_START and not self._deadline.passed():
            self._progress.tick()
            next(self._walk)
        team: list[Branching] = []
        left = self._search(team) if self._problem.hierarchies else math.inf
        incumbent = self._incumbent
        if incumbent is not None:
            incumbent.settle()
            self._best = incumbent.best
            self._note_suppression(incumbent.least_suppressed)
        if math.isinf(left):
            self._progress.n_closed = lambda: self._problem.n_nodes
        self._progress.report()
        statistics = {
            "states": float(sum(branching.n_states for branching in team)),
            "walked": float(self._n_evaluated),
            "evaluated": float(0 if incumbent is None else incumbent.n_evaluated),
        }
        return answer(
            self._problem,
            self._best,
            left,
            self._least_suppressed,
            self._progress,
            self._deadline,
            statistics,
        )

    def _search(self, team: list[Branching]) -> float:
        """Search all columns; the least bound of what was left open, infinite if nothing was."""
        if self._deadline.passed():
            return self._raised()
        descent = Descent(self._problem)
        incumbent = Incumbent(self._problem, descent, Evaluator(self._problem), self._progress)
        if self._best is not None:
            incumbent.offer(self._best)
        self._incumbent = incumbent
        frontier = Frontier(descent.root())

        def left() -> float:
            return min((branching.left for branching in team), default=math.inf)

        self._progress.n_closed = lambda: sum(branching.n_closed for branching in team)
        self._progress.lower_bound = lambda: proven(
            min(max(self._raised(), min(frontier.bound, left())), self._loss)
        )
        try:
            run_threads(
                partial(Branching, self._problem, descent, incumbent, frontier, self._deadline),
                frontier,
                self._take_turns,
                self._threads,
                team,
            )
        except _ProvenInfeasible:
            return math.inf
        return max(self._raised(), left())

    def _take_turns(self) -> None:
        """Walk, and look at subsets, as far as their shares of the time go.

        Raises
        ------
        _ProvenInfeasible
            If a subset has no levels that keep to the limit.
        """
        while not self._deadline.passed():
            self._progress.tick()
            total = self._deadline.elapsed - _HEAD_START
            if self._spent["walk"] < _WALK_SHARE * total:
                self._turn("walk", self._walk)
            elif self._spent["subsets"] < _SUBSET_SHARE * total:
                self._turn("subsets", self._growth)
                if math.isinf(self._raised()):
                    raise _ProvenInfeasible
            else:
                return

    def _turn(self, name: str, work: Iterator[None]) -> None:
        began = self._deadline.elapsed
        if next(work, self) is self:  # it has come to its end and needs no more turns
            self._spent[name] = math.inf
        self._spent[name] += self._deadline.elapsed - began

    def _offer(self, candidate: Candidate) -> None:
        self._n_evaluated += 1
        self._note_suppression(candidate.n_suppressed)
        if candidate.n_suppressed > self._problem.max_suppressed:
            return
        if self._incumbent is not None:
            self._incumbent.offer(candidate)
        if self._best is None or candidate.key < self._best.key:
            self._best = candidate
            self._progress.found(self._loss)

    def _note_suppression(self, n_suppressed: int | None) -> None:
        known = [n for n in (n_suppressed, self._least_suppressed) if n is not None]
        self._least_suppressed = min(known, default=None)

    @property
    def _loss(self) -> float:
        """The least loss of a solution so far; infinite if there is none."""
        known = math.inf if self._best is None else self._best.loss
        return known if self._incumbent is None else min(known, self._incumbent.loss)

    def _raised(self) -> float:
        """No solution loses less, as subsets have shown; it never falls."""
        if self._subsets.sums.known:
            summed = self._subsets.bound
            score = math.inf if math.isinf(summed) else self._subsets.sums.score(summed)
            self._floor = max(self._floor, score)
        return self._floor


class _ProvenInfeasible(Exception):  # noqa: N818 - no error: the proof is complete
    """No node is a solution."""
