"""The hierarchies that a request brings along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiaim_server.errors import HierarchyError, NotFoundError
from kiaim_server.hierarchy.reading import hierarchy_of_rows, read_hierarchy
from kiaim_server.hierarchy.shipped import check_shipped, shipped_hierarchy, shipped_sets
from kiaim_server.model.hierarchy import Hierarchy, Origin


@dataclass(frozen=True)
class HierarchySource:
    """Where a request's own hierarchies come from, in order of precedence from last to first.

    Attributes
    ----------
    directory
        A folder with ``hierarchy_<column>.csv`` or ``<column>.csv``.
    shipped
        Name of a shipped set, e.g. ``adult``.
    inline
        Per column its rows ``[value, level 1, ..., top]``, None or empty text for the missing
        value. They go first, then the folder, then the shipped set.

    Raises
    ------
    NotFoundError
        If the folder or the set does not exist.
    """

    directory: Path | None = None
    shipped: str | None = None
    inline: Mapping[str, Sequence[Sequence[str | None]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.directory is not None and not self.directory.is_dir():
            raise NotFoundError(f"folder of hierarchies {str(self.directory)!r} does not exist")
        if self.shipped is not None:
            check_shipped(self.shipped, shipped_sets())

    def find(self, attribute: str) -> Hierarchy | None:
        """The hierarchy for the column `attribute`, or None.

        Raises
        ------
        HierarchyError
            If it is no tree, or the folder has two files for the column.
        """
        if attribute in self.inline:
            rows = self.inline[attribute]
            return _inline(rows, attribute).with_origin(Origin("request", "inline"))
        file = _file_for(self.directory, attribute) if self.directory is not None else None
        if file is not None:
            return read_hierarchy(file, attribute).with_origin(Origin("request", file.name))
        if self.shipped is None:
            return None
        found = shipped_hierarchy(self.shipped, attribute)
        if found is None:
            return None
        return found.with_origin(Origin("request", f"{self.shipped}/{attribute}"))


def _inline(rows: Sequence[Sequence[str | None]], attribute: str) -> Hierarchy:
    source = f"hierarchy of {attribute!r}"
    for number, row in enumerate(rows, 1):
        if isinstance(row, str) or not all(cell is None or isinstance(cell, str) for cell in row):
            raise HierarchyError(
                f"{source}: row {number} is not a list of texts; expected [value, level 1, ...], "
                "numbers in quotes"
            )
    return hierarchy_of_rows(rows, attribute, source)


def _file_for(directory: Path, attribute: str) -> Path | None:
    """The file of a column. Names of files are compared, a column's name is never made a path."""
    names = {f"hierarchy_{attribute}.csv", f"{attribute}.csv"}
    found = sorted(entry for entry in directory.iterdir() if entry.name in names)
    if len(found) > 1:
        raise HierarchyError(
            f"{found[0].name} and {found[1].name} are both for column {attribute!r}; delete one"
        )
    return found[0] if found else None
