"""Risk measures against their definitions, record by record, and against published numbers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.risk import measures, risk_profile

class_sizes = st.lists(st.integers(1, 40), min_size=1, max_size=30).map(
    lambda sizes: np.array(sizes, dtype=np.int64)
)


def _risk_of_each_record(sizes: np.ndarray) -> list[Fraction]:
    return [Fraction(1, int(size)) for size in sizes for _ in range(size)]


@given(class_sizes)
def test_every_measure_equals_its_definition_record_by_record(sizes):
    risks = _risk_of_each_record(sizes)
    average = sum(risks) / len(risks)
    assert measures.prosecutor_highest(sizes) == max(risks)
    assert measures.prosecutor_average(sizes) == average
    assert measures.journalist_highest(sizes) == max(risks)
    assert measures.journalist_average(sizes) == average
    assert measures.marketer_average(sizes) == average
    assert measures.sample_uniqueness(sizes) == Fraction(risks.count(Fraction(1)), len(risks))


@given(class_sizes, st.fractions(Fraction(1, 60), 1))
def test_share_above_counts_records_of_strictly_higher_risk(sizes, threshold):
    risks = _risk_of_each_record(sizes)
    above = sum(risk > threshold for risk in risks)
    assert measures.share_above(sizes, threshold) == Fraction(above, len(risks))


@given(class_sizes, st.data())
def test_a_sample_never_has_fewer_sample_uniques_than_population_uniques(sizes, data):
    """Draw a sample of a population with these classes and count who is unique in both."""
    drawn = np.array([data.draw(st.integers(0, int(size))) for size in sizes], dtype=np.int64)
    sample = drawn[drawn > 0]
    unique_in_population = int(np.count_nonzero((sizes == 1) & (drawn == 1)))
    bound = measures.population_uniqueness_bound(sample)
    if bound is not None:
        assert Fraction(unique_in_population, int(sample.sum())) <= bound


def test_a_release_without_classes_has_no_risk_figure():
    profile = risk_profile(np.array([], dtype=np.int64))
    assert profile["records"] == 0
    assert profile["classes"] == 0
    assert profile["smallest_class"] is None
    assert profile["prosecutor"] == {
        "highest": None,
        "average": None,
        "share_above": {"1/3": None, "1/5": None, "1/11": None, "1/20": None},
    }
    assert profile["marketer"] == {"average": None}
    assert profile["sample_uniqueness"] is None


@pytest.mark.parametrize(
    ("sizes", "highest", "average", "uniques"),
    [
        # ARX aacd487fb through ARXaaS: eleven ZIP codes, as they are and cut to 816**.
        ([1] * 11, 1.0, 1.0, 1.0),
        ([11], 0.09090909090909091, 0.09090909090909091, 0.0),
        # The same: two ZIP codes of four records kept, two records suppressed.
        ([4, 4], 0.25, 0.25, 0.0),
        # The same without suppression: everything in one class.
        ([10], 0.1, 0.1, 0.0),
    ],
)
def test_figures_equal_those_of_arx(sizes, highest, average, uniques):
    profile = risk_profile(np.array(sizes, dtype=np.int64))
    assert profile["prosecutor"]["highest"] == highest
    assert profile["journalist"]["highest"] == highest
    assert profile["prosecutor"]["average"] == average
    assert profile["marketer"]["average"] == average
    assert profile["sample_uniqueness"] == uniques


def test_share_above_uses_the_precedents_and_excludes_equality():
    profile = risk_profile(np.array([1, 4, 5, 10], dtype=np.int64))
    assert profile["prosecutor"]["share_above"] == {
        "1/3": 1 / 20,
        "1/5": 5 / 20,
        "1/11": 1.0,
        "1/20": 1.0,
    }
    assert (profile["records"], profile["smallest_class"], profile["largest_class"]) == (20, 1, 10)
