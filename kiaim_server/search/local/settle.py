"""From levels per tuple to a solution: suppress what must be, and say what it costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import ColumnCosts
from kiaim_server.model.solution import LocalSolution, SearchProblem, Solution
from kiaim_server.search.columns import leaf_frequencies
from kiaim_server.search.local.shown import ShownText, classes_shown, shown_texts
from kiaim_server.search.rules import Rules, rules_of
from kiaim_server.search.suppression import kept_classes, select


@dataclass(frozen=True, eq=False)
class Settler:
    """Holds levels against the models of one problem, on the classes as they are shown."""

    problem: SearchProblem
    rules: Rules
    texts: tuple[ShownText, ...]
    lower_bound: float

    @classmethod
    def of(cls, problem: SearchProblem) -> Settler:
        """Number the labels of the problem, gather its models' rules and bound its loss."""
        measure, trees, n = problem.loss, problem.hierarchies, problem.tuples.n_records
        finest = []
        for i, (hierarchy, (low, _)) in enumerate(zip(trees, problem.levels, strict=True)):
            records = leaf_frequencies(problem, i)
            finest.append(math.fsum(records * measure.costs(hierarchy, low, records).kept))
        bound = measure.score(finest, trees, n)
        return cls(problem, rules_of(problem), shown_texts(problem), bound)

    def settle(self, levels: np.ndarray, scheme: str) -> LocalSolution | None:
        """Suppress the classes that fail; None if that is more than the limit, or everything.

        Parameters
        ----------
        levels
            int8[:, :], shape (n_quasi, n_tuples). Those of suppressed tuples are not looked at.
        scheme
            What found them.
        """
        problem = self.problem
        shown = classes_shown(problem, self.texts, levels, self.rules.attributes)
        records = shown.classes.records
        released = problem.reference == "released"
        keep = kept_classes(shown.classes, problem.models, self.rules, released)
        if not released and not keep.all():
            # Suppressed records stay in the file as stars: who shows nothing else is one of them.
            keep &= ~shown.starred
        n_suppressed = int(records[~keep].sum())
        if n_suppressed > problem.max_suppressed or not keep.any():
            return None
        suppressed = ~keep[shown.of_tuple]
        loss, losses = self._losses(levels, suppressed)
        return LocalSolution(
            levels=levels,
            loss=loss,
            loss_per_attribute=losses,
            suppressed=suppressed,
            n_suppressed=n_suppressed,
            class_sizes=np.sort(records[keep]),
            level_records=self._level_records(levels, suppressed),
            scheme=scheme,
            lower_bound=min(loss, self.lower_bound),
        )

    def whole(self, optimum: Solution, scheme: str) -> LocalSolution:
        """The full-domain optimum, with the same levels for every tuple."""
        n_tuples = self.problem.tuples.n_tuples
        levels = np.repeat(np.array(optimum.levels, dtype=np.int8)[:, None], n_tuples, axis=1)
        return LocalSolution(
            levels=levels,
            loss=optimum.loss,
            loss_per_attribute=optimum.loss_per_attribute,
            suppressed=optimum.suppressed,
            n_suppressed=optimum.n_suppressed,
            class_sizes=optimum.class_sizes,
            level_records=self._level_records(levels, optimum.suppressed),
            scheme=scheme,
            lower_bound=min(optimum.loss, self.lower_bound),
        )

    def _level_records(
        self, levels: np.ndarray, suppressed: np.ndarray
    ) -> tuple[tuple[int, ...], ...]:
        kept = np.where(suppressed, 0, self.problem.tuples.counts)
        return tuple(
            tuple(np.bincount(own, kept, hierarchy.n_levels).astype(int).tolist())
            for own, hierarchy in zip(levels, self.problem.hierarchies, strict=True)
        )

    def _losses(
        self, levels: np.ndarray, suppressed: np.ndarray
    ) -> tuple[float, tuple[float, ...]]:
        """Score and loss per attribute, with totals summed up as those of a node are."""
        problem = self.problem
        measure, trees, n = problem.loss, problem.hierarchies, problem.tuples.n_records
        totals = [self._total(i, levels[i], suppressed) for i in range(len(trees))]
        return measure.score(totals, trees, n), measure.per_attribute(totals, trees, n)

    def _total(self, index: int, levels: np.ndarray, suppressed: np.ndarray) -> float:
        tuples, hierarchy = self.problem.tuples, self.problem.hierarchies[index]
        frequencies = leaf_frequencies(self.problem, index)
        parts: list[float] = []
        for level in np.unique(levels).tolist():
            costs: ColumnCosts = self.problem.loss.costs(hierarchy, level, frequencies)
            for gone, cost in ((False, costs.kept), (True, costs.suppressed)):
                at = (levels == level) & (suppressed == gone)
                records = np.bincount(
                    tuples.codes[index, at], weights=tuples.counts[at], minlength=len(cost)
                )
                parts += _nonzero(records * cost)
        return math.fsum(parts)


def classes_kept_as_shown(
    problem: SearchProblem, solution: LocalSolution, attributes: Sequence[str]
) -> EquivalenceClasses:
    """The classes that are left, as a reader of the file sees them."""
    shown = classes_shown(problem, shown_texts(problem), solution.levels, tuple(attributes))
    keep = np.zeros(shown.classes.n_classes, dtype=np.bool_)
    keep[shown.of_tuple[~solution.suppressed]] = True
    return select(shown.classes, keep, problem.reference == "released")


def _nonzero(values: np.ndarray) -> Sequence[float]:
    found: list[float] = values[values != 0].tolist()
    return found
