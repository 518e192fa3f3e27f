"""Runs the threads of one search."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Final

from kiaim_server.search.branch import Branching
from kiaim_server.search.frontier import Frontier, Stopped

#: More threads than this share too little work.
_MOST: Final = 8
#: Distinct tuples below which kernels are so short that threads only get into each other's way: two
#: gain nothing on 20,000 (adult), a third of the time on 37,000 and 63,000 (fars, cup).
_TUPLES_FOR_THREADS: Final = 30_000


def sensible_threads(n_tuples: int) -> int:
    """How many threads a search over so many tuples can use on this machine."""
    if n_tuples < _TUPLES_FOR_THREADS:
        return 1
    return min(_MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)


def run_threads(
    make: Callable[[Callable[[], None]], Branching],
    frontier: Frontier,
    tick: Callable[[], None],
    n_threads: int,
    team: list[Branching],
) -> None:
    """Work until the frontier is empty.

    The calling thread works too and is the only one to call `tick`; whatever that raises stops all
    others. Numba releases the global lock while kernels run, and there the threads overlap.

    Parameters
    ----------
    make
        Makes what one thread works with from what it has to call at every state.
    team
        Receives what was made.
    """
    team.append(make(tick if n_threads == 1 else _both(frontier.check, tick)))
    team.extend(make(frontier.check) for _ in range(n_threads - 1))
    helpers = [
        threading.Thread(target=_help, args=(branching, frontier), name=f"search-{i}")
        for i, branching in enumerate(team[1:], start=1)
    ]
    for helper in helpers:
        helper.start()
    try:
        team[0].work()
    except Stopped:
        assert frontier.failure is not None  # noqa: S101 - only a failure stops this thread
        raise frontier.failure from None
    except BaseException:
        frontier.stop()
        raise
    finally:
        for helper in helpers:
            helper.join()


def _help(branching: Branching, frontier: Frontier) -> None:
    try:
        branching.work()
    except Stopped:
        pass
    except BaseException as error:  # noqa: BLE001 - the calling thread raises it
        frontier.stop(error)


def _both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def call() -> None:
        first()
        second()

    return call
