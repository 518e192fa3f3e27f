"""What the builders have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Self

import marshmallow as ma

from kiaim_server.errors import DataError, TooLargeError

Columns = list[list[str]]

#: Most characters of all labels of a hierarchy: labels that list values grow with their square.
MOST_CHARACTERS: Final = 64 << 20


class BuilderError(DataError):
    """A value that a builder cannot place; the message says where it is, and not what."""


class Builder(ABC):
    """Makes the levels above given values."""

    name: ClassVar[str]
    Schema: ClassVar[type[ma.Schema]]

    @classmethod
    @abstractmethod
    def made_of(cls, parameters: Mapping[str, Any]) -> Self:
        """Make a builder of what its schema loaded.

        Raises
        ------
        ParameterError
            If they contradict each other.
        """

    @abstractmethod
    def levels(self, values: Sequence[str]) -> Columns:
        """One column per level above the values, each as long as these.

        Raises
        ------
        BuilderError
            A value cannot be placed.
        """

    def size_of(self, values: Sequence[str]) -> int:
        """Characters that the labels will have, where that is known before they are made."""
        return 0

    def rows(self, values: Sequence[str]) -> Columns:
        """The hierarchy: per value, in the order given, the value and what it becomes.

        Raises
        ------
        BuilderError
            A value cannot be placed.
        TooLargeError
            The labels would have too many characters.
        """
        check_size(self.size_of(values))
        columns = self.levels(values)
        check_size(sum(len(label) for column in columns for label in column))
        return [list(row) for row in zip(values, *columns, strict=True)]


def check_size(n_characters: int) -> None:
    """Refuse a hierarchy that is too large to be answered with."""
    if n_characters > MOST_CHARACTERS:
        raise TooLargeError(
            f"the labels of the hierarchy would have {n_characters} characters, of "
            f"{MOST_CHARACTERS} at most; send each value once, and label groups"
        )


def distinct_labels(groups: Sequence[object], labels: Sequence[str]) -> list[str]:
    """Labels per value by which its group is told from others that are called the same.

    The first group of a name has it alone, the next is called ``name-1``, then ``name-2``.
    """
    given: dict[str, dict[object, str]] = {}
    found = []
    for group, label in zip(groups, labels, strict=True):
        same = given.setdefault(label, {})
        if group not in same:
            same[group] = f"{label}-{len(same)}" if same else label
        found.append(same[group])
    return found
