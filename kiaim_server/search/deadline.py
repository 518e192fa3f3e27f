"""How long a search may take."""

from __future__ import annotations

import time
from collections.abc import Callable


class Deadline:
    """A budget of seconds that runs from now on; None never runs out.

    `clock` tells the time in seconds; tests give one of their own.
    """

    def __init__(self, seconds: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._end = None if seconds is None else self._began + seconds

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._began

    @property
    def share(self) -> float:
        """Share of the budget that is used up, 0 to 1; 0 if there is none."""
        if self._end is None:
            return 0.0
        return min(1.0, self.elapsed / max(self._end - self._began, 1e-9))

    def passed(self) -> bool:
        """Whether the budget is used up."""
        return self._end is not None and self._clock() >= self._end
