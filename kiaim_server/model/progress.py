"""How a long piece of work tells where it is, and learns that it shall stop."""

from __future__ import annotations

from typing import Protocol

from kiaim_server.errors import Cancelled


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


class Stoppable:
    """A monitor that forwards to another until `stop` is called, then raises `Cancelled`."""

    def __init__(self, inner: Monitor) -> None:
        self._inner = inner
        self._stopped = False

    def stop(self) -> None:
        """Make the next report raise `Cancelled`."""
        self._stopped = True

    def report(self, step: str, share: float | None = None, **facts: object) -> None:
        """Forward the report, or raise `Cancelled` if a stop was asked for."""
        if self._stopped:
            raise Cancelled(f"cancelled while at step {step!r}")
        self._inner.report(step, share, **facts)
