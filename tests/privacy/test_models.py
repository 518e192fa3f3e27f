"""Privacy models: predicates, laws, parameters, registration."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kiaim_server.errors import ParameterError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.bounds import TOLERANCE
from kiaim_server.model.classes import EquivalenceClasses, ValueCounts
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.privacy import (
    BetaLikeness,
    DeltaDisclosure,
    KAnonymity,
    LDiversity,
    TCloseness,
)

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


def _disclosure(most) -> DeltaDisclosure:
    return DeltaDisclosure.from_parameters({"at_most": most}).for_attribute("ill")


def _likeness(variant, most) -> BetaLikeness:
    model = BetaLikeness.from_parameters({"variant": variant, "at_most": most})
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


def _grassberger_g(n: int) -> float:
    """G_n by the recurrence of its author."""
    if n == 1:
        return -0.5772156649015329 - math.log(2)
    return (
        _grassberger_g(n - 1)
        if n % 2
        else 2 / (n - 1) + (_grassberger_g(n - 2) if n > 2 else _grassberger_g(1))
    )


@given(st.lists(st.integers(1, 700), min_size=1, max_size=5))
def test_grassberger_estimates_as_its_definition_but_at_most_the_values_seen(counts) -> None:
    n = sum(counts)
    entropy = math.log(n) - sum(f * _grassberger_g(f) for f in counts) / n
    measured = _diversity("grassberger", 2).measure(_classes([counts]))
    assert measured == pytest.approx(min(math.exp(entropy), len(counts)), rel=1e-12)


def test_grassberger_is_not_monotone() -> None:
    small, merged = _classes([[1, 1, 1], [1, 1, 1]]), _classes([[2, 2, 2]])
    model = _diversity("grassberger", 3)
    assert not model.failing(small).any()
    assert model.failing(merged).all()
    assert not model.monotone_with_generalization
    assert _diversity("entropy", 3).monotone_with_generalization


@pytest.mark.parametrize("count", [10**6, 10**6 + 1, 3 * 10**9])
def test_grassberger_agrees_with_shannon_where_there_is_much_to_count(count) -> None:
    classes = _classes([[count, count, 2 * count]])
    shannon = _diversity("entropy", 2).measure(classes)
    assert _diversity("grassberger", 2).measure(classes) == pytest.approx(shannon, rel=1e-5)


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


def test_values_of_one_group_are_nearer_than_those_of_two() -> None:
    """Half of the mass moves: within its group at 1/2, to the other group at 1."""
    tree = Hierarchy.from_columns("ill", [list("abcd"), list("xxyy"), ["*"] * 4])
    model = _closeness("hierarchical", "1/4", hierarchy="own").for_tree(tree)
    assert model.measure(_classes([[1, 0, 1, 0], [0, 1, 0, 1]])) == 0.25
    assert not model.failing(_classes([[1, 0, 1, 0], [0, 1, 0, 1]])).any()
    assert model.measure(_classes([[1, 1, 0, 0], [0, 0, 1, 1]])) == 0.5
    assert model.failing(_classes([[1, 1, 0, 0], [0, 0, 1, 1]])).all()


@given(tables)
def test_a_hierarchy_without_groups_makes_all_values_equally_far_apart(table) -> None:
    classes = _classes(table)
    flat = Hierarchy.from_columns("ill", [list("abcd"), ["*"] * 4])
    model = _closeness("hierarchical", "1/3", hierarchy="own").for_tree(flat)
    equal = _closeness("equal", "1/3")
    assert model.measure(classes) == pytest.approx(equal.measure(classes), abs=1e-12)
    assert model.minimum_mass == equal.minimum_mass
    assert (model.failing(classes) == equal.failing(classes)).all()


@given(tables)
def test_gains_and_ratios_equal_their_definitions(table) -> None:
    classes = _classes(table)
    q = [Fraction(int(n), int(table.sum())) for n in table.sum(axis=0)]
    shares = [[Fraction(int(n), int(row.sum())) for n in row] for row in table]
    ratios = [(p / q[v], q[v]) for row in shares for v, p in enumerate(row) if p]
    gain = max(ratio for ratio, _ in ratios) - 1
    assert _likeness("basic", 1).measure(classes) == pytest.approx(float(gain), abs=1e-12)
    within = all(ratio - 1 <= -math.log(q) for ratio, q in ratios)
    expected = float(gain) if within else math.inf
    assert _likeness("enhanced", 1).measure(classes) == pytest.approx(expected, abs=1e-12)
    logs = max(abs(math.log2(ratio)) for ratio, _ in ratios)
    assert _disclosure(1).measure(classes) == pytest.approx(logs, abs=1e-12)


def test_delta_is_strict_and_decided_exactly_at_whole_numbers() -> None:
    """A share of 1 is twice one of 1/2, and 1/4 is half of it."""
    at_two = _classes([[2, 0], [1, 3], [1, 1]])  # 4 of each value
    assert _disclosure(1).failing(at_two).tolist() == [True, True, False]
    assert _disclosure("1.000001").failing(at_two).tolist() == [False, False, False]
    assert _disclosure("0.999999").failing(at_two).tolist() == [True, True, False]
    assert not _disclosure(70).failing(at_two).any()
    assert not _disclosure("70.5").failing(at_two).any()


def test_delta_owes_nothing_to_values_that_a_class_lacks_so_merging_may_break_it() -> None:
    model = _disclosure(1)
    apart = _classes([[16, 0], [2, 2], [10, 10]])
    assert model.failing(apart).tolist() == [False, False, False]
    merged = _classes([[18, 2], [10, 10]])
    assert model.failing(merged).tolist() == [True, False]
    assert not model.monotone_with_generalization


def test_beta_is_held_exactly_and_enhanced_is_stricter_for_frequent_values() -> None:
    classes = _classes([[3, 0], [3, 6]])  # shares 1/2 and 1/2: the first gains 1
    assert not _likeness("basic", 1).failing(classes).any()
    assert _likeness("basic", "0.999999999999").failing(classes).tolist() == [True, False]
    assert _likeness("enhanced", 9).failing(classes).tolist() == [True, False]  # -ln 1/2 = 0.69
    assert _likeness("enhanced", 9).measure(classes) == math.inf
    alone = _classes([[2], [3]])  # a value that everybody has tells nothing
    assert not _likeness("enhanced", 1).failing(alone).any()
    assert _likeness("enhanced", 1).measure(alone) == 0


def test_ratios_are_exact_beyond_64_bits() -> None:
    """(p / q) = 2 - 2/n: the products with the bound need 100 bits."""
    n = 10**9
    classes = _classes([[n - 1, 1], [1, n - 1]])
    at_bound = Fraction(n - 1, n) * 2 - 1
    assert not _likeness("basic", at_bound).failing(classes).any()
    below = at_bound - Fraction(1, 10**18)
    assert BetaLikeness("basic", below, "ill").failing(classes).all()


def test_a_distance_exactly_at_t_is_kept() -> None:
    """A third of 0.1 + 0.2 is no matter of rounding."""
    classes = _classes([[6, 4], [4, 6]])
    assert not _closeness("equal", "0.1").failing(classes).any()
    assert _closeness("equal", "0.0999").failing(classes).all()


@st.composite
def trees(draw):
    """A hierarchy over the four values, with one to three levels above them."""
    levels = [list(range(4))]
    for _ in range(draw(st.integers(0, 2))):
        to = draw(st.lists(st.integers(0, 3), min_size=4, max_size=4))
        levels.append([to[group] for group in levels[-1]])
    columns = [[f"{i}.{group}" for group in level] for i, level in enumerate(levels)]
    return Hierarchy.from_columns("ill", [*columns, ["*"] * 4])


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
                _diversity("grassberger", least),
                _diversity("recursive", least, c=3),
                _disclosure(draw(st.sampled_from(["0.5", "1", "2"]))),
                _likeness("basic", draw(st.sampled_from(["1/2", "1", "2"]))),
                _likeness("enhanced", draw(st.sampled_from(["1/2", "1", "2"]))),
                _closeness("equal", most),
                _closeness("ordered", most, order="lexical"),
                _closeness("hierarchical", most, hierarchy="own").for_tree(draw(trees())),
            ]
        )
    )
    return table, model


@given(judged())
def test_no_class_fails_exactly_where_the_measure_keeps_the_bound(case) -> None:
    table, model = case
    classes = _classes(table)
    measured, passes = model.measure(classes), not model.failing(classes).any()
    if isinstance(model, TCloseness | BetaLikeness):
        assert passes == (measured <= float(model.at_most) + TOLERANCE)
    elif isinstance(model, DeltaDisclosure):
        assert passes == (measured < float(model.at_most) - 1e-12)
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
    assume(model.monotone_with_generalization)
    kept = ~model.failing(_classes(table))
    merged = np.vstack([table[kept].sum(axis=0), table[~kept].sum(axis=0)])
    if kept.any() and not kept.all():
        if isinstance(model, LDiversity) and model.variant == "entropy":
            # At the bound itself rounding decides, and it may fall to the strict side.
            whole = model.measure(_classes(merged[:1]))
            assume(abs(whole - float(model.at_least)) > TOLERANCE)
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
        _disclosure(1),
        _likeness("basic", 1),
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
        (LDiversity, {"variant": "grassberger", "at_least": 3, "c": 2}, "c: is for variant recur"),
        (LDiversity, {"variant": "grassberger", "at_least": 1}, "not above 1"),
        (DeltaDisclosure, {"at_most": 0}, "not above 0"),
        (DeltaDisclosure, {}, "at_most: Missing"),
        (DeltaDisclosure, {"at_most": 1, "variant": "basic"}, "variant: Unknown field"),
        (BetaLikeness, {"at_most": 1}, "variant: Missing"),
        (BetaLikeness, {"variant": "basic", "at_most": 0}, "not above 0"),
        (BetaLikeness, {"variant": "extended", "at_most": 1}, "Must be one of"),
        (TCloseness, {"variant": "equal", "at_most": 20}, "write 20% or 0.2"),
        (TCloseness, {"variant": "ordered", "at_most": 0.2}, "order: is required"),
        (TCloseness, {"variant": "hierarchical", "at_most": 0.2}, "hierarchy: is required"),
        (
            TCloseness,
            {"variant": "hierarchical", "at_most": 0.2, "hierarchy": "own", "order": "lexical"},
            "order: is for variant ordered only",
        ),
        (
            TCloseness,
            {"variant": "equal", "at_most": 0.2, "hierarchy": "own"},
            "hierarchy: is for variant hierarchical only",
        ),
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
    expected = {"k-anonymity", "l-diversity", "t-closeness", "delta-disclosure", "beta-likeness"}
    assert expected <= set(names)
