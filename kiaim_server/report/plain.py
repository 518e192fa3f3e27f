"""Values as JSON holds them, with exact thresholds spelt as text."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import Any

import numpy as np

from kiaim_server.model.bounds import format_bound


def plain(value: Any) -> Any:
    """Turn dataclasses, fractions, dates, sets and tuples into JSON values, deeply.

    Fractions become what `parse_bound` reads back, dates ISO 8601, sets sorted lists.

    Raises
    ------
    TypeError
        For a type that has no such form; nothing is written as its representation by accident.
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Fraction):
        return format_bound(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return plain(value.item())
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, Set):
        return sorted(plain(inner) for inner in value)
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    raise TypeError(f"a {type(value).__name__} has no form in JSON")
