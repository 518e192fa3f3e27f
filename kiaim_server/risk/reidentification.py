"""A bound on re-identification risk: the highest of any record, or the average over records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self, cast

import marshmallow as ma
import numpy as np
from marshmallow import fields, validate

from kiaim_server.model.bounds import Bound
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import PrivacyModel, ReleaseModel, smallest_size_for
from kiaim_server.risk import measures


class ReidentificationRiskParameters(ma.Schema):
    """``{attacker: prosecutor, measure: maximum, at_most: 1/11}``."""

    attacker = fields.String(
        required=True,
        validate=validate.OneOf(("prosecutor", "journalist", "marketer")),
        metadata={"description": "Who attacks: with knowledge, without, or for many matches."},
    )
    measure = fields.String(
        required=True,
        attribute="statistic",
        validate=validate.OneOf(("maximum", "average")),
        metadata={"description": "Of the riskiest record, or on average."},
    )
    at_most = Bound(above=0, at_most=1, required=True, metadata={"description": "Largest risk."})

    @ma.validates_schema
    def marketer_has_no_maximum(self, data: Mapping[str, Any], **_: Any) -> None:
        """The marketer's success is an expected number of matches; no single record has it."""
        if data.get("attacker") == "marketer" and data.get("statistic") == "maximum":
            raise ma.ValidationError(
                "the risk of a marketer is an average over all records; write measure: average",
                "measure",
            )


@dataclass(frozen=True)
class ReidentificationRisk(PrivacyModel):
    """No record is re-identified with a higher probability than `at_most`.

    This class judges the maximum; `from_parameters` makes `AverageReidentificationRisk` for the
    average. The journalist's risk is taken at its worst case, the prosecutor's, because no table
    of the population is at hand. Compared exactly: at 9% a class needs 12 records, since
    1/11 > 9%.
    """

    name: ClassVar[str] = "reidentification-risk"
    summary: ClassVar[str] = "Bounds the probability that a record is linked to its person."
    Parameters: ClassVar[type[ma.Schema]] = ReidentificationRiskParameters
    monotone_with_suppression: ClassVar[bool] = True

    attacker: str
    statistic: str
    at_most: Fraction

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Check parameters and make the model for the maximum or the average."""
        model = super().from_parameters(parameters)
        if model.statistic == "average":
            average = AverageReidentificationRisk(model.attacker, model.statistic, model.at_most)
            return cast("Self", average)
        return model

    @property
    def minimum_size(self) -> int:
        """The smallest class whose risk is at most the bound."""
        return smallest_size_for(self.at_most)

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """Mark the classes that are too small."""
        return np.asarray(classes.sizes < self.minimum_size)

    def measure(self, classes: EquivalenceClasses) -> float:
        """Highest risk of a record."""
        highest = measures.prosecutor_highest(classes.sizes)
        return float("nan") if highest is None else float(highest)


@dataclass(frozen=True)
class AverageReidentificationRisk(ReidentificationRisk, ReleaseModel):
    """The average risk over all records of the release is at most `at_most`.

    Taking away the smallest class never lowers the average class size, and merging classes
    never raises the number of classes; so the records to be suppressed never grow.
    """

    @property
    def minimum_size(self) -> int:
        """No class fails by its own size."""
        return 1

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """No class fails by itself."""
        return ReleaseModel.failing(self, classes)

    def holds(self, sizes: np.ndarray) -> bool:
        """Whether classes over records is at most the bound; exact."""
        average = measures.prosecutor_average(sizes)
        return average is not None and average <= self.at_most

    def measure(self, classes: EquivalenceClasses) -> float:
        """Average risk over all records."""
        average = measures.prosecutor_average(classes.sizes)
        return float("nan") if average is None else float(average)
