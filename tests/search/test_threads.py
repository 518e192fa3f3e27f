"""Several threads find what one finds, and end together."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings

from kiaim_server.errors import Cancelled
from kiaim_server.model.progress import Silent
from kiaim_server.model.solution import Infeasible, Solution
from kiaim_server.search import find_optimum
from kiaim_server.search.branch import Branching
from kiaim_server.search.threads import sensible_threads
from tests.search.problems import Case, cases
from tests.search.tables import adult_problem


@given(cases())
@settings(max_examples=200)
def test_the_answer_is_the_same_with_one_thread_and_with_four(case: Case) -> None:
    alone = find_optimum(case.problem, Silent(), threads=1)
    together = find_optimum(case.problem, Silent(), threads=4)
    assert type(alone) is type(together)
    if isinstance(alone, Solution) and isinstance(together, Solution):
        assert together.levels == alone.levels
        assert together.loss == alone.loss
        assert (together.suppressed == alone.suppressed).all()
        assert together.optimal
    if isinstance(alone, Infeasible) and isinstance(together, Infeasible):
        assert together.obstacles == alone.obstacles
        assert together.least_suppressed == alone.least_suppressed


def test_a_failure_in_any_thread_is_raised_by_the_search(monkeypatch) -> None:
    explore = Branching._explore

    def failing(self, state, rows):
        if threading.current_thread() is not threading.main_thread():
            raise ZeroDivisionError
        explore(self, state, rows)

    monkeypatch.setattr(Branching, "_explore", failing)
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        find_optimum(adult_problem(), Silent(), threads=3)
    assert threading.active_count() == before


def test_cancelling_ends_all_threads() -> None:
    class Cancelling:
        n_reports = 0

        def report(self, step, share=None, **facts):
            self.n_reports += 1
            if self.n_reports > 1:
                raise Cancelled("cancelled")

    before = threading.active_count()
    with pytest.raises(Cancelled):
        find_optimum(adult_problem(), Cancelling(), threads=3)
    assert threading.active_count() == before


def test_progress_of_several_threads_ends_with_the_whole_space_closed() -> None:
    shares, bounds = [], []

    class Recording:
        def report(self, step, share=None, **facts):
            shares.append(share)
            bounds.append(facts.get("lower_bound", 0.0))

    found = find_optimum(adult_problem(), Recording(), threads=2)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert max(bounds) <= found.loss


def test_small_tables_are_searched_by_one_thread() -> None:
    assert sensible_threads(100) == 1
    assert 1 <= sensible_threads(10**6) <= 8
