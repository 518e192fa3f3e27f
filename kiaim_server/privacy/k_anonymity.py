"""k-anonymity: every record looks like at least k - 1 others."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import marshmallow as ma
import numpy as np

from kiaim_server.model.bounds import count
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import PrivacyModel


class KAnonymityParameters(ma.Schema):
    """``{at_least: 5}``."""

    at_least = count(
        at_least=2,
        required=True,
        metadata={"description": "Records, or persons, that share their quasi-identifiers."},
    )


@dataclass(frozen=True)
class KAnonymity(PrivacyModel):
    """Every class has at least k records.

    Samarati and Sweeney, Protecting privacy when disclosing information, 1998; Sweeney,
    k-anonymity, IJUFKS 2002, doi:10.1142/S0218488502001648. Monotone: merging classes only makes
    them larger, so the records to be suppressed never grow.
    """

    name: ClassVar[str] = "k-anonymity"
    summary: ClassVar[str] = "Every record shares its quasi-identifiers with at least k - 1 others."
    Parameters: ClassVar[type[ma.Schema]] = KAnonymityParameters
    monotone_with_suppression: ClassVar[bool] = True
    decided_by_minimum: ClassVar[bool] = True

    at_least: Fraction

    @property
    def minimum_size(self) -> int:
        """k."""
        return int(self.at_least)

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """Mark the classes with fewer than k records."""
        return np.asarray(classes.sizes < self.minimum_size)

    def measure(self, classes: EquivalenceClasses) -> float:
        """Records of the smallest class."""
        return float(classes.sizes.min()) if classes.n_classes else float("nan")
