import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.errors import HierarchyError
from kiaim_server.model.hierarchy import Hierarchy

AGES = Hierarchy.from_columns(
    "age", [["1", "2", "12"], ["0-9", "0-9", "10-19"], ["*", "*", "*"]], ["age", "decade", "all"]
)


@st.composite
def nested_columns(draw):
    """Random trees: every level is a function of the one before it."""
    n_leaves = draw(st.integers(1, 12))
    columns = [[f"v{i}" for i in range(n_leaves)]]
    for level in range(1, draw(st.integers(1, 4))):
        groups = sorted(set(columns[-1]))
        parent = {g: f"l{level}g{draw(st.integers(0, len(groups) - 1))}" for g in groups}
        columns.append([parent[v] for v in columns[-1]])
    return columns


@given(nested_columns())
def test_every_level_says_what_its_rows_said(columns):
    hierarchy = Hierarchy.from_columns("x", columns)
    for labels, codes, column in zip(hierarchy.labels, hierarchy.maps, columns, strict=True):
        assert [labels[c] for c in codes] == column


@given(nested_columns())
def test_shares_sum_to_one_and_never_shrink_from_level_to_level(columns):
    hierarchy = Hierarchy.from_columns("x", columns)
    per_leaf = [hierarchy.share(i)[hierarchy.maps[i]] for i in range(hierarchy.n_levels)]
    for level in range(hierarchy.n_levels):
        assert hierarchy.share(level).sum() == pytest.approx(1)
    for finer, coarser in itertools.pairwise(per_leaf):
        assert (finer <= coarser + 1e-15).all()


@given(nested_columns())
def test_a_missing_value_gets_a_leaf_that_nests(columns):
    hierarchy = Hierarchy.from_columns("x", columns).with_missing()
    assert hierarchy.covers_missing
    assert hierarchy.n_leaves == len(columns[0]) + 1
    again = Hierarchy.from_columns(
        "x",
        [
            [labels[c] for c in m]
            for labels, m in zip(hierarchy.labels, hierarchy.maps, strict=True)
        ],
    )
    assert again.digest == hierarchy.digest


def test_a_missing_value_joins_the_root_but_stays_itself_below_it():
    hierarchy = AGES.with_missing()
    assert [labels[m[-1]] for labels, m in zip(hierarchy.labels, hierarchy.maps, strict=True)] == [
        None,
        None,
        "*",
    ]
    assert hierarchy.with_missing() is hierarchy


def test_the_digest_tells_different_trees_apart_and_ignores_the_attribute():
    other = Hierarchy.from_columns("age", [["1", "2", "12"], ["0-9", "0-9", "0-9"], ["*"] * 3])
    assert AGES.digest != other.digest
    assert AGES.digest == AGES.for_attribute("alter").digest


def test_levels_are_found_by_name():
    assert AGES.level_of("decade") == 1
    assert AGES.level_of("year") is None


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([], "no rows"),
        ([["a", "b"], ["*"]], "different length"),
        ([["a", "b", "a"], ["*"] * 3], "rows 1 and 3 are for the same value"),
        ([["a", "b"], ["x", "x"], ["y", "z"]], "rows 1 and 2 share their value on level 1"),
    ],
)
def test_what_is_no_tree_is_refused_with_its_rows(columns, message):
    with pytest.raises(HierarchyError, match=message):
        Hierarchy.from_columns("a", columns)


def test_a_hundred_thousand_leaves_are_no_trouble():
    leaves = [f"{i:05d}" for i in range(100_000)]
    hierarchy = Hierarchy.from_columns("zip", [leaves, [v[:3] for v in leaves], ["*"] * 100_000])
    assert hierarchy.n_leaves == 100_000
    assert np.allclose(hierarchy.share(1), 1 / 1000)


def test_a_code_is_a_group_of_its_own_below_the_root():
    plain = Hierarchy.from_columns("age", [["88", "89"], ["85-89", "85-89"], ["*", "*"]])
    coded = plain.with_code("90+")
    rows = [
        [labels[codes[i]] for labels, codes in zip(coded.labels, coded.maps, strict=True)]
        for i in range(3)
    ]
    assert rows[:2] == [["88", "85-89", "*"], ["89", "85-89", "*"]]
    assert rows[2] == ["90+", "90+", "*"]
    assert coded.with_code("90+") is coded
    with pytest.raises(HierarchyError, match="level 'level 1' has a group that is called like"):
        coded.with_code("85-89")


def test_a_missing_value_is_not_put_into_a_levels_only_band():
    hierarchy = Hierarchy.from_columns("age", [["1", "2"], ["0-9", "0-9"], ["*", "*"]])
    covered = hierarchy.with_missing()
    assert [label[m[-1]] for label, m in zip(covered.labels, covered.maps, strict=True)] == [
        None,
        None,
        "*",
    ]
