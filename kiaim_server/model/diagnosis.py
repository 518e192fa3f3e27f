"""Why no node is a solution, and what the nearest solvable problems are: all found by search."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal


@dataclass(frozen=True)
class Witness:
    """A node that attains what is said of it, and the records that it suppresses."""

    levels: tuple[int, ...]
    n_suppressed: int


@dataclass(frozen=True)
class LeastSuppression:
    """The smallest number of suppressed records at which a solution exists.

    `witness` attains it, or the smallest number seen where time ran out; None if no node keeps a
    record (or none was seen that does). No node suppresses fewer than `at_least` records: proven.
    `exact` tells that both meet, or that it is proven that no node keeps a record.
    """

    witness: Witness | None
    at_least: int
    exact: bool


@dataclass(frozen=True)
class Relaxation:
    """The bound of one model that is nearest to the demanded one and feasible, all else as it is.

    Attributes
    ----------
    alone
        Whether the other models were left out. So asked where the model cannot hold by itself and
        no bound of it helps, because other models stand in the way as well.
    model, key, required
        Which bound: name of the model with its variant and attribute, ``at_least`` or
        ``at_most``, and what is demanded.
    bound, witness
        The nearest feasible bound found, and a node that satisfies all models with it within the
        suppression limit. None if there is none: with `exact` this is proven for every bound that
        the model allows, so nothing is gained by this model alone.
    step
        Bounds were looked at in multiples of it.
    infeasible
        The loosest bound of which it is proven that it is infeasible, and every stricter one that
        was not skipped (see `exact`).
    exact
        Whether it is proven that no bound between `required` and `bound` is feasible, up to `step`.
        False where time ran out, or where a looser bound need not suppress less and not every
        bound was tried.
    """

    model: str
    key: Literal["at_least", "at_most"]
    required: Fraction
    bound: Fraction | None
    witness: Witness | None
    step: Fraction
    infeasible: Fraction
    exact: bool
    alone: bool = False


@dataclass(frozen=True)
class Diagnosis:
    """What a search around an infeasible problem has proven within its time.

    Attributes
    ----------
    conflicts
        Sets of models that cannot hold together within the suppression limit, while every
        smaller set of them can. A set of one is a model that is an obstacle by itself.
    conflicts_complete
        Whether there are no further such sets.
    complete
        Whether all of it is exact; otherwise time ran out (or see `Relaxation.exact`).
    n_searches, seconds
        What it took.
    """

    least: LeastSuppression
    conflicts: tuple[tuple[str, ...], ...]
    conflicts_complete: bool
    relaxations: tuple[Relaxation, ...]
    n_searches: int
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether nothing was left open."""
        return (
            self.least.exact
            and self.conflicts_complete
            and all(relaxation.exact for relaxation in self.relaxations)
        )
