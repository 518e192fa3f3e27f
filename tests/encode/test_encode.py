"""Encoding and counting: every value finds its place or is reported."""

from __future__ import annotations

import datetime
from collections import Counter
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.encode import count_batches, count_tuples, encode_table
from kiaim_server.errors import DataError, HierarchyError, ParameterError
from kiaim_server.model.encoded import EncodedTable, QuasiColumn, SensitiveColumn
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.table import Table


def _table(**columns) -> Table:
    return Table("t.csv", pa.table(columns))


def _tree(name, *levels) -> Hierarchy:
    return Hierarchy.from_columns(name, levels)


ZIP = _tree("zip", ["01067", "1067", "80331"], ["0*", "1*", "8*"], ["*"] * 3)


def _decoded(encoded: EncodedTable, place: int = 0) -> list[str | None]:
    column = encoded.quasi[place]
    return column.hierarchy.labels[0][column.codes].tolist()


def test_text_keeps_leading_zeros_apart() -> None:
    encoded = encode_table(_table(zip=["1067", "01067", "80331", "1067"]), [ZIP], {})
    assert _decoded(encoded) == ["1067", "01067", "80331", "1067"]
    assert encoded.quasi[0].codes.dtype == np.int32
    assert encoded.quasi[0].hierarchy is ZIP


@pytest.mark.parametrize(
    ("values", "leaves"),
    [
        (pa.array([39, 7], pa.int8()), ["7", "39"]),
        (pa.array([39.0, 7.5]), ["7.5", "39"]),
        (pa.array([39.0, 7.5], pa.float32()), ["7.50", "39.0"]),
        (pa.array([Decimal("39.00"), Decimal("7.50")]), ["7.5", "39"]),
        (pa.array([datetime.date(2024, 2, 29), None]), [None, "2024-02-29"]),
        (pa.array([True, False]), ["false", "true"]),
        (pa.array(["b", "a"]).dictionary_encode(), ["a", "b"]),
        (pa.chunked_array([["b"], [], ["a"]]), ["a", "b"]),
    ],
)
def test_values_of_every_type_are_matched(values, leaves) -> None:
    encoded = encode_table(_table(x=values), [_tree("x", leaves)], {})
    assert encoded.quasi[0].codes.tolist() == [1, 0]


def test_a_missing_value_gets_a_row_of_its_own_only_where_one_is_missing() -> None:
    encoded = encode_table(_table(zip=["1067", None, "1067"]), [ZIP], {})
    assert _decoded(encoded) == ["1067", None, "1067"]
    assert encoded.quasi[0].hierarchy.n_leaves == 4


def test_values_outside_the_hierarchy_are_counted_and_at_most_five_are_named() -> None:
    with pytest.raises(HierarchyError) as caught:
        encode_table(_table(zip=["1067", *"abcdefg", "a"]), [ZIP], {})
    message = str(caught.value)
    assert "'zip' lacks 7 values that occur in 8 of 9 records" in message
    assert "'a', 'b', 'c', 'd', 'e' and 2 more" in message
    assert "'f'" not in message
    assert "add a row" in message


def test_one_value_outside_is_spoken_of_in_the_singular() -> None:
    with pytest.raises(HierarchyError, match="lacks 1 value that occurs in 1 of 2 records: 'x';"):
        encode_table(_table(zip=["1067", "x"]), [ZIP], {})


def test_a_number_that_could_be_two_leaves_is_refused() -> None:
    with pytest.raises(HierarchyError, match="two rows are for the number"):
        encode_table(_table(x=[1.0]), [_tree("x", ["1", "1.00"])], {})


def test_not_a_number_is_no_leaf() -> None:
    with pytest.raises(HierarchyError, match="lacks 1 value"):
        encode_table(_table(x=[1.0, float("nan")]), [_tree("x", ["1"])], {})


def test_an_unknown_column_is_named_with_those_that_exist() -> None:
    with pytest.raises(DataError, match="no column is called 'zip'; there are: x"):
        encode_table(_table(x=["1"]), [ZIP], {})


@pytest.mark.parametrize(
    ("order", "labels"),
    [
        (None, ["10", "9", "9.5", None]),
        ("lexical", ["10", "9", "9.5", None]),
        ("numeric", ["9", "9.5", "10", None]),
        (("9.5", "11", "9", "10"), ["9.5", "9", "10", None]),
    ],
)
def test_sensitive_values_are_numbered_in_their_order_the_missing_one_last(order, labels) -> None:
    encoded = encode_table(_table(ill=["9", None, "10", "9.5", "9"]), [], {"ill": order})
    (column,) = encoded.sensitive
    assert column.labels.tolist() == labels
    assert column.labels[column.codes].tolist() == ["9", None, "10", "9.5", "9"]
    assert column.ordered == (order is not None)


@pytest.mark.parametrize("order", ["numeric", ("mild", "severe")])
def test_values_that_do_not_fit_the_order_are_counted_but_not_named(order) -> None:
    fitting = "3" if order == "numeric" else "mild"
    with pytest.raises(DataError, match="1 distinct values, in 2 records") as caught:
        encode_table(_table(ill=["secret", "secret", fitting]), [], {"ill": order})
    assert "secret" not in str(caught.value)


