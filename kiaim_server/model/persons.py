"""Who has records in which tuples: what distinct persons per class are counted from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class PersonGroups:
    """Persons in groups that lie in the same tuples, in compressed rows of tuples.

    A class is a union of tuples, so it holds all persons of a group or none of them. The distinct
    persons of a class are hence the sum of the sizes of the distinct groups that its tuples have.
    Persons whose records lie in one tuple are one group of that tuple.

    Attributes
    ----------
    indptr
        int64[:], shape (n_tuples + 1,).
    groups
        int32[:]: the groups of tuple t are ``groups[indptr[t]:indptr[t + 1]]``, ascending.
    records
        int64[:], same shape: records of the group in the tuple, > 0.
    sizes
        int64[:], shape (n_groups,): persons per group, > 0.
    values
        int32[:], shape (n_groups,), ascending: the sensitive value that the records of the group
        have. A person with two values is in two groups. All 0 where values play no part.
    """

    indptr: np.ndarray
    groups: np.ndarray
    records: np.ndarray
    sizes: np.ndarray
    values: np.ndarray

    @property
    def n_groups(self) -> int:
        """Number of groups."""
        return len(self.sizes)


@dataclass(frozen=True, eq=False)
class Persons:
    """The persons of a table whose records name them.

    Attributes
    ----------
    groups
        By the tuples of all their records that may be released.
    sensitive
        Per sensitive attribute by the tuples of their records with each value.
    population
        By the tuples of all their records, where a research subset is given; None otherwise.
    """

    groups: PersonGroups
    sensitive: Mapping[str, PersonGroups] = field(default_factory=dict)
    population: PersonGroups | None = None

    @property
    def n_persons(self) -> int:
        """Persons with a record that may be released."""
        return int(self.groups.sizes.sum())
