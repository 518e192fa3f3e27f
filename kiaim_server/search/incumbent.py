"""The best node so far: what every part of the search prunes with."""

from __future__ import annotations

import math
import threading

from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.descent import Descent
from kiaim_server.search.evaluate import Candidate, Evaluator
from kiaim_server.search.judge import worst_worth_a_look
from kiaim_server.search.progress import Progress


class Incumbent:
    """The best solution so far, and the nodes that may turn out to be as good.

    Several threads may share it. What it knows only ever gets better, so a thread that looks at an
    old value prunes too little, never too much; and as every node that may be as good as the best
    is noted, the answer does not depend on who came first.

    Attributes
    ----------
    best
        The best candidate that was evaluated.
    loss
        The least loss of a solution, of candidates and contenders; infinite if there is none.
    least_suppressed
        The smallest suppression of any node that was looked at and keeps a record.
    n_evaluated
        Nodes that were evaluated exactly.
    """

    def __init__(
        self, problem: SearchProblem, descent: Descent, evaluator: Evaluator, progress: Progress
    ) -> None:
        self._limit = problem.max_suppressed
        self._descent = descent
        self._evaluator = evaluator
        self._progress = progress
        self._contenders: list[tuple[float, list[int]]] = []
        self._lock = threading.Lock()
        self.best: Candidate | None = None
        self.loss = math.inf
        self.least_suppressed: int | None = None
        self.n_evaluated = 0

    def hopeless(self, bound: float) -> bool:
        """Whether a node whose loss is at least `bound` is surely worse than the best one."""
        return bound > worst_worth_a_look(self.loss)

    def consider(self, rows: list[int]) -> Candidate | None:
        """Evaluate a node exactly, given by level numbers in search order."""
        with self._lock:
            self.n_evaluated += 1
            candidate = self._evaluator.evaluate(self._descent.levels(rows))
        if candidate is None:
            return None
        self.saw_suppression(candidate.n_suppressed)
        if candidate.n_suppressed <= self._limit:
            with self._lock:
                self._take(candidate)
        return candidate

    def offer(self, candidate: Candidate) -> None:
        """Take a solution that was found elsewhere and evaluated exactly."""
        with self._lock:
            self._take(candidate)

    def contend(self, rows: list[int], loss: float) -> None:
        """Note a solution whose loss is known up to rounding."""
        with self._lock:
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
            if self.hopeless(loss):
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

    def saw_suppression(self, n_suppressed: int) -> None:
        """Note how many records a node suppresses that keeps one."""
        with self._lock:
            if self.least_suppressed is None or n_suppressed < self.least_suppressed:
                self.least_suppressed = n_suppressed

    def _take(self, candidate: Candidate) -> None:
        if self.best is None or candidate.key < self.best.key:
            self.best = candidate
            self._found(candidate.loss)

    def _found(self, loss: float) -> None:
        if loss < self.loss:
            self.loss = loss
            self._progress.found(loss)
