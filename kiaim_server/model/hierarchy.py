"""A generalization hierarchy: one map per level, checked for nesting on construction."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Final, Literal

import numpy as np

from kiaim_server.errors import HierarchyError

#: Label of the top level of built hierarchies and of the quasi-identifiers of a starred record.
STAR: Final = "*"


@dataclass(frozen=True)
class Origin:
    """Where a hierarchy came from.

    Attributes
    ----------
    kind
        ``request`` (brought along with it), ``shipped`` or ``builder``.
    name
        Of the file or set, of the shipped hierarchy, or of the builder.
    rule
        The entry of the policy that named it; empty where the request brought it.
    chosen_by
        By what that entry chose the column: its name, what was detected, a condition, its kind.
    """

    kind: Literal["request", "shipped", "builder"]
    name: str
    rule: str = ""
    chosen_by: str = ""


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """A tree over the values of one attribute, level 0 being the original values.

    Attributes
    ----------
    attribute
        The column it belongs to.
    labels
        Per level an object array: code -> text (None stands for the missing value).
        ``labels[0]`` are the leaves, each exactly once.
    maps
        Per level an int32 array of shape (n_leaves,): leaf code -> code at that level.
        ``maps[0]`` is the identity. Level l + 1 merges codes of level l, it never splits one.
    level_names
        One name per level, e.g. ``("day", "month", "year", "all")``; policies may use them.
    origin
        Where it came from; None where nobody asked for it. No part of the digest.
    """

    attribute: str
    labels: tuple[np.ndarray, ...]
    maps: tuple[np.ndarray, ...]
    level_names: tuple[str, ...]
    origin: Origin | None = None

    @classmethod
    def from_columns(
        cls,
        attribute: str,
        columns: Sequence[Sequence[str | None]],
        level_names: Sequence[str] | None = None,
        source: str | None = None,
    ) -> Hierarchy:
        """Build from one sequence of labels per level, all as long as there are leaves.

        Parameters
        ----------
        columns
            ``columns[l][i]`` is what leaf i becomes on level l; ``columns[0]`` holds the leaves.
        level_names
            Default ``level 0``, ``level 1``, ...
        source
            What messages call it; default ``hierarchy of 'attribute'``.

        Raises
        ------
        HierarchyError
            No leaves; levels of different length; a leaf twice; a level that splits a group of
            the level before it. Rows are counted from 1.

        Notes
        -----
        O(n_leaves * n_levels) time and memory.
        """
        source = source or f"hierarchy of {attribute!r}"
        if not columns or not len(columns[0]):
            raise HierarchyError(
                f"{source}: no rows; expected one row per value: value;level 1;..."
            )
        n_leaves = len(columns[0])
        if any(len(c) != n_leaves for c in columns):
            raise HierarchyError(f"{source}: levels of different length")
        labels, maps = zip(*(_factorize(column) for column in columns), strict=True)
        _check_leaves(labels[0], n_leaves, maps[0], source)
        _check_nesting(maps, source)
        names = tuple(level_names or (f"level {i}" for i in range(len(columns))))
        if len(names) != len(columns) or len(set(names)) != len(names):
            raise HierarchyError(
                f"{source}: needs one distinct name for each of {len(columns)} levels"
            )
        return cls(attribute, tuple(labels), tuple(maps), names)

    @property
    def n_leaves(self) -> int:
        """Number of distinct original values that the hierarchy covers."""
        return len(self.labels[0])

    @property
    def n_levels(self) -> int:
        """Number of levels, the original values included."""
        return len(self.labels)

    @property
    def covers_missing(self) -> bool:
        """Whether the missing value has a row of its own."""
        return any(label is None for label in self.labels[0])

    def with_missing(self) -> Hierarchy:
        """Cover the missing value too: itself wherever the level is not just a star.

        A level that has a single band is no place for it: it does not lie in ``0-9``.
        Returns self where the hierarchy has a row for it already.
        """
        return self if self.covers_missing else self._with_leaf(None)

    def with_code(self, code: str) -> Hierarchy:
        """Cover a label such as ``90+`` too: itself wherever the level is not just a star.

        A level that has a single band is no place for it: ``90+`` does not lie in ``85-89``.
        Returns self where the hierarchy has a row for it already.

        Raises
        ------
        HierarchyError
            If a level has a group of this name, which holds other values.
        """
        if code in self.labels[0]:
            return self
        for name, labels in zip(self.level_names, self.labels, strict=True):
            if code in labels:
                raise HierarchyError(
                    f"hierarchy of {self.attribute!r}: level {name!r} has a group that is called "
                    "like the label of a coding; give the coding another 'label'"
                )
        return self._with_leaf(code)

    def _with_leaf(self, leaf: str | None) -> Hierarchy:
        labels: list[np.ndarray] = []
        maps: list[np.ndarray] = []
        added = np.array([leaf], dtype=object)
        for label, leaf_to_code in zip(self.labels, self.maps, strict=True):
            is_root = bool(labels) and len(label) == 1 and label[0] == STAR
            labels.append(label if is_root else np.concatenate([label, added]))
            maps.append(np.append(leaf_to_code, 0 if is_root else len(label)).astype(np.int32))
        return Hierarchy(self.attribute, tuple(labels), tuple(maps), self.level_names, self.origin)

    def for_attribute(self, attribute: str) -> Hierarchy:
        """The same tree for another column."""
        return Hierarchy(attribute, self.labels, self.maps, self.level_names, self.origin)

    def with_origin(self, origin: Origin) -> Hierarchy:
        """The same tree, saying where it came from."""
        return Hierarchy(self.attribute, self.labels, self.maps, self.level_names, origin)

    def share(self, level: int) -> np.ndarray:
        """Share of all leaves that a value of `level` stands for.

        Returns
        -------
        float64[:], shape (codes at level,)
            In (0, 1]; sums to 1.
        """
        counts = np.bincount(self.maps[level], minlength=len(self.labels[level]))
        return np.asarray(counts / self.n_leaves, dtype=np.float64)

    def level_of(self, name: str) -> int | None:
        """The level called `name`, or None."""
        return self.level_names.index(name) if name in self.level_names else None

    @cached_property
    def digest(self) -> str:
        """SHA-256 over names, labels and maps, in hex: equal trees give equal digests."""
        sha = hashlib.sha256()
        for name, labels, leaf_to_code in zip(
            self.level_names, self.labels, self.maps, strict=True
        ):
            sha.update(repr((name, len(labels))).encode())
            for label in labels:
                sha.update(b"\x00" if label is None else b"\x01" + str(label).encode() + b"\x00")
            sha.update(np.ascontiguousarray(leaf_to_code, dtype="<i4").tobytes())
        return sha.hexdigest()


def _factorize(column: Sequence[str | None]) -> tuple[np.ndarray, np.ndarray]:
    """Number the distinct labels of a level by first occurrence; None is a label of its own."""
    number: defaultdict[str | None, int] = defaultdict(count().__next__)
    codes = np.fromiter(map(number.__getitem__, column), dtype=np.int32, count=len(column))
    labels = np.empty(len(number), dtype=object)
    labels[:] = list(number)
    return labels, codes


def _check_leaves(labels: np.ndarray, n_rows: int, codes: np.ndarray, source: str) -> None:
    if len(labels) == n_rows:
        return
    order = np.argsort(codes, kind="stable")
    first = int(np.flatnonzero(np.diff(codes[order]) == 0)[0])
    a, b = sorted((int(order[first]) + 1, int(order[first + 1]) + 1))
    raise HierarchyError(
        f"{source}: rows {a} and {b} are for the same value; expected one row per value, delete one"
    )


def _check_nesting(maps: Sequence[np.ndarray], source: str) -> None:
    for level in range(1, len(maps)):
        finer, coarser = maps[level - 1], maps[level]
        _, first = np.unique(finer, return_index=True)
        expected = coarser[first][finer]  # codes are dense: row of the first leaf of each group
        wrong = np.flatnonzero(expected != coarser)
        if len(wrong):
            row = int(wrong[0])
            other = int(first[finer[row]])
            raise HierarchyError(
                f"{source}: rows {other + 1} and {row + 1} share their value on level {level - 1} "
                f"but not on level {level}; every level must coarsen the one before it"
            )
