"""How well few quasi-identifiers tell records apart.

Motwani and Xu, Efficient Algorithms for Masking and Finding Quasi-Identifiers, SDM Workshop on
Practical Privacy-Preserving Data Mining, 2008.
"""

# ruff: noqa: S608 - statements are made of aliases and positions, never of names in the data

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import duckdb


@dataclass(frozen=True)
class Separation:
    """Records of the classes, their different values of some columns, and pairs with equal ones.

    `columns` are positions among the quasi-identifiers; `alike` counts ordered pairs.
    """

    columns: tuple[int, ...]
    records: int
    values: int
    alike: int

    @property
    def distinction(self) -> Fraction | None:
        """Different values per record; None without a record."""
        return Fraction(self.values, self.records) if self.records else None

    @property
    def separation(self) -> Fraction | None:
        """Share of the pairs of records that differ in some column; None without a pair."""
        pairs = self.records * (self.records - 1)
        return 1 - Fraction(self.alike, pairs) if pairs else None


def separations(
    database: duckdb.DuckDBPyConnection, quasi: Sequence[str], most: int
) -> Iterator[Separation]:
    """All sets of up to `most` quasi-identifiers, small ones first, from the table ``classes``.

    O(number of sets * number of classes): records are not read again.
    """
    for size in range(1, most + 1):
        for columns in itertools.combinations(range(len(quasi)), size):
            by = ", ".join(quasi[i] for i in columns)
            row = database.execute(
                "SELECT coalesce(sum(m), 0), count(*), coalesce(sum(m * (m - 1)), 0) FROM "
                f"(SELECT sum(n)::HUGEINT AS m FROM classes GROUP BY {by})"
            ).fetchone()
            assert row is not None  # noqa: S101 - an aggregate without groups has one row
            yield Separation(columns, int(row[0]), int(row[1]), int(row[2]))
