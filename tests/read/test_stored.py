"""The engine that holds no record answers like the one that holds them all."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kiaim_plugins.readers import kiaim_register_readers

from kiaim_server.audit import measure_table
from kiaim_server.errors import DataError, PluginError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model import table as table_module
from kiaim_server.model.contract import Reader, StoredFile
from kiaim_server.model.table import Table
from kiaim_server.read import open_table, read_table, stored, survey
from kiaim_server.read import table as reading
from kiaim_server.read.carriers import carried, delivered
from kiaim_server.read.stored import StoredTable

HOST = PluginHost.load()
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
#: Few values each, so that some occur often.
COLUMNS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "text": (pa.string(), TEXT),
    "long": (pa.large_string(), st.sampled_from("abc")),
    "number": (pa.float64(), st.sampled_from([0.1, -2.5, 1e300, -0.0, float("nan"), 7.0])),
    "single": (pa.float32(), st.sampled_from([0.5, -0.25, -1e30])),
    "integer": (pa.int64(), st.sampled_from([-(2**63), -1, 0, 3, 2**63 - 1])),
    "natural": (pa.uint8(), st.integers(0, 255)),
    "truth": (pa.bool_(), st.booleans()),
    "day": (pa.date32(), st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31))),
    "moment": (
        pa.timestamp("ns", "Europe/Berlin"),
        st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)),
    ),
    "amount": (
        pa.decimal128(9, 2),
        st.sampled_from([Decimal("1.50"), Decimal("-3.00"), Decimal(0)]),
    ),
}


@pytest.fixture(autouse=True, scope="module")
def small_batches():
    """Three records per batch, and two values are too many to be searched one by one."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (table_module, stored):
            patch.setattr(module, "BATCH_RECORDS", 3)
        patch.setattr(stored, "_FEW", 2)
        yield


#: To be closed after each test.
OPENED: list[StoredTable] = []


@pytest.fixture(autouse=True)
def close_tables():
    yield
    while OPENED:
        OPENED.pop().close()


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    n = draw(st.integers(1, 11))
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=4, unique=True))
    columns = {}
    for name in names:
        kind, values = COLUMNS[name]
        cells = draw(st.lists(st.none() | values, min_size=n, max_size=n))
        columns[name] = pa.array(cells, kind)
    if draw(st.booleans()):
        columns["coded"] = pa.array(
            draw(st.lists(TEXT, min_size=n, max_size=n))
        ).dictionary_encode()
    return pa.table(columns)


def both(folder: Path, table: pa.Table) -> tuple[Table, StoredTable]:
    path = folder / "t.parquet"
    pq.write_table(table, path, row_group_size=4)
    opened = open_table(path, HOST, folder, engine="duckdb")
    assert isinstance(opened, StoredTable)
    OPENED.append(opened)
    return read_table(path, HOST), opened


def same(a: Any, b: Any, name: str) -> None:
    """Both tables answer every question about a column in the same way."""
    assert a.schema.field(name).type == b.schema.field(name).type
    one, other = a.distinct(name), b.distinct(name)
    assert one.values.equals(other.values)
    assert one.records.tolist() == other.records.tolist()
    assert one.missing == other.missing
    samples = [t.survey(name).sample.to_pylist() for t in (a, b)]
    assert sorted(map(repr, samples[0])) == sorted(map(repr, samples[1]))
    assert a.survey(name).n_distinct == b.survey(name).n_distinct
    assert a.survey(name).n_missing == b.survey(name).n_missing
    places = [np.concatenate([p[name] for p in t.places([name])]) for t in (a, b)]
    assert places[0].tolist() == places[1].tolist()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(table=tables(), data=st.data())
def test_both_engines_give_the_same_answers(tmp_path: Path, table: pa.Table, data: Any) -> None:
    one, other = both(tmp_path, table)
    assert one.columns == other.columns == tuple(table.column_names)
    assert one.n_records == other.n_records == table.num_rows
    assert one.n_empty == other.n_empty
    for name in table.column_names:
        same(one, other, name)
    chosen = data.draw(st.lists(st.sampled_from(one.columns), unique=True))
    batches = [list(t.batches(chosen)) for t in (one, other)]
    assert [b.num_rows for b in batches[0]] == [b.num_rows for b in batches[1]]
    assert all(a.equals(b) for a, b in zip(*batches, strict=True))
    for _ in range(2):  # what was changed can be changed again
        one, other = (_changed(t, chosen) for t in (one, other))
        for name in one.columns:
            same(one, other, name)
        pairs = zip(one.batches(one.columns), other.batches(other.columns), strict=True)
        assert all(a.equals(b) for a, b in pairs)


def _changed(table: Any, names: list[str]) -> Any:
    """The chosen columns with every second value turned into one and the same, the others kept."""
    changes: dict[str, Any] = dict.fromkeys(table.columns)
    for name in names:
        n = len(table.distinct(name).every)
        changes[name] = pa.array([None if i % 3 == 2 else f"v{i // 2}" for i in range(n)])
    return table.changed(changes)


@pytest.mark.parametrize("width", [16, 32, 64])
@given(data=st.data())
def test_carriers_of_numbers_have_their_order_and_come_back(width: Any, data: Any) -> None:
    number = st.floats(allow_nan=False, width=width)
    cells = data.draw(st.lists(number | st.none(), min_size=1))
    kind = {16: pa.float16(), 32: pa.float32(), 64: pa.float64()}[width]
    values = pa.array([None if v is None else kind.to_pandas_dtype()(v) for v in cells], kind)
    carriers = carried(values)
    assert delivered(carriers, kind).view(carriers.type).equals(values.view(carriers.type))
    known = [v for v in cells if v is not None]
    pairs = sorted(zip(carriers.drop_null().to_pylist(), known, strict=True))
    assert [v for _, v in pairs] == sorted(known)


