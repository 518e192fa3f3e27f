"""What the least loss is at other limits of suppression, and at other sizes of classes."""

from __future__ import annotations

from dataclasses import dataclass

from kiaim_server.model.solution import Infeasible, Solution, Undecided


@dataclass(frozen=True, eq=False)
class Point:
    """The answer for one limit of suppression, or for one k.

    Attributes
    ----------
    value
        The limit in records, or k.
    answer
        As `find_optimum` gives it for this value, all else as demanded.
    smallest
        Size of the smallest class that is kept, in what the models count; None without solution.
    searched
        Whether a search was needed. Otherwise the answer follows from another value's.
    """

    value: int
    answer: Solution | Infeasible | Undecided
    smallest: int | None
    searched: bool
