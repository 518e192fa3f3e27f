"""Hierarchies of codes that say by their form, or in a table, what they belong to.

Each builder places one value at a time: a value becomes the same on every level whatever else is in
the column. A value that is no code of the classification is never passed through; the run is
refused.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import pyarrow as pa

from kiaim_server.model.contract import HierarchyBuilder
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.table import value_type

from .tree import leaves_of, refuse_type, refuse_unplaced, tree


class CodedBuilder(HierarchyBuilder):
    """A hierarchy that is known value by value.

    Levels are called ``value``, as `levels` says, and ``all``, for every column: also where one
    merges nothing in a column that has only short codes. So policies can name them.
    """

    #: Names of the levels between the values and the one that has a star for all of them.
    levels: ClassVar[tuple[str, ...]]
    #: What messages say a value has to be.
    expected: ClassVar[str]
    #: Types of columns that it takes.
    types: ClassVar[tuple[str, ...]] = ("text",)

    @abstractmethod
    def place(self, text: str) -> tuple[str, ...] | None:
        """What a value becomes on each of `levels`; None if it is no value of this kind."""

    def build(self, attribute: str, values: pa.Array) -> Hierarchy:
        """Place every value. O(values * levels).

        Raises
        ------
        HierarchyError
            If the column is of another type, or has values that are none of this kind.
        """
        values = values.drop_null()
        if len(values) and value_type(values.type) not in self.types:
            mend = f"it takes {' and '.join(self.types)}"
            raise refuse_type(attribute, self.name, values, mend)
        leaves = leaves_of(values)
        placed = [self.place(leaf) for leaf in leaves]
        unplaced = [leaf for leaf, place in zip(leaves, placed, strict=True) if place is None]
        refuse_unplaced(
            attribute,
            unplaced,
            f"expected {self.expected}. Correct the data, or give the column another hierarchy by "
            "an entry with its name or by a file",
        )
        known = [place for place in placed if place is not None]
        above = [(name, [place[i] for place in known]) for i, name in enumerate(self.levels)]
        return tree(attribute, leaves, [("value", leaves), *above])
