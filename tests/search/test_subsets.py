"""Lower bounds from subsets of the columns: at every moment, of every grouping."""

from __future__ import annotations

import math

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kiaim_server.search.judge import worst_worth_a_look
from kiaim_server.search.subsets import Subsets
from tests.search.brute_force import optimum
from tests.search.problems import Case, cases

every_kind = st.one_of(cases(), cases(with_persons=True), cases(with_subset=True))


@given(every_kind, st.integers(1, 3))
@settings(max_examples=300)
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
    if math.isfinite(subsets.bound):
        assert sorted(subsets.last.columns) == list(range(len(problem.hierarchies)))
    else:
        assert best is None


@given(cases())
@settings(max_examples=100)
def test_minima_over_fewer_columns_are_at_most_those_over_more(case: Case) -> None:
    assume(case.problem.hierarchies)
    subsets = Subsets(case.problem)
    assume(subsets.sums.known)
    for _ in subsets.grow():
        pass
    minima = subsets.last.minima
    assert minima == sorted(minima)
