"""What a waiver relaxes and to what, in the form that policies, reports and manifests share.

A part of a rule is a mapping with one key: ``{"require": {"k-anonymity": {"at_least": "5"}}}``,
``{"transform": {"apply": "generalise", "to": "month"}}`` or ``{"decide": "review"}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_BOUNDS: Final = {"at_least": "at least", "at_most": "at most"}
_DECISIONS: Final = {"none": "no decision", "block": "refusal", "warn": "warning"}


def in_words(part: Mapping[str, Any]) -> str:
    """A part of a rule in words: ``k-anonymity at least 5``, ``generalise (to=month)``."""
    if "decide" in part:
        return _DECISIONS.get(part["decide"], str(part["decide"]))
    if "transform" in part:
        name, given = part["transform"]["apply"], part["transform"]
    else:
        name, given = next(iter(part["require"].items()))
    inner = [f"{k}={v}" for k, v in given.items() if k not in _BOUNDS and k != "apply"]
    shown = ", ".join(inner)
    bounds = [f"{word} {given[key]}" for key, word in _BOUNDS.items() if key in given]
    bounds = [" and ".join(bounds)] if bounds else []
    return " ".join([f"{name}{f' ({shown})' if inner else ''}", *bounds])
