"""Levels of groups, as requests describe them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kiaim_server.errors import ParameterError


@dataclass(frozen=True)
class Group:
    """So many members of the level below; None is the label that they give themselves."""

    size: int
    label: str | None = None


def levels_of(described: Sequence[Mapping[str, Any]]) -> tuple[tuple[Group, ...], ...]:
    """The groups of each level from 0 on; entries for the same level follow each other.

    Raises
    ------
    ParameterError
        A level below others has no group.
    """
    levels: dict[int, list[Group]] = {}
    for entry in described:
        groups = [Group(group["grouping"], group["label"]) for group in entry["groups"]]
        levels.setdefault(entry["level"], []).extend(groups)
    found = tuple(tuple(levels.get(n, ())) for n in range(max(levels, default=-1) + 1))
    while found and not found[-1]:
        found = found[:-1]
    empty = next((n for n, groups in enumerate(found) if not groups), None)
    if empty is not None:
        raise ParameterError(f"builder.levels: level {empty} has no groups, but a higher one has")
    return found
