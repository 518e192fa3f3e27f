"""The search under a budget: what it says when the time is up, and what that is worth."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.model.progress import Silent
from kiaim_server.model.solution import Infeasible, Solution, Undecided
from kiaim_server.search import find_optimum
from kiaim_server.search.judge import worst_worth_a_look
from kiaim_server.search.optimum import LARGE
from tests.search.brute_force import optimum, solutions
from tests.search.problems import Case, cases
from tests.search.tables import two_columns

every_kind = st.one_of(cases(), cases(with_persons=True), cases(with_subset=True))


class Ticks:
    """A clock that goes on by a second whenever somebody looks at it."""

    def __init__(self) -> None:
        self.now = -1.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


#: As small lattices are searched, and as large ones are.
WAYS = pytest.mark.parametrize("large", [LARGE, 0])


@WAYS
@given(case=every_kind, budget=st.integers(0, 120))
@settings(max_examples=200)
def test_what_was_found_in_time_is_a_solution_and_the_bound_holds(
    case: Case, budget: int, large: int
) -> None:
    expected = optimum(case)
    found = find_optimum(case.problem, Silent(), budget, Ticks(), large=large)
    if isinstance(found, Solution):
        (node,) = [n for n in solutions(case) if n.levels == found.levels]
        assert len(node.suppressed) == found.n_suppressed <= case.problem.max_suppressed
        assert found.loss == pytest.approx(node.loss, rel=1e-9, abs=1e-9)
        assert worst_worth_a_look(found.loss) >= expected.loss
        assert found.lower_bound <= worst_worth_a_look(expected.loss)
        if found.optimal:
            assert found.lower_bound == found.loss
            assert found.loss == pytest.approx(expected.loss, rel=1e-9, abs=1e-9)
            assert found.gap == 0
        else:
            assert found.gap >= 0
    elif isinstance(found, Infeasible):
        assert expected is None
    else:
        assert 0 <= found.closed < 1
        assert expected is None or found.lower_bound <= worst_worth_a_look(expected.loss)


@WAYS
@given(case=every_kind, budget=st.integers(0, 120))
@settings(max_examples=100)
def test_an_answer_that_is_proven_does_not_depend_on_time(
    case: Case, budget: int, large: int
) -> None:
    hurried = find_optimum(case.problem, Silent(), budget, Ticks(), large=large)
    patient = find_optimum(case.problem, Silent())
    if isinstance(hurried, Infeasible) or (isinstance(hurried, Solution) and hurried.optimal):
        assert type(patient) is type(hurried)
        if isinstance(hurried, Solution):
            assert (hurried.levels, hurried.loss) == (patient.levels, patient.loss)


@given(every_kind)
@settings(max_examples=200)
def test_a_large_lattice_has_the_answer_of_a_small_one(case: Case) -> None:
    found = find_optimum(case.problem, Silent(), clock=Ticks(), large=0)
    expected = find_optimum(case.problem, Silent())
    assert type(found) is type(expected)
    if isinstance(expected, Solution):
        assert (found.levels, found.loss) == (expected.levels, expected.loss)
        assert found.n_suppressed == expected.n_suppressed
        assert (found.suppressed == expected.suppressed).all()
        assert found.optimal
        assert found.lower_bound == found.loss


def test_without_any_time_the_most_general_node_is_a_first_solution() -> None:
    asked = two_columns(list("11223344"), list("abababab"))
    found = find_optimum(asked, Silent(), 0.0)
    assert isinstance(found, Solution)
    assert found.levels == (2, 1)
    assert not found.optimal
    assert found.lower_bound == 0.0
    assert found.gap == 1.0


def test_no_solution_in_time_is_not_called_infeasible() -> None:
    """Each column alone has classes of two; only both together show that there is no solution."""
    asked = two_columns(list("1133"), list("abaa"), levels=((0, 1), (0, 0)))
    hurried = find_optimum(asked, Silent(), 0.0)
    assert isinstance(hurried, Undecided)
    assert (hurried.closed, hurried.lower_bound, hurried.least_suppressed) == (0, 0, 2)
    assert isinstance(find_optimum(asked, Silent()), Infeasible)


def test_progress_tells_a_bound_that_never_passes_the_best_loss() -> None:
    told = []

    class Recording:
        def report(self, step, share=None, **facts):
            told.append((share, facts))

    find_optimum(two_columns(list("11223344"), list("aabbaabb")), Recording())
    share, facts = told[-1]
    assert share == 1.0
    assert facts["lower_bound"] == facts["best_loss"]
    assert facts["gap"] == 0