def test_a_large_column_is_sampled_evenly_and_refused_where_each_value_matters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "MAX_DISTINCT", 2_500)
    table = pa.table({"id": [f"{(7 * i) % 3_000:05d}" for i in range(3_000)], "n": range(3_000)})
    one, other = both(tmp_path, table)
    assert other.survey("id").sample.equals(one.survey("id").sample)
    assert other.survey("n").sample.equals(one.survey("n").sample)
    assert other.survey("id").n_distinct == 3_000
    with pytest.raises(DataError, match="'id': 3000 distinct values, more than 2500"):
        other.distinct("id")


def test_values_that_are_needed_at_once_are_refused_with_the_mend(tmp_path: Path) -> None:
    _, table = both(tmp_path, pa.table({"a": [1, 2]}))
    with pytest.raises(DataError, match=r"'a': all its values .* take the engine 'memory'"):
        table.column("a")
    with pytest.raises(DataError, match="take the engine 'memory'"):
        table.changed({"a": pa.chunked_array([[3, 4]])})


def test_the_engine_is_chosen_by_size_for_files_that_can_be_read_in_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": pa.array(range(10), pa.int64()), "b": ["x"] * 10}), path)
    monkeypatch.setattr(reading, "IN_MEMORY", 10 * (8 + 20))
    assert isinstance(open_table(path, HOST, tmp_path), Table)
    monkeypatch.setattr(reading, "IN_MEMORY", 10 * (8 + 20) - 1)
    assert isinstance(open_table(path, HOST, tmp_path), StoredTable)
    assert isinstance(open_table(path, HOST, tmp_path, engine="memory"), Table)


def test_a_format_that_is_read_as_a_whole_is_refused_by_the_engine_for_large_tables(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n")
    assert isinstance(open_table(path, HOST, tmp_path), Table)
    with pytest.raises(DataError, match=r"t\.csv: the engine 'duckdb' .* convert .* to Parquet"):
        open_table(path, HOST, tmp_path, engine="duckdb")


@pytest.mark.parametrize("columns", [[], ["", "b"], ["a", "a"]])
def test_what_is_no_table_is_refused_before_a_record_is_read(tmp_path: Path, columns) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1])] * len(columns), columns), path)
    with pytest.raises(DataError):
        open_table(path, HOST, tmp_path, engine="duckdb")


def test_columns_with_dots_in_their_names_stay_apart(tmp_path: Path) -> None:
    one, other = both(tmp_path, pa.table({"a": [1, 2], "a.b": [3, 4], "a.b.c": [5, 6]}))
    for name in one.columns:
        same(one, other, name)


def test_a_file_that_changes_on_the_way_is_no_longer_the_one_that_was_opened(
    tmp_path: Path,
) -> None:
    _, table = both(tmp_path, pa.table({"a": ["x", "y"]}))
    table.distinct("a")
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": ["x", "z"]}), path)
    os.utime(path, (1, 1))
    with pytest.raises(DataError, match="changed while it was read"):
        list(table.places(["a"]))


class Fickle(StoredFile):
    """States two records, and gives others on every reading."""

    schema = pa.schema([("a", pa.string())])
    n_records = 2

    def __init__(self, *readings: Any) -> None:
        self.readings = list(readings)

    def batches(self, columns, size):
        found = self.readings.pop(0)
        if isinstance(found, Exception):
            raise found
        yield pa.record_batch([pa.array(found)], names=["a"])


@pytest.mark.parametrize(
    ("second", "error", "message"),
    [
        (["x", "secret"], DataError, "changed while it was read"),
        (["x", None], DataError, "changed while it was read"),
        (["x"], DataError, "does not hold as many records"),
        ([1, 2], PluginError, "gave columns of other types"),
        (RuntimeError("secret"), PluginError, "failed with RuntimeError"),
    ],
)
def test_a_reader_that_does_not_give_the_same_twice_is_convicted(
    tmp_path: Path, second: Any, error: type[Exception], message: str
) -> None:
    path = tmp_path / "t.own"
    path.touch()
    table = StoredTable.open(path, "t.own", Fickle(["x", "y"], second), tmp_path)
    table.distinct("a")
    with pytest.raises(error, match=message) as caught:
        list(table.places(["a"]))
    assert "secret" not in str(caught.value)


def test_a_reader_that_fails_while_values_are_counted_is_named_as_it_failed(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.own"
    path.touch()
    table = StoredTable.open(path, "t.own", Fickle(RuntimeError("secret")), tmp_path)
    with pytest.raises(PluginError, match="failed with RuntimeError") as caught:
        table.survey("a")
    assert "secret" not in str(caught.value)


def test_readers_offer_batches_only_where_they_can() -> None:
    offering = {r.name for r in kiaim_register_readers() if r.open is not Reader.open}
    assert offering == {"parquet"}


def test_a_table_is_measured_alike_whether_or_not_it_is_held(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    columns = {name: random.integers(0, 3, 40).astype(str) for name in ("a", "b", "ill")}
    one, other = both(tmp_path, pa.table({**columns, "day": [dt.date(2024, 1, 1)] * 40}))
    for quasi in ((), ("a",), ("b", "day", "a")):
        expected = measure_table(one.arrow, quasi=quasi, sensitive=("ill",))
        assert measure_table(one, quasi=quasi, sensitive=("ill",)) == expected
        assert measure_table(other, quasi=quasi, sensitive=("ill",)) == expected
    assert measure_table(other)["records"] == 40
