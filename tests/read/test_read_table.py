"""Which reader is chosen, and what a table must have."""

import io

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kiaim_server.errors import DataError, MediaTypeError, ParameterError, PluginError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.read import read_table, reader_for, reader_for_media_type

PLUGIN = """
import pyarrow as pa
from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import Reader

kiaim_api = 1


class Own(Reader):
    name = "own"
    summary = "Reads as the test says."
    suffixes = ({suffix!r},)
    media_types = ()

    def read(self, path, name):
        {body}


@hookimpl
def kiaim_register_readers():
    return [Own]
"""


@pytest.fixture(scope="module")
def host():
    return PluginHost.load()


@pytest.fixture
def file(tmp_path):
    def make(name, data):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return make


def host_with(folder, body, suffix=".own"):
    folder.mkdir()
    (folder / "own.py").write_text(PLUGIN.format(body=body, suffix=suffix))
    return PluginHost.load(folder)


def test_the_ending_chooses_the_reader_in_any_case(host, file):
    assert read_table(file("T.CSV", b"a,b\n1,x\n"), host).columns == ("a", "b")
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), sink)
    assert read_table(file("t.parquet", sink.getvalue()), host).columns == ("a",)
    sink, book = io.BytesIO(), openpyxl.Workbook()
    book.active.append(["a"])
    book.active.append([1])
    book.save(sink)
    assert read_table(file("t.xlsx", sink.getvalue()), host).columns == ("a",)


def test_the_given_name_goes_before_the_path(host, file):
    path = file("blob", b"a,b\n1,x\n")
    assert read_table(path, host, name="upload.csv").name == "upload.csv"
    with pytest.raises(DataError, match=r"blob: no reader .*\.csv.*\.parquet.*\.xlsx"):
        read_table(path, host)
    with pytest.raises(DataError, match=r"'\.sav'"):
        read_table(path, host, name="upload.sav")


def test_a_named_reader_goes_before_the_ending(host, file):
    path = file("table.sav", b"a,b\n1,x\n")
    assert read_table(path, host, reader="csv").n_records == 1
    with pytest.raises(PluginError, match="no reader is called 'csw'"):
        read_table(path, host, reader="csw")


def test_options_reach_the_reader_and_are_checked(host, file):
    path = file("t.csv", b"a;b\n1;x\n")
    assert read_table(path, host, options={"delimiter": ","}).columns == ("a;b",)
    with pytest.raises(ParameterError, match="delimeter"):
        read_table(path, host, options={"delimeter": ","})


def test_media_types(host):
    assert reader_for_media_type(host, "Text/CSV; charset=utf-8").name == "csv"
    assert reader_for_media_type(host, "application/vnd.apache.parquet").name == "parquet"
    with pytest.raises(MediaTypeError, match=r"image/png.*text/csv"):
        reader_for_media_type(host, "image/png")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"a,b\n", "no records"),
        (b"a,a\n1,2\n", "'a' is used 2 times"),
        (b"a,,c\n1,2,3\n", "column 2 has no name"),
        (b"a,b\n1,2,3\n", "line 2"),
    ],
)
def test_unusable_tables_are_refused(host, file, data, message):
    with pytest.raises(DataError, match=message):
        read_table(file("t.csv", data), host)


def test_duplicate_names_and_no_records_in_parquet(host, file):
    sink = io.BytesIO()
    pq.write_table(pa.table([[1], [2]], names=["a", "a"]), sink)
    with pytest.raises(DataError, match="'a' is used 2 times"):
        read_table(file("t.parquet", sink.getvalue()), host)
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), sink)
    with pytest.raises(DataError, match="no records"):
        read_table(file("u.parquet", sink.getvalue()), host)


def test_a_failing_reader_is_named_without_its_words(tmp_path, file):
    host = host_with(tmp_path / "p", "raise RuntimeError('Zanzibar')")
    with pytest.raises(PluginError, match=r"reader 'own' failed on t\.own") as caught:
        read_table(file("t.own", b"x"), host)
    assert "Zanzibar" not in str(caught.value)


def test_a_reader_must_return_an_arrow_table_of_flat_columns(tmp_path, file):
    with pytest.raises(PluginError, match="no Arrow table"):
        read_table(file("t.own", b"x"), host_with(tmp_path / "p", "return [1]"))
    with pytest.raises(DataError, match=r"t\.own, column 'a'") as caught:
        read_table(file("t.own", b"x"), host_with(tmp_path / "q", "return pa.table({'a': [[1]]})"))
    assert caught.value.column == "a"


def test_two_readers_for_one_ending_must_be_told_apart(tmp_path):
    host = host_with(tmp_path / "p", "return None", suffix=".csv")
    with pytest.raises(PluginError, match="'csv', 'own'"):
        reader_for(host, "t.csv")
