"""How a long piece of work tells where it is, and learns that it shall stop."""

from __future__ import annotations

from typing import Protocol


class Monitor(Protocol):
    """What the pipeline and its stages report to. Implementations must be cheap and thread-safe."""

    def report(self, step: str, share: float | None = None, **facts: object) -> None:
        """Tell the step, the share of it that is done in [0, 1] (None if unknown) and facts.

        Facts are names, counts and measures, never cell values. Raises `Cancelled` where the
        caller asked to stop, so that every report is also a point at which work can end.
        """


class Silent:
    """A monitor that listens to nobody."""

    def report(self, step: str, share: float | None = None, **facts: object) -> None:
        """Discard the report."""
