"""The recount reads what is in the file, and nothing but the file."""

from __future__ import annotations

import csv
import io
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiaim_server.audit import Layout, recount, recount_table
from kiaim_server.audit.database import open_database
from kiaim_server.errors import DataError


def _file(folder, text, name="data.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_classes_are_records_that_agree_in_all_quasi_identifiers(tmp_path):
    path = _file(tmp_path, "age,sex,d\n1,f,x\n1,f,y\n1,m,x\n2,m,x\n2,m,x\n")
    counted = recount(path, Layout("csv", ("age", "sex"), ("d",)))
    assert counted.columns == ("age", "sex", "d")
    assert counted.records == 5
    assert counted.class_sizes == ((1, 1), (2, 2))
    values = counted.sensitive["d"]
    assert values.reference.tolist() == [4, 1]
    per_class = [
        dict(zip(values.values[a:b].tolist(), values.counts[a:b].tolist(), strict=True))
        for a, b in zip(values.indptr[:-1], values.indptr[1:], strict=True)
    ]
    assert per_class == [{0: 1, 1: 1}, {0: 1}, {0: 2}]
    assert counted.sizes.tolist() == [2, 1, 2]


def test_a_missing_value_is_a_value_of_its_own(tmp_path):
    path = _file(tmp_path, 'q,s\n,a\n"",a\nx,\nx,b\n')
    counted = recount(path, Layout("csv", ("q",), ("s",)))
    assert counted.class_sizes == ((2, 2),)
    assert counted.sensitive["s"].reference.tolist() == [2, 1, 1]  # a, b, missing


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_names_are_taken_literally(tmp_path, format):
    names = ["Age", "age", 'quote "x"', "'; DROP TABLE records; --", "two\nlines", "c0"]
    table = pa.table([[str(i), str(i % 2)] * 2 for i in range(len(names))], names=names)
    path = tmp_path / f"data.{format}"
    if format == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows([names, *zip(*table.to_pydict().values(), strict=True)])
        _file(tmp_path, text.getvalue())
    else:
        pq.write_table(table, path)
    counted = recount(path, Layout(format, ("age", names[3]), (names[2], "two\nlines", "c0")))
    assert counted.columns == tuple(names)
    assert counted.class_sizes == ((2, 2),)
    assert set(counted.sensitive) == {names[2], "two\nlines", "c0"}


def test_a_file_may_lie_where_its_path_looks_like_a_pattern(tmp_path):
    folder = tmp_path / "[a]*?"
    folder.mkdir()
    assert recount(_file(folder, "q\n1\n"), Layout("csv", ("q",))).records == 1


def test_starred_records_are_suppressed_only_if_there_are_said_to_be_any(tmp_path):
    path = _file(tmp_path, "a,b,s\n1,1,x\n1,1,x\n*,*,y\n*,1,y\n")
    starred = recount(path, Layout("csv", ("a", "b"), ("s",), "star", 1))
    assert (starred.starred, starred.class_sizes) == (1, ((1, 1), (2, 1)))
    assert starred.sensitive["s"].reference.tolist() == [2, 2]  # suppressed records are in it
    assert starred.sensitive["s"].counts.sum() == 3
    none_claimed = recount(path, Layout("csv", ("a", "b"), ("s",), "star", 0))
    dropped = recount(path, Layout("csv", ("a", "b"), ("s",), "drop", 1))
    for counted in (none_claimed, dropped):
        assert (counted.starred, counted.class_sizes) == (0, ((1, 2), (2, 1)))


def test_without_quasi_identifiers_all_records_are_one_class(tmp_path):
    path = _file(tmp_path, "s\na\nb\na\n")
    counted = recount(path, Layout("csv", (), ("s",), "star", 1))
    assert counted.sizes.tolist() == [3]
    assert counted.starred == 0
    assert counted.sensitive["s"].counts.tolist() == [2, 1]


@pytest.mark.parametrize("quasi", [(), ("q",)])
def test_a_file_without_records_has_no_class(tmp_path, quasi):
    counted = recount(_file(tmp_path, "q,s\n"), Layout("csv", quasi, ("s",)))
    assert counted.records == 0
    assert counted.sizes.tolist() == []
    assert counted.sensitive["s"].indptr.tolist() == [0]
    unasked = recount(_file(tmp_path, "q,s\n"), Layout("csv", quasi))
    assert (unasked.records, unasked.sizes.tolist()) == (0, [])


@pytest.mark.parametrize(
    ("order", "ascending"),
    [
        ("numeric", ["9", "20", "100"]),
        ("lexical", ["100", "20", "9"]),
        (("20", "9", "100"), ["20", "9", "100"]),
        (None, ["100", "20", "9"]),
    ],
)
def test_codes_follow_the_stated_order_and_the_missing_value_is_last(tmp_path, order, ascending):
    times = {"9": 1, "100": 2, "20": 3, "": 4}
    text = "q,s\n" + "".join(f"1,{value}\n" * n for value, n in times.items())
    orders = {"s": order} if order else {}
    counted = recount(_file(tmp_path, text), Layout("csv", ("q",), ("s",), orders=orders))
    assert counted.orders == orders
    assert counted.sensitive["s"].reference.tolist() == [times[v] for v in [*ascending, ""]]


@pytest.mark.parametrize("order", ["numeric", ("a", "b")])
def test_values_that_do_not_fit_the_order_are_counted_not_shown(tmp_path, order):
    path = _file(tmp_path, "q,s\n1,a\n1,secret\n1,nan\n")
    counted = recount(path, Layout("csv", ("q",), ("s",), orders={"s": order}))
    assert "s" not in counted.orders
    assert counted.unordered["s"].startswith(("3 of its values", "2 of its values"))
    assert "secret" not in counted.unordered["s"]


def test_an_order_that_is_not_known_is_not_taken_for_another(tmp_path):
    path = _file(tmp_path, "q,s\n1,a\n")
    counted = recount(path, Layout("csv", ("q",), ("s",), orders={"s": "alphabetic"}))
    assert counted.orders == {}
    assert counted.unordered == {"s": "no such order is known"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"q,s\n1\n",
        b"q,s\n1,2,3\n",
        b'q,s\n1,"unclosed',
        b"q,s\n1,\xff\xfe\n",
        b"q\xff,s\n1,2\n",
    ],
)
def test_a_broken_file_is_an_error_without_cells(tmp_path, content):
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"^data\.csv: ") as caught:
        recount(path, Layout("csv", ("q",), ("s",)))
    assert "unclosed" not in str(caught.value)


