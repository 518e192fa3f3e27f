"""Which sets of columns single out records, against counting from the definition."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.classify import Limits, single_out
from kiaim_server.errors import DataError
from kiaim_server.kernels.singling import split_by
from kiaim_server.model.records import Distinct, Records
from kiaim_server.model.table import Table

ROWS = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.tuples(*[st.sampled_from([None, "a", "b", "c"])] * width), min_size=1, max_size=25
    )
)


def table_of(rows: list[tuple[object, ...]]) -> Table:
    columns = zip(*rows, strict=True)
    return Table("t", pa.table({f"c{i}": pa.array(column) for i, column in enumerate(columns)}))


def singled(rows: list[tuple[object, ...]], chosen: tuple[int, ...], persons: list[int]) -> int:
    """Records whose values in the chosen columns nobody else has, from the definition."""
    values = [tuple(row[i] for i in chosen) for row in rows]
    return sum(
        all(persons[j] == persons[i] for j in range(len(rows)) if values[j] == values[i])
        for i in range(len(rows))
    )


def everything(rows: list[tuple[object, ...]], persons: list[int]) -> dict[tuple[str, ...], int]:
    varying = [i for i in range(len(rows[0])) if len({row[i] for row in rows}) > 1]
    return {
        tuple(f"c{i}" for i in chosen): singled(rows, chosen, persons)
        for size in range(1, len(varying) + 1)
        for chosen in combinations(varying, size)
    }


@given(ROWS, st.booleans(), st.data())
@settings(max_examples=150, deadline=None)
def test_every_set_is_counted_as_by_definition(rows, by_person, data) -> None:
    persons = list(range(len(rows)))
    columns = [f"c{i}" for i in range(len(rows[0]))]
    table = table_of(rows)
    if by_person:
        persons = data.draw(
            st.lists(st.integers(0, 4), min_size=len(rows), max_size=len(rows)), label="persons"
        )
        table = Table("t", table.arrow.append_column("who", pa.array(persons)))
    expected = everything(rows, persons)
    found = single_out(table, columns, "who" if by_person else None)
    keys = {columns for columns, n in expected.items() if n == len(rows)}
    minimal = {k for k in keys if not any(set(other) < set(k) for other in keys)}
    assert {key.columns for key in found.keys} == {k for k in minimal if len(k) <= 4}
    for size in found.sizes:
        of_size = {c: n for c, n in expected.items() if len(c) == size.size}
        known = [c for c in of_size if any(set(k) < set(c) for k in minimal)]
        looked_at = {c: n for c, n in of_size.items() if n and c not in known}
        ranked = sorted(looked_at.items(), key=lambda item: (-item[1], item[0]))
        assert (size.n_sets, size.n_known) == (len(of_size), len(known))
        assert [(s.columns, s.singled_out) for s in size.best] == ranked[:5]
    assert found.complete
    assert (found.n_records, found.by_person) == (len(rows), by_person)


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_distinction_and_separation_are_those_of_the_definition(rows) -> None:
    n = len(rows)
    found = single_out(table_of(rows), [f"c{i}" for i in range(len(rows[0]))])
    for column_set in (s for size in found.sizes for s in size.best):
        chosen = [int(name[1:]) for name in column_set.columns]
        sizes = Counter(tuple(row[i] for i in chosen) for row in rows)
        pairs = sum(
            any(rows[a][i] != rows[b][i] for i in chosen) for a in range(n) for b in range(a)
        )
        assert column_set.distinction == pytest.approx(len(sizes) / n)
        assert column_set.separation == pytest.approx(pairs / (n * (n - 1) / 2) if n > 1 else 1.0)


def test_sets_that_hold_a_key_are_known_without_looking() -> None:
    rows = [(i, i % 2, i % 3, i % 5) for i in range(30)]
    found = single_out(table_of(rows), ["c0", "c1", "c2", "c3"])
    assert [key.columns for key in found.keys] == [("c0",), ("c1", "c2", "c3")]
    assert [(s.n_sets, s.n_known) for s in found.sizes] == [(4, 0), (6, 3), (4, 3), (1, 1)]


def test_limits_leave_out_the_columns_with_the_fewest_values_and_say_so() -> None:
    chance = np.random.default_rng(1)
    rows = [tuple(chance.integers(0, 12 - i, 12).tolist()) for i in range(8)]
    table = table_of(list(zip(*[list(r) for r in rows], strict=True)))
    names = list(table.columns)
    found = single_out(table, names, limits=Limits(sets=8 + comb_of(4, 2)))
    assert [(s.size, s.among) for s in found.sizes] == [(1, 8), (2, 4)]
    assert not found.complete
    kept = set(found.columns[:4])
    assert all(set(s.columns) <= kept for s in found.sizes[1].best)
    assert [s.among for s in single_out(table, names, limits=Limits(visits=12 * 8)).sizes] == [8]


def comb_of(n: int, k: int) -> int:
    return len(list(combinations(range(n), k)))


def test_a_larger_table_is_looked_at_in_even_steps_and_labelled() -> None:
    table = table_of([(i, i % 7) for i in range(100)])
    found = single_out(table, ["c0", "c1"], limits=Limits(records=30))
    assert (found.n_records, found.n_table, found.complete) == (25, 100, False)
    assert found.keys[0].columns == ("c0",)


class _Batched(Records):
    """A table that gives its places in uneven batches, and refuses one column."""

    name = "t"

    def __init__(self, table: Table, refused: str = "") -> None:
        self.table, self.refused = table, refused

    schema = property(lambda self: self.table.schema)
    n_records = property(lambda self: self.table.n_records)
    n_empty = property(lambda self: self.table.n_empty)

    def column(self, name):
        raise AssertionError

    survey = batches = changed = column

    def distinct(self, name) -> Distinct:
        if name == self.refused:
            raise DataError("too many", column=name)
        return self.table.distinct(name)

    def places(self, names):
        (whole,) = self.table.places(names)
        for start, stop in ((0, 7), (7, 8), (8, 40), (40, 100)):
            yield {name: places[start:stop] for name, places in whole.items()}


def test_batches_give_the_answer_of_the_whole_table() -> None:
    table = table_of([(i // 2, i % 7, i % 3) for i in range(100)])
    for limits in (Limits(), Limits(records=30)):
        whole = single_out(table, ["c0", "c1", "c2"], limits=limits)
        assert single_out(_Batched(table), ["c0", "c1", "c2"], limits=limits) == whole


def test_columns_with_too_many_values_are_left_out_and_named() -> None:
    table = table_of([(i // 2, i % 7, i % 3) for i in range(100)])
    found = single_out(_Batched(table, "c1"), ["c0", "c1", "c2"])
    assert found.left_out == ("c1",)
    assert set(found.columns) == {"c0", "c2"}
    assert not found.complete


def test_constant_columns_and_no_columns_single_out_nobody() -> None:
    found = single_out(table_of([("x",), ("x",)]), ["c0"])
    assert (found.sizes, found.keys, found.columns, found.complete) == ((), (), (), True)
    assert single_out(table_of([("x",)]), []).sizes == ()


def test_it_can_be_stopped() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        single_out(table_of([("x", 1), ("y", 2)]), ["c0", "c1"], check=stop)


@pytest.mark.parametrize("run", [split_by, split_by.py_func], ids=["compiled", "python"])
def test_classes_are_split_in_order_and_those_of_one_person_left_behind(run) -> None:
    order = np.array([0, 1, 2, 3, 4, 5], np.int32)
    starts = np.array([0, 4, 6], np.int64)
    codes = np.array([1, 0, 1, 0, 2, 2], np.int32)
    persons = np.array([0, 1, 0, 2, 3, 4], np.int32)
    new_order, new_starts, singled, n_classes, pairs = run(order, starts, codes, persons, 3, True)
    assert new_order.tolist() == [1, 3, 4, 5]
    assert new_starts.tolist() == [0, 2, 4]
    assert (singled, n_classes, pairs) == (2, 3, 6)
    counted = run(order, starts, codes, persons, 3, False)
    assert counted[2:] == (2, 3, 6)
    assert not len(counted[0])
    records = run(order, starts, codes, np.empty(0, np.int32), 3, True)
    assert records[0].tolist() == [0, 2, 1, 3, 4, 5]
    assert records[2:] == (0, 3, 6)
