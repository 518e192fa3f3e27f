"""beta-likeness: no class makes a sensitive value much more likely than the whole table does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import marshmallow as ma
import numpy as np
from marshmallow import fields, validate

from kiaim_server.model.bounds import Bound
from kiaim_server.model.classes import EquivalenceClasses, ValueCounts
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.privacy.ratios import Ratios


class BetaLikenessParameters(ma.Schema):
    """``{variant: enhanced, at_most: 2}``."""

    variant = fields.String(
        required=True,
        validate=validate.OneOf(("basic", "enhanced")),
        metadata={
            "description": "basic, or enhanced: a value with share q gains at most -ln q as well."
        },
    )
    at_most = Bound(
        above=0,
        required=True,
        metadata={"description": "Largest relative gain of a value's share in a class."},
    )


@dataclass(frozen=True)
class BetaLikeness(PrivacyModel):
    """The share of a sensitive value in a class exceeds its share in the reference by little.

    Cao and Karras, Publishing Microdata with a Robust Privacy Guarantee, PVLDB 5(11), 2012,
    doi:10.14778/2350229.2350255. With p and q the shares of a value in class and reference,
    (p - q) / q <= beta for every value (``basic``), or <= min(beta, -ln q) (``enhanced``), which
    keeps p below 1 for frequent values too. A value that a class lacks gains nothing. A missing
    value counts as a value.

    Shares are ratios of counts, so beta is held exactly; -ln q is a float64, and no ratio of
    counts but 0 equals it.

    Merging classes averages their distributions, so the largest gain cannot grow. With
    suppression a merged class may fail and take more records with it.
    """

    name: ClassVar[str] = "beta-likeness"
    summary: ClassVar[str] = "No class makes a sensitive value much more likely than the table."
    Parameters: ClassVar[type[ma.Schema]] = BetaLikenessParameters
    needs_sensitive: ClassVar[bool] = True

    variant: str
    at_most: Fraction
    attribute: str | None = None

    @property
    def minimum_mass(self) -> float:
        """1 / (1 + beta): the p of a class sum up to 1, and each is at most (1 + beta) q."""
        return float(1 / (1 + self.at_most))

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """Mark the classes in which a value gains too much."""
        values = classes.sensitive[self.attribute or ""]
        ratios = Ratios.of(values)
        too_much = ratios.above(1 + self.at_most)
        if self.variant == "enhanced":
            too_much |= ratios.floats - 1 > _own_limits(values)
        return ratios.any_in_class(too_much)

    def measure(self, classes: EquivalenceClasses) -> float:
        """The largest gain of any value; infinite where one is above -ln q, whatever beta is."""
        if not classes.n_classes:
            return float("nan")
        values = classes.sensitive[self.attribute or ""]
        gains = Ratios.of(values).floats - 1
        if self.variant == "enhanced" and (gains > _own_limits(values)).any():
            return math.inf
        return float(gains.max())


def _own_limits(values: ValueCounts) -> np.ndarray:
    """-ln q of every value in every class: float64[:], shape (n_counts,)."""
    return np.asarray(-np.log(values.reference[values.values] / values.reference.sum()))
