"""Local recoding against its definition, record by record."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from kiaim_server.errors import ParameterError
from kiaim_server.loss import (
    Ambiguity,
    AverageClassSize,
    Discernibility,
    Height,
    Loss,
    NonUniformEntropy,
)
from kiaim_server.model.progress import Silent
from kiaim_server.model.solution import Infeasible, LocalSolution, Solution
from kiaim_server.search import find_optimum
from kiaim_server.search.local import SCHEMES, agglomerate, find_local
from kiaim_server.search.local.find import candidates
from kiaim_server.search.local.settle import Settler
from tests.search.local.definition import assert_is_a_solution, loss_by_cell
from tests.search.local.problems import local_cases
from tests.search.problems import Case, cases


@given(local_cases(), st.sampled_from([None, *SCHEMES]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_result_satisfies_everything_and_never_loses_more(case: Case, scheme, polish) -> None:
    found = find_local(case.problem, Silent(), scheme=scheme, polish=polish)
    whole = find_optimum(case.problem, Silent())
    if isinstance(found, Infeasible):
        assert isinstance(whole, Infeasible)
        return
    assert isinstance(found, LocalSolution)
    assert found.lower_bound <= found.loss == pytest.approx(loss_by_cell(case, found), abs=1e-9)
    if isinstance(whole, Infeasible):
        assert found.full_domain is None
    else:
        assert found.loss <= whole.loss
        assert found.full_domain is not None
        assert found.full_domain.loss == whole.loss
    assert_is_a_solution(case, found)
    event(found.scheme)
    if found.scheme == "full-domain":
        assert isinstance(whole, Solution)
        assert (found.levels == np.array(whole.levels)[:, None]).all()


@given(local_cases(), st.sampled_from(list(SCHEMES)), st.booleans())
@settings(max_examples=400, deadline=None)
def test_what_a_scheme_finds_satisfies_everything(case: Case, scheme: str, polish: bool) -> None:
    settler = Settler.of(case.problem)
    for found in candidates(case.problem, settler, Silent(), (scheme,), polish):
        event(scheme)
        event("levels are mixed" if (np.ptp(found.levels, axis=1) > 0).any() else "one level each")
        assert_is_a_solution(case, found)
        assert settler.lower_bound <= found.loss + 1e-12
        assert found.loss == pytest.approx(loss_by_cell(case, found), abs=1e-9)


@given(local_cases(), st.sampled_from(["agglomeration", "balance"]))
@settings(max_examples=60, deadline=None)
def test_clusters_that_are_too_many_to_be_joined_are_suppressed(case: Case, scheme: str) -> None:
    settler = Settler.of(case.problem)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agglomerate, "_PAIRS", 0)
        for found in candidates(case.problem, settler, Silent(), (scheme,), True):
            assert_is_a_solution(case, found)


@given(local_cases())
@settings(max_examples=60, deadline=None)
def test_equal_problems_have_equal_answers(case: Case) -> None:
    first, second = (find_local(case.problem, Silent()) for _ in range(2))
    assert type(first) is type(second)
    if isinstance(first, LocalSolution) and isinstance(second, LocalSolution):
        assert (first.levels == second.levels).all()
        assert (first.suppressed == second.suppressed).all()


@given(cases(st.just(Loss())))
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_where_nothing_is_demanded(case: Case) -> None:
    finest = replace(case.problem, models=(), levels=tuple((0, h) for _, h in case.problem.levels))
    found = find_local(finest, Silent())
    assert isinstance(found, LocalSolution)
    assert found.loss == 0
    assert found.optimal


@pytest.mark.parametrize(
    "measure",
    [
        Ambiguity(),
        AverageClassSize(),
        Discernibility(),
        NonUniformEntropy(),
        Height(),
        Loss(gs_factor=Fraction(1, 4)),
    ],
)
def test_a_measure_that_is_no_sum_over_cells_is_refused(measure) -> None:
    case = cases(st.just(measure)).filter(
        lambda c: any(len(tree.labels[0]) > len(tree.labels[-1]) for tree in c.problem.hierarchies)
    )

    @given(case)
    @settings(max_examples=5, deadline=None)
    def refused(case: Case) -> None:
        with pytest.raises(ParameterError, match="recoding: full-domain"):
            find_local(case.problem, Silent())

    refused()


def test_an_unknown_scheme_is_named_with_those_that_exist() -> None:
    @given(cases(st.just(Loss())))
    @settings(max_examples=1)
    def refused(case: Case) -> None:
        with pytest.raises(ParameterError, match="agglomeration, balance, mondrian, iterative"):
            find_local(case.problem, Silent(), scheme="magic")

    refused()
