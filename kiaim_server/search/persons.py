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

    Class c holds the groups ``groups[indptr[c]:indptr[c + 1]]``, ascending, each once; `of` says
    how many persons a group is and which value it has.
    """

    indptr: np.ndarray
    groups: np.ndarray
    of: PersonGroups

    def persons(self) -> np.ndarray:
        """Distinct persons per class: int64[:], shape (n_classes,); O(n_rows)."""
        return row_sums(self.indptr, self.of.sizes[self.groups])

    def values(self, reference: np.ndarray) -> ValueCounts:
        """Distinct persons per class and value; O(n_rows)."""
        n_values = max(1, len(reference))
        owner = np.repeat(np.arange(len(self.indptr) - 1), np.diff(self.indptr))
        keys = owner * n_values + self.of.values[self.groups]
        # Groups ascend by value, hence do the keys.
        first = np.flatnonzero(np.diff(keys, prepend=-1))
        sizes = self.of.sizes[self.groups]
        counts = np.add.reduceat(sizes, first) if len(first) else sizes
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
        indptr = np.concatenate([[0], np.cumsum(lengths[keep])]).astype(np.int64)
        return ClassGroups(indptr, self.groups[np.repeat(keep, lengths)], self.of)

    def reference(self, n_values: int) -> np.ndarray:
        """Distinct persons per value in all classes together: int64[:], shape (n_values,)."""
        present = np.zeros(self.of.n_groups, dtype=np.bool_)
        present[self.groups] = True
        return reference_of(self.of, n_values, present)


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
    return ClassGroups(
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        (distinct % max(1, groups.n_groups)).astype(np.int32),
        groups,
    )


def reference_of(
    groups: PersonGroups, n_values: int, present: np.ndarray | None = None
) -> np.ndarray:
    """Distinct persons per value, of all groups or those present: int64[:], shape (n_values,)."""
    sizes = groups.sizes if present is None else np.where(present, groups.sizes, 0)
    return np.bincount(groups.values, weights=sizes, minlength=n_values).astype(np.int64)


def row_sums(indptr: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sums of compressed rows, 0 for an empty one: int64[:], shape (n_rows,)."""
    sums = np.concatenate([[0], np.cumsum(weights, dtype=np.int64)])
    return np.asarray(sums[indptr[1:]] - sums[indptr[:-1]])
