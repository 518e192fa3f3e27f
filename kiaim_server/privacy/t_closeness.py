"""t-closeness: every class shows nearly the distribution of the whole table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Final

import marshmallow as ma
import numpy as np
from marshmallow import fields, validate

from kiaim_server.kernels.distance import hierarchical_distance, ordered_distance
from kiaim_server.model.bounds import TOLERANCE, share
from kiaim_server.model.classes import EquivalenceClasses, ValueCounts
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.model.hierarchy import Hierarchy


def equal_distance(values: ValueCounts, tree: Hierarchy | None) -> np.ndarray:
    """Half the sum of |p - q| of each class, p and q being the shares in class and reference.

    Values that a class lacks add their q; they make up what the present ones leave of 1, so only
    present values are looked at: O(counts).
    """
    starts = values.indptr[:-1]
    sizes = np.add.reduceat(values.counts, starts)
    p = values.counts / np.repeat(sizes, np.diff(values.indptr))
    q = (values.reference / values.reference.sum())[values.values]
    return np.asarray(np.add.reduceat(np.maximum(p - q, 0.0), starts))


def ordered_emd(values: ValueCounts, tree: Hierarchy | None) -> np.ndarray:
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


def hierarchical_emd(values: ValueCounts, tree: Hierarchy | None) -> np.ndarray:
    """Earth mover's distance of each class to the reference along the hierarchy of the values."""
    assert tree is not None  # noqa: S101 - the search asks for it
    sizes = np.add.reduceat(values.counts, values.indptr[:-1])
    return hierarchical_distance(
        values.indptr, values.values, values.counts, sizes, _groups(tree), values.reference
    )


def _groups(tree: Hierarchy) -> np.ndarray:
    """Group of each value on every level but the last: int32[:, :], shape (height, n_values)."""
    levels = np.empty((tree.n_levels - 1, tree.n_leaves), dtype=np.int32)
    for row, groups in zip(levels, tree.maps[:-1], strict=True):
        row[:] = groups
    return levels


_VARIANTS: Final[Mapping[str, Callable[[ValueCounts, Hierarchy | None], np.ndarray]]] = {
    "equal": equal_distance,
    "ordered": ordered_emd,
    "hierarchical": hierarchical_emd,
}
#: The parameter that says along what a variant measures.
_NEEDED: Final[Mapping[str, str]] = {"ordered": "order", "hierarchical": "hierarchy"}


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

    def json_schema(self) -> dict[str, Any]:
        """What editors offer and check."""
        labels = {"type": "array", "items": {"type": "string"}, "minItems": 2, "uniqueItems": True}
        return {"anyOf": [{"enum": ["numeric", "lexical"]}, labels]}


class TClosenessParameters(ma.Schema):
    """``{variant: ordered, at_most: 0.2, order: numeric}``."""

    variant = fields.String(
        required=True,
        validate=validate.OneOf(tuple(_VARIANTS)),
        metadata={"description": "How far apart two values are."},
    )
    at_most = share(
        required=True,
        metadata={"description": "Largest distance of a class from all records."},
    )
    order = OrderField(
        metadata={"description": "For ordered: numeric, lexical, or the values in their order."}
    )
    hierarchy = fields.String(
        validate=validate.Length(min=1),
        metadata={
            "description": "For hierarchical: policy, own, or the name of a shipped hierarchy."
        },
    )

    @ma.validates_schema
    def fits_variant(self, data: Mapping[str, Any], **_: Any) -> None:
        """A distance along something means nothing without it; the others take none."""
        for variant, key in _NEEDED.items():
            if data["variant"] == variant and key not in data:
                raise ma.ValidationError(f"is required for variant {variant}", key)
            if data["variant"] != variant and key in data:
                raise ma.ValidationError(f"is for variant {variant} only", key)


@dataclass(frozen=True)
class TCloseness(PrivacyModel):
    """The distribution of a sensitive attribute in every class is within t of the reference.

    Li, Li and Venkatasubramanian, t-Closeness, ICDE 2007, doi:10.1109/ICDE.2007.367856: earth
    mover's distance, with all values equally far apart (``equal``), with the distance of their
    places in a stated order (``ordered``), or with the level of their hierarchy on which they
    become one, over its height (``hierarchical``; `hierarchy` says which one it is). A missing
    value counts as a value, the last in order. Decided with an absolute tolerance of
    `kiaim_server.model.bounds.TOLERANCE`.

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
    hierarchy: str | None = None
    tree: Hierarchy | None = None

    @property
    def needs_tree(self) -> bool:
        """For the hierarchical distance."""
        return self.variant == "hierarchical"

    @property
    def minimum_mass(self) -> float:
        """1 - t / d, with d the distance that what a class lacks has to be moved at least.

        For the equal distance d is 1. For the hierarchical one it is the lowest level on which any
        two values are one group, over the height.
        """
        nearest = 1.0 if self.variant == "equal" else 0.0
        if self.tree is not None and self.tree.n_levels > 1:
            apart = [len(labels) == self.tree.n_leaves for labels in self.tree.labels]
            nearest = min(sum(apart), len(apart) - 1) / (len(apart) - 1)
        return max(0.0, 1.0 - (float(self.at_most) + TOLERANCE) / nearest) if nearest else 0.0

    def failing(self, classes: EquivalenceClasses) -> np.ndarray:
        """Mark the classes that are too far from the reference."""
        return np.asarray(self._distance(classes) > float(self.at_most) + TOLERANCE)

    def measure(self, classes: EquivalenceClasses) -> float:
        """The largest distance of any class."""
        return float(self._distance(classes).max()) if classes.n_classes else float("nan")

    def _distance(self, classes: EquivalenceClasses) -> np.ndarray:
        return _VARIANTS[self.variant](classes.sensitive[self.attribute or ""], self.tree)
