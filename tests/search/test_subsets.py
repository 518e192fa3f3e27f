"""Lower bounds from subsets of the columns: at every moment, of every grouping."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kiaim_server.search.judge import worst_worth_a_look
from kiaim_server.search.subsets import Subsets
from tests.search.brute_force import optimum
from tests.search.problems import Case, cases

every_kind = st.one_of(cases(), cases(with_persons=True), cases(with_subset=True))


@given(every_kind, st.integers(1, 3))
@settings(max_examples=200)
def test_the_bound_only_grows_and_no_solution_is_below_it(case: Case, group_size: int) -> None:
    problem = case.problem
    assume(problem.hierarchies)
    subsets = Subsets(problem, group_size)
    assume(subsets.sums.known)
    best = optimum(case)
    last = -math.inf
    for _ in subsets.grow():
        bound = subsets.bound
        assert bound >= last
        last = bound
        if best is not None:
            assert subsets.sums.score(bound) <= worst_worth_a_look(best.loss)
    if math.isinf(subsets.bound):
        assert best is None


@given(every_kind)
@settings(max_examples=100)
def test_the_last_bound_is_that_of_all_columns_together(case: Case) -> None:
    """The grouping decides how soon it is reached, not what it is."""
    assume(case.problem.hierarchies)
    last = []
    for group_size in (1, 2, 3):
        subsets = Subsets(case.problem, group_size)
        assume(subsets.sums.known)
        for _ in subsets.grow():
            pass
        last.append(subsets.bound)
    assert last == pytest.approx([max(last)] * 3, rel=1e-9, abs=1e-9) or math.isinf(max(last))
