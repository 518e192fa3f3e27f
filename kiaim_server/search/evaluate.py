"""The exact value of one node, independent of how the search came there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kiaim_server.kernels.grouping import number_keys
from kiaim_server.model.classes import EquivalenceClasses, ValueCounts
from kiaim_server.model.contract import ClassLossMeasure, ColumnCosts
from kiaim_server.model.encoded import TupleTable
from kiaim_server.model.grouping import GroupedColumn, Grouping
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.columns import leaf_frequencies
from kiaim_server.search.persons import CountedClasses, merge_groups, reference_of
from kiaim_server.search.rules import rules_of
from kiaim_server.search.suppression import kept_classes, select

_LARGEST_KEY = 2**62


@dataclass(frozen=True, eq=False)
class Candidate:
    """A node with its suppression and loss. Candidates are ranked by `key`, smallest first."""

    levels: tuple[int, ...]
    loss: float
    losses: tuple[float, ...]
    suppressed: np.ndarray
    n_suppressed: int
    class_sizes: np.ndarray

    @property
    def key(self) -> tuple[float, int, tuple[int, ...]]:
        """Loss, then sum of levels, then levels in column order."""
        return self.loss, sum(self.levels), self.levels


class Evaluator:
    """Evaluates nodes of one problem by a plain group-by over its tuples.

    A total is the correctly rounded sum over leaves of (records kept * cost kept + records
    suppressed * cost suppressed), hence the same for the same suppression, whatever the order of
    summation: equal nodes have equal loss, bit by bit. `frequencies` are the `leaf_frequencies` of
    all columns, if they are known already.
    """

    def __init__(
        self, problem: SearchProblem, frequencies: Sequence[np.ndarray] | None = None
    ) -> None:
        self.problem = problem
        self.rules = rules_of(problem)
        if frequencies is None:
            frequencies = [leaf_frequencies(problem, i) for i in range(len(problem.hierarchies))]
        self._frequencies = frequencies
        self._costs: dict[tuple[int, int], ColumnCosts] = {}
        self._kept_totals: dict[tuple[int, int], float] = {}

    def evaluate(self, levels: Sequence[int]) -> Candidate | None:
        """The node's candidate, whatever its suppression; None if it keeps no record.

        O(n_tuples * n_columns).
        """
        problem = self.problem
        of_tuple, classes = classes_at(problem, levels, self.rules.attributes)
        return self._evaluate(levels, of_tuple, classes)

    def evaluate_classes(
        self, levels: Sequence[int], of_tuple: np.ndarray, n_classes: int
    ) -> Candidate | None:
        """As `evaluate`, where the class of each tuple is known: int32[:], shape (n_tuples,).

        Numbers of classes must ascend with their first tuple, as `number_keys` gives them.
        """
        classes = count_classes(self.problem.tuples, of_tuple, n_classes, self.rules.attributes)
        return self._evaluate(levels, of_tuple, classes)

    def without_suppression(self, levels: Sequence[int]) -> float:
        """What the node would lose if every record were kept; 0 if only classes tell."""
        totals = [self._kept(i, level) for i, level in enumerate(levels)]
        problem = self.problem
        return problem.loss.score(totals, problem.hierarchies, problem.tuples.n_records)

    def _evaluate(
        self, levels: Sequence[int], of_tuple: np.ndarray, classes: CountedClasses
    ) -> Candidate | None:
        problem = self.problem
        keep = kept_classes(classes, problem.models, self.rules, problem.reference == "released")
        if not keep.any():
            return None
        suppressed = ~keep[of_tuple]
        gone = np.flatnonzero(suppressed)
        totals = tuple(self._total(i, level, gone) for i, level in enumerate(levels))
        loss, losses = self._losses(totals, levels, of_tuple, classes.records, keep)
        kept_sizes = np.sort(classes.records[keep])
        return Candidate(
            levels=tuple(levels),
            loss=loss,
            losses=losses,
            suppressed=suppressed,
            n_suppressed=problem.tuples.n_records - int(kept_sizes.sum()),
            class_sizes=kept_sizes,
        )

    def _losses(
        self,
        totals: tuple[float, ...],
        levels: Sequence[int],
        of_tuple: np.ndarray,
        records: np.ndarray,
        keep: np.ndarray,
    ) -> tuple[float, tuple[float, ...]]:
        """Loss of the node, and that of each attribute."""
        measure, trees = self.problem.loss, self.problem.hierarchies
        n_records = self.problem.tuples.n_records
        if not isinstance(measure, ClassLossMeasure):
            score = measure.score(totals, trees, n_records)
            return score, measure.per_attribute(totals, trees, n_records)
        columns: tuple[GroupedColumn, ...] = ()
        if measure.needs_columns:
            first = np.empty(len(records), dtype=np.int64)
            first[of_tuple[::-1]] = np.arange(len(of_tuple))[::-1]
            columns = tuple(
                self._column(i, level, first[keep], records[keep]) for i, level in enumerate(levels)
            )
        gone = n_records - int(records[keep].sum())
        grouping = Grouping.of_node(records[keep], gone, self.rules.minimum_size, columns)
        score = measure.class_score(totals, grouping, trees)
        return score, measure.class_losses(totals, grouping, trees)

    def _column(
        self, index: int, level: int, tuple_of: np.ndarray, sizes: np.ndarray
    ) -> GroupedColumn:
        """A column of the kept classes, `tuple_of` being a tuple of each."""
        leaves = self.problem.tuples.codes[index, tuple_of]
        up = self.problem.hierarchies[index].maps[level]
        records = np.bincount(up, weights=self._frequencies[index])
        left = np.bincount(up[leaves], weights=sizes, minlength=len(records))
        cost = self._costs_at(index, level).kept[leaves]
        return GroupedColumn(level, cost, (records - left).astype(np.int64))

    def _total(self, index: int, level: int, gone: np.ndarray) -> float:
        """Total of one attribute if the tuples `gone` are suppressed."""
        frequencies, costs = self._frequencies[index], self._costs_at(index, level)
        tuples = self.problem.tuples
        lost = np.bincount(
            tuples.codes[index, gone], weights=tuples.counts[gone], minlength=len(frequencies)
        )
        parts = np.concatenate([(frequencies - lost) * costs.kept, lost * costs.suppressed])
        return math.fsum(parts[parts != 0].tolist())

    def _kept(self, index: int, level: int) -> float:
        """Total of one attribute if every record is kept."""
        total = self._kept_totals.get((index, level))
        if total is None:
            total = float(self._costs_at(index, level).kept @ self._frequencies[index])
            self._kept_totals[index, level] = total
        return total

    def _costs_at(self, index: int, level: int) -> ColumnCosts:
        costs = self._costs.get((index, level))
        if costs is None:
            hierarchy = self.problem.hierarchies[index]
            costs = self.problem.loss.costs(hierarchy, level, self._frequencies[index])
            self._costs[index, level] = costs
        return costs


def classes_at(
    problem: SearchProblem, levels: Sequence[int], attributes: Sequence[str]
) -> tuple[np.ndarray, CountedClasses]:
    """Group the tuples at a node; classes in the order of their first tuple.

    O(n_tuples * n_columns), and where persons count sorting the groups of all tuples.

    Returns
    -------
    of_tuple : int32[:], shape (n_tuples,)
        Class of each tuple.
    classes : CountedClasses
        With the counts of `attributes`. Classes of outsiders only are among them, of size 0.
    """
    tuples = problem.tuples
    keys = np.zeros(tuples.n_tuples, dtype=np.int64)
    n_keys = 1
    for codes, hierarchy, level in zip(tuples.codes, problem.hierarchies, levels, strict=True):
        n_codes = len(hierarchy.labels[level])
        if n_keys * n_codes > _LARGEST_KEY:
            ids, first = number_keys(keys)
            keys, n_keys = ids.astype(np.int64), len(first)
        keys = keys * n_codes + hierarchy.maps[level][codes]
        n_keys *= n_codes
    of_tuple, first = number_keys(keys)
    return of_tuple, count_classes(tuples, of_tuple, len(first), attributes)


def count_classes(
    tuples: TupleTable, of_tuple: np.ndarray, n_classes: int, attributes: Sequence[str]
) -> CountedClasses:
    """Count what the classes hold: records, or persons, and the population.

    `of_tuple` is int[:], shape (n_tuples,): the class of each tuple, from 0.
    """
    records = _sums(tuples.counts, of_tuple, n_classes)
    population, n_outside = None, 0
    if tuples.population is not None:
        population = _sums(tuples.population, of_tuple, n_classes)
        n_outside = int((records == 0).sum())
    if tuples.persons is None:
        sensitive = {a: merge_values(tuples.sensitive[a], of_tuple, n_classes) for a in attributes}
        return CountedClasses(records, sensitive, population, n_outside, records=records)
    persons = tuples.persons
    if persons.population is not None:
        population = merge_groups(persons.population, of_tuple, n_classes).sizes()
    groups = {a: merge_groups(persons.sensitive[a], of_tuple, n_classes) for a in attributes}
    sensitive = {
        a: rows.value_counts(reference_of(persons.sensitive[a], len(tuples.sensitive[a].reference)))
        for a, rows in groups.items()
    }
    sizes = merge_groups(persons.groups, of_tuple, n_classes).sizes()
    return CountedClasses(sizes, sensitive, population, n_outside, records=records, groups=groups)


def _sums(counts: np.ndarray, of_tuple: np.ndarray, n_classes: int) -> np.ndarray:
    return np.bincount(of_tuple, weights=counts, minlength=n_classes).astype(np.int64)


def classes_kept(
    problem: SearchProblem,
    levels: Sequence[int],
    suppressed: np.ndarray,
    attributes: Sequence[str],
) -> EquivalenceClasses:
    """The classes of a node that are left, with the counts of `attributes`.

    Parameters
    ----------
    suppressed
        bool[:], shape (n_tuples,): what goes; classes as a whole.
    """
    of_tuple, classes = classes_at(problem, levels, attributes)
    keep = np.zeros(classes.n_classes, dtype=np.bool_)
    keep[of_tuple[~suppressed]] = True
    return select(classes, keep, problem.reference == "released")


def merge_values(values: ValueCounts, of_tuple: np.ndarray, n_classes: int) -> ValueCounts:
    """Value counts of the classes from those of their tuples; O(n log n) in the counts."""
    n_values = len(values.reference)
    owner = np.repeat(of_tuple, np.diff(values.indptr)).astype(np.int64)
    keys = owner * n_values + values.values
    ids, first = number_keys(keys)
    counts = np.bincount(ids, weights=values.counts, minlength=len(first)).astype(np.int64)
    distinct = keys[first]
    order = np.argsort(distinct)
    distinct = distinct[order]
    lengths = np.bincount(distinct // n_values, minlength=n_classes)
    return ValueCounts(
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        (distinct % n_values).astype(np.int32),
        counts[order],
        values.reference,
    )
