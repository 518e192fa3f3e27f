"""Summands: numbers per attribute whose sum alone decides the score."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.loss import (
    Ambiguity,
    AverageClassSize,
    Discernibility,
    Height,
    Loss,
    NonUniformEntropy,
    Precision,
)
from kiaim_server.model.hierarchy import Hierarchy

SEX = Hierarchy.from_columns("sex", [["f", "m"], ["*", "*"]])
AGE = Hierarchy.from_columns("age", [list("1234"), ["a", "a", "a", "b"], ["*"] * 4])
TREES = (SEX, AGE)
N = 4
WEIGHTS = {"age": Fraction(3), "sex": Fraction(1, 2)}

with_summands = pytest.mark.parametrize(
    "measure",
    [
        Height(),
        Precision(),
        Precision(weights=WEIGHTS),
        NonUniformEntropy(weights=WEIGHTS),
        *(
            Loss(aggregate, weights=weights)
            for aggregate in ("geometric-mean", "arithmetic-mean")
            for weights in ({}, WEIGHTS)
        ),
    ],
)
totals = st.tuples(st.floats(0.0, 4.0), st.floats(0.0, 4.0))


@with_summands
@given(totals=totals)
def test_the_score_is_that_of_the_sum(measure, totals) -> None:
    summed = sum(measure.summands(totals, TREES, N))
    score = measure.score(totals, TREES, N)
    assert measure.score_of(summed, TREES) == pytest.approx(score, rel=1e-12, abs=1e-12)


@with_summands
@given(totals=totals, more=st.floats(0.0, 4.0))
def test_a_summand_depends_on_its_own_total_alone_and_never_falls(measure, totals, more) -> None:
    before = measure.summands(totals, TREES, N)
    after = measure.summands((totals[0] + more, totals[1]), TREES, N)
    assert after[0] >= before[0]
    assert after[1] == before[1]


@with_summands
@given(summed=st.floats(0.0, 4.0), more=st.floats(0.0, 4.0))
def test_the_score_of_a_sum_never_falls(measure, summed, more) -> None:
    assert measure.score_of(summed + more, TREES) >= measure.score_of(summed, TREES)


@pytest.mark.parametrize("measure", [Ambiguity(), AverageClassSize(), Discernibility()])
def test_measures_of_classes_have_none(measure) -> None:
    assert measure.summands((1.0, 2.0), TREES, N) is None
    with pytest.raises(NotImplementedError, match=measure.name):
        measure.score_of(1.0, TREES)
