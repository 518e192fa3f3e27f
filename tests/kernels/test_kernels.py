"""Each kernel against its definition in plain Python, compiled and not."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.kernels.distance import hierarchical_distance, ordered_distance
from kiaim_server.kernels.entropy import entropy_below
from kiaim_server.kernels.grouping import number_keys
from kiaim_server.kernels.jit import KERNELS
from kiaim_server.kernels.suffixes import extend_chain
from kiaim_server.kernels.warm import is_warm, warm_up


def _both(kernel):
    """The kernel as compiled, and as the Python function that it was made of."""
    return pytest.mark.parametrize("run", [kernel, kernel.py_func], ids=["compiled", "python"])


@_both(number_keys)
@given(keys=st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 5), max_size=60))
@settings(max_examples=60)
def test_keys_are_numbered_by_first_occurrence(run, keys) -> None:
    with np.errstate(over="ignore"):
        ids, first = run(np.array(keys, dtype=np.int64))
    numbers = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    assert ids.tolist() == [numbers[key] for key in keys]
    assert first.tolist() == [keys.index(key) for key in numbers]


def test_many_keys_make_the_table_grow() -> None:
    keys = np.arange(5000, dtype=np.int64) * 7919 % 3001
    ids, first = number_keys(keys)
    assert len(first) == 3001
    assert (keys[first][ids] == keys).all()


@_both(extend_chain)
@given(items=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), max_size=40))
@settings(max_examples=60)
def test_suffixes_are_numbered_in_the_order_of_their_pairs(run, items) -> None:
    code = np.array([c for c, _ in items], dtype=np.int32)
    following = np.array([f for _, f in items], dtype=np.int32)
    order = np.argsort(following, kind="stable").astype(np.int32)
    new_order, ids, chain_code, chain_next = run(order, code, following, 5)
    pairs = sorted(set(items))
    assert list(zip(chain_code.tolist(), chain_next.tolist(), strict=True)) == pairs
    assert ids.tolist() == [pairs.index(item) for item in items]
    assert [items[i] for i in new_order.tolist()] == sorted(items)


@_both(ordered_distance)
@given(
    classes=st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=12), min_size=1, max_size=4),
    others=st.lists(st.integers(0, 5), max_size=8),
)
@settings(max_examples=80)
def test_ordered_distance_sums_the_differences_of_cumulative_shares(run, classes, others) -> None:
    everybody = [*itertools.chain(*classes), *others]
    places = {value: place for place, value in enumerate(sorted(set(everybody)))}
    reference = np.bincount([places[v] for v in everybody]).astype(np.int64)
    counts = [sorted(Counter(places[v] for v in c).items()) for c in classes]
    found = run(
        np.cumsum([0, *map(len, counts)]).astype(np.int64),
        np.array([place for c in counts for place, _ in c], dtype=np.int32),
        np.array([n for c in counts for _, n in c], dtype=np.int64),
        np.array([len(c) for c in classes], dtype=np.int64),
        reference,
    )
    for members, distance in zip(classes, found.tolist(), strict=True):
        p = np.bincount([places[v] for v in members], minlength=len(places)) / len(members)
        q = reference / reference.sum()
        expected = np.abs(np.cumsum(p - q)).sum() / max(1, len(places) - 1)
        assert distance == pytest.approx(expected, abs=1e-12)


@_both(hierarchical_distance)
@given(
    classes=st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=12), min_size=1, max_size=4),
    others=st.lists(st.integers(0, 5), max_size=8),
    merged=st.lists(st.lists(st.integers(0, 5), min_size=6, max_size=6), max_size=3),
)
@settings(max_examples=80)
def test_hierarchical_distance_is_the_least_work(run, classes, others, merged) -> None:
    """Surplus is moved within the smallest group that lacks as much, at level / height."""
    everybody = [*itertools.chain(*classes), *others]
    levels = [list(range(6))]
    for to in merged:
        levels.append([to[group] for group in levels[-1]])
    height = len(levels)  # the level above all of them is one group
    reference = np.bincount(everybody, minlength=6).astype(np.int64)
    counts = [sorted(Counter(c).items()) for c in classes]
    found = run(
        np.cumsum([0, *map(len, counts)]).astype(np.int64),
        np.array([v for c in counts for v, _ in c], dtype=np.int32),
        np.array([n for c in counts for _, n in c], dtype=np.int64),
        np.array([len(c) for c in classes], dtype=np.int64),
        np.array(levels, dtype=np.int32),
        reference,
    )
    for members, distance in zip(classes, found.tolist(), strict=True):
        surplus = [
            Fraction(members.count(v), len(members)) - Fraction(everybody.count(v), len(everybody))
            for v in range(6)
        ]
        expected = Fraction(0)
        for level, groups in enumerate([*levels[1:], [0] * 6], 1):
            # Greedily pair what is left: who is in one group on this level exchanges what it can.
            for group in set(groups):
                inside = [v for v in range(6) if groups[v] == group]
                more = sum(surplus[v] for v in inside if surplus[v] > 0)
                less = -sum(surplus[v] for v in inside if surplus[v] < 0)
                expected += min(more, less) * Fraction(level, height)
                left = more - less
                for v in inside:
                    surplus[v] = Fraction(0)
                surplus[inside[0]] = left
        assert distance == pytest.approx(float(expected), abs=1e-12)


def test_hierarchical_distance_is_safe_beyond_32_bits() -> None:
    """A class of half of five million records with one of two values: far more than 2^31 pairs."""
    n = 2_500_000
    groups = np.array([[0, 1, 2, 3], [0, 0, 1, 1]], dtype=np.int32)
    found = hierarchical_distance(
        np.array([0, 2, 3], dtype=np.int64),
        np.array([0, 1, 2], dtype=np.int32),
        np.array([n, n, n], dtype=np.int64),
        np.array([2 * n, n], dtype=np.int64),
        groups,
        np.array([n, n, n, 0], dtype=np.int64),
    )
    assert found.tolist() == [pytest.approx(1 / 3), pytest.approx(2 / 3)]


def test_without_a_level_above_the_values_there_is_no_distance() -> None:
    one, i64 = np.ones(1, dtype=np.int64), np.int64
    none = np.zeros((0, 1), dtype=np.int32)
    found = hierarchical_distance(
        np.array([0, 1], dtype=i64), np.zeros(1, dtype=np.int32), one, one, none, one
    )
    assert found.tolist() == [0.0]


def test_warming_up_compiles_every_kernel() -> None:
    warm_up()
    assert is_warm()
    public = [k for k in KERNELS if not k.py_func.__name__.startswith("_")]
    assert all(kernel.signatures for kernel in public)


@_both(entropy_below)
@given(
    rows=st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=6), min_size=1, max_size=8),
    least=st.floats(1.01, 6),
)
@settings(max_examples=60)
def test_entropy_is_below_the_bound_as_its_definition_says(run, rows, least) -> None:
    indptr = np.cumsum([0, *map(len, rows)])
    counts = np.array(list(itertools.chain(*rows)))
    below = run(indptr, counts, np.array([sum(row) for row in rows]), least)
    for marked, row in zip(below.tolist(), rows, strict=True):
        shares = [n / sum(row) for n in row]
        effective = np.exp(-sum(p * np.log(p) for p in shares))
        assert marked == (effective < least) or effective == pytest.approx(least, abs=1e-9)
