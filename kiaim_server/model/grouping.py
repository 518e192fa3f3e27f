"""Classes as an information loss measure sees them: of a node, or of a prefix of its columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class GroupedColumn:
    """One quasi-identifier of a grouping.

    Attributes
    ----------
    level
        Where the column is generalized to; None while that is open.
    cost
        float64[:], shape (n_classes,): what a kept record of each class costs in this column, by
        `LossMeasure.costs`. Where a value's leaves cost different amounts, that of one of them.
        While the level is open, the least of any leaf at the finest level allowed.
    suppressed
        int64[:]: suppressed records per generalized value in no particular order;
        None while the level is open.
    """

    level: int | None
    cost: np.ndarray
    suppressed: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Grouping:
    """Classes that are kept or may be, and what is suppressed for certain.

    A *node* has one part per class, and all other records are suppressed. A *prefix* stands for
    every node that fixes the columns that are still open: each class of such a node that is kept
    is a union of parts of one class of the prefix, and has `minimum_size` records at least.

    Attributes
    ----------
    sizes
        int64[:], shape (n_classes,).
    start
        int64[:], shape (n_classes + 1,): the parts of class c are ``parts[start[c]:start[c + 1]]``.
    parts
        int64[:], shape (n_parts,): records that no node below tells apart.
    suppressed
        Records that are suppressed; in a prefix, at least.
    minimum_size
        Records that every kept class of every node has at least.
    columns
        In the order of the table; empty unless the measure `needs_columns`.
    """

    sizes: np.ndarray
    start: np.ndarray
    parts: np.ndarray
    suppressed: int
    minimum_size: int
    columns: tuple[GroupedColumn, ...] = ()

    @classmethod
    def of_node(
        cls,
        sizes: np.ndarray,
        suppressed: int,
        minimum_size: int,
        columns: tuple[GroupedColumn, ...] = (),
    ) -> Grouping:
        """A node with these kept classes."""
        start = np.arange(len(sizes) + 1, dtype=np.int64)
        return cls(sizes, start, sizes, suppressed, minimum_size, columns)

    @property
    def n_records(self) -> int:
        """Records of the table."""
        return int(self.sizes.sum()) + self.suppressed

    @property
    def may_suppress(self) -> bool:
        """Whether any record is suppressed, or may be because a class may still split."""
        return self.suppressed > 0 or len(self.parts) > len(self.sizes)
