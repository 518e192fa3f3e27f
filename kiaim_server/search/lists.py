"""The lists of entries that the search walks with: what it counts in every class of a prefix.

Each list describes the same tuples. The ends of its chains are what adds up when classes merge:
sensitive values, groups of persons that lie in the same tuples, or nothing but the tuple itself.
The kernels know two rules of a list: how many different *stamps* the entries of a class must show
at least, and how much *mass* these must have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kiaim_server.model.encoded import TupleTable
from kiaim_server.model.persons import PersonGroups
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.persons import reference_of
from kiaim_server.search.rules import Rules


@dataclass(frozen=True, eq=False)
class EntryList:
    """What one list of entries starts from.

    Attributes
    ----------
    of_tuple, end, counts
        Tuple, end of the chain and records of each item; every list has items for the same tuples.
    stamps
        int32[:], shape (n_ends,): what the rules take for one.
    mass
        int64[:], shape (n_stamps,).
    minimum_distinct, minimum_mass
        The rules; 0 where there is none.
    filler
        The end of tuples that only outsiders have, where the list says nothing of them; otherwise
        None.
    """

    of_tuple: np.ndarray
    end: np.ndarray
    counts: np.ndarray
    stamps: np.ndarray
    mass: np.ndarray
    minimum_distinct: int = 0
    minimum_mass: int = 0
    filler: int | None = None

    @property
    def n_ends(self) -> int:
        """Number of different ends."""
        return len(self.stamps)


@dataclass(frozen=True, eq=False)
class Lists:
    """All lists, the first of which counts the records of every class.

    Where persons count, the first list has their groups as ends, and those of the sensitive
    attributes have groups of persons with a value. Where models look at the population, its list
    is the last one.
    """

    entries: tuple[EntryList, ...]
    groups: PersonGroups | None
    by_value: tuple[PersonGroups, ...]
    population: PersonGroups | None

    @property
    def first_attribute(self) -> int:
        """Number of the list of the first sensitive attribute."""
        return 0 if self.groups is None else 1


def lists_of(problem: SearchProblem, rules: Rules) -> Lists:
    """Choose the lists that the models of a problem need."""
    tuples = problem.tuples
    persons = tuples.persons
    population = population_groups(tuples) if rules.needs_population else None
    outside = np.flatnonzero(tuples.counts == 0) if population is not None else np.empty(0, int)
    entries, by_value = [], []
    if persons is not None:
        entries.append(_of_groups(persons.groups, persons.groups.sizes, rules.minimum_persons))
    for number, attribute in enumerate(rules.attributes):
        distinct = int(rules.minimum_distinct[number])
        mass = int(rules.minimum_mass[number])
        if persons is None:
            entries.append(_of_values(tuples, attribute, distinct, mass))
        else:
            groups = persons.sensitive[attribute]
            by_value.append(groups)
            entries.append(_of_pairs(groups, tuples, attribute, distinct, mass))
    entries = [_filled(entry, outside) for entry in entries]
    if not entries:
        entries.append(_of_tuples(tuples, outside))
    if population is not None:
        entries.append(_of_groups(population, population.sizes, rules.minimum_population))
    return Lists(
        tuple(entries), None if persons is None else persons.groups, tuple(by_value), population
    )


def population_groups(tuples: TupleTable) -> PersonGroups | None:
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
    """Tuples without ends, those of `outside` too."""
    of_tuple = np.concatenate([np.flatnonzero(tuples.counts), outside])
    end = np.zeros(len(of_tuple), dtype=np.int32)
    mass = np.array([tuples.n_records], dtype=np.int64)
    return EntryList(of_tuple, end, tuples.counts[of_tuple], end[:1], mass)


def _of_values(tuples: TupleTable, attribute: str, distinct: int, mass: int) -> EntryList:
    values = tuples.sensitive[attribute]
    of_tuple = np.repeat(np.arange(tuples.n_tuples), np.diff(values.indptr))
    stamps = np.arange(len(values.reference), dtype=np.int32)
    reference = values.reference.astype(np.int64)
    return EntryList(of_tuple, values.values, values.counts, stamps, reference, distinct, mass)


def _of_groups(groups: PersonGroups, mass: np.ndarray, least: int) -> EntryList:
    of_tuple = np.repeat(np.arange(len(groups.indptr) - 1), np.diff(groups.indptr))
    stamps = np.arange(groups.n_groups, dtype=np.int32)
    rule = least if least > 1 else 0
    return EntryList(of_tuple, groups.groups, groups.records, stamps, mass, minimum_mass=rule)


def _of_pairs(
    groups: PersonGroups, tuples: TupleTable, attribute: str, distinct: int, mass: int
) -> EntryList:
    """Groups of persons with a value; rules are about values."""
    n_values = len(tuples.sensitive[attribute].reference)
    of_tuple = np.repeat(np.arange(tuples.n_tuples), np.diff(groups.indptr))
    reference = reference_of(groups, n_values)
    return EntryList(
        of_tuple, groups.groups, groups.records, groups.values, reference, distinct, mass
    )


def _filled(entry: EntryList, outside: np.ndarray) -> EntryList:
    """The list with an item for each tuple that only outsiders have, of no record and no mass."""
    if not len(outside):
        return entry
    return EntryList(
        of_tuple=np.concatenate([entry.of_tuple, outside]),
        end=np.concatenate([entry.end, np.full(len(outside), entry.n_ends)]).astype(np.int32),
        counts=np.concatenate([entry.counts, np.zeros(len(outside), dtype=np.int64)]),
        stamps=np.append(entry.stamps, len(entry.mass)).astype(np.int32),
        mass=np.append(entry.mass, 0),
        minimum_distinct=entry.minimum_distinct,
        minimum_mass=entry.minimum_mass,
        filler=entry.n_ends,
    )


def rules_per_list(entries: Sequence[EntryList]) -> tuple[np.ndarray, np.ndarray]:
    """`minimum_distinct` and `minimum_mass` of all lists: int64[:], shape (n_lists,)."""
    return (
        np.array([entry.minimum_distinct for entry in entries], dtype=np.int64),
        np.array([entry.minimum_mass for entry in entries], dtype=np.int64),
    )
