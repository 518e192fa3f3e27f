"""Hierarchies of a request, checked before anything else is done with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiaim_server.arxaas.values import Asked, AttributeType, Rows
from kiaim_server.errors import HierarchyError, TooLargeError
from kiaim_server.hierarchy import hierarchy_of_rows

#: Most characters of a column of labels: a few long ones could fill the memory.
MOST_CHARACTERS: Final = 64 << 20


def hierarchies_of(asked: Asked, *, complete: bool) -> dict[str, Rows]:
    """The hierarchies of quasi-identifiers; equal rows count once.

    With `complete`, one without a hierarchy has its values, without any level above. Hierarchies of
    other attributes say nothing.

    Raises
    ------
    HierarchyError
        A hierarchy is no tree, or lacks a value; the message says where, and not which.
    TooLargeError
        Labels are so long that the table might grow beyond `MOST_CHARACTERS`.
    """
    given = {a.field: a for a in asked.attributes if a.type is AttributeType.QUASIIDENTIFYING}
    found: dict[str, Rows] = {}
    for place, name in enumerate(asked.header):
        if name not in given:
            continue
        column = [record[place] for record in asked.records]
        rows = given[name].hierarchy
        if rows is None and complete:
            found[name] = [[value] for value in dict.fromkeys(column)]
        elif rows is not None:
            found[name] = _checked(rows, name, column)
    return found


def _checked(rows: Rows, name: str, column: Sequence[str]) -> Rows:
    longest = max((len(cell) for row in rows for cell in row), default=0)
    if longest * len(column) > MOST_CHARACTERS:
        raise TooLargeError(
            f"attribute {name!r}: hierarchy has a label of {longest} characters, which is too long "
            f"for a table of {len(column)} records"
        )
    distinct = list(dict.fromkeys(map(tuple, rows)))
    hierarchy_of_rows(distinct, name, f"attribute {name!r}: hierarchy")
    leaves = {row[0] for row in distinct}
    lacking = [number for number, value in enumerate(column, 1) if value not in leaves]
    if lacking:
        distinct_values = len({column[number - 1] for number in lacking})
        raise HierarchyError(
            f"attribute {name!r}: hierarchy does not contain a transformation rule for "
            f"{distinct_values} of the values, the first of them in record {lacking[0]}; add a row "
            "for each"
        )
    return distinct
