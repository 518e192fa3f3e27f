"""The hierarchy of a sensitive attribute as a manifest carries it: positions, no values."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from kiaim_server.model.manifest import canonical


@dataclass(frozen=True)
class ValueTree:
    """Which values of a released file are one group on which level.

    Attributes
    ----------
    attribute
        The sensitive attribute.
    hierarchy
        How clauses name the hierarchy: ``own`` (the request's), ``policy``, or a shipped one.
    sha256
        Digest of the hierarchy before it was restricted to the values of the file.
    level_names
        One name per level, the original values included.
    values_sha256
        `values_digest` of the values in the file: binds positions to them without telling them.
    groups
        Per level from 1 the number of the group of each value; values in ascending order of their
        text, a missing one last. On the last level all values are one group.
    """

    attribute: str
    hierarchy: str
    sha256: str
    level_names: tuple[str, ...]
    values_sha256: str
    groups: tuple[tuple[int, ...], ...]


def ascending(texts: Sequence[str | None]) -> list[int]:
    """Places of distinct values in ascending order of their text, the missing one last."""
    return sorted(range(len(texts)), key=lambda i: (texts[i] is None, texts[i] or ""))


def values_digest(texts: Sequence[str | None]) -> str:
    """SHA-256, in hex, of the canonical JSON of distinct values that ascend as by `ascending`."""
    return hashlib.sha256(canonical(list(texts))).hexdigest()
