"""The classes that go for a demand on the release as a whole, against trying every prefix."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import ReleaseModel
from kiaim_server.risk import EstimatedPopulationUniqueness, SampleUniqueness
from kiaim_server.search.rules import Rules
from kiaim_server.search.suppression import kept_classes

NO_RULES = Rules((), 1, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class HoldsFor(ReleaseModel):
    """Holds for these numbers of kept classes, as no sensible model does."""

    name: ClassVar[str] = "holds-for"
    summary: ClassVar[str] = "A test's model."
    holds_without_smallest: ClassVar[bool] = False

    numbers: frozenset[int]

    def holds(self, sizes: np.ndarray) -> bool:
        assert len(sizes)
        return len(sizes) in self.numbers

    def measure(self, classes: EquivalenceClasses) -> float:
        return float(classes.n_classes)


def _kept(sizes: np.ndarray, *models: ReleaseModel) -> np.ndarray:
    return kept_classes(EquivalenceClasses(sizes), models, NO_RULES, restrict_reference=False)


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=30).map(np.array),
    st.frozensets(st.integers(1, 30)),
)
def test_up_to_32_classes_of_a_size_the_shortest_prefix_is_found(sizes, numbers):
    model = HoldsFor(numbers)
    dropped = next((n for n in range(len(sizes)) if len(sizes) - n in numbers), len(sizes))
    expected = np.ones(len(sizes), dtype=bool)
    expected[np.argsort(sizes, kind="stable")[:dropped]] = False
    assert (_kept(sizes, model) == expected).all()


@pytest.mark.parametrize("numbers", [{1000}, {999}, {650, 1}, {1}, set()])
def test_among_many_classes_of_a_size_the_model_holds_and_holds_not_with_one_more(numbers):
    kept = int(_kept(np.ones(1000, dtype=np.int64), HoldsFor(frozenset(numbers))).sum())
    assert kept in numbers | {0}
    assert kept + 1 not in numbers


def test_what_holds_at_first_keeps_everything_though_it_fails_in_between():
    sizes = np.ones(1000, dtype=np.int64)
    assert _kept(sizes, HoldsFor(frozenset({1000, 3}))).all()


def test_zayatz_and_a_model_that_bisection_serves_lose_the_same_classes_together():
    sizes = np.repeat(np.array([1, 2, 3, 10]), [400, 100, 50, 20])
    bound = SampleUniqueness(Fraction(1, 10))
    estimated = EstimatedPopulationUniqueness(Fraction(1, 20), "zayatz", 20_000)
    together = _kept(sizes, bound, estimated)
    alone = [int(_kept(sizes, model).sum()) for model in (bound, estimated)]
    assert together.sum() == min(alone) < len(sizes)
    for n_dropped in range(400):
        held = bound.holds(sizes[n_dropped:]) and estimated.holds(sizes[n_dropped:])
        assert held == (n_dropped >= len(sizes) - together.sum())
