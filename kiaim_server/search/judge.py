"""The approximate value of a node from the state that led there: what decides on pruning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kiaim_server.model.contract import ReleaseModel
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.descent import Descent, State
from kiaim_server.search.suppression import kept_classes

#: Sums taken in different order differ in their last digits, and measures may round (ARX floors
#: each attribute to 1e-10). A subtree is pruned only if its bound is worse than the best loss by
#: more than this, relative above 1; everything nearer is evaluated exactly.
SLACK: Final = 1e-9


def worst_worth_a_look(best: float) -> float:
    """The largest bound that might still hide a node as good as `best`."""
    return best + SLACK * max(1.0, abs(best))


@dataclass(frozen=True, slots=True)
class Judgement:
    """Loss and suppression of a node. Both are lower bounds if models demand things of the release.

    `keeps` tells whether any record is kept.
    """

    loss: float
    n_suppressed: int
    keeps: bool


class Judge:
    """Scores totals, and judges states in which the level of every column is fixed."""

    def __init__(self, problem: SearchProblem, descent: Descent) -> None:
        self._problem = problem
        self._descent = descent
        self.n_judged = 0
        #: Whether size alone decides, so that the bounds of the last column are exact.
        self.needs_classes = bool(descent.rules.attributes) or any(
            isinstance(m, ReleaseModel) for m in problem.models
        )

    def score(self, totals: Sequence[float]) -> float:
        """Loss of totals in search order."""
        ordered = self._descent.in_column_order(totals)
        return self._problem.loss.score(
            ordered, self._problem.hierarchies, self._problem.tuples.n_records
        )

    def judge(self, state: State, with_release_models: bool) -> Judgement:
        """Suppress what the models mark among the classes that are left, and score."""
        self.n_judged += 1
        classes = self._descent.classes(state)
        if not classes.n_classes:
            return Judgement(self.score(state.totals.tolist()), state.pooled, False)
        keep = kept_classes(
            classes,
            self._problem.models,
            self._descent.rules,
            self._problem.reference == "released",
            with_release_models,
            rules_hold=True,
        )
        if keep.all():
            return Judgement(self.score(state.totals.tolist()), state.pooled, True)
        lost = np.where(keep, 0, classes.sizes)
        totals = state.totals + lost.astype(np.float64) @ state.class_cost
        loss = self.score(totals.tolist())
        return Judgement(loss, state.pooled + int(lost.sum()), bool(keep.any()))
