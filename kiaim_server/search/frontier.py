"""Subtrees that are still open, shared by the threads of a search."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from kiaim_server.search.descent import Descent, State, Steps


class Stopped(Exception):  # noqa: N818 - no error: the search as a whole has ended
    """Another thread ended the search, so this one may end as well."""


@dataclass(frozen=True, slots=True, eq=False)
class Subtree:
    """All nodes below a prefix, which fixes the level numbers `rows`.

    `bound` is a lower bound of their loss. The state of the prefix is `child`, or where a step
    leads from the state `before`, with its steps.
    """

    bound: float
    rows: list[int]
    child: State | None
    before: tuple[State, Steps] | None = None

    def state(self, descent: Descent) -> State:
        """The state of the prefix."""
        if self.child is not None:
            return self.child
        assert self.before is not None  # noqa: S101 - one of both is there
        state, steps = self.before
        return descent.step(state, self.rows[-1], steps)


class Frontier:
    """A stack of open subtrees: with one thread, the order of a plain depth-first search.

    A thread that takes a subtree is busy until it comes for the next one or leaves. Nothing is
    left once the stack is empty and nobody is busy.
    """

    def __init__(self, root: State) -> None:
        self._open = [Subtree(-math.inf, [], root)]
        self._taken: list[Subtree] = []
        self._stopped = False
        self._failure: BaseException | None = None
        self._changed = threading.Condition()

    @property
    def bound(self) -> float:
        """The least bound of the subtrees that are not closed; infinite if there is none."""
        with self._changed:
            bounds = [subtree.bound for subtree in (*self._open, *self._taken)]
        return min(bounds, default=math.inf)

    def put(self, subtrees: Sequence[Subtree]) -> None:
        """Open subtrees, the one to be taken first as the first."""
        with self._changed:
            self._open.extend(reversed(subtrees))
            self._changed.notify_all()

    def take(self) -> Subtree | None:
        """The next subtree, for which its taker is busy; None once nothing is left.

        Waits while others are busy and may still open subtrees.

        Raises
        ------
        Stopped
            If the search was stopped.
        """
        with self._changed:
            while not self._open and self._taken and not self._stopped:
                self._changed.wait()
            self.check()
            if not self._open:
                return None
            self._taken.append(self._open.pop())
            return self._taken[-1]

    def done(self, subtree: Subtree) -> None:
        """Be no longer busy with what was taken."""
        with self._changed:
            self._taken.remove(subtree)
            self._changed.notify_all()

    def stop(self, failure: BaseException | None = None) -> None:
        """End the search in all threads, because of `failure` if there is one."""
        with self._changed:
            self._stopped = True
            self._failure = self._failure or failure
            self._changed.notify_all()

    def check(self) -> None:
        """Raise `Stopped` if the search was stopped."""
        if self._stopped:
            raise Stopped from self._failure

    @property
    def failure(self) -> BaseException | None:
        """Why a thread failed, if one did."""
        return self._failure
