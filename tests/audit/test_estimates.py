"""The audit's estimates against those of the search, which are made in another way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.audit.estimates import AGREEMENT, ESTIMATORS, estimated_uniques
from kiaim_server.risk.estimators import ESTIMATORS as SEARCHED
from kiaim_server.risk.estimators import estimate_uniqueness


@st.composite
def samples(draw: st.DrawFn) -> np.ndarray:
    """Class sizes from skewed to even."""
    seed, n_classes = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 800))
    random = np.random.default_rng(seed)
    kind = draw(st.sampled_from(["zipf", "negative binomial", "poisson", "even"]))
    if kind == "zipf":
        sizes = random.zipf(draw(st.floats(1.3, 4)), n_classes)
    elif kind == "negative binomial":
        sizes = 1 + random.negative_binomial(
            draw(st.floats(0.1, 4)), draw(st.floats(0.01, 0.9)), n_classes
        )
    elif kind == "poisson":
        sizes = 1 + random.poisson(draw(st.floats(0.05, 5)), n_classes)
    else:
        sizes = random.integers(1, draw(st.integers(2, 60)), n_classes)
    return np.minimum(sizes, 100_000).astype(np.int64)


def test_both_know_the_same_estimators():
    assert list(ESTIMATORS) == list(SEARCHED)


@pytest.mark.parametrize("estimator", sorted(ESTIMATORS))
@given(samples(), st.floats(0, 9))
@settings(max_examples=60, deadline=None)
def test_search_and_audit_agree_far_below_the_tolerance(estimator, sizes, log_ratio):
    population = int(sizes.sum() * np.exp(log_ratio))
    searched = estimate_uniqueness(estimator, sizes, population)
    audited, reason = estimated_uniques(estimator, sizes, population)
    assert reason == searched.reason
    if searched.value is None:
        assert audited is None
    else:
        assert audited == pytest.approx(searched.value, rel=AGREEMENT / 100)


def test_an_estimate_of_a_large_table_needs_no_memory_of_its_size():
    sizes = np.array([1, 1, 1, 2, 2, 7, 3_000_000], dtype=np.int64)
    searched = estimate_uniqueness("zayatz", sizes, 400_000_000)
    audited, _ = estimated_uniques("zayatz", sizes, 400_000_000)
    assert audited == pytest.approx(searched.value, rel=1e-9)


def test_a_population_smaller_than_the_table_has_no_estimate():
    sizes = np.array([1, 2, 7], dtype=np.int64)
    for estimator in ESTIMATORS:
        value, reason = estimated_uniques(estimator, sizes, 9)
        assert value is None
        assert "9 persons, but the table has 10" in reason
