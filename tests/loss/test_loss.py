"""Loss: definition, range, parameters, registration."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.errors import ParameterError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.loss import Loss
from kiaim_server.model.hierarchy import Hierarchy

SEX = Hierarchy.from_columns("sex", [["f", "m"], ["*", "*"]])
AGE = Hierarchy.from_columns("age", [list("1234"), ["a", "a", "a", "b"], ["*"] * 4])
gs_factors = st.fractions(0, 1, max_denominator=8)


def test_sex_of_the_adult_table_by_hand() -> None:
    """29,656 of 30,162 records kept at level 0, 506 suppressed: (14828 + 506 - 15081) / 15081."""
    costs = Loss().costs(SEX, 0, np.array([20000, 10162]))
    total = 29656 * costs.kept[0] + 506 * costs.suppressed[0]
    assert Loss().per_attribute([total], [SEX], 30162) == (0.0167760758,)


@given(gs_factors, st.integers(0, 20), st.integers(0, 20), st.integers(0, 2))
def test_a_total_lies_between_the_original_and_no_information(gs, kept, gone, level) -> None:
    if kept + gone == 0:
        return
    loss = Loss(gs_factor=gs)
    costs = loss.costs(AGE, level, np.ones(4, dtype=np.int64))
    total = kept * costs.kept[0] + gone * costs.suppressed[0]
    (value,) = loss.per_attribute([total], [AGE], kept + gone)
    assert 0.0 <= value <= 1.0
    if level == 0 and not gone:
        assert value == 0.0


@given(
    st.lists(st.floats(0.0, 5.0), min_size=2, max_size=2),
    gs_factors,
    st.sampled_from(["geometric-mean", "arithmetic-mean"]),
    st.sampled_from([{}, {"age": Fraction(3)}]),
)
def test_a_scorer_knows_columns_in_any_order(totals, gs, aggregate, weights) -> None:
    loss = Loss(aggregate, gs, weights)
    backwards = loss.scorer([SEX, AGE], 4)(totals[::-1])
    assert backwards == pytest.approx(loss.score(totals, [AGE, SEX], 4), rel=1e-12, abs=1e-12)


@given(gs_factors)
def test_costs_are_as_the_search_relies_on(gs) -> None:
    loss = Loss(gs_factor=gs)
    levels = [loss.costs(AGE, level, np.ones(4, dtype=np.int64)) for level in range(3)]
    for costs in levels:
        assert (costs.kept >= 0).all()
        assert (costs.suppressed >= costs.kept - 1e-15).all()
    for finer, coarser in itertools.pairwise(levels):
        assert (coarser.kept >= finer.kept).all()


@given(
    st.lists(st.floats(1.0, 4.0), min_size=2, max_size=2),
    st.floats(0.0, 1.0),
    st.sampled_from(["geometric-mean", "arithmetic-mean"]),
)
def test_the_score_does_not_fall_when_a_total_grows(totals, more, aggregate) -> None:
    loss = Loss(aggregate, weights={"age": Fraction(3)})
    trees = [SEX, AGE]
    assert loss.score([totals[0] + more, totals[1]], trees, 4) >= loss.score(totals, trees, 4)


def test_aggregates_and_weights() -> None:
    totals, trees = [2.0 + 1.0, 1.0 + 3.0], [SEX, AGE]  # losses 0.5 and 1
    assert Loss().score(totals, trees, 4) == pytest.approx((1.5 * 2) ** 0.5 - 1)
    assert Loss("arithmetic-mean").score(totals, trees, 4) == pytest.approx(0.75)
    weighted = Loss("arithmetic-mean", weights={"sex": Fraction(4), "age": Fraction(2)})
    assert weighted.score(totals, trees, 4) == pytest.approx((0.5 + 0.5) / 2)
    nothing = Loss("arithmetic-mean", weights={"sex": Fraction(0), "age": Fraction(0)})
    assert nothing.score(totals, trees, 4) == pytest.approx(0.75)


def test_an_attribute_with_one_value_loses_nothing() -> None:
    only = Hierarchy.from_columns("only", [["x"]])
    assert Loss().per_attribute([5.0], [only], 5) == (0.0,)


def test_without_attributes_nothing_is_lost() -> None:
    assert Loss().score([], [], 5) == 0.0


def test_parameters() -> None:
    loss = Loss.from_parameters(
        {"aggregate": "arithmetic-mean", "gs_factor": "25%", "weights": {"age": 2}}
    )
    assert loss == Loss("arithmetic-mean", Fraction(1, 4), {"age": Fraction(2)})
    with pytest.raises(ParameterError, match="aggregate"):
        Loss.from_parameters({"aggregate": "mean"})
    with pytest.raises(ParameterError, match="weights"):
        Loss.from_parameters({"weights": {"age": -1}})


def test_loss_is_registered() -> None:
    assert PluginHost.load().classes["loss measure"]["loss"] is Loss
