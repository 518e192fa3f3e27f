"""The search of lattices that may be too large to finish: a solution soon, and a growing bound."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from kiaim_server.model.solution import Infeasible, SearchProblem, Solution, Undecided
from kiaim_server.search.answers import answer
from kiaim_server.search.branch import Branching
from kiaim_server.search.deadline import Deadline
from kiaim_server.search.descent import Descent
from kiaim_server.search.evaluate import Candidate, Evaluator
from kiaim_server.search.frontier import Frontier, Subtree
from kiaim_server.search.incumbent import Incumbent
from kiaim_server.search.judge import Judge, proven
from kiaim_server.search.prefixes import Bound, Prefixes
from kiaim_server.search.progress import Progress
from kiaim_server.search.subsets import Subsets
from kiaim_server.search.walk import Walk

#: Seconds that belong to the walk alone, and its share of the time after that.
_HEAD_START: Final = 1.0
_WALK_SHARE: Final = 1 / 3


class Anytime:
    """Walks for solutions and proves bounds in turns, until the proof is complete or time is up.

    The proof has two parts. Subsets of the columns give bounds where the measure has summands.
    Then all columns are searched best first; when no open prefix can hold a better node, the best
    one is the optimum, by the same rules as in `kiaim_server.search.branch`.
    """

    def __init__(self, problem: SearchProblem, progress: Progress, deadline: Deadline) -> None:
        self._problem = problem
        self._progress = progress
        self._deadline = deadline
        self._evaluator = Evaluator(problem)
        self._best: Candidate | None = None
        self._least_suppressed: int | None = None
        self._n_evaluated = 0
        self._subsets: Subsets | None = None
        self._prefixes: Prefixes | None = None
        self._incumbent: Incumbent | None = None
        self._n_states = 0
        self._n_closed = 0
        self._floor = self._evaluator.without_suppression([low for low, _ in problem.levels])
        progress.lower_bound = lambda: proven(min(self._lower_bound(), self._loss))
        progress.n_closed = lambda: self._n_closed

    def answer(self, starts: Sequence[tuple[int, ...]] = ()) -> Solution | Infeasible | Undecided:
        """Search until there is an answer; `starts` are nodes to consider first."""
        for levels in (tuple(high for _, high in self._problem.levels), *starts):
            candidate = self._evaluator.evaluate(levels)
            if candidate is not None:
                self._offer(candidate)
        finished = self._take_turns()
        incumbent = self._incumbent
        if incumbent is not None:
            incumbent.settle()
            self._best = incumbent.best
            self._note_suppression(incumbent.least_suppressed)
            self._n_evaluated += incumbent.n_evaluated
        if finished:
            self._n_closed = self._problem.n_nodes
        left = math.inf if finished else self._lower_bound()
        self._progress.report()
        statistics = {
            "states": float(self._n_states),
            "evaluated": float(self._n_evaluated),
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

    def _take_turns(self) -> bool:
        """Walk and prove in turns; whether the proof is complete."""
        walk, proof = Walk(self._problem, self._evaluator, self._offer).run(), self._prove()
        walked = proved = 0.0
        while not self._deadline.passed():
            self._progress.tick()
            began = self._deadline.elapsed
            if walked < max(_HEAD_START, _WALK_SHARE * (walked + proved)):
                next(walk)
                walked += self._deadline.elapsed - began
            else:
                try:
                    next(proof)
                except StopIteration:
                    return True
                proved += self._deadline.elapsed - began
        return False

    @property
    def _loss(self) -> float:
        """The least loss of a solution so far; infinite if there is none."""
        known = math.inf if self._best is None else self._best.loss
        return known if self._incumbent is None else min(known, self._incumbent.loss)

    def _offer(self, candidate: Candidate) -> None:
        self._n_evaluated += 1
        self._note_suppression(candidate.n_suppressed)
        if candidate.n_suppressed > self._problem.max_suppressed:
            return
        if self._incumbent is not None:
            self._incumbent.offer(candidate)
        if self._best is None or candidate.key < self._best.key:
            self._best = candidate
            self._progress.found(candidate.loss)

    def _note_suppression(self, n_suppressed: int | None) -> None:
        known = [n for n in (n_suppressed, self._least_suppressed) if n is not None]
        self._least_suppressed = min(known, default=None)

    def _lower_bound(self) -> float:
        """No solution loses less; it never falls."""
        bounds = [self._floor]
        if self._subsets is not None and self._subsets.sums.known:
            summed = self._subsets.bound
            bounds.append(math.inf if math.isinf(summed) else self._subsets.sums.score(summed))
        if self._prefixes is not None:
            bounds.append(self._prefixes.least)
        self._floor = max(bounds)
        return self._floor

    def _prove(self) -> Iterator[None]:
        """Raise the lower bound until no better node can be open; stops after each state."""
        if not self._problem.hierarchies:
            return
        subsets = Subsets(self._problem)
        if not subsets.sums.known:
            yield from self._search_all(Descent(self._problem), None)
            return
        self._subsets = subsets
        yield from subsets.grow()
        if math.isfinite(subsets.bound):
            order = subsets.last.columns[::-1]
            yield from self._search_all(Descent(self._problem, order), subsets.last.bound_in(order))

    def _search_all(self, descent: Descent, sums: Bound | None) -> Iterator[None]:
        """Close every prefix that may hold a node as good as the best, the most promising first."""
        problem = self._problem
        incumbent = Incumbent(problem, descent, self._evaluator, self._progress)
        if self._best is not None:
            incumbent.offer(self._best)
        # It decides nodes as it does for small lattices; what it could take up stays empty.
        untaken = Frontier(descent.root())
        branching = Branching(
            problem, descent, incumbent, untaken, self._deadline, self._progress.tick
        )
        bound = self._bound(branching.judge, sums)
        prefixes = Prefixes(descent, problem.max_suppressed, bound, keep_past=True)
        self._incumbent, self._prefixes = incumbent, prefixes
        while not prefixes.is_empty and not incumbent.hopeless(prefixes.least):
            yield
            self._close(prefixes, branching)

    def _close(self, prefixes: Prefixes, branching: Branching) -> None:
        """Decide the most promising prefix, or open those that are one level longer."""
        bound, rows = prefixes.pop()
        if len(rows) == prefixes.descent.depth:
            state = prefixes.state(rows[:-1])
            node = Subtree(bound, list(rows), None)
            branching.finish(state, prefixes.descent.steps(state), node)
            self._n_closed += 1
            return
        self._n_states += 1
        if branching.judge.bounds_prefixes and rows:
            sharper = branching.judge.bound(prefixes.state(rows))
            if sharper > bound:
                prefixes.push(sharper, rows)  # others may be more promising now
                return
        closed = prefixes.expand(bound, rows)
        self._n_closed += closed * branching.nodes_below(len(rows) + 1)

    def _bound(self, judge: Judge, sums: Bound | None) -> Bound:
        """Bounds the loss below a prefix, by what subsets have shown too."""

        def bound(totals: list[float], fixed: int) -> float:
            score = judge.score(totals)
            if sums is None or self._subsets is None:
                return score
            return max(score, self._subsets.sums.score(sums(totals, fixed)))

        return bound
