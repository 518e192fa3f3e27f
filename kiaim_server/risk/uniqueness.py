"""Bounds on the share of records that stand alone, in the table or in the population."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import marshmallow as ma
import numpy as np

from kiaim_server.model.bounds import share
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import ReleaseModel
from kiaim_server.risk import measures


class UniquenessParameters(ma.Schema):
    """``{at_most: 0.1%}``."""

    at_most = share(required=True)


@dataclass(frozen=True)
class SampleUniqueness(ReleaseModel):
    """At most this share of the released records has a class of its own.

    Taking away the smallest class takes a unique record if there is one, so the share cannot
    grow; merging classes never makes a record unique.
    """

    name: ClassVar[str] = "sample-uniqueness"
    summary: ClassVar[str] = "Bounds the share of records that are unique in the release."
    Parameters: ClassVar[type[ma.Schema]] = UniquenessParameters
    monotone_with_suppression: ClassVar[bool] = True

    at_most: Fraction

    @property
    def minimum_size(self) -> int:
        """Two, if no record may be unique."""
        return 2 if self.at_most == 0 else 1

    def holds(self, sizes: np.ndarray) -> bool:
        """Whether unique records over all records is at most the bound; exact."""
        unique = measures.sample_uniqueness(sizes)
        return unique is not None and unique <= self.at_most

    def measure(self, classes: EquivalenceClasses) -> float:
        """Share of records in classes of one."""
        unique = measures.sample_uniqueness(classes.sizes)
        return float("nan") if unique is None else float(unique)


@dataclass(frozen=True)
class PopulationUniqueness(SampleUniqueness):
    """At most this share of the released records is unique in the population.

    What is measured is a proven upper bound, the share of records that are unique in the release:
    a record that is unique in the population is necessarily unique in a sample of it. The true
    share can be much smaller; a release that passes here passes for every population. No
    estimator (Pitman, Zayatz, SNB, Dankar) is used.
    """

    name: ClassVar[str] = "population-uniqueness"
    summary: ClassVar[str] = (
        "Bounds the share of records that are unique in the population, by the share that is "
        "unique in the release, which is never smaller."
    )
