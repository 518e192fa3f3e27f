"""Bounds on the share of records that stand alone, in the table or in the population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, Self, cast

import marshmallow as ma
import numpy as np
from marshmallow import fields, validate

from kiaim_server.model.bounds import count, share
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import ReleaseModel
from kiaim_server.risk import measures
from kiaim_server.risk.estimators import ESTIMATORS, estimate_uniqueness
from kiaim_server.risk.sample import Estimate


class UniquenessParameters(ma.Schema):
    """``{at_most: 0.1%}``."""

    at_most = share(required=True, metadata={"description": "Largest share of unique records."})


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


#: The proven bound, which needs no population.
UPPER_BOUND: Final = "upper-bound"

#: More persons than there are; also keeps arithmetic on them exact.
_LARGEST_POPULATION: Final = 10**12


class PopulationUniquenessParameters(UniquenessParameters):
    """``{estimator: pitman, population: 83000000, at_most: 0.1%}``; estimator may be left out."""

    estimator = fields.String(
        load_default=UPPER_BOUND,
        validate=validate.OneOf((UPPER_BOUND, *ESTIMATORS)),
        metadata={
            "description": "How uniqueness in the population is estimated; upper-bound is proven."
        },
    )
    population = count(
        at_most=_LARGEST_POPULATION, metadata={"description": "Persons in the population."}
    )

    @ma.validates_schema
    def estimators_need_a_population(self, data: Mapping[str, Any], **_: Any) -> None:
        """An estimator without a population has no answer; the bound has no use for one."""
        estimator, known = data.get("estimator"), "population" in data
        if estimator in ESTIMATORS and not known:
            raise ma.ValidationError(
                f"the estimator {estimator} needs the number of persons in the population",
                "population",
            )
        if estimator == UPPER_BOUND and known:
            raise ma.ValidationError(
                "the upper bound holds for every population; leave it out, or name an estimator",
                "population",
            )


@dataclass(frozen=True)
class PopulationUniqueness(SampleUniqueness):
    """At most this share of the released records is unique in the population.

    This class measures a proven upper bound, the share of records that are unique in the release:
    a record that is unique in the population is necessarily unique in a sample of it. The true
    share can be much smaller; a release that passes here passes for every population.
    `from_parameters` makes `EstimatedPopulationUniqueness` where an estimator is named.
    """

    name: ClassVar[str] = "population-uniqueness"
    summary: ClassVar[str] = (
        "Bounds the share of records that are unique in the population: by the share that is "
        "unique in the release, which is never smaller, or by an estimate."
    )
    Parameters: ClassVar[type[ma.Schema]] = PopulationUniquenessParameters

    estimator: str = UPPER_BOUND
    population: int | None = None

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Check parameters and make the model for the bound or for an estimator."""
        model = super().from_parameters(parameters)
        if model.population is None:
            return model
        estimated = EstimatedPopulationUniqueness(
            model.at_most, model.estimator, int(model.population)
        )
        return cast("Self", estimated)


@dataclass(frozen=True)
class EstimatedPopulationUniqueness(PopulationUniqueness):
    """The estimated share of persons who are unique in the population is at most `at_most`.

    It is also the expected share of released records that are. An estimator that has no estimate
    for a release does not hold. A release without unique records holds: nobody in it is unique in
    the population. Estimates may appear, vanish or jump when records are suppressed.
    """

    monotone_with_generalization: ClassVar[bool] = False
    monotone_with_suppression: ClassVar[bool] = False
    holds_without_smallest: ClassVar[bool] = False

    @property
    def variant(self) -> str:
        """The estimator, for messages."""
        return self.estimator

    def estimate(self, sizes: np.ndarray) -> Estimate:
        """The estimate for a release with these class sizes, or why there is none."""
        if self.population is None:  # only a direct construction leaves it out
            return Estimate.without("no population is stated")
        return estimate_uniqueness(self.estimator, sizes, self.population)

    def holds(self, sizes: np.ndarray) -> bool:
        """Whether there is an estimate and it is at most the bound."""
        value = self.estimate(sizes).value
        return value is not None and value <= self.at_most

    def measure(self, classes: EquivalenceClasses) -> float:
        """The estimate; NaN where there is none."""
        value = self.estimate(classes.sizes).value
        return float("nan") if value is None else value
