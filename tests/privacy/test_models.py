"""Privacy models: predicates, laws, parameters, registration."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.errors import ParameterError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.bounds import TOLERANCE
from kiaim_server.model.classes import EquivalenceClasses, ValueCounts
from kiaim_server.privacy import KAnonymity, LDiversity, TCloseness

tables = st.lists(
    st.lists(st.integers(0, 6), min_size=4, max_size=4).filter(any), min_size=1, max_size=6
).map(np.array)


def _classes(table) -> EquivalenceClasses:
    """Classes from a table of counts, one row per class, one column per value."""
    table = np.asarray(table, dtype=np.int64)
    rows, values = np.nonzero(table)
    indptr = np.searchsorted(rows, np.arange(len(table) + 1)).astype(np.int64)
    counts = ValueCounts(indptr, values.astype(np.int32), table[rows, values], table.sum(axis=0))
    return EquivalenceClasses(table.sum(axis=1), {"ill": counts})


def _diversity(variant, least, **more) -> LDiversity:
    model = LDiversity.from_parameters({"variant": variant, "at_least": least, **more})
    return model.for_attribute("ill")


def _closeness(variant, most, **more) -> TCloseness:
    model = TCloseness.from_parameters({"variant": variant, "at_most": most, **more})
    return model.for_attribute("ill")


def test_k_anonymity_counts_records() -> None:
    model = KAnonymity.from_parameters({"at_least": 3})
    classes = _classes([[3, 0], [1, 1], [2, 5]])
    assert model.failing(classes).tolist() == [False, True, False]
    assert model.measure(classes) == 2


@given(tables, st.fractions(Fraction(11, 10), 4, max_denominator=20))
def test_entropy_is_decided_up_to_rounding_and_never_looser_than_the_audit(table, least) -> None:
    model, classes = _diversity("entropy", least), _classes(table)
    for failing, row in zip(model.failing(classes), table, strict=True):
        shares = [int(n) / int(row.sum()) for n in row if n]
        effective = math.exp(-sum(p * math.log(p) for p in shares))
        assert failing or effective >= float(least) - TOLERANCE
        assert not failing or effective < float(least) + TOLERANCE


def test_a_class_exactly_at_the_entropy_bound_falls_where_arx_lets_it_fall() -> None:
    """exp(H) of counts (2, 2, 2) is 3; ARX suppresses such a class for l = 3, not (1, 1, 1)."""
    classes = _classes([[2, 2, 2], [1, 1, 1], [2, 2, 3]])
    assert _diversity("entropy", 3).failing(classes).tolist() == [True, False, True]


def test_recursive_is_strict_and_exact() -> None:
    """r1 < c * (r_l + ... + r_m)."""
    at_bound, below = _classes([[4, 1, 1]]), _classes([[3, 1, 1]])
    assert _diversity("recursive", 2, c=2).failing(at_bound)[0]
    assert not _diversity("recursive", 2, c=2).failing(below)[0]
    assert _diversity("recursive", 2, c=2).measure(below) == 2
    third = _classes([[1, 3]])
    assert _diversity("recursive", 2, c=3).failing(third)[0]
    assert not _diversity("recursive", 2, c="3.000000000001").failing(third)[0]


def test_recursive_is_safe_beyond_32_bits() -> None:
    huge = _classes([[3 * 10**15, 10**15]])
    assert _diversity("recursive", 2, c=3).failing(huge)[0]
    assert not _diversity("recursive", 2, c="3.000001").failing(huge)[0]


@given(tables)
def test_l_of_every_variant_equals_its_definition(table) -> None:
    classes = _classes(table)
    rows = [sorted((int(n) for n in row if n), reverse=True) for row in table]
    assert _diversity("distinct", 2).measure(classes) == min(map(len, rows))
    entropies = [-sum(n / sum(row) * math.log(n / sum(row)) for n in row) for row in rows]
    assert _diversity("entropy", 2).measure(classes) == pytest.approx(math.exp(min(entropies)))
    largest = min(
        sum(row[0] < Fraction(5, 2) * sum(row[least:]) for least in range(len(row))) for row in rows
    )
    assert _diversity("recursive", 2, c=2.5).measure(classes) == largest


@given(tables)
def test_distances_equal_their_definitions(table) -> None:
    classes = _classes(table)
    q = table.sum(axis=0) / table.sum()
    p = table / table.sum(axis=1, keepdims=True)
    equal = np.abs(p - q).sum(axis=1) / 2
    assert _closeness("equal", 0.5).measure(classes) == pytest.approx(equal.max(), abs=1e-12)
    occurring = q > 0
    sums = np.abs(np.cumsum((p - q)[:, occurring], axis=1)).sum(axis=1)
    ordered = (sums / max(1, occurring.sum() - 1)).max()
    model = _closeness("ordered", 0.5, order="numeric")
    assert model.measure(classes) == pytest.approx(ordered, abs=1e-12)


def test_a_distance_exactly_at_t_is_kept() -> None:
    """A third of 0.1 + 0.2 is no matter of rounding."""
    classes = _classes([[6, 4], [4, 6]])
    assert not _closeness("equal", "0.1").failing(classes).any()
    assert _closeness("equal", "0.0999").failing(classes).all()


@st.composite
def judged(draw):
    """Classes and a model about them."""
    table = draw(tables)
    least = draw(st.integers(2, 4))
    most = draw(st.sampled_from(["0", "0.1", "1/3", "0.5"]))
    model = draw(
        st.sampled_from(
            [
                KAnonymity.from_parameters({"at_least": least}),
                _diversity("distinct", least),
                _diversity("entropy", least),
                _diversity("recursive", least, c=3),
                _closeness("equal", most),
                _closeness("ordered", most, order="lexical"),
            ]
        )
    )
    return table, model


@given(judged())
def test_no_class_fails_exactly_where_the_measure_keeps_the_bound(case) -> None:
    table, model = case
    classes = _classes(table)
    measured, passes = model.measure(classes), not model.failing(classes).any()
    if isinstance(model, TCloseness):
        assert passes == (measured <= float(model.at_most) + TOLERANCE)
    elif isinstance(model, LDiversity) and model.variant == "entropy":
        slack = TOLERANCE if passes else -TOLERANCE  # at the bound itself rounding decides
        assert passes == (measured >= float(model.at_least) - slack)
    else:
        assert passes == (measured >= float(model.at_least))


@given(judged())
def test_a_class_below_a_minimum_fails(case) -> None:
    table, model = case
    classes = _classes(table)
    failing = model.failing(classes)
    present = np.asarray(table) > 0
    mass = (present * table.sum(axis=0)).sum(axis=1) / table.sum()
    assert failing[classes.sizes < model.minimum_size].all()
    if model.needs_sensitive:
        assert failing[present.sum(axis=1) < model.minimum_distinct].all()
        assert failing[mass < model.minimum_mass].all()


@given(judged())
def test_merging_kept_classes_keeps_them(case) -> None:
    table, model = case
    kept = ~model.failing(_classes(table))
    merged = np.vstack([table[kept].sum(axis=0), table[~kept].sum(axis=0)])
    if kept.any() and not kept.all():
        assert not model.failing(_classes(merged))[0]


def test_the_measure_of_no_class_is_undefined() -> None:
    values = ValueCounts(
        np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0, np.int64), np.ones(2, np.int64)
    )
    nothing = EquivalenceClasses(np.empty(0, np.int64), {"ill": values})
    for model in (
        KAnonymity.from_parameters({"at_least": 2}),
        _diversity("distinct", 2),
        _closeness("equal", 0.1),
    ):
        assert math.isnan(model.measure(nothing))


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        (KAnonymity, {}, "at_least: Missing"),
        (KAnonymity, {"at_least": 1}, "below 2"),
        (KAnonymity, {"at_least": 2.5}, "not a whole number"),
        (KAnonymity, {"at_least": 2, "k": 3}, "k: Unknown field"),
        (LDiversity, {"variant": "distinct", "at_least": "2.5"}, "whole number"),
        (LDiversity, {"variant": "entropy", "at_least": 1}, "not above 1"),
        (LDiversity, {"variant": "distinct", "at_least": "1.5"}, "whole number"),
        (LDiversity, {"variant": "recursive", "at_least": 3}, "c: is required"),
        (LDiversity, {"variant": "distinct", "at_least": 3, "c": 2}, "c: is for variant recursive"),
        (LDiversity, {"variant": "recursive", "at_least": 3, "c": 0}, "not above 0"),
        (LDiversity, {"variant": "simple", "at_least": 3}, "Must be one of"),
        (TCloseness, {"variant": "equal", "at_most": 20}, "write 20% or 0.2"),
        (TCloseness, {"variant": "ordered", "at_most": 0.2}, "order: is required"),
        (TCloseness, {"variant": "equal", "at_most": 0.2, "order": "lexical"}, "order: is for"),
        (TCloseness, {"variant": "ordered", "at_most": 0.2, "order": "size"}, "numeric, lexical"),
        (TCloseness, {"variant": "ordered", "at_most": 0.2, "order": ["a", "a"]}, "each once"),
    ],
)
def test_parameters_out_of_range_are_named(kind, parameters, message) -> None:
    with pytest.raises(ParameterError, match=message):
        kind.from_parameters(parameters)


def test_an_order_may_be_a_list_of_labels() -> None:
    model = TCloseness.from_parameters(
        {"variant": "ordered", "at_most": "9%", "order": ["low", "high"]}
    )
    assert model.order == ("low", "high")
    assert model.at_most == Fraction(9, 100)


def test_the_models_are_registered() -> None:
    names = PluginHost.load().classes["privacy model"]
    assert {"k-anonymity", "l-diversity", "t-closeness"} <= set(names)
