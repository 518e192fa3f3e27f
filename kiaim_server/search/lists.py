"""The lists of entries that the search walks with: what it counts in every class of a prefix.

Each list describes the same tuples. Chains end in what a list tells apart: nothing, sensitive
values, or groups of persons. Persons whose records lie in one tuple (*local* ones) are counted
by the entries themselves, since different tuples have different ones; all others are known by the
end of their chain. `kiaim_server.kernels.refine` says which rules a list may have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kiaim_server.model.classes import ValueCounts
from kiaim_server.model.encoded import TupleTable
from kiaim_server.model.persons import PersonGroups
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.persons import ClassGroups, reference_of
from kiaim_server.search.rules import Rules

#: Stamp of ends whose entries are counted one by one.
_COUNTED = -1


@dataclass(frozen=True, eq=False)
class EntryList:
    """What one list of entries starts from.

    Attributes
    ----------
    of_tuple, end, counts
        Tuple, end of the chain, and records or persons of each item; every list has items for the
        same tuples.
    stamps
        int32[:], shape (n_ends,): what the rules take for one, -1 where counts matter.
    mass
        int64[:], shape (n_stamps,).
    minimum_distinct, minimum_mass
        The rules; 0 where there is none.
    ends
        Where persons are counted, what the ends stand for.
    filler
        The end of tuples that the list says nothing of; None if there are none.
    """

    of_tuple: np.ndarray
    end: np.ndarray
    counts: np.ndarray
    stamps: np.ndarray
    mass: np.ndarray
    minimum_distinct: int = 0
    minimum_mass: int = 0
    ends: PersonEnds | None = None
    filler: int | None = None


@dataclass(frozen=True, eq=False)
class PersonEnds:
    """Ends that stand for persons.

    Attributes
    ----------
    values
        int32[:], shape (n_ends,), ascending: the sensitive value, 0 where none plays a part.
    is_local
        bool[:]: whether the end stands for local persons, whom the counts of entries tell.
    sizes
        int64[:]: persons of the other ends.
    """

    values: np.ndarray
    is_local: np.ndarray
    sizes: np.ndarray

    def of_classes(self, indptr: np.ndarray, ends: np.ndarray, counts: np.ndarray) -> ClassGroups:
        """Who is in each class, from its entries."""
        persons = np.where(self.is_local[ends], counts, self.sizes[ends])
        return ClassGroups(indptr, ends, persons, self.values, self.is_local)


@dataclass(frozen=True, eq=False)
class Lists:
    """All lists, the first of which counts the records of every class.

    Attributes
    ----------
    persons, population
        Number of the list that counts the persons, and the population; None if there is none.
    attributes
        Number of the list of the first sensitive attribute.
    """

    entries: tuple[EntryList, ...]
    attributes: int
    persons: int | None = None
    population: int | None = None


def lists_of(problem: SearchProblem, rules: Rules) -> Lists:
    """Choose the lists that the models of a problem need."""
    tuples = problem.tuples
    persons = None if _is_each_alone(tuples) else tuples.persons
    population = _population(tuples) if rules.needs_population else None
    outside = np.flatnonzero(tuples.counts == 0) if population is not None else np.empty(0, int)
    entries = []
    if persons is not None or not rules.attributes:
        entries.append(_of_tuples(tuples, outside))
    if persons is not None:
        entries.append(_filled(_of_persons(persons.groups, rules.minimum_persons), outside))
    attributes = len(entries)
    of_values = [
        _of_values(tuples.sensitive[attribute])
        if persons is None
        else _of_pairs(persons.sensitive[attribute], len(tuples.sensitive[attribute].reference))
        for attribute in rules.attributes
    ]
    for entry, distinct, mass in zip(
        of_values, rules.minimum_distinct.tolist(), rules.minimum_mass.tolist(), strict=True
    ):
        ruled = replace(entry, minimum_distinct=distinct, minimum_mass=mass)
        entries.append(_filled(ruled, outside))
    if population is not None:
        entries.append(_of_persons(population, rules.minimum_population))
    return Lists(
        tuple(entries),
        attributes,
        persons=None if persons is None else 1,
        population=None if population is None else len(entries) - 1,
    )


def _is_each_alone(tuples: TupleTable) -> bool:
    """Whether every person has one record, so that records may be counted instead."""
    persons = tuples.persons
    if persons is None:
        return True
    counted = persons.groups if persons.population is None else persons.population
    in_one_tuple = not len(counted.groups) or int(np.bincount(counted.groups).max()) == 1
    return (
        in_one_tuple
        and bool((counted.records == counted.sizes[counted.groups]).all())
        # The reference may be of more than these tuples.
        and all(
            np.array_equal(reference_of(groups, len(values.reference)), values.reference)
            for attribute, groups in persons.sensitive.items()
            for values in (tuples.sensitive[attribute],)
        )
    )


def _population(tuples: TupleTable) -> PersonGroups | None:
    """Who is in the population: groups of persons, or every record by itself."""
    if tuples.persons is not None:
        return tuples.persons.population
    if tuples.population is None:
        return None
    n = tuples.n_tuples
    return PersonGroups(
        np.arange(n + 1, dtype=np.int64),
        np.arange(n, dtype=np.int32),
        tuples.population,
        tuples.population,
        np.zeros(n, dtype=np.int32),
    )


def _of_tuples(tuples: TupleTable, outside: np.ndarray) -> EntryList:
    """The records of tuples, 0 of those of `outside`."""
    of_tuple = np.concatenate([np.flatnonzero(tuples.counts), outside])
    end = np.zeros(len(of_tuple), dtype=np.int32)
    mass = np.array([tuples.n_records], dtype=np.int64)
    return EntryList(of_tuple, end, tuples.counts[of_tuple], np.zeros(1, dtype=np.int32), mass)


def _of_values(values: ValueCounts) -> EntryList:
    """The records of tuples with each sensitive value."""
    of_tuple = np.repeat(np.arange(len(values.indptr) - 1), np.diff(values.indptr))
    stamps = np.arange(len(values.reference), dtype=np.int32)
    reference = values.reference.astype(np.int64)
    return EntryList(of_tuple, values.values, values.counts, stamps, reference)


def _of_persons(groups: PersonGroups, least: int) -> EntryList:
    """Persons, of whom a class must have so many."""
    end_of, ends = _ends(groups)
    known = np.flatnonzero(~ends.is_local)
    stamps = np.full(len(ends.sizes), _COUNTED, dtype=np.int32)
    stamps[known] = np.arange(len(known), dtype=np.int32)
    return EntryList(
        *_items(groups, end_of),
        stamps,
        ends.sizes[known],
        minimum_mass=least if least > 1 else 0,
        ends=ends,
    )


def _of_pairs(groups: PersonGroups, n_values: int) -> EntryList:
    """Persons with a sensitive value; rules are about values."""
    end_of, ends = _ends(groups)
    reference = reference_of(groups, n_values)
    return EntryList(*_items(groups, end_of), ends.values, reference, ends=ends)


def _items(groups: PersonGroups, end_of: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    of_tuple = np.repeat(np.arange(len(groups.indptr) - 1), np.diff(groups.indptr))
    return of_tuple, end_of[groups.groups], groups.sizes[groups.groups]


def _ends(groups: PersonGroups) -> tuple[np.ndarray, PersonEnds]:
    """The end of each group: one for all local ones with the same value, else its own."""
    is_local = np.bincount(groups.groups, minlength=groups.n_groups) == 1
    order = np.lexsort([~is_local, groups.values])
    values, local = groups.values[order], is_local[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = ~(local[1:] & local[:-1] & (values[1:] == values[:-1]))
    end_of = np.empty(len(order), dtype=np.int32)
    end_of[order] = np.cumsum(new) - 1
    return end_of, PersonEnds(values[new], local[new], groups.sizes[order][new])


def _filled(entry: EntryList, outside: np.ndarray) -> EntryList:
    """The list with an item of no count and no mass for each tuple that only outsiders have."""
    if not len(outside):
        return entry
    filler = len(entry.stamps)
    return replace(
        entry,
        of_tuple=np.concatenate([entry.of_tuple, outside]),
        end=np.concatenate([entry.end, np.full(len(outside), filler)]).astype(np.int32),
        counts=np.concatenate([entry.counts, np.zeros(len(outside), dtype=np.int64)]),
        stamps=np.append(entry.stamps, _COUNTED).astype(np.int32),
        filler=filler,
    )


def rules_per_list(entries: Sequence[EntryList]) -> tuple[np.ndarray, np.ndarray]:
    """`minimum_distinct` and `minimum_mass` of all lists: int64[:], shape (n_lists,)."""
    return (
        np.array([entry.minimum_distinct for entry in entries], dtype=np.int64),
        np.array([entry.minimum_mass for entry in entries], dtype=np.int64),
    )
