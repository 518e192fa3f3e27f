"""Open prefixes of levels, the one with the least bound first."""

from __future__ import annotations

import heapq
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from kiaim_server.search.descent import Descent, State

#: Levels of the first columns, as level numbers in search order.
Rows = tuple[int, ...]

#: Lower bound of the loss below a prefix: from its totals in search order, and its length.
Bound = Callable[[list[float], int], float]

#: Lower bound of the loss below a prefix from its state, at more cost: infinite if all is closed.
Sharpen = Callable[[State], float]

#: Bytes that the states of open prefixes may take; others are made again when they are needed.
_MEMORY: Final = 256 << 20


class Prefixes:
    """Every node that is not closed lies below one of these prefixes.

    So the least of their bounds is a lower bound of all that is open. States are kept as far as
    memory allows; a prefix itself is a few numbers.

    Parameters
    ----------
    limit
        Records that may be suppressed.
    sharpen
        Looks closer at a prefix before it is taken, if given.
    """

    def __init__(
        self,
        descent: Descent,
        limit: int,
        bound: Bound,
        sharpen: Sharpen | None = None,
    ) -> None:
        self.descent = descent
        self._limit = limit
        self._bound = bound
        self._sharpen = sharpen
        self._sharp: set[Rows] = set()
        self._heap: list[tuple[float, int, Rows]] = [(-math.inf, 0, ())]
        self._root = descent.root()
        self._states: OrderedDict[Rows, State] = OrderedDict()
        self._bytes = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is open."""
        return not self._heap

    @property
    def least(self) -> float:
        """The least bound; infinite if nothing is open."""
        return self._heap[0][0] if self._heap else math.inf

    def take(self) -> tuple[float, Rows] | None:
        """Take the prefix with the least bound.

        None if a closer look shows that its bound is larger: then it is open with that bound, or
        closed, and another prefix may come first.
        """
        bound, _, rows = heapq.heappop(self._heap)
        if self._sharpen is None or len(rows) == self.descent.depth or not rows:
            return bound, rows
        if rows in self._sharp:
            self._sharp.remove(rows)
            return bound, rows
        sharper = self._sharpen(self.state(rows))
        if math.isinf(sharper):
            return None
        if sharper > bound:
            self._sharp.add(rows)
            self._open(sharper, rows)
            return None
        return bound, rows

    def expand(self, bound: float, rows: Rows) -> None:
        """Open the prefixes that are one level longer, as far as they do not suppress too much."""
        steps = self.descent.steps(self.state(rows))
        for row, dropped in enumerate(steps.dropped):
            if dropped <= self._limit:
                below = self._bound(steps.totals[row].tolist(), len(rows) + 1)
                self._open(max(bound, below), (*rows, row))

    def _open(self, bound: float, rows: Rows) -> None:
        """Open a prefix; of equal bounds the longest comes first."""
        heapq.heappush(self._heap, (bound, -len(rows), rows))

    def state(self, rows: Rows) -> State:
        """The state of a prefix, made from the nearest one that is known."""
        if not rows:
            return self._root
        state = self._states.get(rows)
        if state is not None:
            self._states.move_to_end(rows)
            return state
        fixed = self.descent.fix(self.state(rows[:-1]), rows[-1])
        state = replace(fixed, before=None)  # or it would keep all states before it
        self._states[rows] = state
        self._bytes += _size(state)
        while self._bytes > _MEMORY and len(self._states) > 1:
            _, oldest = self._states.popitem(last=False)
            self._bytes -= _size(oldest)
        return state


def _size(state: State) -> int:
    """Bytes of the arrays that grow with the table."""
    return int(state.suffix.nbytes + state.count.nbytes + state.class_cost.nbytes) + 1
