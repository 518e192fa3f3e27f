"""What the operator says of the face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Face:
    """Limits of the face, and the policy that bounds what its requests may release.

    Attributes
    ----------
    policy, context
        A policy (name or path) whose demands hold for every release on top of what the request
        asks for, and the context in which it is evaluated. None: requests are bounded by their
        own privacy models alone.
    max_records
        Most records of a table, as its request is answered while the client waits.
    search_seconds
        How long the search may take to prove the optimum; a table that takes longer is refused.
    """

    policy: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    max_records: int = 50_000
    search_seconds: float = 30.0
