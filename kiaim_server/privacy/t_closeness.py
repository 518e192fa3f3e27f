"""t-closeness: every class shows nearly the distribution of the whole table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final

import marshmallow as ma
import numpy as np
from marshmallow import fields, validate

from kiaim_server.kernels.distance import ordered_distance
from kiaim_server.model.bounds import TOLERANCE, share
from kiaim_server.model.classes import EquivalenceClasses, ValueCounts
from kiaim_server.model.contract import PrivacyModel


def equal_distance(values: ValueCounts) -> np.ndarray:
    """Half the sum of |p - q| of each class, p and q being the shares in class and reference.

    Values that a class lacks add their q; they make up what the present ones leave of 1, so only
    present values are looked at: O(counts).
    """
    starts = values.indptr[:-1]
    sizes = np.add.reduceat(values.counts, starts)
    p = values.counts / np.repeat(sizes, np.diff(values.indptr))
    q = (values.reference / values.reference.sum())[values.values]
    return np.asarray(np.add.reduceat(np.maximum(p - q, 0.0), starts))


def ordered_emd(values: ValueCounts) -> np.ndarray:
    """Earth mover's distance of each class to the reference along the order of the values.

    The values that occur in the reference are 1/(m - 1) apart, in the order of their codes; values
    that do not occur are no places.
    """
    occurring = np.flatnonzero(values.reference)
    place = np.zeros(len(values.reference), dtype=np.int32)
    place[occurring] = np.arange(len(occurring), dtype=np.int32)
    sizes = np.add.reduceat(values.counts, values.indptr[:-1])
    return ordered_distance(
        values.indptr, place[values.values], values.counts, sizes, values.reference[occurring]
    )


_VARIANTS: Final[Mapping[str, Callable[[ValueCounts], np.ndarray]]] = {
    "equal": equal_distance,
    "ordered": ordered_emd,
}


class OrderField(fields.Field[Any]):
    """``numeric``, ``lexical``, or the labels in their order."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str | tuple[str, ...]:
        if value in ("numeric", "lexical"):
            return str(value)
        if isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value):
            if len(value) < 2 or len(set(value)) != len(value):
                raise ma.ValidationError("needs at least two labels, each once")
            return tuple(value)
        raise ma.ValidationError("must be numeric, lexical or a list of labels in quotes")


class TClosenessParameters(ma.Schema):
    """``{variant: ordered, at_most: 0.2, order: numeric}``."""

    variant = fields.String(required=True, validate=validate.OneOf(tuple(_VARIANTS)))
    at_most = share(required=True)
    order = OrderField()

    @ma.validates_schema
    def fits_variant(self, data: Mapping[str, Any], **_: Any) -> None:
        """An order belongs to the ordered distance, which means nothing without one."""
        if data["variant"] == "ordered" and "order" not in data:
            raise ma.ValidationError("is required for variant ordered", "order")
        if data["variant"] == "equal" and "order" in data:
            raise ma.ValidationError("is for variant ordered only", "order")


@dataclass(frozen=True)
class TCloseness(PrivacyModel):
    """The distribution of a sensitive attribute in every class is within t of the reference.

    Li, Li and Venkatasubramanian, t-Closeness, ICDE 2007, doi:10.1109/ICDE.2007.367856: earth
    mover's distance, with all values equally far apart (``equal``) or with the distance of their
    places in a stated order (``ordered``). A missing value counts as a value, the last in order.
    Decided with an absolute tolerance of `kiaim_server.model.bounds.TOLERANCE`.

    Merging classes averages their distributions, so the largest distance cannot grow. With
    suppression a merged class may fail and take more records with it.
    """

    name: ClassVar[str] = "t-closeness"
    summary: ClassVar[str] = "Every class shows nearly the sensitive values of the whole table."
    Parameters: ClassVar[type[ma.Schema]] = TClosenessParameters
    needs_sensitive: ClassVar[bool] = True

    variant: str
    at_most: Fraction
    order: str | tuple[str, ...] | None = None
    attribute: str | None = None

    @property
    def minimum_mass(self) -> float:
        """1 - t for the equal distance: what a class lacks has to be moved in full."""
        return max(0.0, 1.0 - float(self.at_most) - TOLERANCE) if self.variant == "equal" else 0.0

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """Mark the classes that are too far from the reference."""
        return np.asarray(self._distance(classes) > float(self.at_most) + TOLERANCE)

    def measure(self, classes: EquivalenceClasses) -> float:
        """The largest distance of any class."""
        return float(self._distance(classes).max()) if classes.n_classes else float("nan")

    def _distance(self, classes: EquivalenceClasses) -> np.ndarray:
        return _VARIANTS[self.variant](classes.sensitive[self.attribute or ""])
