"""Measures beside Loss: values by hand, the laws that the search relies on, parameters."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.errors import ParameterError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.loss import (
    Ambiguity,
    AverageClassSize,
    Discernibility,
    Height,
    NonUniformEntropy,
    Precision,
)
from kiaim_server.model.contract import ClassLossMeasure
from kiaim_server.model.grouping import GroupedColumn, Grouping
from kiaim_server.model.hierarchy import Hierarchy

SEX = Hierarchy.from_columns("sex", [["f", "m"], ["*", "*"]])
AGE = Hierarchy.from_columns("age", [list("1234"), ["a", "a", "a", "b"], ["*"] * 4])
TREES = (SEX, AGE)
MEASURES = (
    Ambiguity(),
    AverageClassSize(),
    Discernibility(),
    Height(),
    NonUniformEntropy(),
    Precision(),
)


def node(sizes, suppressed=0, columns=()) -> Grouping:
    return Grouping.of_node(np.array(sizes, dtype=np.int64), suppressed, 2, tuple(columns))


def prefix(parts, suppressed=0, minimum_size=2) -> Grouping:
    """One class, or several, given by their parts."""
    start = np.cumsum([0, *map(len, parts)])
    flat = np.array(list(itertools.chain(*parts)), dtype=np.int64)
    return Grouping(np.add.reduceat(flat, start[:-1]), start, flat, suppressed, minimum_size)


def test_average_class_size_counts_all_suppressed_records_as_one_class() -> None:
    assert AverageClassSize().class_score((), node([4, 4]), TREES) == 4.0
    assert AverageClassSize().class_score((), node([4, 4], suppressed=4), TREES) == 4.0


def test_average_class_size_of_a_prefix_is_that_of_the_most_classes_it_can_become() -> None:
    measure = AverageClassSize()
    assert measure.class_score((), prefix([[5, 2, 1, 1]]), TREES) == 9 / (3 + 1)
    assert measure.class_score((), prefix([[5, 2, 1, 1]], minimum_size=3), TREES) == 9 / (2 + 1)
    assert measure.class_score((), prefix([[9]]), TREES) == 9.0


def test_discernibility_by_hand() -> None:
    assert Discernibility().class_score((), node([2, 3], suppressed=1), TREES) == 4 + 9 + 6
    assert Discernibility().class_score((), prefix([[1, 3]]), TREES) == 2 + 9


def test_ambiguity_by_hand() -> None:
    """Two records of one sex and three ages, one suppressed among eight combinations."""
    costs = [np.array([SEX_COST]), np.array([AGE_COST])]
    columns = [GroupedColumn(level, c, None) for level, c in zip((0, 1), costs, strict=True)]
    assert Ambiguity().class_score((), node([2], 1, columns), TREES) == 2 * 1 * 3 + 8


SEX_COST = Ambiguity().costs(SEX, 0, np.array([2, 1])).kept[0]
AGE_COST = Ambiguity().costs(AGE, 1, np.array([1, 1, 0, 1])).kept[0]


def test_entropy_by_hand() -> None:
    """Four ages of one record each, three of them as one; of two suppressed each has its own."""
    measure = NonUniformEntropy()
    costs = measure.costs(AGE, 1, np.ones(4, dtype=np.int64))
    assert costs.kept.tolist() == pytest.approx([math.log2(3)] * 3 + [0.0])
    column = GroupedColumn(1, costs.kept[:1], np.array([1, 1]))
    total = float(costs.kept.sum())
    (bits,) = measure.class_losses([total], node([2], 2, [column]), [AGE])
    assert bits == math.floor((3 * math.log2(3) + 2) * 1e10) / 1e10
    assert measure.score([total], [AGE], 4) == math.floor(3 * math.log2(3) * 1e10) / 1e10


def test_entropy_of_a_value_that_does_not_occur_is_nothing() -> None:
    costs = NonUniformEntropy().costs(AGE, 2, np.array([2, 0, 2, 0]))
    assert costs.kept.tolist() == [1.0, 0.0, 1.0, 0.0]


def test_precision_and_height_by_hand() -> None:
    ones = np.ones(4, dtype=np.int64)
    lifted = Precision().costs(AGE, 1, ones)
    assert (lifted.kept[0], lifted.suppressed[0]) == (0.5, 1.0)
    assert Precision().score([2.0, 1.0], TREES, 2) == 0.75
    weighted = Precision(weights={"sex": Fraction(1, 2)})
    assert weighted.score([2.0, 1.0], TREES, 2) == 0.5
    assert Precision(Fraction(3, 4)).costs(AGE, 2, ones).kept[0] == 0.5
    assert Precision().costs(Hierarchy.from_columns("x", [["1"]]), 0, ones[:1]).kept[0] == 0.0
    assert Height().costs(AGE, 2, ones).suppressed.tolist() == [2.0] * 4
    assert Height().score([3.0, 6.0], TREES, 3) == 3.0
    assert Height().per_attribute([3.0, 6.0], TREES, 3) == (1.0, 2.0)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
@given(st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any))
def test_costs_are_as_the_search_relies_on(measure, frequencies) -> None:
    levels = [measure.costs(AGE, level, np.array(frequencies)) for level in range(3)]
    for costs in levels:
        assert (costs.kept >= 0).all()
        assert (costs.suppressed >= costs.kept).all()
    for finer, coarser in itertools.pairwise(levels):
        assert (coarser.kept >= finer.kept).all()


@pytest.mark.parametrize(
    "measure", [m for m in MEASURES if isinstance(m, ClassLossMeasure)], ids=lambda m: m.name
)
@given(st.lists(st.integers(2, 9), min_size=2, max_size=4), st.integers(0, 9))
def test_suppressing_a_class_never_lowers_the_loss(measure, sizes, suppressed) -> None:
    """Classes of one age each, lifted to level 0."""
    frequencies = np.array([*sizes, *[0] * (4 - len(sizes))], dtype=np.int64)
    frequencies[-1] += suppressed
    cost = measure.costs(AGE, 0, frequencies).kept

    def score(n_kept):
        kept = np.array(sizes[:n_kept], dtype=np.int64)
        gone = frequencies.copy()
        gone[:n_kept] -= kept
        column = GroupedColumn(0, cost[:n_kept], gone)
        return measure.class_score([0.0], node(kept, int(gone.sum()), [column]), [AGE])

    assert score(len(sizes) - 1) >= score(len(sizes))


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        (Precision, {"gs_factor": "0.25"}, "gs_factor: 0.25 is below 0.5"),
        (NonUniformEntropy, {"gs_factor": 2}, "gs_factor"),
        (Discernibility, {"gs_factor": 1}, "gs_factor"),
        (AverageClassSize, {"weights": {}}, "weights"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(kind, parameters, message) -> None:
    with pytest.raises(ParameterError, match=message):
        kind.from_parameters(parameters)


def test_all_measures_are_registered() -> None:
    registered = PluginHost.load().classes["loss measure"]
    for measure in MEASURES:
        assert issubclass(registered[measure.name], type(measure))
