"""What all builders do alike: take the leaves, refuse what cannot be placed, end with one root."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from kiaim_server.errors import HierarchyError
from kiaim_server.model.hierarchy import STAR, Hierarchy
from kiaim_server.model.table import as_text, value_type

#: Name of the level that has one value, `STAR`.
ALL = "all"

#: Values that a message names at most.
_NAMED = 5


def leaves_of(values: pa.Array) -> list[str]:
    """The values as text, without the missing one: that gets its row where it occurs."""
    found: list[str] = as_text(values.drop_null()).to_pylist()
    return found


def tree(
    attribute: str, leaves: Sequence[str], levels: Sequence[tuple[str, Sequence[str]]]
) -> Hierarchy:
    """Put levels (name, label per leaf) together and end with the one label ``*``.

    `levels` begins with the name of level 0 and the leaves themselves. A column that has only
    missing values gets a tree with one row, for these.
    """
    names = [name for name, _ in levels] + [ALL]
    columns: list[list[str | None]] = [list(labels) for _, labels in levels]
    if not leaves:
        columns = [[None] for _ in levels]
    columns.append([STAR] * max(len(leaves), 1))
    return Hierarchy.from_columns(attribute, columns, names)


def refuse_unplaced(attribute: str, unplaced: Sequence[str], expected: str) -> None:
    """Raise for values that have no place in the hierarchy, naming a few of them.

    Raises
    ------
    HierarchyError
        If there are any.
    """
    if not unplaced:
        return
    named = ", ".join(repr(text) for text in unplaced[:_NAMED])
    more = f" and {len(unplaced) - _NAMED} more" if len(unplaced) > _NAMED else ""
    s = "" if len(unplaced) == 1 else "s"
    raise HierarchyError(
        f"column {attribute!r}: {len(unplaced)} value{s} cannot be placed: {named}{more}; "
        f"{expected}",
        uncovered=unplaced,
    )


def refuse_type(attribute: str, builder: str, values: pa.Array, mend: str) -> HierarchyError:
    """The error for a column that the builder cannot work on."""
    kind = value_type(values.type)
    return HierarchyError(
        f"column {attribute!r}: {builder} cannot place values of type {kind}; {mend}"
    )
