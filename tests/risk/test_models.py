"""The models that bound a risk: parameters, exactness at the bound, laws the search relies on."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.errors import ParameterError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import PrivacyModel, ReleaseModel
from kiaim_server.risk import (
    AverageReidentificationRisk,
    EstimatedPopulationUniqueness,
    PopulationUniqueness,
    ReidentificationRisk,
    SampleUniqueness,
)

class_sizes = st.lists(st.integers(1, 30), min_size=2, max_size=30).map(
    lambda sizes: np.array(sorted(sizes), dtype=np.int64)
)
shares = st.fractions(Fraction(1, 50), 1)


def _risk(attacker: str, measure: str, at_most: object) -> ReidentificationRisk:
    return ReidentificationRisk.from_parameters(
        {"attacker": attacker, "measure": measure, "at_most": at_most}
    )


def test_the_host_finds_the_models():
    models = PluginHost.load().classes["privacy model"]
    for model in (ReidentificationRisk, SampleUniqueness, PopulationUniqueness):
        assert models[model.name] is model


@pytest.mark.parametrize(
    ("at_most", "size"), [("1/11", 11), ("9%", 12), (0.2, 5), ("1/3", 3), (1, 1)]
)
def test_the_bound_is_exact(at_most, size):
    model = _risk("prosecutor", "maximum", at_most)
    assert model.minimum_size == size
    classes = EquivalenceClasses(np.array([max(size - 1, 1), size, size + 1], dtype=np.int64))
    assert model.failing(classes).tolist() == [size > 1, False, False]
    assert not isinstance(model, ReleaseModel)


@pytest.mark.parametrize("attacker", ["prosecutor", "journalist", "marketer"])
def test_an_average_is_about_the_release_as_a_whole(attacker):
    model = _risk(attacker, "average", "1/4")
    assert isinstance(model, AverageReidentificationRisk)
    assert isinstance(model, ReleaseModel)
    assert model.minimum_size == 1
    assert model.holds(np.array([1, 7], dtype=np.int64))
    assert not model.holds(np.array([1, 6], dtype=np.int64))
    assert not model.failing(EquivalenceClasses(np.array([1, 6], dtype=np.int64))).any()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"attacker": "marketer", "measure": "maximum", "at_most": "1/5"}, "write measure: avera"),
        ({"attacker": "nosy", "measure": "maximum", "at_most": "1/5"}, "attacker"),
        ({"attacker": "prosecutor", "measure": "maximum", "at_most": 0}, "not above 0"),
        ({"attacker": "prosecutor", "measure": "maximum", "at_most": 9}, "write 9% or 0.09"),
        ({"attacker": "prosecutor", "at_most": "1/5"}, "measure: Missing"),
        ({"attacker": "prosecutor", "measure": "maximum"}, "at_most: Missing"),
        (
            {"attacker": "prosecutor", "measure": "maximum", "at_most": "1/5", "atmost": 1},
            "atmost: Unknown",
        ),
    ],
)
def test_faulty_parameters_are_named(parameters, said):
    with pytest.raises(ParameterError, match="reidentification-risk") as caught:
        ReidentificationRisk.from_parameters(parameters)
    assert said in str(caught.value)


@pytest.mark.parametrize("model", [SampleUniqueness, PopulationUniqueness])
def test_uniqueness_counts_records_in_classes_of_one(model):
    sizes = np.array([1, 1, 8], dtype=np.int64)
    assert model.from_parameters({"at_most": "20%"}).holds(sizes)
    assert not model.from_parameters({"at_most": "19.9%"}).holds(sizes)
    assert model.from_parameters({"at_most": 0}).minimum_size == 2
    assert model.from_parameters({"at_most": "0.1%"}).minimum_size == 1
    assert model.from_parameters({"at_most": 0}).measure(EquivalenceClasses(sizes)) == 0.2


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"estimator": "pitman"}, "population: the estimator pitman needs the number of persons"),
        ({"population": 5}, "population: the upper bound holds for every population"),
        ({"estimator": "upper-bound", "population": 5}, "population: the upper bound holds"),
        ({"estimator": "mu-argus", "population": 5}, "estimator: Must be one of: upper-bound, z"),
        ({"estimator": "snb", "population": 0}, "population: 0 is below 1"),
        ({"estimator": "snb", "population": "1/2"}, "population: 1/2 is not a whole number"),
    ],
)
def test_an_estimator_and_a_population_belong_together(parameters, said):
    with pytest.raises(ParameterError) as caught:
        PopulationUniqueness.from_parameters({"at_most": "1%"} | parameters)
    assert said in str(caught.value)


def test_the_bound_that_needs_no_population_stays_the_default():
    model = PopulationUniqueness.from_parameters({"at_most": "1%"})
    assert model == PopulationUniqueness.from_parameters(
        {"at_most": "1%", "estimator": "upper-bound"}
    )
    assert not isinstance(model, EstimatedPopulationUniqueness)
    assert model.holds_without_smallest


def test_what_cannot_be_estimated_does_not_hold():
    model = PopulationUniqueness.from_parameters(
        {"at_most": 1, "estimator": "pitman", "population": 1000}
    )
    assert isinstance(model, EstimatedPopulationUniqueness)
    all_unique = np.ones(50, dtype=np.int64)
    assert model.estimate(all_unique).value is None
    assert not model.holds(all_unique)
    assert np.isnan(model.measure(EquivalenceClasses(all_unique)))
    assert model.holds(np.full(50, 2, dtype=np.int64))


@pytest.mark.parametrize("estimator", ["zayatz", "pitman", "snb", "dankar"])
@given(class_sizes, st.integers(1, 400), st.fractions(Fraction(0), 1))
def test_an_estimate_holds_up_to_its_bound(estimator, sizes, population, at_most):
    model = PopulationUniqueness.from_parameters(
        {"at_most": at_most, "estimator": estimator, "population": population}
    )
    measured = model.measure(EquivalenceClasses(sizes))
    assert model.holds(sizes) == (measured <= at_most)  # False for NaN, too
    assert model.minimum_size == (2 if at_most == 0 else 1)
    if at_most == 0 and (sizes == 1).any():
        assert not model.holds(sizes)


def _release_models(at_most: Fraction) -> tuple[ReleaseModel, ...]:
    return (AverageReidentificationRisk("marketer", "average", at_most), SampleUniqueness(at_most))


def _least_suppressed(model: ReleaseModel, sizes: np.ndarray) -> int:
    """Records in the shortest prefix of the smallest classes whose loss makes the model hold."""
    ascending = np.sort(sizes)
    for taken in range(len(ascending)):
        if model.holds(ascending[taken:]):
            return int(ascending[:taken].sum())
    return int(ascending.sum())


@given(class_sizes, shares)
def test_taking_the_smallest_class_away_keeps_a_release_model_true(sizes, at_most):
    for model in _release_models(at_most):
        assert not model.holds(sizes) or model.holds(sizes[1:])


@given(class_sizes, shares, st.data())
def test_merging_classes_never_needs_more_suppression(sizes, at_most, data):
    first, second = data.draw(
        st.lists(st.integers(0, len(sizes) - 1), min_size=2, max_size=2, unique=True)
    )
    rest = np.delete(sizes, [first, second])
    merged = np.append(rest, sizes[first] + sizes[second])
    for model in _release_models(at_most):
        assert _least_suppressed(model, merged) <= _least_suppressed(model, sizes)


@given(class_sizes, st.fractions(Fraction(1, 40), 1))
def test_the_measure_is_within_the_bound_exactly_if_no_class_fails(sizes, at_most):
    classes = EquivalenceClasses(sizes)
    models: tuple[PrivacyModel, ...] = (
        ReidentificationRisk("prosecutor", "maximum", at_most),
        *_release_models(at_most),
    )
    for model in models:
        measured = Fraction(model.measure(classes)).limit_denominator(10**6)
        kept = model.holds(sizes) if isinstance(model, ReleaseModel) else True
        assert (measured <= at_most) == (kept and not model.failing(classes).any())


def test_nothing_released_has_no_measure_and_holds_nothing():
    empty = np.array([], dtype=np.int64)
    for model in _release_models(Fraction(1)):
        assert np.isnan(model.measure(EquivalenceClasses(empty)))
        assert not model.holds(empty)
    assert np.isnan(_risk("prosecutor", "maximum", 1).measure(EquivalenceClasses(empty)))
