"""What a hierarchy lacks of its column: counts and places of records, never values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from kiaim_server.model.hierarchy import Hierarchy


@dataclass(frozen=True)
class Gap:
    """Values of a column that its hierarchy does not cover.

    Attributes
    ----------
    values
        Distinct values.
    records
        Records that have one of them; None where transforms have changed the column before.
    first_records
        Numbers of the first of these records, counted from 1 without a header line.
    """

    values: int
    records: int | None
    first_records: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class FoundTree:
    """The hierarchy of one quasi-identifier, as far as there is one.

    Attributes
    ----------
    limits
        Smallest and largest level that the search may choose; None without a hierarchy.
    gap
        What it lacks; None if it covers the column.
    problem
        Why there is none, or why it cannot be used; empty if it can.
    """

    column: str
    hierarchy: Hierarchy | None
    limits: tuple[int, int] | None
    gap: Gap | None = None
    problem: str = ""

    @property
    def usable(self) -> bool:
        """Whether the search could use it."""
        return self.gap is None and not self.problem


def lattice_size(trees: Sequence[FoundTree]) -> int | None:
    """Generalizations that the search could choose among; None if a hierarchy is missing."""
    if any(tree.limits is None for tree in trees):
        return None
    return prod(high - low + 1 for low, high in (t.limits for t in trees if t.limits is not None))
