"""Distinct persons per class, and per class and sensitive value, from groups of persons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kiaim_server.kernels.grouping import number_keys
from kiaim_server.model.classes import EquivalenceClasses, ValueCounts
from kiaim_server.model.persons import PersonGroups


@dataclass(frozen=True, eq=False)
class ClassGroups:
    """Which groups of persons each class holds, in compressed rows.

    Attributes
    ----------
    indptr
        int64[:], shape (n_classes + 1,): class c has the rows ``indptr[c] .. indptr[c + 1] - 1``.
    groups
        int32[:]: the group of each row; ascending within a class, each once.
    persons
        int64[:]: persons of each row.
    values
        int32[:], shape (n_groups,), ascending: the sensitive value of each group.
    is_local
        bool[:], shape (n_groups,): True where rows of different classes are different persons,
        False where they are the same ones.
    """

    indptr: np.ndarray
    groups: np.ndarray
    persons: np.ndarray
    values: np.ndarray
    is_local: np.ndarray

    def sizes(self) -> np.ndarray:
        """Distinct persons per class: int64[:], shape (n_classes,); O(n_rows)."""
        sums = np.concatenate([[0], np.cumsum(self.persons, dtype=np.int64)])
        return np.asarray(sums[self.indptr[1:]] - sums[self.indptr[:-1]])

    def value_counts(self, reference: np.ndarray) -> ValueCounts:
        """Distinct persons per class and value; O(n_rows)."""
        n_values = max(1, len(reference))
        owner = np.repeat(np.arange(len(self.indptr) - 1), np.diff(self.indptr))
        keys = owner * n_values + self.values[self.groups]
        first = np.flatnonzero(np.diff(keys, prepend=-1))  # groups ascend by value, hence keys do
        counts = np.add.reduceat(self.persons, first) if len(first) else self.persons
        lengths = np.bincount(owner[first], minlength=len(self.indptr) - 1)
        return ValueCounts(
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            (keys[first] % n_values).astype(np.int32),
            counts,
            reference,
        )

    def select(self, keep: np.ndarray) -> ClassGroups:
        """The rows of the marked classes."""
        lengths = np.diff(self.indptr)
        chosen = np.repeat(keep, lengths)
        indptr = np.concatenate([[0], np.cumsum(lengths[keep])]).astype(np.int64)
        return ClassGroups(
            indptr, self.groups[chosen], self.persons[chosen], self.values, self.is_local
        )

    def reference(self, n_values: int) -> np.ndarray:
        """Distinct persons per value in all classes together: int64[:], shape (n_values,)."""
        _, first = np.unique(self.groups, return_index=True)
        counted = self.is_local[self.groups]
        counted[first] = True
        values = self.values[self.groups[counted]]
        found = np.bincount(values, weights=self.persons[counted], minlength=n_values)
        return found.astype(np.int64)


@dataclass(frozen=True, eq=False, kw_only=True)
class CountedClasses(EquivalenceClasses):
    """Classes with what the search counts beside what models see.

    Before any class is left out there may be classes of size 0: those of outsiders only.

    Attributes
    ----------
    records
        int64[:], shape (n_classes,): records that may be released. Suppression and loss are about
        them; `sizes` may count persons.
    groups
        Per sensitive attribute the groups of persons with a value; empty where records count.
    """

    records: np.ndarray
    groups: Mapping[str, ClassGroups] = field(default_factory=dict)


def merge_groups(groups: PersonGroups, of_tuple: np.ndarray, n_classes: int) -> ClassGroups:
    """The groups of each class, from those of its tuples; O(n log n) in the rows."""
    owner = np.repeat(of_tuple, np.diff(groups.indptr)).astype(np.int64)
    keys = owner * max(1, groups.n_groups) + groups.groups
    _, first = number_keys(keys)
    distinct = np.sort(keys[first])
    lengths = np.bincount(distinct // max(1, groups.n_groups), minlength=n_classes)
    rows = (distinct % max(1, groups.n_groups)).astype(np.int32)
    return ClassGroups(
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        rows,
        groups.sizes[rows],
        groups.values,
        np.zeros(groups.n_groups, dtype=np.bool_),
    )


def reference_of(groups: PersonGroups, n_values: int) -> np.ndarray:
    """Distinct persons per value: int64[:], shape (n_values,)."""
    return np.bincount(groups.values, weights=groups.sizes, minlength=n_values).astype(np.int64)
