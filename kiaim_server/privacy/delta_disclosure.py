"""delta-disclosure privacy: no class makes a sensitive value much more or less likely."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final

import marshmallow as ma
import numpy as np

from kiaim_server.model.bounds import Bound
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.privacy.ratios import Ratios

#: 2^delta is irrational where delta is no whole number, so no ratio of counts is at the bound, and
#: what is as near as this fails: the audit must not find a class above it by a rounding error.
_MARGIN: Final = 1e-12
#: No ratio of two products of 64 bits is as large as two to this power.
_BITS: Final = 63


class DeltaDisclosureParameters(ma.Schema):
    """``{at_most: 1.5}``."""

    at_most = Bound(
        above=0,
        required=True,
        metadata={"description": "Binary logarithm that every factor between shares stays below."},
    )


@dataclass(frozen=True)
class DeltaDisclosure(PrivacyModel):
    """|log2(p / q)| < delta for every sensitive value that occurs in a class.

    Brickell and Shmatikov, The Cost of Privacy, KDD 2008, doi:10.1145/1401890.1401904, with p and
    q the shares of the value in class and reference. As in ARX, the logarithm is to base 2 and a
    class owes nothing to values that it lacks; taken literally, the original asks every class to
    show all values. The bound is strict: a class exactly at delta fails. That is decided exactly
    where delta is a whole number; where it is none, nothing can be at the bound. A missing value
    counts as a value.

    Not monotone: a value that one of two classes lacks may be too rare in their union.
    """

    name: ClassVar[str] = "delta-disclosure"
    summary: ClassVar[str] = "No class makes a sensitive value much more or less likely."
    Parameters: ClassVar[type[ma.Schema]] = DeltaDisclosureParameters
    needs_sensitive: ClassVar[bool] = True
    monotone_with_generalization: ClassVar[bool] = False

    at_most: Fraction
    attribute: str | None = None

    @property
    def minimum_mass(self) -> float:
        """2^-delta: the p of a class sum up to 1, and each is below 2^delta q."""
        return float(2.0 ** -float(self.at_most))

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """Mark the classes in which a value is too frequent or too rare."""
        ratios = Ratios.of(classes.sensitive[self.attribute or ""])
        larger = np.maximum(ratios.numerator, ratios.denominator)
        smaller = np.minimum(ratios.numerator, ratios.denominator)
        if self.at_most >= _BITS:
            reached = np.zeros(len(larger), dtype=np.bool_)
        elif self.at_most.denominator == 1:
            reached = larger >> int(self.at_most) >= smaller
        else:
            reached = larger / smaller >= 2.0 ** float(self.at_most) * (1 - _MARGIN)
        return ratios.any_in_class(reached)

    def measure(self, classes: EquivalenceClasses) -> float:
        """The largest |log2(p / q)| of any value in any class that has it."""
        if not classes.n_classes:
            return float("nan")
        ratios = Ratios.of(classes.sensitive[self.attribute or ""]).floats
        return max(abs(math.log2(ratios.max())), abs(math.log2(ratios.min())))
