"""The state of the search after fixing the levels of some columns, and the steps between states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kiaim_server.kernels.outside import outside_classes
from kiaim_server.kernels.refine import descend, find_runs, split_levels
from kiaim_server.model.classes import ValueCounts
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.chains import Chains, build_chains
from kiaim_server.search.columns import SearchColumn, leaf_frequencies, search_column
from kiaim_server.search.lists import Lists, lists_of, rules_per_list
from kiaim_server.search.persons import CountedClasses, reference_of
from kiaim_server.search.rules import Rules, rules_of


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Classes of a prefix of the columns, in search order.

    `totals` are lower bounds of the loss totals of all columns; `pooled` records are suppressed
    for certain, `pool` counts them per leaf of the columns that are still open. `parent` and `leaf`
    tell of each class whence in the state before it came, and one leaf of the column that was
    fixed last, at level number `row`. For the other arrays see `kiaim_server.kernels.refine`.
    """

    depth: int
    suffix: np.ndarray
    count: np.ndarray
    start: np.ndarray
    class_cost: np.ndarray
    pool: np.ndarray
    pooled: int
    totals: np.ndarray
    before: State | None
    row: int
    parent: np.ndarray
    leaf: np.ndarray

    @property
    def n_classes(self) -> int:
        """Classes that may still be kept."""
        return int(self.start.shape[1]) - 1

    @property
    def sizes(self) -> np.ndarray:
        """Records of each class: int64[:], shape (n_classes,)."""
        first = self.start[0]
        if not self.n_classes:
            return np.zeros(0, dtype=np.int64)
        return np.asarray(np.add.reduceat(self.count[: first[-1]], first[:-1]))


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Bounds for every level of the next column.

    Attributes
    ----------
    dropped
        Per level the records whose suppression is certain; more than there are where no
        suppression helps.
    totals
        float64[:, :], shape (n_levels, d): lower bounds of the loss totals, in search order.
    runs
        What `kiaim_server.kernels.refine.find_runs` gave, for taking a step.
    first_row
        The level number of the first level.
    """

    dropped: list[int]
    totals: np.ndarray
    runs: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    first_row: int = 0


class Descent:
    """Walks from the empty prefix to nodes; everything that does not change is prepared once."""

    def __init__(self, problem: SearchProblem, order: Sequence[int] | None = None) -> None:
        n_columns = len(problem.hierarchies)
        #: Records per leaf of each column, in the order of the problem.
        self.frequencies = [leaf_frequencies(problem, i) for i in range(n_columns)]
        columns = [search_column(problem, i, self.frequencies[i]) for i in range(n_columns)]
        if order is None:
            # Falling cardinality: the most distinct values are merged away first.
            columns.sort(key=lambda c: (-c.n_leaves, c.index))
        else:
            columns = [columns[i] for i in order]
        self.columns: Sequence[SearchColumn] = tuple(columns)
        self.rules: Rules = rules_of(problem)
        self._n_records = problem.tuples.n_records
        self._lists: Lists = lists_of(problem, self.rules)
        self.chains: Chains = build_chains(self._lists.entries, columns)
        self.open_penalty = np.array([c.open_penalty for c in columns], dtype=np.float64)
        self._distinct, self._mass = rules_per_list(self._lists.entries)
        self._references = _references(problem, self.rules)

    @property
    def depth(self) -> int:
        """Number of columns."""
        return len(self.columns)

    @property
    def has_even_costs(self) -> bool:
        """Whether suppression costs the same for all leaves of a generalized value."""
        return all(np.array_equal(c.cost, c.pool_cost) for c in self.columns)

    def root(self) -> State:
        """One class of all records, no level fixed."""
        chains = self.chains
        n_entries = len(chains.counts)
        offset = chains.list_offset[0]
        return State(
            depth=0,
            suffix=np.arange(n_entries, dtype=np.int32),
            count=chains.counts,
            start=np.stack([offset[:-1], offset[1:]], axis=1),
            class_cost=np.empty((1, 0), dtype=np.float64),
            pool=np.zeros(int(chains.leaf_offset[-1]), dtype=np.int64),
            pooled=0,
            totals=np.array([c.kept[0] for c in self.columns], dtype=np.float64),
            before=None,
            row=0,
            parent=np.empty(0, dtype=np.int32),
            leaf=np.empty(0, dtype=np.int32),
        )

    def steps(self, state: State, rows: slice = slice(None)) -> Steps:
        """Bounds for every level of the next column, or those of `rows`."""
        column, chains, j = self.columns[state.depth], self.chains, state.depth
        runs = find_runs(state.suffix, state.count, state.start, chains.code[j], chains.leaf_end[j])
        dropped, totals = split_levels(
            state.suffix,
            state.count,
            *runs,
            state.class_cost,
            chains.value[j],
            column.up[rows],
            column.cost[rows],
            state.pool,
            column.pool_cost[rows],
            state.totals,
            column.kept[rows],
            self.open_penalty,
            state.pooled,
            self.rules.minimum_size,
            self._distinct,
            self._mass,
            chains.mass,
        )
        if self.rules.forbids_outside:
            run_code, run_size, _, first = runs
            outside = outside_classes(run_code, run_size, first, column.up[rows])
            dropped[outside > 0] = self._n_records + 1
        return Steps(dropped.tolist(), totals, runs, rows.start or 0)

    def step(self, state: State, row: int, steps: Steps) -> State:
        """Fix the next column at its level number `row`; `steps` are those of the state."""
        column, chains, j = self.columns[state.depth], self.chains, state.depth
        suffix, count, start, class_cost, pool, dropped, parent, leaf = descend(
            state.suffix,
            state.count,
            *steps.runs,
            state.class_cost,
            chains.value[j],
            chains.following[j],
            column.up[row],
            column.cost[row],
            state.pool,
            chains.all_code,
            chains.all_next,
            chains.chain_offset,
            chains.leaf_offset,
            chains.list_offset[j + 1],
            self.rules.minimum_size,
            self._distinct,
            self._mass,
            chains.mass,
        )
        pooled = state.pooled + int(dropped)
        if steps.dropped[row - steps.first_row] > self._n_records:
            pooled = self._n_records + 1
        return State(
            j + 1,
            suffix,
            count,
            start,
            class_cost,
            pool,
            pooled,
            steps.totals[row - steps.first_row],
            before=state,
            row=row,
            parent=parent,
            leaf=leaf,
        )

    def fix(self, state: State, row: int) -> State:
        """Fix the next column at its level number `row`, with the totals that this leads to."""
        return self.step(state, row, self.steps(state, slice(row, row + 1)))

    def classes(self, state: State) -> CountedClasses:
        """The classes of a state at full depth that may still be kept, with their values."""
        lists, sensitive, groups = self._lists, {}, {}
        for number, attribute in enumerate(self.rules.attributes):
            rows = self._rows(state, lists.attributes + number)
            reference = self._references[number]
            ends = lists.entries[lists.attributes + number].ends
            if ends is None:
                sensitive[attribute] = ValueCounts(*rows, reference)
            else:
                groups[attribute] = ends.of_classes(*rows)
                sensitive[attribute] = groups[attribute].value_counts(reference)
        records = state.sizes
        sizes = records if lists.persons is None else self._persons(state, lists.persons)
        population = None if lists.population is None else self._persons(state, lists.population)
        return CountedClasses(sizes, sensitive, population, records=records, groups=groups)

    def _persons(self, state: State, number: int) -> np.ndarray:
        """Distinct persons per class at full depth, as a list has them."""
        ends = self._lists.entries[number].ends
        assert ends is not None  # noqa: S101 - such lists count persons
        return ends.of_classes(*self._rows(state, number)).sizes()

    def _rows(self, state: State, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Entries of a list at full depth: first entry of each class, ends, records."""
        indptr = state.start[number]
        part = slice(int(indptr[0]), int(indptr[-1]))
        indptr = indptr - indptr[0]
        offset = self.chains.list_offset[self.depth][number]
        ends, counts = state.suffix[part] - np.int32(offset), state.count[part]
        filler = self._lists.entries[number].filler
        if filler is not None:
            told = ends != filler
            indptr = np.concatenate([[0], np.cumsum(told)])[indptr]
            ends, counts = ends[told], counts[told]
        return indptr, ends, counts

    def levels(self, rows: Sequence[int]) -> tuple[int, ...]:
        """Levels in column order from level numbers in search order."""
        levels = [0] * self.depth
        for column, row in zip(self.columns, rows, strict=True):
            levels[column.index] = column.low + row
        return tuple(levels)

    def in_column_order(self, totals: Sequence[float]) -> list[float]:
        """Totals in column order from totals in search order."""
        ordered = [0.0] * self.depth
        for column, total in zip(self.columns, totals, strict=True):
            ordered[column.index] = total
        return ordered


def _references(problem: SearchProblem, rules: Rules) -> list[np.ndarray]:
    """The reference of each attribute that some model looks at."""
    tuples = problem.tuples
    references = [tuples.sensitive[a].reference for a in rules.attributes]
    if tuples.persons is None:
        return references
    return [
        reference_of(tuples.persons.sensitive[a], len(reference))
        for a, reference in zip(rules.attributes, references, strict=True)
    ]
