"""Lower bounds of large lattices, from subsets of the columns.

Leave some columns out: classes unite, so whatever is suppressed for certain then, by
`kiaim_server.search.rules`, is suppressed in every node of the whole lattice that has the same
levels in the columns that remain. So the least sum of `LossMeasure.summands` over a subset, taken
over all levels that do not suppress too much, is at most the sum over these columns in any
solution. Minima of disjoint subsets add up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from kiaim_server.kernels.grouping import number_keys
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.model.encoded import TupleTable
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.columns import leaf_frequencies
from kiaim_server.search.descent import Descent, State
from kiaim_server.search.evaluate import merge_values
from kiaim_server.search.prefixes import Bound, Prefixes, Sharpen
from kiaim_server.search.probe import Probe
from kiaim_server.search.rules import rules_of

#: Columns of a group before groups begin to take columns from each other. A group gains nothing
#: until its columns hold more information than classes of the least size leave; beyond that, each
#: column about doubles the time that its minimum takes.
GROUP_SIZE: Final = 8

_LARGEST_KEY: Final = 2**62


class Sums:
    """Sums of the measure's summands over some of the columns of a problem."""

    def __init__(self, problem: SearchProblem) -> None:
        self._problem = problem
        self._finest = []
        for i, (hierarchy, (low, _)) in enumerate(
            zip(problem.hierarchies, problem.levels, strict=True)
        ):
            frequencies = leaf_frequencies(problem, i)
            kept = problem.loss.costs(hierarchy, low, frequencies).kept
            self._finest.append(float(kept @ frequencies))

    @property
    def known(self) -> bool:
        """Whether the measure has summands."""
        return self._all(self._finest) is not None

    def of(self, columns: Sequence[int], totals: Sequence[float]) -> list[float]:
        """Summands of these columns, whose totals are given in the same order."""
        every = list(self._finest)
        for column, total in zip(columns, totals, strict=True):
            every[column] = total
        found = self._all(every)
        assert found is not None  # noqa: S101 - nobody asks where there are none
        return [found[column] for column in columns]

    def score(self, summed: float) -> float:
        """The loss at a sum over all columns."""
        return self._problem.loss.score_of(summed, self._problem.hierarchies)

    def _all(self, totals: Sequence[float]) -> tuple[float, ...] | None:
        problem = self._problem
        return problem.loss.summands(totals, problem.hierarchies, problem.tuples.n_records)


class Group:
    """The least sums over the first 0, 1, 2, ... of a growing list of columns.

    Each is found best first, the newest column first, and the minima that are known already bound
    what the columns after it can add (Verfaillie, Lemaitre and Schiex, Russian Doll Search, AAAI
    1996).

    Attributes
    ----------
    columns
        In the order in which they joined.
    minima
        The least sum over the first t columns at place t, as far as they are known.
    work
        Tuples that were visited for the latest minimum.
    """

    def __init__(
        self, problem: SearchProblem, sums: Sums, columns: Sequence[int], alone: Sequence[float]
    ) -> None:
        self._problem = problem
        self._sums = sums
        self._alone = alone
        self.columns = list(columns)
        self.minima = [0.0]
        self.work = 1
        self._open: Prefixes | None = None

    @property
    def complete(self) -> bool:
        """Whether the minimum over all columns is known."""
        return len(self.minima) > len(self.columns)

    @property
    def value(self) -> float:
        """The sum over all columns is at least this."""
        known = self.minima[-1]
        pending = [self._alone[column] for column in self.columns[len(self.minima) - 1 :]]
        if self._open is not None:
            known, pending = max(known + pending[0], self._open.least), pending[1:]
        return known + sum(pending)

    def suffix(self, length: int) -> float:
        """The least sum over the first columns, as many as that; or over fewer."""
        return self.minima[min(length, len(self.minima) - 1)]

    def grow(self) -> Iterator[None]:
        """Find the minimum over one more column; stops after each state."""
        chosen = self.columns[: len(self.minima)][::-1]
        part = project(self._problem, chosen)
        descent, bound_of = Descent(part, order=range(len(chosen))), self.bound_in(chosen)
        sharpen = ahead(Probe(descent, part.max_suppressed), bound_of)
        prefixes = Prefixes(descent, part.max_suppressed, bound_of, sharpen)
        self._open = prefixes
        n_states = 0
        while True:
            yield
            if prefixes.is_empty:
                minimum = math.inf
                break
            taken = prefixes.take()
            n_states += 1
            if taken is None:
                continue
            bound, rows = taken
            if len(rows) == len(chosen):
                minimum = max(bound, self.minima[-1])
                break
            prefixes.expand(bound, rows)
        self.work = n_states * part.tuples.n_tuples
        self._open = None
        self.minima.append(minimum)

    def bound_in(self, order: Sequence[int]) -> Bound:
        """Bounds the sum over columns of which the last are the first of this group, backwards."""

        def bound(totals: list[float], fixed: int) -> float:
            parts = self._sums.of(order, totals)
            left = zip(order[fixed:], parts[fixed:], strict=True)
            singly = sum(max(part, self._alone[column]) for column, part in left)
            return sum(parts[:fixed]) + max(singly, self.suffix(len(order) - fixed))

        return bound


