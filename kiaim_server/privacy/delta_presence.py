"""delta-presence: nobody can tell well who of the population is in the research subset."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import marshmallow as ma
import numpy as np

from kiaim_server.model.bounds import share
from kiaim_server.model.classes import EquivalenceClasses, population_of
from kiaim_server.model.contract import PrivacyModel


class DeltaPresenceParameters(ma.Schema):
    """``{at_least: 1%, at_most: 50%}``, one of them or both."""

    at_least = share(
        metadata={"description": "Smallest share of a class of the population that leaves."}
    )
    at_most = share(
        metadata={"description": "Largest share of a class of the population that leaves."}
    )

    @ma.validates_schema
    def bounds_something(self, data: Mapping[str, Any], **_: Any) -> None:
        """A share is bounded, and there is one between the bounds."""
        if not data:
            raise ma.ValidationError("at_least or at_most is required", "at_most")
        if data.get("at_least", 0) > data.get("at_most", 1):
            raise ma.ValidationError("must not be above at_most", "at_least")


@dataclass(frozen=True)
class DeltaPresence(PrivacyModel):
    """Of every class of the population, the share that is in the research subset is bounded.

    Nergiz, Atzori and Clifton, Hiding the presence of individuals from shared databases, SIGMOD
    2007, doi:10.1145/1247480.1247554. The population is the whole input. With a least share above
    0, a class without any record of the subset makes the whole node fail, as in ARX: who is in it
    is certainly not in the subset, and no suppression hides that. Decided exactly. At entity level
    persons are counted: those with a record of the subset in the class, of those with any.

    Merging classes averages their shares, so what holds for both holds for the union; with
    suppression a merged class may fail and take more records with it.
    """

    name: ClassVar[str] = "delta-presence"
    summary: ClassVar[str] = "The share of each class that is in the research subset is bounded."
    Parameters: ClassVar[type[ma.Schema]] = DeltaPresenceParameters
    needs_population: ClassVar[bool] = True

    at_least: Fraction | None = None
    at_most: Fraction | None = None

    @property
    def minimum_population(self) -> int:
        """One record of 1 / at_most: in a smaller class, one of the subset is too many."""
        if self.at_most is None:
            return 1
        return math.ceil(1 / self.at_most) if self.at_most else 2**62

    @property
    def forbids_outside_classes(self) -> bool:
        """Their share is 0."""
        return self.at_least is not None and self.at_least > 0

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """Mark the classes whose share is too small or too large."""
        failing = np.zeros(classes.n_classes, dtype=np.bool_)
        if self.at_least is not None:
            failing |= classes.sizes < _shares(population_of(classes), self.at_least, math.ceil)
        if self.at_most is not None:
            failing |= classes.sizes > _shares(population_of(classes), self.at_most, math.floor)
        return failing

    def measure(self, classes: EquivalenceClasses) -> float:
        """The smallest share where it is too small, else the largest."""
        if not classes.n_classes:
            return float("nan")
        shares = classes.sizes / population_of(classes)
        smallest = 0.0 if classes.n_outside else float(shares.min())
        if self.at_most is None or (self.at_least is not None and smallest < float(self.at_least)):
            return smallest
        return float(shares.max())


def _shares(
    population: np.ndarray, bound: Fraction, rounded: Callable[[Fraction], int]
) -> np.ndarray:
    """`bound` of each population, rounded; exact, whatever the denominator."""
    distinct, place = np.unique(population, return_inverse=True)
    counts = [rounded(bound * int(n)) for n in distinct]
    return np.array(counts, dtype=np.int64)[place]
