"""Estimated k-map: thresholds against the definition, and against the audit's own arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.audit.standing import stands_for
from kiaim_server.errors import ParameterError
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.privacy import EstimatedKMap
from kiaim_server.privacy.estimated_k_map import poisson_threshold, truncated_threshold

ESTIMATORS = st.sampled_from(["poisson", "zero-truncated-poisson"])
FRACTIONS = st.fractions(Fraction(1, 1000), 1, max_denominator=1000)
LEVELS = st.sampled_from([Fraction(1, 100), Fraction(1, 20), Fraction(1, 2)])


def _probabilities(mean: Fraction, n: int) -> list[float]:
    """P(X = c) of a Poisson number by its recurrence."""
    chances = [float(np.exp(-float(mean)))]
    for c in range(1, n):
        chances.append(chances[-1] * float(mean) / c)
    return chances


@given(st.integers(2, 60), FRACTIONS, LEVELS)
def test_thresholds_follow_the_distribution(k, fraction, level) -> None:
    mean = fraction * k
    chances = _probabilities(mean, 300)
    sums = np.cumsum(chances)
    least = int(np.argmax(sums >= 1 - float(level)))
    assert poisson_threshold(float(mean), float(level)) == least + 2
    truncated = (sums - chances[0]) / (1 - chances[0])
    assert (
        truncated_threshold(float(mean), float(level))
        == max(1, int(np.argmax(truncated >= 1 - float(level)))) + 1
    )


@given(st.integers(2, 500), FRACTIONS, LEVELS, ESTIMATORS, st.integers(1, 80))
def test_search_and_audit_agree(k, fraction, level, estimator, size) -> None:
    model = EstimatedKMap(Fraction(k), fraction, level, estimator)
    classes = EquivalenceClasses(np.array([size + 3, size], dtype=np.int64))
    standing = stands_for(estimator, size, fraction, level)
    assert model.failing(classes).tolist() == [size + 3 < model.minimum_size, standing < k]
    assert model.measure(classes) == standing


@pytest.mark.parametrize("estimator", ["poisson", "zero-truncated-poisson"])
def test_a_class_of_a_large_sample_is_no_easier(estimator) -> None:
    """With means beyond what exp(-mean) can show, too; the whole population is k-anonymity."""
    model = EstimatedKMap(Fraction(10**6), Fraction(1, 100), Fraction(1, 20), estimator)
    assert 10_100 < model.minimum_size < 10_250  # mean 10,000 and 1.645 deviations of 100
    assert EstimatedKMap(Fraction(5), Fraction(1), Fraction(1, 20), estimator).minimum_size == 5
    tiny = EstimatedKMap(Fraction(5), Fraction(1, 10**6), Fraction(1, 10**15), estimator)
    assert 2 <= tiny.minimum_size <= 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"at_least": 1}, "below 2"),
        ({"sampling_fraction": 0}, "not above 0"),
        ({"sampling_fraction": 1.5}, "above 1"),
        ({"significance": 0}, "not above 0"),
        ({"significance": 0.6}, "above 0.5"),
        ({"estimator": "normal"}, "estimator"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(changes, message) -> None:
    given_ = {"at_least": 5, "sampling_fraction": "10%", "significance": "5%"} | changes
    with pytest.raises(ParameterError, match=message):
        EstimatedKMap.from_parameters(given_)
