"""Search again among the records that the full-domain optimum suppresses, and so on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar, Final

import numpy as np

from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import ColumnCosts, LossMeasure, ReleaseModel
from kiaim_server.model.encoded import TupleTable
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.persons import PersonGroups, Persons
from kiaim_server.model.progress import Silent
from kiaim_server.model.solution import SearchProblem, Solution
from kiaim_server.search.local.clusters import Clusters, clusters_of
from kiaim_server.search.local.trees import Trees
from kiaim_server.search.optimum import find_optimum
from kiaim_server.search.suppression import select

#: Share of all records that every round keeps at least.
STEP: Final = Fraction(1, 100)


@dataclass(frozen=True)
class _Unpunished(LossMeasure):
    """A measure in which a suppressed record costs no more than a kept one.

    What one round suppresses, the next one may keep: only generalization counts.
    """

    name: ClassVar[str] = "without-suppression"
    summary: ClassVar[str] = "Another measure, generalization alone."
    inner: Any

    def costs(self, hierarchy: Hierarchy, level: int, frequencies: np.ndarray) -> ColumnCosts:
        """Those of the measure, if every record is kept."""
        kept = self.inner.costs(hierarchy, level, frequencies).kept
        return ColumnCosts(kept, kept)

    def score(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> float:
        """That of the measure."""
        score: float = self.inner.score(totals, hierarchies, n_records)
        return score

    def per_attribute(
        self, totals: Sequence[float], hierarchies: Sequence[Hierarchy], n_records: int
    ) -> tuple[float, ...]:
        """Those of the measure."""
        losses: tuple[float, ...] = self.inner.per_attribute(totals, hierarchies, n_records)
        return losses


def searched_again(problem: SearchProblem, trees: Trees, step: Fraction = STEP) -> Clusters:
    """Keep some records at the best node, search again among the others, until none is left.

    Every round searches the node with the least generalization that keeps at least `step` of all
    records, as ARX's ``optimizeIterativeFast`` does with a gs factor of 0. Ends when no node keeps
    as many; what is left then is one cluster, which may fail.
    """
    tuples = problem.tuples
    least = max(1, int(step * tuples.n_records))
    left = np.arange(tuples.n_tuples)
    of_tuple = np.zeros(tuples.n_tuples, dtype=np.int64)
    n_clusters = 1
    while len(left):
        found = find_optimum(_rest(problem, left, least), Silent())
        if not isinstance(found, Solution):
            break
        kept = left[~found.suppressed]
        ids = _numbers(problem, kept, found.levels)
        of_tuple[kept] = n_clusters + ids
        n_clusters += int(ids.max()) + 1
        left = left[found.suppressed]
    return clusters_of(problem, trees, of_tuple)


def _rest(problem: SearchProblem, left: np.ndarray, least: int) -> SearchProblem:
    """The problem of the tuples that are left; distributions are still those of all records."""
    tuples = problem.tuples
    chosen = np.zeros(tuples.n_tuples, dtype=np.bool_)
    chosen[left] = True
    counts = tuples.counts[left]
    values = select(EquivalenceClasses(tuples.counts, tuples.sensitive), chosen).sensitive
    records = np.repeat(np.arange(len(left), dtype=np.int32), counts)
    return replace(
        problem,
        tuples=TupleTable(
            np.ascontiguousarray(tuples.codes[:, left]),
            counts,
            records,
            values,
            persons=None if tuples.persons is None else _persons(tuples.persons, chosen),
        ),
        models=tuple(m for m in problem.models if not isinstance(m, ReleaseModel)),
        max_suppressed=max(0, len(records) - least),
        loss=_Unpunished(problem.loss),
        reference="input",
    )


def _persons(persons: Persons, chosen: np.ndarray) -> Persons:
    """The persons in the marked tuples; distributions are still those of all of them."""
    return Persons(
        _rows(persons.groups, chosen),
        {attribute: _rows(groups, chosen) for attribute, groups in persons.sensitive.items()},
    )


def _rows(groups: PersonGroups, chosen: np.ndarray) -> PersonGroups:
    lengths = np.diff(groups.indptr)
    cells = np.repeat(chosen, lengths)
    indptr = np.concatenate([[0], np.cumsum(lengths[chosen])]).astype(np.int64)
    return replace(
        groups, indptr=indptr, groups=groups.groups[cells], records=groups.records[cells]
    )


def _numbers(problem: SearchProblem, kept: np.ndarray, levels: Sequence[int]) -> np.ndarray:
    """Number the classes of some tuples at a node."""
    shown = np.stack(
        [
            hierarchy.maps[level][codes[kept]]
            for codes, hierarchy, level in zip(
                problem.tuples.codes, problem.hierarchies, levels, strict=True
            )
        ]
    )
    _, ids = np.unique(shown, axis=1, return_inverse=True)
    return np.asarray(ids).reshape(-1)
