"""One thing that a verification checks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One thing that was checked; `detail` is a sentence and holds no cell value.

    What could not be `counted` without the evidence of the release is neither kept nor broken; it
    is not ok.
    """

    name: str
    ok: bool
    detail: str
    counted: bool = True
