"""What is said around an infeasible problem, against brute force."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kiaim_server.errors import Cancelled
from kiaim_server.loss import Loss
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.model.diagnosis import Relaxation
from kiaim_server.model.progress import Silent
from kiaim_server.privacy import KAnonymity, LDiversity, TCloseness
from kiaim_server.risk import ReidentificationRisk
from kiaim_server.search.dials import dials
from kiaim_server.search.obstacles import describe_model
from kiaim_server.search.relax import diagnose
from tests.search.brute_force import optimum, solutions, suppress
from tests.search.problems import Case, cases
from tests.search.test_optimum import _problem as problem_of


def _with(case: Case, models: tuple[PrivacyModel, ...]) -> Case:
    return replace(case, problem=replace(case.problem, models=models))


def _feasible(case: Case, models: tuple[PrivacyModel, ...]) -> bool:
    return optimum(_with(case, models)) is not None


@st.composite
def infeasible_cases(draw: st.DrawFn) -> Case:
    """Problems whose demands are hard and whose limits are small, so that most have no solution."""
    persons, subset = draw(st.booleans()), draw(st.booleans())
    case = draw(cases(st.just(Loss()), with_persons=persons, with_subset=subset))
    limit = min(draw(st.sampled_from([0, 0, 1, 3])), case.problem.tuples.n_records)
    case = replace(case, problem=replace(case.problem, max_suppressed=limit))
    assume(optimum(case) is None)
    named = [
        (describe_model(model, with_bounds=False), key, bound)
        for model in case.problem.models
        for key in ("at_least", "at_most")
        if (bound := getattr(model, key, None)) is not None
    ]
    assume(len(set(named)) == len(named))  # a relaxation names its model by these alone
    return case


def _varied(case: Case, relaxation: Relaxation, bound: Fraction) -> tuple[PrivacyModel, ...]:
    """The models of the case with another bound for the one that the relaxation is about."""
    place = next(
        i
        for i, model in enumerate(case.problem.models)
        if describe_model(model, with_bounds=False) == relaxation.model
        and getattr(model, relaxation.key) == relaxation.required
    )
    models = list(case.problem.models)
    models[place] = replace(models[place], **{relaxation.key: bound})
    return (models[place],) if relaxation.alone else tuple(models)


SLOW = [HealthCheck.filter_too_much, HealthCheck.too_slow]


@given(infeasible_cases())
@settings(max_examples=80, suppress_health_check=SLOW)
def test_least_suppression_is_that_of_all_nodes(case: Case) -> None:
    found = diagnose(case.problem, Silent(), 1e6).least
    possible = [len(node.suppressed) for node in solutions(case)]
    assert found.exact
    if not possible:
        assert found.witness is None
        return
    assert found.witness is not None
    assert found.witness.n_suppressed == found.at_least == min(possible)
    assert len(suppress(case, found.witness.levels)) == min(possible)


@given(infeasible_cases())
@settings(max_examples=80, suppress_health_check=SLOW)
def test_conflicts_are_the_minimal_infeasible_sets(case: Case) -> None:
    models = case.problem.models
    conflicts: list[set[int]] = []
    for size in range(1, len(models) + 1):
        for chosen in itertools.combinations(range(len(models)), size):
            if any(c <= set(chosen) for c in conflicts):
                continue
            if not _feasible(case, tuple(models[i] for i in chosen)):
                conflicts.append(set(chosen))
    found = diagnose(case.problem, Silent(), 1e6)
    assert found.conflicts_complete
    assert sorted(found.conflicts) == sorted(
        tuple(describe_model(models[i]) for i in sorted(chosen)) for chosen in conflicts
    )


@given(infeasible_cases())
@settings(max_examples=150, suppress_health_check=SLOW)
def test_bounds_are_attained_and_no_nearer_one_is_feasible(case: Case) -> None:
    for found in diagnose(case.problem, Silent(), 1e6).relaxations:
        sign = 1 if found.key == "at_most" else -1
        if found.bound is not None:
            assert found.witness is not None
            assert sign * (found.bound - found.required) > 0
            eased = _with(case, _varied(case, found, found.bound))
            gone = suppress(eased, found.witness.levels)
            assert len(gone) == found.witness.n_suppressed <= case.problem.max_suppressed
            assert len(gone) < case.problem.tuples.n_records
        assert not _feasible(case, _varied(case, found, found.infeasible))
        if not found.exact:
            assert found.step < 1
            continue
        for bound in _between(case, found, sign):
            assert not _feasible(case, _varied(case, found, bound)), (found, bound)


def _between(case: Case, found: Relaxation, sign: int) -> list[Fraction]:
    """Bounds that were said to be infeasible: all counts, or some shares, the nearest included."""
    if found.step == 1:
        last = int(found.bound) if found.bound is not None else 1
        return [Fraction(n) for n in range(int(found.required) + sign, last, sign)]
    if found.bound is None:
        (turned, *_) = _varied(case, replace(found, alone=True), found.required)
        dial = next(dial for dial in dials(turned) if dial.key == found.key)
        return [] if dial.loosest is None else [dial.bound(dial.loosest)]
    nearest = found.bound - sign * found.step
    if sign * (nearest - found.required) <= 0:
        return []
    return [nearest, (nearest + found.required) / 2, found.required]


@given(infeasible_cases())
@settings(max_examples=60, suppress_health_check=SLOW)
def test_without_time_nothing_is_claimed(case: Case) -> None:
    found = diagnose(case.problem, Silent(), 0)
    assert found.n_searches == 0
    assert found.least.at_least == case.problem.max_suppressed + 1
    possible = {len(node.suppressed) for node in solutions(case)}
    if found.least.witness is not None:
        assert found.least.witness.n_suppressed in possible
        assert len(suppress(case, found.least.witness.levels)) == found.least.witness.n_suppressed
    for relaxation in found.relaxations:
        if relaxation.bound is not None:
            assert relaxation.witness is not None
            eased = _with(case, _varied(case, relaxation, relaxation.bound))
            assert len(suppress(eased, relaxation.witness.levels)) <= case.problem.max_suppressed
        elif relaxation.exact:
            assert len(case.problem.models) == 1


def test_the_largest_k_is_found_with_the_limit_as_it_is() -> None:
    problem = problem_of(
        list("1112223334"), levels=((0, 0),), models=(KAnonymity(Fraction(5)),), max_suppressed=1
    )
    found = diagnose(problem, Silent())
    assert found.complete
    (eased,) = found.relaxations
    assert (eased.bound, eased.exact, eased.infeasible) == (Fraction(3), True, Fraction(4))
    assert found.least.witness is None
    assert found.conflicts == (("k-anonymity at least 5",),)


def test_a_risk_is_spelt_as_the_fraction_that_it_is() -> None:
    risk = ReidentificationRisk("prosecutor", "maximum", Fraction(1, 11))
    problem = problem_of(list("1112223333"), levels=((0, 0),), models=(risk,), max_suppressed=0)
    (eased,) = diagnose(problem, Silent()).relaxations
    assert eased.bound == Fraction(1, 3)


def test_the_smallest_t_is_that_of_the_farthest_class() -> None:
    ages, ills = list("11112222"), list("aaabaabb")
    model = TCloseness("equal", Fraction(1, 100)).for_attribute("ill")
    problem = problem_of(ages, ills, levels=((0, 0),), models=(model,))
    (eased,) = diagnose(problem, Silent()).relaxations
    assert eased.exact
    assert eased.bound == Fraction(1, 8)  # 3/4 against 5/8 of all


def test_models_that_only_together_have_no_solution_are_one_conflict() -> None:
    """k takes the class of two, l that of three equal values; only one of them may go."""
    models = (
        KAnonymity(Fraction(3)),
        LDiversity("distinct", Fraction(2)).for_attribute("ill"),
    )
    problem = problem_of(
        list("111122233"), list("aabbaaaab"), levels=((0, 0),), models=models, max_suppressed=3
    )
    found = diagnose(problem, Silent())
    assert found.conflicts == (
        ("k-anonymity at least 3", "l-diversity (distinct, ill) at least 2"),
    )
    assert found.least.at_least == 5
    assert [(r.bound, r.alone) for r in found.relaxations] == [(2, False), (None, False)]


def test_of_several_obstacles_each_is_also_looked_at_alone() -> None:
    models = (
        KAnonymity(Fraction(6)),
        LDiversity("distinct", Fraction(3)).for_attribute("ill"),
    )
    problem = problem_of(list("11112222"), list("aabbaabb"), levels=((0, 0),), models=models)
    found = diagnose(problem, Silent())
    assert len(found.conflicts) == 2
    joint = [r for r in found.relaxations if not r.alone]
    alone = {r.model: r.bound for r in found.relaxations if r.alone}
    assert [r.bound for r in joint] == [None, None]
    assert alone == {"k-anonymity": 4, "l-diversity (distinct, ill)": 2}


def test_cancelling_is_not_taken_for_the_end_of_the_time() -> None:
    class Cancelling:
        def report(self, step, share=None, **facts):
            raise Cancelled("stop")

    problem = problem_of(list("1234"), levels=((0, 0),))
    with pytest.raises(Cancelled, match="stop"):
        diagnose(problem, Cancelling())


def test_dials_know_counts_from_shares() -> None:
    def only(model: PrivacyModel):
        (dial,) = dials(model)
        return dial

    assert only(KAnonymity(Fraction(5))).step == 1
    assert only(LDiversity("recursive", Fraction(3), Fraction(2))).step == 1
    assert only(LDiversity("entropy", Fraction(3))).step < 1
    closeness = only(TCloseness("equal", Fraction(0)))
    assert closeness.step < 1
    assert closeness.bound(closeness.loosest) == 1
    k = only(KAnonymity(Fraction(5)))
    assert (k.loosest, k.start, k.sign) == (2, 5, -1)
    assert k.turned(Fraction(3)).at_least == 3
    turned = only(TCloseness("equal", Fraction(0)).for_attribute("ill")).turned(Fraction(1, 2))
    assert (turned.attribute, turned.at_most) == ("ill", Fraction(1, 2))


@dataclass(frozen=True)
class Mute(KAnonymity):
    """A model of a plugin that cannot measure, though it can judge."""

    def measure(self, classes):
        raise ValueError("a cell value")


@dataclass(frozen=True)
class Stubborn(KAnonymity):
    """A model of a plugin that takes one bound only, whatever its schema says."""

    def __post_init__(self):
        if self.at_least != 5:
            raise ValueError("a cell value")


def test_a_model_that_cannot_measure_is_searched_all_the_same() -> None:
    problem = problem_of(list("1112223333"), levels=((0, 0),), models=(Mute(Fraction(5)),))
    (eased,) = diagnose(problem, Silent()).relaxations
    assert (eased.bound, eased.exact) == (3, True)


def test_a_model_that_takes_no_other_bound_does_not_end_the_diagnosis() -> None:
    problem = problem_of(list("1112223333"), levels=((0, 0),), models=(Stubborn(Fraction(5)),))
    found = diagnose(problem, Silent())
    assert [(r.bound, r.exact) for r in found.relaxations] == [(None, False)]
    assert not found.complete
    assert found.least.exact


@dataclass(frozen=True)
class _Cached(KAnonymity):
    """A model of a third party that remembers what follows from its bound."""

    @cached_property
    def least(self) -> int:
        return int(self.at_least)

    @property
    def minimum_size(self) -> int:
        return self.least


def test_what_a_model_remembers_of_its_bound_does_not_outlive_it() -> None:
    model = _Cached(Fraction(5))
    assert model.minimum_size == 5
    problem = problem_of(list("1112223333"), levels=((0, 0),), models=(model,))
    (eased,) = diagnose(problem, Silent()).relaxations
    assert eased.bound == Fraction(3)