def test_a_truncated_parquet_file_is_an_error(tmp_path):
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table({"q": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="structure is broken"):
        recount(path, Layout("parquet", ("q",)))


def test_a_column_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="'zip' was to be there once, but is there nowhere"):
        recount(_file(tmp_path, "q\n1\n"), Layout("csv", ("zip",)))


def test_the_database_reaches_no_other_file(tmp_path):
    allowed, other = _file(tmp_path, "q\n1\n"), _file(tmp_path, "q\n1\n", "other.csv")
    for statement in (
        f"SELECT * FROM '{other}'",  # noqa: S608
        "SELECT * FROM 'https://example.org/data.csv'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        f"COPY (SELECT 1) TO '{tmp_path}/written.csv'",
    ):
        with (
            pytest.raises(DataError, match=r"^data\.csv: "),
            open_database(allowed, "data.csv") as database,
        ):
            database.execute(statement)
    assert not (tmp_path / "written.csv").exists()


cells = st.sampled_from(["", "*", "a", "b", "a,b", 'q"', "line\nbreak", " a", "1", "01"])
rows = st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=25)


@given(rows, st.sampled_from(["csv", "parquet", "table"]))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_way_in_counts_as_plain_python_does(tmp_path, records, way):
    """Whatever the cells, the classes are those of a Counter over the tuples."""
    columns = [[row[i] or None for row in records] for i in range(3)]
    table = pa.table([pa.array(c, pa.string()) for c in columns], names=["a", "b", "s"])
    layout = Layout("parquet" if way == "parquet" else "csv", ("a", "b"), ("s",), "star", 1)
    if way == "table":
        counted = recount_table(table, layout)
    else:
        path = tmp_path / f"data.{way}"
        if way == "parquet":
            pq.write_table(table, path)
        else:
            pyarrow.csv.write_csv(table, path)
        counted = recount(path, layout)
    kept = Counter((a, b) for a, b, _ in records if (a, b) != ("*", "*"))
    assert sorted(counted.sizes.tolist()) == sorted(kept.values())
    assert counted.starred == len(records) - kept.total()
    values = Counter(s for _, _, s in records)
    assert sorted(counted.sensitive["s"].reference.tolist()) == sorted(values.values())
    per_cell = Counter((a, b, s) for a, b, s in records if (a, b) != ("*", "*"))
    assert sorted(counted.sensitive["s"].counts.tolist()) == sorted(per_cell.values())
    starts = counted.sensitive["s"].indptr[:-1]
    if len(starts):
        sums = np.add.reduceat(counted.sensitive["s"].counts, starts)
        assert sums.tolist() == counted.sizes.tolist()
