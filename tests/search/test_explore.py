"""Fronts of loss against suppression and against k: exact, and with few searches."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.model.front import Point
from kiaim_server.model.progress import Silent
from kiaim_server.model.solution import Infeasible, SearchProblem, Solution, Undecided
from kiaim_server.privacy import KAnonymity
from kiaim_server.search import explore, find_optimum
from kiaim_server.search.explore import explore_k, explore_suppression
from kiaim_server.search.optimum import LARGE
from tests.search.problems import Case, cases
from tests.search.tables import two_columns

KS = (2, 3, 4, 5, 9)

any_cases = st.one_of(cases(), cases(with_persons=True), cases(with_subset=True))


def _same(point: Point, problem: SearchProblem) -> None:
    """The point is what a search from scratch finds."""
    alone = find_optimum(problem, Silent())
    assert type(point.answer) is type(alone)
    if isinstance(alone, Solution) and isinstance(point.answer, Solution):
        assert point.answer.levels == alone.levels
        assert point.answer.loss == alone.loss
        assert point.answer.n_suppressed == alone.n_suppressed


@given(any_cases, st.sets(st.integers(0, 24), max_size=6))
@settings(max_examples=150)
def test_every_limit_has_its_own_optimum(case: Case, limits: set[int]) -> None:
    problem = case.problem
    within = {limit for limit in limits if limit <= problem.tuples.n_records}
    points = explore_suppression(problem, within, Silent())
    assert [p.value for p in points] == sorted(within | {problem.max_suppressed})
    for point in points:
        _same(point, replace(problem, max_suppressed=point.value))


@given(any_cases)
@settings(max_examples=150)
def test_every_k_has_its_own_optimum(case: Case) -> None:
    points = explore_k(case.problem, KS, Silent())
    own = {int(m.at_least) for m in case.problem.models if isinstance(m, KAnonymity)}
    assert [p.value for p in points] == sorted({*KS, *([max(own)] if own else [])})
    others = tuple(m for m in case.problem.models if not isinstance(m, KAnonymity))
    for point in points:
        models = (KAnonymity(Fraction(point.value)), *others)
        _same(point, replace(case.problem, models=models))


@pytest.mark.parametrize("large", [0, LARGE])
@given(cases(), st.data())
@settings(max_examples=60)
def test_starts_change_no_answer(large: int, case: Case, data: st.DataObject) -> None:
    levels = st.tuples(*(st.integers(low, high) for low, high in case.problem.levels))
    starts = data.draw(st.lists(levels, max_size=3))
    without = find_optimum(case.problem, Silent())
    found = find_optimum(case.problem, Silent(), large=large, starts=starts)
    assert type(found) is type(without)
    if isinstance(found, Solution) and isinstance(without, Solution):
        assert (found.levels, found.loss) == (without.levels, without.loss)


class Counting:
    """Counts searches, and the nodes that they are started from."""

    def __init__(self) -> None:
        self.searches = 0
        self.starts: list[tuple[tuple[int, ...], ...]] = []

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.searches += 1
        self.starts.append(tuple(named["starts"]))
        return find_optimum(*given, **named)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    counter = Counting()
    monkeypatch.setattr(explore, "find_optimum", counter)
    return counter


#: 2-anonymous as it is but for one record; the next step of generalization hides all.
PROBLEM = two_columns(list("111122223"), list("aabbaabba"))


def test_implied_limits_are_not_searched(counting: Counting) -> None:
    points = explore_suppression(PROBLEM, range(10), Silent())
    assert len(points) == 10
    # The optimum at the largest limit suppresses one record: it is that of all limits from one on.
    assert counting.searches == 2
    assert [p.searched for p in points] == [True, *[False] * 8, True]
    losses = [p.answer.loss for p in points if isinstance(p.answer, Solution)]
    assert losses == sorted(losses, reverse=True)
    assert {p.answer.levels for p in points[1:] if isinstance(p.answer, Solution)} == {(0, 0)}


def test_a_known_answer_is_not_searched_again(counting: Counting) -> None:
    known = find_optimum(PROBLEM, Silent())
    points = explore_suppression(PROBLEM, [0, 1, 9], Silent(), known)
    assert counting.searches == 1
    assert isinstance(known, Solution)
    assert counting.starts == [(known.levels,)]
    assert not points[0].searched
    again = explore_k(replace(PROBLEM, max_suppressed=1), [2], Silent())
    assert counting.searches == 2
    assert again[0].smallest == 2


def test_implied_k_are_not_searched(counting: Counting) -> None:
    problem = two_columns(list("1111222233334444"), list("a" * 16))
    points = explore_k(problem, [2, 3, 4, 8, 16, 20, 30], Silent())
    # The classes of four serve 2 to 4; then from above: 30 and 20 have none, 16 takes one class.
    found = {p.value: p.searched for p in points}
    assert [found[2], found[3], found[4]] == [True, False, False]
    assert counting.searches == sum(found.values()) == 5
    assert [type(p.answer) for p in points[-2:]] == [Infeasible, Infeasible]
    answers = {p.value: p.answer for p in points}
    assert isinstance(answers[16], Solution)
    assert isinstance(answers[8], Solution)
    assert answers[16].levels in counting.starts[-1]


def test_what_has_no_solution_has_none_under_a_smaller_limit(counting: Counting) -> None:
    problem = two_columns(list("1234"), list("abab"), levels=((0, 0), (0, 0)))
    points = explore_suppression(problem, [0, 1, 2, 3], Silent())
    assert counting.searches == 1
    assert all(isinstance(p.answer, Infeasible) for p in points)
    assert all(p.smallest is None for p in points)


def test_without_time_points_are_undecided(counting: Counting) -> None:
    points = explore_suppression(PROBLEM, [0, 5], Silent(), seconds=0)
    assert counting.searches == 2
    for point in points:
        assert isinstance(point.answer, Undecided) or not (
            isinstance(point.answer, Solution) and point.answer.optimal
        )
