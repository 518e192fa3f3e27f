"""Hierarchies that are written out, and the one that knows nothing of its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import marshmallow as ma
import pyarrow as pa

from kiaim_server.model.contract import HierarchyBuilder
from kiaim_server.model.hierarchy import Hierarchy

from .tree import ALL, leaves_of, refuse_unplaced, tree


class Cell(ma.fields.Field[str]):
    """A value as it is spelt in the table; a number stands for its digits."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
            raise ma.ValidationError("is no text or number; write the value in quotes")
        return value if isinstance(value, str) else repr(value)

    def json_schema(self) -> dict[str, Any]:
        """What editors offer and check."""
        return {"type": ["string", "number"], "minLength": 1}


class GroupParameters(ma.Schema):
    """``{label: Europe, values: [France, Spain]}``."""

    label = Cell(required=True, metadata={"description": "What the group is called."})
    values = ma.fields.List(
        Cell(),
        required=True,
        validate=ma.validate.Length(min=1),
        metadata={"description": "What is in the group."},
    )


class OrderParameters(ma.Schema):
    """``{groups: [[{label: mild, values: [1, 2]}, ...], ...], names: [severity]}``."""

    groups = ma.fields.List(
        ma.fields.List(ma.fields.Nested(GroupParameters), validate=ma.validate.Length(min=1)),
        required=True,
        validate=ma.validate.Length(min=1),
        metadata={
            "description": "Per level the groups of values, or of groups of the level before."
        },
    )
    names = ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(min=1, max=60)),
        load_default=None,
        metadata={"description": "Names of the levels."},
    )

    @ma.validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        """Every value in one group, every group in one of the next level."""
        names, levels = data.get("names"), data["groups"]
        if names is not None and (
            len(names) != len(levels) or len({*names, "value", ALL}) != len(names) + 2
        ):
            raise ma.ValidationError(
                f"give {len(levels)} distinct names, one per level of 'groups', none of them "
                f"'value' or '{ALL}'",
                "names",
            )
        below: set[str] | None = None
        for number, level in enumerate(levels, 1):
            below = _check_level(number, level, below)


def _check_level(
    number: int, level: Sequence[Mapping[str, Any]], below: set[str] | None
) -> set[str]:
    labels = Counter(group["label"] for group in level)
    members = Counter(value for group in level for value in group["values"])
    for what, counted in (("label", labels), ("value", members)):
        twice = next((text for text, times in counted.items() if times > 1), None)
        if twice is not None:
            raise ma.ValidationError(f"level {number} has the {what} {twice!r} twice", "groups")
    if below is not None and set(members) != below:
        odd = min(set(members) ^ below)
        what = "is no label of" if odd in members else "is in no group, but a label of"
        raise ma.ValidationError(
            f"level {number}: {odd!r} {what} level {number - 1}; a level groups all labels of the "
            "one before it",
            "groups",
        )
    return set(labels)


@dataclass(frozen=True)
class Order(HierarchyBuilder):
    """Values are grouped as the policy writes out.

    The first level of `groups` groups the values, the next one the labels of the first, and so
    on. The listed values are the leaves, in this order, whether they occur or not. Levels are
    called ``value``, then as `names` says (or ``group 1``, ``group 2``, ...), then ``all``.
    """

    name: ClassVar[str] = "order"
    summary: ClassVar[str] = "Values are grouped as the policy writes out, level by level."
    Parameters: ClassVar[type[ma.Schema]] = OrderParameters

    groups: Sequence[Sequence[Mapping[str, Any]]]
    names: Sequence[str] | None = None

    def build(self, attribute: str, values: pa.Array) -> Hierarchy:
        """Build the stated tree. O(listed values * levels).

        Raises
        ------
        HierarchyError
            If a value occurs that is in no group.
        """
        leaves = [value for group in self.groups[0] for value in group["values"]]
        listed = set(leaves)
        unplaced = [text for text in leaves_of(values) if text not in listed]
        refuse_unplaced(attribute, unplaced, "add each to a group of the builder 'order'")
        names = self.names or [f"group {i}" for i in range(1, len(self.groups) + 1)]
        levels = [("value", leaves)]
        labels = leaves
        for name, level in zip(names, self.groups, strict=True):
            label_of = {value: str(g["label"]) for g in level for value in g["values"]}
            labels = [label_of[label] for label in labels]
            levels.append((name, labels))
        return tree(attribute, leaves, levels)


@dataclass(frozen=True)
class Values(HierarchyBuilder):
    """Every value is kept or, on the only other level, hidden."""

    name: ClassVar[str] = "values"
    summary: ClassVar[str] = "A value is kept or becomes *; for columns without any structure."

    def build(self, attribute: str, values: pa.Array) -> Hierarchy:
        """Put all values under one. O(values)."""
        leaves = leaves_of(values)
        return tree(attribute, leaves, [("value", leaves)])
