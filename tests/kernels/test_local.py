"""The kernels of local recoding against their definitions in plain Python, compiled and not."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.kernels import local


def _both(kernel):
    """The kernel as compiled, and as the Python function that it was made of."""
    return pytest.mark.parametrize("run", [kernel, kernel.py_func], ids=["compiled", "python"])


@st.composite
def tables(draw: st.DrawFn):
    """Up to twelve tuples in two columns of six leaves: pairs, halves, maybe a root."""
    n = draw(st.integers(1, 12))
    leaf = st.integers(0, 5)
    rows = np.array([(draw(leaf), 6 + draw(leaf)) for _ in range(n)], dtype=np.int32)
    up = np.array([[i, i // 2, i // 4, 0] for i in range(6)] * 2, dtype=np.int32)
    cost = np.array([[0.0, 1.0, 2.0, np.inf]] * 6 + [[0.0, 0.5, 3.0, np.inf]] * 6)
    if draw(st.booleans()):  # the third level is the root
        up[:, 2] = 0
    counts = np.array(draw(st.lists(st.integers(1, 4), min_size=n, max_size=n)), dtype=np.int64)
    return rows, up, cost, counts


def common(up, first, second):
    """Lowest common levels of two tuples, column by column."""
    return [
        next(level for level in range(up.shape[1]) if up[a, level] == up[b, level])
        for a, b in zip(first, second, strict=True)
    ]


def joint_levels(up, rows, levels, i, j):
    return np.maximum.reduce([levels[i], levels[j], common(up, rows[i], rows[j])])


def cost_of(cost, rows, levels):
    return float(sum(cost[row, level] for row, level in zip(rows, levels, strict=True)))


@_both(local.common_levels)
@given(table=tables(), data=st.data())
@settings(max_examples=50, deadline=None)
def test_common_levels_are_those_of_all_tuples_of_a_cluster(run, table, data) -> None:
    rows, up, _, _ = table
    of_tuple = np.array([data.draw(st.integers(0, 2)) for _ in rows], dtype=np.int64)
    numbers, first, of_tuple = np.unique(of_tuple, return_index=True, return_inverse=True)
    levels = run(of_tuple.astype(np.int64), rows, up, first.astype(np.int64))
    for c in range(len(numbers)):
        members = np.flatnonzero(of_tuple == c)
        pairs = itertools.product(members, members)
        expected = np.max([common(up, rows[a], rows[b]) for a, b in pairs], axis=0)
        assert levels[c].tolist() == expected.tolist()


@_both(local.nearest)
@given(table=tables())
@settings(max_examples=50, deadline=None)
def test_the_nearest_cluster_raises_the_mean_cost_least(run, table) -> None:
    rows, up, cost, sizes = table
    levels, own = np.zeros_like(rows), np.zeros(len(rows))
    asking = np.arange(len(rows), dtype=np.int64)
    rise, partner = run(asking, rows, levels, sizes, own, up, cost)
    for i in asking.tolist():
        expected = (
            min(
                (cost_of(cost, rows[i], joint_levels(up, rows, levels, i, j)), j)
                for j in [*(set(asking.tolist()) - {i}), i]
                if j != i
            )
            if len(rows) > 1
            else (np.inf, -1)
        )
        assert rise[i] == expected[0]
        assert partner[i] == (expected[1] if np.isfinite(expected[0]) else -1)


@_both(local.complements)
@given(table=tables(), data=st.data())
@settings(max_examples=50, deadline=None)
def test_a_complement_balances_records_at_the_least_cost_of_each(run, table, data) -> None:
    rows, up, cost, sizes = table
    levels, own = np.zeros_like(rows), np.zeros(len(rows))
    said = np.array([data.draw(st.integers(0, int(size))) for size in sizes], dtype=np.float64)
    counts = np.stack([said, sizes - said], axis=1)
    reference = counts.sum(axis=0) / sizes.sum()
    asking = np.arange(len(rows), dtype=np.int64)
    rise, partner = run(asking, rows, levels, sizes, own, up, cost, counts, reference)

    def wrong(values):
        return np.maximum(values - reference * values.sum(), 0).sum()

    for i in asking.tolist():
        ratios = []
        for j in set(asking.tolist()) - {i}:
            balanced = wrong(counts[i]) + wrong(counts[j]) - wrong(counts[i] + counts[j])
            joint = cost_of(cost, rows[i], joint_levels(up, rows, levels, i, j))
            if balanced > 1e-9 and np.isfinite(joint):
                ratios.append((joint * (sizes[i] + sizes[j]) / balanced, joint, j))
        if partner[i] < 0:
            assert not ratios
            assert rise[i] == np.inf
        else:
            own_ratio = next(r for r in ratios if r[2] == partner[i])
            assert own_ratio[0] == pytest.approx(min(ratios)[0])
            assert rise[i] == pytest.approx(own_ratio[1])


@_both(local.agglomerate)
@given(table=tables(), least=st.integers(2, 6))
@settings(max_examples=50, deadline=None)
def test_agglomeration_ends_with_clusters_that_are_large_or_cannot_grow(run, table, least) -> None:
    rows, up, cost, counts = table
    levels, sizes, own = np.zeros_like(rows), counts.copy(), np.zeros(len(rows))
    part_of = run(least, rows, levels, sizes, own, up, cost)
    roots = sorted(set(part_of.tolist()))
    assert all(part_of[root] == root for root in roots)
    small = []
    for root in roots:
        members = np.flatnonzero(part_of == root)
        assert sizes[root] == counts[members].sum()
        pairs = itertools.product(members, members)
        expected = np.max([common(up, rows[a], rows[b]) for a, b in pairs], axis=0)
        assert levels[root].tolist() == expected.tolist()
        assert own[root] == pytest.approx(cost_of(cost, rows[root], levels[root]))
        if len(members) > 1:  # no part of it was large already
            assert np.isfinite(own[root])
            assert all(counts[member] < least for member in members)
        if sizes[root] < least:
            small.append(root)
    for a, b in itertools.combinations(small, 2):
        assert not np.isfinite(cost_of(cost, rows[a], joint_levels(up, rows, levels, a, b)))


@_both(local.move_tuples)
@given(table=tables(), data=st.data(), least=st.integers(1, 4), once=st.integers(0, 1))
@settings(max_examples=80, deadline=None)
def test_tuples_move_to_cheaper_clusters_that_cover_them(run, table, data, least, once) -> None:
    rows, up, cost, counts = table
    of_tuple = np.array([data.draw(st.integers(0, 3)) for _ in rows], dtype=np.int64)
    _, first, of_tuple = np.unique(of_tuple, return_index=True, return_inverse=True)
    of_tuple, first = of_tuple.astype(np.int64), first.astype(np.int64)
    n = len(first)
    levels = local.common_levels(of_tuple, rows, up, first)
    crows = rows[first].copy()
    own = np.array([cost_of(cost, crows[c], levels[c]) for c in range(n)])
    sizes = np.bincount(of_tuple, weights=counts, minlength=n).astype(np.int64)
    good = ((sizes >= least) & np.isfinite(own)).astype(np.int32)
    members = np.argsort(of_tuple, kind="stable").astype(np.int64)
    start = np.searchsorted(of_tuple[members], np.arange(n + 1)).astype(np.int64)
    depth = up.shape[1]
    nodes = [up[crows[:, q], levels[:, q]].astype(np.int64) * depth + levels[:, q] for q in (0, 1)]
    key = nodes[0] * 64 + nodes[1]
    listed = np.lexsort((own, key)).astype(np.int64)
    keys, begin = np.unique(key[listed], return_index=True)
    after, left = of_tuple.copy(), sizes.copy()
    change = run(
        *(least, once, after, counts, rows, good, crows, levels, left, own),
        *(np.argsort(own, kind="stable").astype(np.int64), start, members, up),
        *(np.array([0, 1, 64]), keys, np.append(begin, n).astype(np.int64), listed),
    )
    assert ((change >= 0) == (after != of_tuple)).all()
    assert (left == np.bincount(after, weights=counts, minlength=n)).all()
    for t in np.flatnonzero(change >= 0):
        d = after[t]
        assert good[d]
        assert all(up[rows[t, q], levels[d, q]] == up[crows[d, q], levels[d, q]] for q in (0, 1))
    kept = good == 1
    assert (left[kept][left[kept] > 0] >= least).all()
    stayed = np.where(good[of_tuple] == 1, own[of_tuple], np.inf)
    spent = counts * np.minimum(stayed, 1e6)
    assert (counts * np.minimum(own[after], 1e6)).sum() <= spent.sum() + 1e-9
    if once:
        for c in range(n):
            touched = set(change[(after == c) & (change >= 0)].tolist())
            if good[c]:
                touched |= set(change[(of_tuple == c) & (change >= 0)].tolist())
                assert len(touched) <= 1
