"""l-diversity: every class shows enough different sensitive values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final, Self, cast

import marshmallow as ma
import numpy as np
from marshmallow import fields, validate

from kiaim_server.kernels.entropy import entropy_below
from kiaim_server.model.bounds import TOLERANCE, Bound
from kiaim_server.model.classes import EquivalenceClasses, ValueCounts
from kiaim_server.model.contract import PrivacyModel


def distinct_l(values: ValueCounts, c: Fraction | None) -> np.ndarray:
    """Number of distinct values of each class."""
    return np.diff(values.indptr)


def entropy_l(values: ValueCounts, c: Fraction | None) -> np.ndarray:
    """exp(H) of each class, H being the Shannon entropy of its values; from 1 to their number.

    Computed as exp(ln n - sum(f * ln f) / n), which needs no division per value.
    """
    starts = values.indptr[:-1]
    sizes = np.add.reduceat(values.counts, starts)
    weighted = np.add.reduceat(values.counts * np.log(values.counts), starts)
    return np.asarray(np.exp(np.log(sizes) - weighted / sizes))


def grassberger_l(values: ValueCounts, c: Fraction | None) -> np.ndarray:
    """exp(H) of each class, H estimated by Grassberger, but never more than its distinct values."""
    starts = values.indptr[:-1]
    sizes = np.add.reduceat(values.counts, starts)
    weighted = np.add.reduceat(values.counts * grassberger_g(values.counts), starts)
    estimated = np.exp(np.log(sizes) - weighted / sizes)
    return np.asarray(np.minimum(estimated, np.diff(values.indptr)))


def grassberger_g(counts: np.ndarray) -> np.ndarray:
    """G_n, which stands for ln n in Grassberger's estimate of the entropy.

    Grassberger, Entropy Estimates from Insufficient Samplings, arXiv:physics/0307138, 2003:
    G_1 = -gamma - ln 2, G_2 = G_1 + 2, G_{2m+1} = G_{2m}, G_{2m+2} = G_{2m} + 2 / (2m + 1).
    Beyond the table G_{2m} = ln 2m + 1/(24 m^2) - 7/(960 m^4) + ..., as follows from the series of
    the harmonic numbers; cut off below 1e-15.

    Parameters
    ----------
    counts
        int64[:], each > 0.
    """
    half = counts // 2
    far = np.maximum(half, _TABLE_END).astype(np.float64)
    series = np.log(2 * far) + 1 / (24 * far**2) - 7 / (960 * far**4) + 31 / (8064 * far**6)
    near = _TABLE[np.minimum(half, _TABLE_END - 1)]
    return np.asarray(np.where(half < _TABLE_END, near, series))


_TABLE_END: Final = 64
#: G_{2m} by m; that of m = 0 is G_1.
_TABLE: Final = (
    np.concatenate([[0.0], np.cumsum(2 / (2 * np.arange(1, _TABLE_END) - 1))])
    - np.euler_gamma
    - math.log(2)
)


def recursive_l(values: ValueCounts, c: Fraction | None) -> np.ndarray:
    """The largest l of each class with r1 < c * (r_l + ... + r_m); 0 if there is none.

    Exact: with the least integer above r1 / c, it is the number of ranks whose tail reaches it.
    """
    assert c is not None  # noqa: S101 - the schema demands it
    starts, lengths = values.indptr[:-1], np.diff(values.indptr)
    most_frequent, inverse = np.unique(
        np.maximum.reduceat(values.counts, starts), return_inverse=True
    )
    needed = [math.floor(Fraction(int(r1)) / c) + 1 for r1 in most_frequent]
    owner = np.repeat(np.arange(len(lengths)), lengths)
    ascending = values.counts[np.lexsort((values.counts, owner))]
    sums = np.concatenate([[0], np.cumsum(ascending)])
    tails = sums[1:] - np.repeat(sums[starts], lengths)
    capped = np.array([min(n, 2**62) for n in needed], dtype=np.int64)[inverse]
    return np.asarray(np.add.reduceat(tails >= np.repeat(capped, lengths), starts, dtype=np.int64))


#: Variant -> the l of each class.
_VARIANTS: Final[Mapping[str, Callable[[ValueCounts, Fraction | None], np.ndarray]]] = {
    "distinct": distinct_l,
    "entropy": entropy_l,
    "grassberger": grassberger_l,
    "recursive": recursive_l,
}


class LDiversityParameters(ma.Schema):
    """``{variant: recursive, at_least: 3, c: 4}``."""

    variant = fields.String(
        required=True,
        validate=validate.OneOf(tuple(_VARIANTS)),
        metadata={"description": "How the diversity of a class is counted."},
    )
    at_least = Bound(
        above=1,
        required=True,
        metadata={
            "description": "Different values in a class, or as many as would be equally diverse."
        },
    )
    c = Bound(
        above=0,
        metadata={
            "description": "For recursive: how much more frequent the most frequent value may be."
        },
    )

    @ma.validates_schema
    def fits_variant(self, data: Mapping[str, Any], **_: Any) -> None:
        """Only entropies have a fractional l, only recursive has a c."""
        if data["variant"] not in ("entropy", "grassberger"):
            if data["at_least"].denominator != 1:
                raise ma.ValidationError("must be a whole number for this variant", "at_least")
            if data["at_least"] < 2:
                raise ma.ValidationError("must be at least 2", "at_least")
        if data["variant"] == "recursive" and "c" not in data:
            raise ma.ValidationError("is required for variant recursive", "c")
        if data["variant"] != "recursive" and "c" in data:
            raise ma.ValidationError("is for variant recursive only", "c")


@dataclass(frozen=True)
class LDiversity(PrivacyModel):
    """Every class has at least l well-represented values of a sensitive attribute.

    Machanavajjhala, Kifer, Gehrke and Venkitasubramaniam, l-Diversity, TKDD 2007,
    doi:10.1145/1217299.1217302. A missing value counts as a value.

    ``distinct``: at least l distinct values. ``entropy``: exp(H) >= l, rounded as ARX does, which
    is never looser than the audit's tolerance (`kiaim_server.kernels.entropy.entropy_below`).
    ``grassberger``: likewise with Grassberger's estimate of the entropy, see
    `GrassbergerLDiversity`. ``recursive``: with the counts of the values in falling order
    r1 < c * (r_l + ... + r_m), decided exactly.

    Merging classes never makes a kept class fail (Machanavajjhala et al., section 4); with
    suppression only the distinct variant stays monotone.
    """

    name: ClassVar[str] = "l-diversity"
    summary: ClassVar[str] = "Every class has at least l well-represented sensitive values."
    Parameters: ClassVar[type[ma.Schema]] = LDiversityParameters
    needs_sensitive: ClassVar[bool] = True
    compares_with_reference: ClassVar[bool] = False

    variant: str
    at_least: Fraction
    c: Fraction | None = None
    attribute: str | None = None

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """Check parameters and make the model of the variant."""
        model = super().from_parameters(parameters)
        if model.variant == "grassberger":
            return cast("Self", GrassbergerLDiversity(model.variant, model.at_least))
        return model

    @property
    def minimum_distinct(self) -> int:
        """l rounded up: exp(H) is at most the number of values, and the tail must not be empty."""
        return math.ceil(float(self.at_least) - TOLERANCE)

    @property
    def minimum_size(self) -> int:
        """As many records as values."""
        return self.minimum_distinct

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """Mark the classes whose l is too small."""
        if self.variant == "entropy":
            values = classes.sensitive[self.attribute or ""]
            least = float(self.at_least)
            sizes = np.add.reduceat(values.counts, values.indptr[:-1])
            return np.asarray(entropy_below(values.indptr, values.counts, sizes, least))
        return np.asarray(self._l(classes) < float(self.at_least))

    def measure(self, classes: EquivalenceClasses) -> float:
        """The smallest l of any class."""
        return float(self._l(classes).min()) if classes.n_classes else float("nan")

    def _l(self, classes: EquivalenceClasses) -> np.ndarray:
        return _VARIANTS[self.variant](classes.sensitive[self.attribute or ""], self.c)


@dataclass(frozen=True)
class GrassbergerLDiversity(LDiversity):
    """exp(H) >= l with an estimate of the entropy H that allows for small classes.

    In a class of n records, of which f_v have the value v, H = ln n - (1/n) sum(f_v G(f_v)); G is
    `grassberger_g`. A small sample shows less variety than what it was drawn from, so H is mostly
    larger than the Shannon entropy, and may exceed that of any distribution over the values seen:
    of (1, 1), exp(H) is 7.1. Therefore a class needs l distinct values as well, and measured is
    exp(H) or their number, whichever is less. (For an l that is no whole number ARX is content
    with l rounded down.)

    Not monotone: (1, 1, 1) has l = 3, two of them merged, (2, 2, 2), have 2.9.
    """

    monotone_with_generalization: ClassVar[bool] = False
