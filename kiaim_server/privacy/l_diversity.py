"""l-diversity: every class shows enough different sensitive values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final

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
    "recursive": recursive_l,
}


class LDiversityParameters(ma.Schema):
    """``{variant: recursive, at_least: 3, c: 4}``."""

    variant = fields.String(required=True, validate=validate.OneOf(tuple(_VARIANTS)))
    at_least = Bound(above=1, required=True)
    c = Bound(above=0)

    @ma.validates_schema
    def fits_variant(self, data: Mapping[str, Any], **_: Any) -> None:
        """Only entropy has a fractional l, only recursive has a c."""
        if data["variant"] != "entropy":
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
    ``recursive``: with the counts of the values in falling order r1 < c * (r_l + ... + r_m),
    decided exactly.

    Merging classes never makes a kept class fail (Machanavajjhala et al., section 4); with
    suppression only the distinct variant stays monotone.
    """

    name: ClassVar[str] = "l-diversity"
    summary: ClassVar[str] = "Every class has at least l well-represented sensitive values."
    Parameters: ClassVar[type[ma.Schema]] = LDiversityParameters
    needs_sensitive: ClassVar[bool] = True

    variant: str
    at_least: Fraction
    c: Fraction | None = None
    attribute: str | None = None

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
            return np.asarray(entropy_below(values.indptr, values.counts, classes.sizes, least))
        return np.asarray(self._l(classes) < float(self.at_least))

    def measure(self, classes: EquivalenceClasses) -> float:
        """The smallest l of any class."""
        return float(self._l(classes).min()) if classes.n_classes else float("nan")

    def _l(self, classes: EquivalenceClasses) -> np.ndarray:
        return _VARIANTS[self.variant](classes.sensitive[self.attribute or ""], self.c)
