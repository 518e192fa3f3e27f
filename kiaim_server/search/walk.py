"""Good solutions of lattices too large to search: hill climbing from node to node.

Nothing here proves anything. Every node that is offered as a solution was evaluated exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Final

import numpy as np

from kiaim_server.kernels.grouping import number_keys
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.evaluate import Candidate, Evaluator

#: Seed of all choices: the same problem is walked the same way.
_SEED: Final = 20260417

#: A walk is an iterator that stops after each evaluation, so that others can have their turn.
Steps = Generator[None, None, Candidate | None]


class Walk:
    """Walks through the lattice, each step to a node with less loss.

    Lowering a column by one level splits the classes of a node, so a neighbour is evaluated from
    the classes of the present node in one pass over the tuples.

    Parameters
    ----------
    offer
        Told each node that was evaluated exactly, whether it is a solution or not.
    """

    def __init__(
        self,
        problem: SearchProblem,
        evaluator: Evaluator,
        offer: Callable[[Candidate], None],
    ) -> None:
        self._problem = problem
        self._evaluator = evaluator
        self._offer = offer
        self._random = np.random.default_rng(_SEED)
        self._bottom = [low for low, _ in problem.levels]
        self._top = [high for _, high in problem.levels]

    def run(self) -> Iterator[None]:
        """Descend from the top, improve, then disturb the best node and improve again, for ever."""
        best = yield from self._descend(self._top)
        while best is None:
            best = yield from self._descend(self._random_levels())
        best = yield from self._improve(best)
        while True:
            found = yield from self._descend(self._disturbed(best.levels))
            if found is not None:
                found = yield from self._improve(found)
                best = min(best, found, key=lambda candidate: candidate.key)

    def _descend(self, levels: Sequence[int], without: int | None = None) -> Steps:
        """Lower one column by one level as long as that lowers the loss.

        Always the neighbour with the least loss. Columns that cannot be lowered within the limit
        are not tried again, which misses nothing where models are monotone. `without` is the
        column that is not lowered in the first step. The result is the last node; None if the
        first one is no solution.
        """
        now = list(levels)
        groups, n_groups = self._classes(now)
        yield
        best = self._evaluate(now, groups, n_groups)
        if best is None:
            return None
        barred = {i for i in range(len(now)) if now[i] == self._bottom[i]}
        while True:
            moves = sorted(
                (self._hope(now, i), i) for i in range(len(now)) if i not in barred | {without}
            )
            without, chosen = None, None
            for hope, i in moves:
                if hope >= best.loss:
                    break
                yield
                lower = [*now[:i], now[i] - 1, *now[i + 1 :]]
                split, n_split = self._split(groups, n_groups, i, lower[i])
                candidate = self._evaluate(lower, split, n_split)
                if candidate is None:
                    barred.add(i)
                elif candidate.key < best.key:
                    best, chosen = candidate, (i, split, n_split)
            if chosen is None:
                return best
            i, groups, n_groups = chosen
            now[i] -= 1
            if now[i] == self._bottom[i]:
                barred.add(i)

    def _improve(self, start: Candidate) -> Generator[None, None, Candidate]:
        """Raise one column after the other and descend again, as long as that finds better nodes.

        A column is raised by one level and to the top.
        """
        best, failed, i = start, 0, 0
        while failed < len(self._top):
            failed += 1
            for height in sorted({best.levels[i] + 1, self._top[i]}):
                if not best.levels[i] < height <= self._top[i]:
                    continue
                raised = [*best.levels[:i], height, *best.levels[i + 1 :]]
                found = yield from self._descend(raised, without=i)
                if found is not None and found.key < best.key:
                    best, failed = found, 0
            i = (i + 1) % len(self._top)
        return best

    def _disturbed(self, levels: Sequence[int]) -> list[int]:
        """Raise some columns at random, two to half of those that can be raised."""
        lowered = [i for i, level in enumerate(levels) if level < self._top[i]]
        most = max(2, len(lowered) // 2)
        n_raised = min(len(lowered), int(self._random.integers(2, most + 1)))
        raised = list(levels)
        for i in self._random.choice(lowered, size=n_raised, replace=False) if lowered else ():
            raised[i] = int(self._random.integers(levels[i] + 1, self._top[i] + 1))
        return raised

    def _random_levels(self) -> list[int]:
        return [
            int(self._random.integers(low, high + 1))
            for low, high in zip(self._bottom, self._top, strict=True)
        ]

    def _hope(self, levels: Sequence[int], i: int) -> float:
        """The loss after lowering a column if nothing were suppressed."""
        lower = [*levels[:i], levels[i] - 1, *levels[i + 1 :]]
        return self._evaluator.without_suppression(lower)

    def _evaluate(
        self, levels: Sequence[int], groups: np.ndarray, n_groups: int
    ) -> Candidate | None:
        """The node if it is a solution; None also where it surely is none."""
        problem = self._problem
        sizes = np.bincount(groups, weights=problem.tuples.counts, minlength=n_groups)
        small = sizes[sizes < self._evaluator.rules.minimum_size]
        if small.sum() > problem.max_suppressed:
            return None
        candidate = self._evaluator.evaluate_classes(levels, groups, n_groups)
        if candidate is None:
            return None
        self._offer(candidate)
        return candidate if candidate.n_suppressed <= problem.max_suppressed else None

    def _classes(self, levels: Sequence[int]) -> tuple[np.ndarray, int]:
        """Class of each tuple, and how many there are."""
        groups, n_groups = np.zeros(self._problem.tuples.n_tuples, dtype=np.int32), 1
        for i, level in enumerate(levels):
            if len(self._problem.hierarchies[i].labels[level]) > 1:
                groups, n_groups = self._split(groups, n_groups, i, level)
        return groups, n_groups

    def _split(
        self, groups: np.ndarray, n_groups: int, i: int, level: int
    ) -> tuple[np.ndarray, int]:
        """Classes of a node that has one more column at a level, or one at a finer level.

        Both numbers of codes are below 2^31, so their product fits into the keys.
        """
        hierarchy = self._problem.hierarchies[i]
        keys = groups * np.int64(len(hierarchy.labels[level]))
        keys += hierarchy.maps[level][self._problem.tuples.codes[i]]
        split, first = number_keys(keys)
        return split, len(first)
