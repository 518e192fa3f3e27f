"""The approximate value of a node from the state that led there: what decides on pruning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from kiaim_server.model.contract import ClassLossMeasure, ReleaseModel
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.descent import Descent, State, Steps
from kiaim_server.search.groupings import Groupings
from kiaim_server.search.suppression import kept_classes

#: Sums taken in different order differ in their last digits, and measures may round (ARX floors
#: each attribute to 1e-10). A subtree is pruned only if its bound is worse than the best loss by
#: more than this, relative above 1; everything nearer is evaluated exactly.
SLACK: Final = 1e-9


def worst_worth_a_look(best: float) -> float:
    """The largest bound that might still hide a node as good as `best`."""
    return best + SLACK * max(1.0, abs(best))


def proven(bound: float) -> float:
    """What a bound proves once rounding is allowed for."""
    lowered = bound - SLACK * max(1.0, abs(bound))
    return max(0.0, lowered) if bound >= 0 else lowered  # a loss that is not negative stays so


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
        trees = [problem.hierarchies[column.index] for column in descent.columns]
        self._score = problem.loss.scorer(trees, problem.tuples.n_records)
        loss = problem.loss
        self._measure = loss if isinstance(loss, ClassLossMeasure) else None
        self._groupings = Groupings(problem, descent, self._measure) if self._measure else None
        #: False where sizes and totals alone decide: then the bounds of the last column are exact.
        self.needs_classes = (
            self._measure is not None
            or bool(descent.rules.attributes)
            or not all(m.decided_by_minimum for m in problem.models)
        )
        #: Whether judgements of nodes, or bounds if classes are not needed, differ from the exact
        #: values by rounding alone.
        self.is_exact = (
            descent.has_even_costs
            # A class that is suppressed for certain may have a part of outsiders only.
            and not descent.rules.forbids_outside
            and not any(isinstance(m, ReleaseModel) for m in problem.models)
        )

    @property
    def bounds_prefixes(self) -> bool:
        """Whether `bound` says more than `score` of the totals."""
        return self._measure is not None

    def score(self, totals: Sequence[float]) -> float:
        """Loss of totals in search order."""
        return self._score(totals)

    def bound(self, state: State) -> float:
        """A lower bound of the loss of all nodes below a state; infinite if it keeps no record."""
        if not state.n_classes:
            return math.inf
        if self._measure is None or self._groupings is None:
            return self.score(state.totals.tolist())
        totals = self._descent.in_column_order(state.totals.tolist())
        grouping = self._groupings.prefix(state)
        return self._measure.class_score(totals, grouping, self._problem.hierarchies)

    def decide(self, state: State, row: int, steps: Steps, with_release_models: bool) -> Judgement:
        """Judge the node that one more step leads to, from its totals alone where these tell all.

        `state` is that of all columns but the last, `steps` are its steps.
        """
        if self.needs_classes:
            return self.judge(self._descent.step(state, row, steps), with_release_models)
        number = row - steps.first_row
        n_suppressed = steps.dropped[number]
        loss = self.score(steps.totals[number].tolist())
        return Judgement(loss, n_suppressed, n_suppressed < self._problem.tuples.n_records)

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
            loss = self._node_loss(state, state.totals, classes.records, keep)
            return Judgement(loss, state.pooled, True)
        lost = np.where(keep, 0, classes.records)
        # Not by BLAS, which starts threads of its own.
        totals = state.totals + np.einsum("c,cj->j", lost.astype(np.float64), state.class_cost)
        loss = self._node_loss(state, totals, classes.records, keep)
        return Judgement(loss, state.pooled + int(lost.sum()), bool(keep.any()))

    def _node_loss(
        self, state: State, totals: np.ndarray, records: np.ndarray, keep: np.ndarray
    ) -> float:
        """Loss of a node that keeps these classes; `totals` are in search order."""
        if self._measure is None or self._groupings is None or not keep.any():
            return self.score(totals.tolist())
        grouping = self._groupings.node(state, records, keep)
        ordered = self._descent.in_column_order(totals.tolist())
        return self._measure.class_score(ordered, grouping, self._problem.hierarchies)