def test_an_order_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterError, match="numeric, lexical or a list"):
        encode_table(_table(ill=["a"]), [], {"ill": "size"})


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=30
    )
)
def test_tuples_are_the_distinct_records_with_counts(records) -> None:
    a, b, ill = (np.array(c, dtype=np.int32) for c in zip(*records, strict=True))
    trees = [_tree(n, [f"{n}{i}" for i in range(4)]) for n in "ab"]
    labels = np.array(["x", "y", "z"], dtype=object)
    encoded = EncodedTable(
        (QuasiColumn(trees[0], a), QuasiColumn(trees[1], b)),
        (SensitiveColumn("ill", labels, ill),),
        len(records),
    )
    tuples = count_tuples(encoded)
    expected = sorted(Counter(r[:2] for r in records).items())
    assert list(zip(*tuples.codes.tolist(), strict=True)) == [key for key, _ in expected]
    assert tuples.counts.tolist() == [n for _, n in expected]
    assert [tuple(tuples.codes[:, t]) for t in tuples.record_tuple] == [r[:2] for r in records]
    values = tuples.sensitive["ill"]
    assert values.reference.tolist() == np.bincount(ill, minlength=3).tolist()
    for t, (key, _) in enumerate(expected):
        part = slice(values.indptr[t], values.indptr[t + 1])
        found = list(zip(values.values[part].tolist(), values.counts[part].tolist(), strict=True))
        assert found == sorted(Counter(r[2] for r in records if r[:2] == key).items())


def test_thirty_wide_columns_do_not_overflow() -> None:
    """The product of the domains is far beyond 64 bits."""
    random = np.random.default_rng(5)
    rows = random.integers(0, 100_000, size=(40, 30), dtype=np.int32)
    rows = np.vstack([rows, rows[:7]])
    tree = _tree("x", [str(i) for i in range(100_000)])
    quasi = tuple(QuasiColumn(tree, rows[:, i].copy()) for i in range(30))
    tuples = count_tuples(EncodedTable(quasi, (), 47))
    assert tuples.n_tuples == 40
    assert sorted(tuples.counts.tolist()) == [1] * 33 + [2] * 7
    assert (rows == tuples.codes[:, tuples.record_tuple].T).all()


def test_without_quasi_identifiers_all_records_are_one_tuple() -> None:
    tuples = count_tuples(encode_table(_table(x=["a", "b"]), [], {}))
    assert tuples.counts.tolist() == [2]
    assert tuples.codes.shape == (0, 1)


def _part(encoded: EncodedTable, records: slice) -> EncodedTable:
    return EncodedTable(
        tuple(QuasiColumn(c.hierarchy, c.codes[records]) for c in encoded.quasi),
        tuple(SensitiveColumn(c.name, c.labels, c.codes[records]) for c in encoded.sensitive),
        len(range(*records.indices(encoded.n_records))),
        subset=None if encoded.subset is None else encoded.subset[records],
    )


@given(st.data())
def test_batches_of_any_size_count_as_the_whole(data) -> None:
    """Also where one key cannot hold all columns, so that numbers are carried between batches."""
    n, width = data.draw(st.integers(1, 60)), data.draw(st.integers(0, 9))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    wide = data.draw(st.booleans())
    tree = _tree("x", [str(i) for i in range(100_000)]) if wide else _tree("x", list("abc"))
    codes = random.integers(0, 3, size=(width, n)).astype(np.int32) * (33_333 if wide else 1)
    ill = random.integers(0, 4, size=n).astype(np.int32)
    subset = random.random(n) < 0.6 if data.draw(st.booleans()) else None
    labels = np.array(["a", "b", "c", "d"], dtype=object)
    encoded = EncodedTable(
        tuple(QuasiColumn(tree, c) for c in codes),
        (SensitiveColumn("ill", labels, ill),),
        n,
        subset=subset,
    )
    step = data.draw(st.integers(1, n))
    parts = (_part(encoded, slice(i, min(i + step, n))) for i in range(0, n, step))
    found, whole = count_batches(parts, n), count_tuples(encoded)
    expected = Counter(zip(*codes.tolist(), strict=True)) if width else {(): n}
    assert found.n_tuples == len(expected)
    for name in ("codes", "counts", "record_tuple"):
        assert (getattr(found, name) == getattr(whole, name)).all()
    assert (codes == found.codes[:, found.record_tuple]).all()
    for name in ("indptr", "values", "counts", "reference"):
        mine, other = found.sensitive["ill"], whole.sensitive["ill"]
        assert getattr(mine, name).tolist() == getattr(other, name).tolist()
    chosen = np.arange(n) if subset is None else np.flatnonzero(subset)
    pairs = Counter(zip(found.record_tuple[chosen].tolist(), ill[chosen].tolist(), strict=True))
    rows = np.repeat(np.arange(found.n_tuples), np.diff(mine.indptr)).tolist()
    keys = zip(rows, mine.values.tolist(), strict=True)
    assert dict(zip(keys, mine.counts.tolist(), strict=True)) == dict(pairs)
