"""Many searches as one step of the work."""

from __future__ import annotations

from dataclasses import dataclass

from kiaim_server.model.progress import Monitor


@dataclass(frozen=True)
class OneStep:
    """Passes reports on under one name; the share of one search is not that of all."""

    monitor: Monitor
    name: str

    def report(self, step: str, share: float | None = None, **facts: object) -> None:
        """Tell the name alone."""
        self.monitor.report(self.name)
