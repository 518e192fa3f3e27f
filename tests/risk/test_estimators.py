"""Estimators of population uniqueness: what ARX finds, known populations, and their borders."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.risk.estimators import ESTIMATORS, estimate_uniqueness
from kiaim_server.risk.sample import Sample
from kiaim_server.risk.snb import classes_of_population
from tests.hierarchy.adult import adult

RESULTS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("risk_by_arx_3.9.2.json").read_text(encoding="utf-8")
)["results"]

class_sizes = st.lists(st.integers(1, 12), min_size=1, max_size=40).map(
    lambda sizes: np.array(sizes, dtype=np.int64)
)


def _sizes(result: dict[str, Any]) -> np.ndarray:
    sizes, counts = zip(*result["class_sizes"], strict=True)
    return np.repeat(np.array(sizes, dtype=np.int64), counts)


@pytest.mark.parametrize("result", RESULTS, ids=[r["id"] for r in RESULTS])
@pytest.mark.parametrize("estimator", ["zayatz", "pitman", "dankar"])
def test_estimates_are_those_of_arx(result, estimator):
    for population in result["populations"]:
        found = estimate_uniqueness(estimator, _sizes(result), population["population"])
        assert found.value == pytest.approx(population[estimator], rel=1e-9)


def test_the_class_sizes_of_the_reference_are_those_of_the_bundled_table():
    for result in RESULTS:
        if result["dataset"] == "adult":
            counted = adult().group_by(result["qis"]).aggregate([([], "count_all")])
            sizes = np.sort(counted["count_all"].to_numpy())
            assert (sizes == np.sort(_sizes(result))).all()


def test_the_decision_rule_changes_at_one_person_in_ten():
    sizes = _sizes(RESULTS[0])
    n = int(sizes.sum())

    def estimates(population: int) -> dict[str, float | None]:
        return {e: estimate_uniqueness(e, sizes, population).value for e in ESTIMATORS}

    at = estimates(10 * n)
    assert at["dankar"] == at["pitman"]
    above = estimates(10 * n - 1)
    assert above["dankar"] == min(above["zayatz"], above["snb"]) != above["pitman"]


def test_the_decision_rule_takes_zayatz_where_the_other_has_no_estimate():
    sizes = np.array([1, 1, 3, 4], dtype=np.int64)
    assert estimate_uniqueness("snb", sizes, 20).value is None
    zayatz = estimate_uniqueness("zayatz", sizes, 20).value
    assert estimate_uniqueness("dankar", sizes, 20).value == zayatz


@given(class_sizes, st.integers(1, 300))
def test_zayatz_is_bayes_rule_with_hypergeometric_probabilities(sizes, unsampled):
    n, u = int(sizes.sum()), len(sizes)
    population = n + unsampled

    def drawn_once(size: int) -> Fraction:
        rest = math.comb(population - size, n - 1)
        return Fraction(size * rest, math.comb(population, n))

    ones = int((sizes == 1).sum())
    total = sum(Fraction(1, u) * drawn_once(int(size)) for size in sizes)
    expected = ones * (Fraction(ones, u) * drawn_once(1) / total) / n if ones else 0
    found = estimate_uniqueness("zayatz", sizes, population)
    assert found.value == pytest.approx(float(expected), rel=1e-12)


@given(class_sizes, st.integers(1, 10**6))
def test_zayatz_falls_when_a_unique_record_is_taken_away(sizes, unsampled):
    ascending = np.append(np.sort(sizes), [1, 5])
    ascending.sort()
    population = int(ascending.sum()) + unsampled
    before = estimate_uniqueness("zayatz", ascending, population).value
    after = estimate_uniqueness("zayatz", ascending[1:], population).value
    assert before is not None
    assert after is not None
    assert after < before


def _log_likelihood(sizes: np.ndarray, theta: float, alpha: float) -> float:
    """Logarithm of Pitman's sampling formula, factor by factor, without its constant."""
    u, n = len(sizes), int(sizes.sum())
    return (
        math.fsum(math.log(theta + i * alpha) for i in range(1, u))
        - math.fsum(math.log(theta + i) for i in range(1, n))
        + math.fsum(math.log(i - alpha) for size in sizes for i in range(1, int(size)))
    )


