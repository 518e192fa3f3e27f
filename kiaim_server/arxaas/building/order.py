"""Order: neighbours in the order of the request become groups of given sizes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import marshmallow as ma
from marshmallow import fields

from kiaim_server.arxaas.building.contract import Builder, Columns, distinct_labels
from kiaim_server.arxaas.building.groups import Group, levels_of
from kiaim_server.arxaas.schemas import LevelSchema, WireSchema
from kiaim_server.model.hierarchy import STAR


class OrderSchema(WireSchema):
    """Levels of groups."""

    levels = fields.List(fields.Nested(LevelSchema), required=True)


@dataclass(frozen=True)
class OrderBased(Builder):
    """Takes the values as they come and merges as many as each group says, again and again.

    A group without a label is called by its values: ``{a, b}``. A star is put on top where more
    than one group is left.
    """

    name: ClassVar[str] = "orderBased"
    Schema: ClassVar[type[ma.Schema]] = OrderSchema

    groups: tuple[tuple[Group, ...], ...]

    @classmethod
    def made_of(cls, parameters: Mapping[str, Any]) -> Self:
        """Make a builder of what its schema loaded."""
        return cls(levels_of(parameters["levels"]))

    def levels(self, values: Sequence[str]) -> Columns:
        """As many levels as are described, or as there are until one group is left."""
        members = [[place] for place in range(len(values))]
        columns: Columns = []
        for groups in self.groups:
            if columns and len(members) == 1:
                break
            members, labels = _merged(members, groups, values)
            numbers = [n for n, group in enumerate(members) for _ in group]
            columns.append(distinct_labels(numbers, [labels[n] for n in numbers]))
        if len(members) > 1:
            columns.append([STAR] * len(values))
        return columns


def _merged(
    members: list[list[int]], groups: Sequence[Group], values: Sequence[str]
) -> tuple[list[list[int]], list[str]]:
    """Neighbours merged as `groups` say, over and over; and the label of each."""
    merged: list[list[int]] = []
    labels: list[str] = []
    rest = iter(members)
    for group in itertools.cycle(groups):
        taken = list(itertools.islice(rest, group.size))
        if not taken:
            return merged, labels
        places = [place for part in taken for place in part]
        merged.append(places)
        of_values = "{" + ", ".join(values[place] for place in places) + "}"
        labels.append(of_values if group.label is None else group.label)
    return merged, labels