class Subsets:
    """Groups of columns whose minima add up, growing while there is time.

    Columns that hold much information come first and together: the first few fill the classes,
    and from then on each costs about all that it can cost. When every column is in its group,
    the group with the least minimum gives its columns away, the last one first, until one group
    is left.
    """

    def __init__(self, problem: SearchProblem, group_size: int = GROUP_SIZE) -> None:
        self._problem = problem
        self.sums = Sums(problem)
        n = len(problem.hierarchies)
        self._alone = [0.0] * n
        order = sorted(range(n), key=lambda i: (-_information(problem, i), i))
        self._groups = [
            Group(problem, self.sums, order[at : at + size], self._alone)
            for at, size in _cuts(n, -(-n // group_size))
        ]
        self._best = -math.inf

    @property
    def bound(self) -> float:
        """No solution has a smaller sum; infinite if it is proven that there is none."""
        self._best = max(self._best, sum(group.value for group in self._groups))
        return self._best

    def grow(self) -> Iterator[None]:
        """Raise the bound until it is the least of all columns, or there is no solution."""
        for column in range(len(self._alone)):
            single = Group(self._problem, self.sums, [column], self._alone)
            yield from single.grow()
            self._alone[column] = single.minima[-1]
        while self.bound < math.inf:
            growing = [group for group in self._groups if not group.complete]
            if growing:
                yield from min(growing, key=lambda group: group.work).grow()
            elif len(self._groups) > 1:
                self._donate()
            else:
                return

    def _donate(self) -> None:
        """Move the last column of the group with the least minimum to the one with least work."""
        donor = min(self._groups, key=lambda group: group.minima[-1])
        taker = min((g for g in self._groups if g is not donor), key=lambda group: group.work)
        taker.columns.append(donor.columns.pop())
        donor.minima.pop()
        if not donor.columns:
            self._groups.remove(donor)


def ahead(probe: Probe, bound: Bound) -> Sharpen:
    """Bounds that know how fine each open column can still be."""

    def sharpen(state: State) -> float:
        totals = probe.totals(state)
        return math.inf if totals is None else bound(totals, state.depth)

    return sharpen


def project(problem: SearchProblem, columns: Sequence[int]) -> SearchProblem:
    """The problem of some columns alone, in this order. Whatever it suppresses for certain is
    suppressed for certain in the whole problem; O(n_tuples * n_columns).
    """
    tuples = problem.tuples
    inside = np.flatnonzero(tuples.counts)  # others only tell of the population
    keys, n_keys = np.zeros(len(inside), dtype=np.int64), 1
    for column in columns:
        n_leaves = problem.hierarchies[column].n_leaves
        if n_keys * n_leaves > _LARGEST_KEY:
            ids, first = number_keys(keys)
            keys, n_keys = ids.astype(np.int64), len(first)
        keys = keys * n_leaves + tuples.codes[column, inside]
        n_keys *= n_leaves
    of_tuple, first = number_keys(keys)
    counts = np.bincount(of_tuple, weights=tuples.counts[inside]).astype(np.int64)
    rules = rules_of(problem)
    models, sensitive = problem.models, {}
    if tuples.persons is None and tuples.population is None:
        for name in rules.attributes:
            sensitive[name] = merge_values(tuples.sensitive[name], of_tuple, len(first))
    else:  # a class with too few records has too few persons as well; more is not used
        models = (_LeastSize(rules.minimum_size),)
    part = TupleTable(
        np.ascontiguousarray(tuples.codes[list(columns)][:, inside[first]]),
        counts,
        np.empty(0, dtype=np.int32),  # nothing is applied to records
        sensitive,
    )
    return replace(
        problem,
        tuples=part,
        hierarchies=tuple(problem.hierarchies[column] for column in columns),
        levels=tuple(problem.levels[column] for column in columns),
        models=models,
    )


class _LeastSize(PrivacyModel):
    """Classes have so many records at least."""

    name = "least-size"
    summary = "Classes have so many records at least."

    def __init__(self, records: int) -> None:
        self._records = records

    @property
    def minimum_size(self) -> int:
        return self._records

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        return np.asarray(classes.sizes < self._records)

    def measure(self, classes: EquivalenceClasses) -> float:
        return float(classes.sizes.min()) if classes.n_classes else math.nan


def _information(problem: SearchProblem, column: int) -> float:
    """Bits that the finest level allowed holds."""
    low, _ = problem.levels[column]
    up = problem.hierarchies[column].maps[low]
    records = np.bincount(up, weights=leaf_frequencies(problem, column))
    shares = records[records > 0] / problem.tuples.n_records
    return float(-(shares * np.log2(shares)).sum())


def _cuts(n: int, n_parts: int) -> Iterator[tuple[int, int]]:
    """Begin and length of parts that differ by one at most."""
    at = 0
    for part in range(n_parts):
        size = n // n_parts + (part < n % n_parts)
        yield at, size
        at += size