def test_pitman_is_the_most_likely_model_of_a_grid():
    sizes = np.repeat(np.array([1, 2, 3, 5, 9, 30], dtype=np.int64), [60, 14, 6, 4, 2, 1])
    population = 5000
    best = max(
        (_log_likelihood(sizes, theta, alpha), theta, alpha)
        for alpha in np.linspace(0.01, 0.99, 99).tolist()
        for theta in (np.exp(np.linspace(-4, 6, 101)) - alpha).tolist()
    )
    _, theta, alpha = best
    expected = math.exp(math.lgamma(theta + 1) - math.lgamma(theta + alpha)) * population ** (
        alpha - 1
    )
    found = estimate_uniqueness("pitman", sizes, population).value
    assert found == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("alpha", [0.3, 0.6])
def test_pitman_finds_the_uniques_of_a_population_of_its_own_kind(alpha):
    """A population seated by the two-parameter Chinese restaurant process, and a tenth of it."""
    random = np.random.default_rng(7)
    theta, population = 50.0, 20_000
    seats: list[int] = []  # the class of each person
    sizes: list[int] = []
    for person in range(population):
        if random.random() * (person + theta) < theta + alpha * len(sizes):
            seats.append(len(sizes))
            sizes.append(1)
            continue
        while True:  # a class of size s with probability proportional to s - alpha
            chosen = seats[random.integers(person)]
            if random.random() * sizes[chosen] < sizes[chosen] - alpha:
                break
        seats.append(chosen)
        sizes[chosen] += 1
    sample = np.bincount(random.permutation(np.array(seats))[: population // 10])
    true = sizes.count(1) / population
    found = estimate_uniqueness("pitman", sample[sample > 0], population).value
    assert found is not None
    assert true / 1.5 < found < true * 1.5


@pytest.mark.parametrize(
    ("alpha", "beta", "fraction"), [(0.5, 0.1, 0.3), (2.0, 0.5, 0.6), (0.2, 0.02, 0.3)]
)
def test_slide_negative_binomial_finds_the_uniques_of_its_own_kind(alpha, beta, fraction):
    random = np.random.default_rng(1)
    classes = 1 + random.negative_binomial(alpha, beta, 20_000)
    population = int(classes.sum())
    sample = random.binomial(classes, fraction)
    sample = sample[sample > 0]
    true = np.count_nonzero(classes == 1) / population
    found = estimate_uniqueness("snb", sample, population).value
    assert found is not None
    assert true / 1.5 < found < true * 1.5
    expected = classes_of_population(Sample.of_sizes(sample, population))
    assert 0.9 * len(classes) < expected < 1.1 * len(classes)


@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.6])
def test_all_estimators_find_the_uniques_of_a_skewed_population(fraction):
    random = np.random.default_rng(5)
    classes = random.zipf(1.6, 40_000)
    classes = classes[classes < 2000]
    population = int(classes.sum())
    sample = random.binomial(classes, fraction)
    sample = sample[sample > 0]
    true = np.count_nonzero(classes == 1) / population
    for estimator in ESTIMATORS:
        found = estimate_uniqueness(estimator, sample, population).value
        assert found is not None
        assert true / 2 < found < true * 2


@given(class_sizes, st.sampled_from(sorted(ESTIMATORS)), st.integers(1, 10**9))
def test_an_estimate_is_a_share_or_has_a_reason(sizes, estimator, population):
    found = estimate_uniqueness(estimator, sizes, population)
    if found.value is None:
        assert found.reason
    else:
        assert 0 <= found.value <= 1
        assert not found.reason
        assert found.value > 0 or not (sizes == 1).any()


@pytest.mark.parametrize("estimator", sorted(ESTIMATORS))
def test_what_needs_no_model_is_exact(estimator):
    sizes = np.array([1, 1, 2, 6], dtype=np.int64)
    assert estimate_uniqueness(estimator, sizes, 10).value == 0.2
    assert estimate_uniqueness(estimator, sizes[2:], 1000).value == 0
    assert "9 persons, but the table has 10" in estimate_uniqueness(estimator, sizes, 9).reason
    assert "no equivalence class" in estimate_uniqueness(estimator, sizes[:0], 9).reason


@pytest.mark.parametrize(
    ("estimator", "sizes", "reason"),
    [
        ("pitman", [1, 1, 1], "every record is unique"),
        ("dankar", [1, 1, 1], "every record is unique"),
        ("pitman", [1, 4, 4, 4, 5, 5, 5], "no maximum with 0 < alpha < 1"),
        ("snb", [1, 1, 3, 4], "needs classes of two records"),
        ("snb", [1] + [2] * 40, "as many classes of one and of two"),
    ],
)
def test_a_model_that_does_not_fit_says_so(estimator, sizes, reason):
    found = estimate_uniqueness(estimator, np.array(sizes, dtype=np.int64), 1000)
    assert found.value is None
    assert reason in found.reason
