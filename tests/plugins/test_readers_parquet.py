"""The Parquet reader: types of the file, and clear words for files it cannot read."""

import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from kiaim_plugins.reading import columnar
from kiaim_plugins.reading.columnar import ParquetReader

from kiaim_server.errors import DataError


@pytest.fixture
def read(tmp_path):
    def read_table(table):
        path = tmp_path / "t.parquet"
        if isinstance(table, bytes):
            path.write_bytes(table)
        else:
            pq.write_table(table, path)
        return ParquetReader.from_parameters({}).read(path, "t.parquet")

    return read_table


def stored(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def test_types_are_those_of_the_file(read):
    table = pa.table(
        {
            "i": pa.array([1, None], pa.int16()),
            "x": [1.5, None],
            "d": [datetime.date(2020, 1, 1), None],
            "t": [datetime.datetime(2020, 1, 1, 5), None],
            "b": [True, None],
            "s": ["01067", None],
            "n": [Decimal("1.50"), None],
        }
    )
    assert read(table).equals(table)


def test_empty_text_and_nan_are_missing(read):
    table = read(pa.table({"s": ["", "x"], "x": [float("nan"), 1.0]}))
    assert table.to_pydict() == {"s": [None, "x"], "x": [None, 1.0]}


def test_dictionaries_and_null_columns_become_plain(read):
    table = pa.table(
        {"c": pa.array(["a", "", "a"]).dictionary_encode(), "n": pa.nulls(3), "k": [1, 2, 3]}
    )
    found = read(table)
    assert found.schema.types == [pa.string(), pa.string(), pa.int64()]
    assert found["c"].to_pylist() == ["a", None, "a"]


@pytest.mark.parametrize(
    "values",
    [
        [[1, 2]],
        [{"x": 1}],
        [b"bytes"],
        [datetime.time(5)],
    ],
)
def test_nested_and_binary_columns_are_refused_by_name(read, values):
    with pytest.raises(DataError, match=r"t\.parquet, column 'bad'") as caught:
        read(pa.table({"good": [1], "bad": values}))
    assert caught.value.column == "bad"


def test_broken_files_are_refused(read):
    whole = stored(pa.table({"secret": ["Zanzibar"] * 1000, "n": range(1000)}))
    for broken in (b"", b"PAR1", b"a,b\n1,2\n", whole[:-10], whole[: len(whole) // 2], whole[4:]):
        with pytest.raises(DataError, match=r"t\.parquet") as caught:
            read(broken)
        assert "Zanzibar" not in str(caught.value)
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_damage_inside_is_refused_or_harmless(read):
    table = pa.table({"s": [f"value {i}" for i in range(500)]})
    whole = stored(table)
    refused = 0
    for place in range(4, len(whole), 41):
        try:
            read(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        except DataError:
            refused += 1
    assert refused > 0


def test_text_that_is_not_utf8_is_refused(read):
    bad = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.array([0, 2], pa.int32()).buffers()[1], pa.py_buffer(b"\xff\xfe")]
    )
    with pytest.raises(DataError):
        read(pa.table({"s": bad}))


def test_too_many_cells_are_refused_before_any_is_read(read, monkeypatch):
    table = pa.table({"a": range(50), "b": range(50)})
    monkeypatch.setattr(columnar, "MAX_CELLS", 100)
    assert read(table).num_rows == 50
    monkeypatch.setattr(columnar, "MAX_CELLS", 99)
    monkeypatch.setattr(pq.ParquetFile, "read", lambda _: pytest.fail("it was read"))
    with pytest.raises(DataError) as caught:
        read(table)
    assert str(caught.value) == (
        "t.parquet: 50 records of 2 columns are 100 cells, above the limit of 99 for tables "
        "in memory; take the engine 'duckdb' (a large file gets it by itself), or leave out "
        "columns that are not needed"
    )
