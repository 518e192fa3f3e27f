"""Small sets of columns that single out records of a table, and what was not looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnSet:
    """Some columns, and how well their values tell records apart.

    Attributes
    ----------
    singled_out
        Records whose values in these columns no other person has.
    distinction
        Distinct combinations of values per record, in (0, 1]; None where persons are told apart.
    separation
        Share of the pairs of records that differ in some of the columns, in [0, 1] (Motwani and
        Xu, Efficient algorithms for masking and finding quasi-identifiers, 2007); likewise.
    """

    columns: tuple[str, ...]
    singled_out: int
    distinction: float | None
    separation: float | None


@dataclass(frozen=True)
class SizeOfSet:
    """What was found among the sets of one number of columns.

    Attributes
    ----------
    among
        How many columns were combined: those with the most distinct values, where not all.
    n_sets, n_known
        Sets of that size among these columns; those of them that hold a smaller key, so that it is
        known without looking that they single out every record.
    best
        Those that single out most records, most first; none that singles out nobody.
    """

    size: int
    among: int
    n_sets: int
    n_known: int
    best: tuple[ColumnSet, ...]


@dataclass(frozen=True)
class SinglingOut:
    """How few columns are enough to single out records, counted on the original values.

    Attributes
    ----------
    n_records, n_table
        Records looked at; records that there are. Where these differ, every so-many-th was taken,
        and sets single out more in them than in the whole.
    by_person
        Whether records of one person count as one.
    columns
        What was combined, most distinct values first.
    left_out
        Columns with too many distinct values to be held.
    sizes
        From one column on.
    keys
        Minimal sets that single out every record, smallest first.
    largest
        The largest size of a set that there is among the columns, at most the largest looked for.
    """

    n_records: int
    n_table: int
    by_person: bool
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    sizes: tuple[SizeOfSet, ...]
    keys: tuple[ColumnSet, ...]
    largest: int

    @property
    def complete(self) -> bool:
        """Whether every set of up to `largest` columns was looked at, on all records."""
        everything = all(size.among == len(self.columns) for size in self.sizes)
        return (
            everything
            and len(self.sizes) == self.largest
            and self.n_records == self.n_table
            and not self.left_out
        )

    def not_looked_at(self, show: Callable[[str], str] = str) -> Iterator[str]:
        """What was not looked at, in sentences; `show` spells names of columns."""
        if self.n_records < self.n_table:
            yield (
                f"looked at {self.n_records:,} of {self.n_table:,} records, in even steps; in "
                "these more are singled out than in the whole"
            )
        for size in self.sizes:
            if size.among < len(self.columns):
                yield (
                    f"sets of {size.size}: only the {size.among} columns with the most distinct "
                    "values were combined"
                )
        reached = len(self.sizes)
        if reached < self.largest:
            yield f"sets of more than {reached} were not looked at"
        if self.left_out:
            names = ", ".join(map(show, self.left_out))
            yield f"left out, too many distinct values to hold: {names}"
