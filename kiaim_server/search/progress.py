"""Tells a monitor how much of the lattice is closed, a few times per second."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from kiaim_server.model.progress import Monitor
from kiaim_server.model.solution import relative_gap
from kiaim_server.search.deadline import Deadline

#: Seconds between two reports.
INTERVAL: Final = 0.2


class Progress:
    """Every report is also a point at which the search can be cancelled.

    The share that is reported is that of the lattice or that of the budget, whichever is larger:
    when one of them is 1, the search ends.

    Attributes
    ----------
    n_closed, lower_bound
        Asked at each report: how many nodes need no further look, and what no node loses less
        than.
    """

    def __init__(self, monitor: Monitor, n_nodes: int, deadline: Deadline) -> None:
        self._monitor = monitor
        self._n_nodes = n_nodes
        self._deadline = deadline
        self._loss: float | None = None
        self._next = 0.0
        self.n_closed: Callable[[], int] = lambda: 0
        self.lower_bound: Callable[[], float] = lambda: -math.inf

    @property
    def closed(self) -> float:
        """Share of the lattice that is closed."""
        return self.n_closed() / self._n_nodes

    def found(self, loss: float) -> None:
        """Remember the best loss so far."""
        self._loss = loss

    def tick(self) -> None:
        """Report if it is time.

        Raises
        ------
        Cancelled
            From the monitor.
        """
        now = time.monotonic()
        if now >= self._next:
            self._next = now + INTERVAL
            self.report()

    def report(self) -> None:
        """Report now."""
        facts: dict[str, object] = {"nodes": self._n_nodes, "closed": self.closed}
        if math.isfinite(bound := self.lower_bound()):
            facts["lower_bound"] = bound
            if self._loss is not None:
                facts["gap"] = relative_gap(self._loss, bound)
        if self._loss is not None:
            facts["best_loss"] = self._loss
        self._monitor.report("search", max(self.closed, self._deadline.share), **facts)
