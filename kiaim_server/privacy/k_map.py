"""k-map: every released record could be of at least k in the population."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import marshmallow as ma
import numpy as np

from kiaim_server.model.bounds import count
from kiaim_server.model.classes import EquivalenceClasses, population_of
from kiaim_server.model.contract import PrivacyModel


class KMapParameters(ma.Schema):
    """``{at_least: 5}``."""

    at_least = count(
        at_least=2,
        required=True,
        metadata={"description": "Records of the population that share their quasi-identifiers."},
    )


@dataclass(frozen=True)
class KMap(PrivacyModel):
    """Every class of the research subset has at least k records of the population.

    Sweeney, Computational disclosure control, PhD thesis, MIT 2001, chapter 5; El Emam and Dankar,
    Protecting privacy using k-anonymity, JAMIA 2008, doi:10.1197/jamia.M2716. The population is
    the whole input; only records of the subset are released and may be suppressed. Monotone:
    merging classes only makes them larger. At entity level persons are counted.
    """

    name: ClassVar[str] = "k-map"
    summary: ClassVar[str] = "Every record could be of at least k records of the population."
    Parameters: ClassVar[type[ma.Schema]] = KMapParameters
    needs_population: ClassVar[bool] = True
    monotone_with_suppression: ClassVar[bool] = True
    decided_by_minimum: ClassVar[bool] = True

    at_least: Fraction

    @property
    def minimum_population(self) -> int:
        """k."""
        return int(self.at_least)

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """Mark the classes with fewer than k records of the population."""
        return np.asarray(population_of(classes) < self.minimum_population)

    def measure(self, classes: EquivalenceClasses) -> float:
        """Records of the population in the class where they are fewest."""
        return float(population_of(classes).min()) if classes.n_classes else float("nan")
