"""k-map and delta-presence: models that compare a research subset with its population."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.errors import ParameterError
from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.privacy import DeltaPresence, KMap

#: Per class the records of the subset, and those of the population outside of it.
CLASSES = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40)), min_size=1, max_size=8)
SHARES = st.one_of(st.none(), st.fractions(0, 1, max_denominator=12))


def _classes(pairs, n_outside=0) -> EquivalenceClasses:
    inside, outside = np.array(pairs, dtype=np.int64).T
    return EquivalenceClasses(inside, population=inside + outside, n_outside=n_outside)


@given(CLASSES, st.integers(2, 60))
def test_k_map_counts_the_population(pairs, k) -> None:
    model, classes = KMap.from_parameters({"at_least": k}), _classes(pairs)
    assert model.failing(classes).tolist() == [a + b < k for a, b in pairs]
    assert model.measure(classes) == min(a + b for a, b in pairs)


@given(CLASSES, SHARES, SHARES, st.integers(0, 1))
def test_delta_presence_bounds_the_share_of_each_class(pairs, least, most, n_outside) -> None:
    model = DeltaPresence(least, most)
    classes = _classes(pairs, n_outside)
    shares = [Fraction(a, a + b) for a, b in pairs]
    low, high = least or Fraction(0), Fraction(1) if most is None else most
    assert model.failing(classes).tolist() == [not low <= share <= high for share in shares]
    met = all(low <= share <= high for share in [*shares, *([Fraction(0)] * n_outside)])
    measured = model.measure(classes)
    says = (least is None or measured >= float(low)) and (most is None or measured <= float(high))
    assert says == met


def test_delta_presence_is_exact_where_floats_are_not() -> None:
    third = DeltaPresence.from_parameters({"at_most": "1/3"})
    assert third.failing(_classes([(10**15, 2 * 10**15)])).tolist() == [False]
    assert third.failing(_classes([(10**15 + 1, 2 * 10**15)])).tolist() == [True]


def test_a_class_of_outsiders_is_forbidden_from_a_share_above_zero_on() -> None:
    assert DeltaPresence.from_parameters({"at_least": "1%"}).forbids_outside_classes
    assert not DeltaPresence.from_parameters({"at_least": 0}).forbids_outside_classes
    assert not DeltaPresence.from_parameters({"at_most": "1%"}).forbids_outside_classes


@given(CLASSES.filter(lambda pairs: len(pairs) > 1), SHARES, SHARES)
def test_merging_classes_never_makes_a_kept_class_fail(pairs, least, most) -> None:
    model = DeltaPresence(least, most)
    if not model.failing(_classes(pairs)).any():
        merged = (sum(a for a, _ in pairs), sum(b for _, b in pairs))
        assert not model.failing(_classes([merged])).any()


@pytest.mark.parametrize(
    ("model", "parameters", "message"),
    [
        (KMap, {"at_least": 1}, "below 2"),
        (KMap, {}, "at_least"),
        (DeltaPresence, {}, "at_least or at_most is required"),
        (DeltaPresence, {"at_most": 2}, "above 1"),
        (DeltaPresence, {"at_least": 0.5, "at_most": 0.4}, "must not be above at_most"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(model, parameters, message) -> None:
    with pytest.raises(ParameterError, match=message):
        model.from_parameters(parameters)


@pytest.mark.parametrize("model", [KMap(Fraction(2)), DeltaPresence(at_most=parse_bound("1/2"))])
def test_without_a_population_nothing_can_be_said(model) -> None:
    classes = EquivalenceClasses(np.array([3], dtype=np.int64))
    with pytest.raises(ParameterError, match="research subset"):
        model.failing(classes)
    assert np.isnan(model.measure(EquivalenceClasses(np.empty(0, dtype=np.int64))))
