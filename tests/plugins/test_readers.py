"""The CSV reader: nothing is lost on the way in, and faults are named with their line."""

import contextlib
import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kiaim_plugins.reading.delimited import CsvReader
from kiaim_plugins.reading.kinds import typed

from kiaim_server.errors import DataError, ParameterError
from kiaim_server.model.table import as_text

SECRET = "Zanzibar-4711"

# Everything that can stand in a text file; a NUL is refused, a surrogate is no character.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@pytest.fixture
def read(tmp_path):
    def read_bytes(data: bytes, **options):
        path = tmp_path / "t.csv"
        path.write_bytes(data)
        return CsvReader.from_parameters(options).read(path, "t.csv")

    return read_bytes


def fault(read, data: bytes, **options) -> DataError:
    with pytest.raises(DataError) as caught:
        read(data, **options)
    message = str(caught.value)
    assert message.startswith("t.csv")
    assert "Zanzibar" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def spelt(table: pa.Table) -> list[list[str | None]]:
    return [as_text(column).to_pylist() for column in table.columns]


@st.composite
def tables(draw, cells=TEXT):
    width = draw(st.integers(1, 4))
    names = draw(st.lists(TEXT, min_size=width, max_size=width))
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=6))
    return names, rows


def written(names, rows, delimiter, end="\n", quote_all=False) -> bytes:
    """As RFC 4180 says; the csv module leaves a lone CR without quotes."""

    def field(text: str) -> str:
        if quote_all or text == "" or any(sign in text for sign in (delimiter, '"', "\r", "\n")):
            return '"' + text.replace('"', '""') + '"'
        return text

    return "".join(delimiter.join(map(field, row)) + end for row in [names, *rows]).encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tables(),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_any_table_of_text_reads_back_equal(read, table, delimiter, end, quote_all):
    names, rows = table
    data = written(names, rows, delimiter, end, quote_all)
    found = read(data, delimiter=delimiter, quote='"', header=True, encoding="utf-8")
    # The byte order mark at the beginning of a file is none of its text.
    names[0] = names[0].removeprefix("\ufeff") if data.startswith(b"\xef\xbb\xbf") else names[0]
    assert found.column_names == names
    assert found.num_rows == len(rows)
    for column, cells in zip(found.columns, zip(*rows, strict=True), strict=True):
        for got, cell, text in zip(column, cells, as_text(column).to_pylist(), strict=True):
            if column.type == pa.float64() and cell:
                assert repr(got.as_py()) in (cell, f"{cell}.0")
            else:
                assert text == (cell or None)


WORDS = st.from_regex(r"[a-z]{1,5}", fullmatch=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(WORDS, min_size=2, max_size=4, unique=True),
    st.lists(st.lists(TEXT, min_size=4, max_size=4), min_size=1, max_size=5),
    st.sampled_from(",;\t|"),
)
def test_the_delimiter_is_detected_under_plain_names(read, names, rows, delimiter):
    rows = [row[: len(names)] for row in rows]
    found = read(written(names, rows, delimiter), header=True)
    assert found.column_names == names
    assert found.num_rows == len(rows)


@given(
    st.lists(st.one_of(st.none(), st.from_regex(r"-?[0-9]{0,3}(\.[0-9]{0,2})?e?", fullmatch=True)))
)
def test_typing_never_loses_a_spelling(cells):
    cells = [cell or None for cell in cells]
    column = typed(pa.chunked_array([pa.array(cells, pa.string())]))
    values = column.to_pylist()
    assert [v is None for v in values] == [c is None for c in cells]
    assert len({v for v in values if v is not None}) == len({c for c in cells if c is not None})
    for value, cell in zip(values, cells, strict=True):
        if cell is not None:
            assert cell in (str(value), str(value).removesuffix(".0"))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, unique=True))
def test_numbers_as_python_spells_them_are_numbers(numbers):
    spelt_so = [repr(number) for number in numbers]
    column = typed(pa.chunked_array([pa.array(spelt_so)]))
    if {0.0} <= {abs(n) for n in numbers} and "0.0" in spelt_so and "-0.0" in spelt_so:
        assert column.type == pa.string()
    else:
        assert column.type == pa.float64()
        assert [repr(v) for v in column.to_pylist()] == spelt_so


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "-20", "0"], pa.int64()),
        (["9223372036854775807", "-9223372036854775808"], pa.int64()),
        (["9223372036854775808"], pa.string()),
        (["01067", "10115"], pa.string()),
        (["+1"], pa.string()),
        (["-0"], pa.float64()),
        (["0", "-0"], pa.string()),
        (["1 "], pa.string()),
        (["\u0661"], pa.string()),
        (["1.5", "2"], pa.float64()),
        (["1", "1.0"], pa.string()),
        (["1.50"], pa.string()),
        (["1,5"], pa.string()),
        (["1e+16", "1e-05"], pa.float64()),
        (["1e5"], pa.string()),
        (["0.00001"], pa.string()),
        (["0.1", "0.10000000000000001"], pa.string()),
        (["12345678901234567890.5"], pa.string()),
        (["nan"], pa.string()),
        (["inf", "1.5"], pa.string()),
        (["1e999"], pa.string()),
        (["2020-02-29", "0001-01-01", "9999-12-31"], pa.date32()),
        (["2021-02-29"], pa.string()),
        (["2020-1-1"], pa.string()),
        (["0000-01-01"], pa.string()),
        (["2020-01-01", "1"], pa.string()),
        (["2020-01-01T00:00:00"], pa.string()),
        (["true"], pa.string()),
        (["a"] * 100 + ["1"], pa.string()),
        (["1"] * 100 + ["a"], pa.string()),
        ([None, "1"], pa.int64()),
        ([None], pa.string()),
    ],
)
def test_typing_rules(cells, kind):
    assert typed(pa.chunked_array([pa.array(cells, pa.string())])).type == kind


def test_typed_values_and_nulls(read):
    table = read(b"zip,n,x,d\n01067,1,1.5,2020-01-31\n,,,\n")
    assert table.to_pylist() == [
        {"zip": "01067", "n": 1, "x": 1.5, "d": datetime.date(2020, 1, 31)},
        {"zip": None, "n": None, "x": None, "d": None},
    ]


def test_a_quoted_empty_text_is_missing(read):
    assert read(b'a,b\n"",x\n').to_pylist() == [{"a": None, "b": "x"}]


def test_missing_texts_are_overridable(read):
    data = b"a,b\nNA,1\n?,NA\n"
    assert read(data).to_pydict() == {"a": ["NA", "?"], "b": ["1", "NA"]}
    assert read(data, missing=["NA"]).to_pydict() == {"a": [None, "?"], "b": [1, None]}


@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_delimiters(read, delimiter):
    data = "a,b,c\n1,2.5,x\n3,4.5,y\n".replace(",", delimiter).encode()
    assert read(data).to_pydict() == {"a": [1, 3], "b": [2.5, 4.5], "c": ["x", "y"]}


def test_decimal_commas_do_not_pass_for_delimiters(read):
    assert read(b"a;b\n1,5;2,5\n3,5;4,5\n").to_pydict() == {
        "a": ["1,5", "3,5"],
        "b": ["2,5", "4,5"],
    }


def test_one_column_with_commas_in_the_text(read):
    assert read(b"comment\nwell, yes\nno\n").to_pydict() == {"comment": ["well, yes", "no"]}


def test_delimiter_and_quote_are_overridable(read):
    data = b"a:b,c\n'x:y':1,2\n"
    assert read(data, delimiter=":", quote="'").to_pydict() == {"a": ["x:y"], "b,c": ["1,2"]}
    assert read(b'a,b\n"x,y"\n', quote="").to_pydict() == {"a": ['"x'], "b": ['y"']}
    assert read(b"a\tb\n1\t2\n", delimiter="tab").num_columns == 2


def test_single_quotes_are_detected_only_around_every_name(read):
    assert read(b"'a','b'\n'x,y','it''s'\n").to_pydict() == {"a": ["x,y"], "b": ["it's"]}
    assert read(b"a,b\n'x,'y\n").to_pydict() == {"a": ["'x"], "b": ["'y"]}


def test_equally_fitting_delimiters_are_refused(read):
    assert "'delimiter'" in str(fault(read, b"a,b;c\nx,y;z\n"))


def test_header_is_detected_and_overridable(read):
    assert read(b"a,b\n1,x\n2,y\n").column_names == ["a", "b"]
    assert read(b"1,x\n2,y\n").to_pydict() == {"column_1": [1, 2], "column_2": ["x", "y"]}
    assert read(b"p,q\nx,y\n").column_names == ["p", "q"]
    assert read(b"p,q\nx,y\n", header=False).num_rows == 2
    assert read(b"2019,2020\n1,2\n", header=True).column_names == ["2019", "2020"]
    assert read(b"1,x\n2,y\n", header="detect").num_rows == 2


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("ort;n\nM\u00fcnchen;1\n\u0141\u00f3d\u017a;2\n", "utf-8"),
        ("ort;n\nM\u00fcnchen;1\n", "utf-8-sig"),
        ("ort;n\nM\u00fcnchen;1\n", "utf-16"),
        ("ort;n\nM\u00fcnchen;1\n", "utf-16-le"),
        ("ort;n\nM\u00fcnchen;1\n", "utf-16-be"),
        ("ort;n\nM\u00fcnchen;1\n", "utf-32"),
        ("ort;n\nM\u00fcnchen;1\nOrl\u00e9ans;2\n", "latin-1"),
        ("ort;n\n\u201eK\u00f6ln\u201c 5\u20ac;1\n", "cp1252"),
    ],
)
def test_encodings_are_detected(read, text, encoding):
    found = read(text.encode(encoding))
    assert found.column_names == ["ort", "n"]
    assert found["ort"].to_pylist() == [line.split(";")[0] for line in text.splitlines()[1:]]


def test_a_late_umlaut_decides_the_encoding(read):
    data = b"ort;n\n" + b"Bonn;1\n" * 50_000 + "K\u00f6ln;2\n".encode("latin-1")
    assert read(data)["ort"][-1].as_py() == "K\u00f6ln"


def test_the_encoding_is_overridable(read):
    data = "\u0438\u043c\u044f,n\n\u0418\u0432\u0430\u043d,1\n".encode("cp1251")
    assert "'encoding'" in str(fault(read, data))
    assert read(data, encoding="cp1251").column_names == ["\u0438\u043c\u044f", "n"]
    text = "a,b\n\u00fc,\u00e4\n"
    assert read(text.encode("utf-16"), encoding="utf-16")["a"].to_pylist() == ["\u00fc"]


def test_damaged_utf8_is_refused_with_its_line(read):
    data = "a,b\n\u00fc,1\n".encode() + b"x,2\n\xff" + SECRET.encode() + b",3\n"
    assert fault(read, data).line == 4
    assert fault(read, b"a,b\n\xc3,1\n" + "\u00fc,2\n".encode() * 3).line == 2
    assert fault(read, b"a,b\r\nx,1\r\n\xfc,2\r\n", encoding="utf-8").line == 3
    assert fault(read, b"a,b\n1", encoding="utf-16").line == 1


def test_nul_bytes_are_refused_with_their_line(read):
    assert fault(read, b"a,b\n1,2\n3,\0" + SECRET.encode() + b"\n").line == 3


@pytest.mark.parametrize(
    ("data", "line", "expected", "found"),
    [
        (b"a,b,c\n1,2,3\n1,2\n", 3, 3, 2),
        (b"a,b,c\n1,2,3,4\n", 2, 3, 4),
        (b'a,b\n"x\ny\nz",1\n\n\nZanzibar-4711\n', 7, 2, 1),
        (b"a,b\r\n1,2\r\n\r\n1,2,3\r\n", 4, 2, 3),
        (b"a,b\r1,2\r1,2,3\r", 3, 2, 3),
        (b'a,b\n"q",2\n1,Zanzibar-4711,3\n', 3, 2, 3),
    ],
)
def test_a_malformed_record_is_named_exactly(read, data, line, expected, found):
    error = fault(read, data, header=True, delimiter=",")
    assert error.line == line
    assert f"line {line}: expected {expected} fields, found {found}" in str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), max_size=5), st.booleans())
def test_the_line_of_a_malformed_record_counts_quoted_line_ends(read, rows, more):
    before = written(["a", "b", "c"], rows, ",")
    error = fault(read, before + (b"1,2,3,4\n" if more else b"1,2\n"), delimiter=",", header=True)
    text = before.decode().replace("\r\n", "\n").replace("\r", "\n")
    assert error.line == text.count("\n") + 1


def test_a_malformed_record_far_down(read):
    data = b"a,b\n" + b"1,2\n" * 400_000 + b"1\n"
    assert fault(read, data).line == 400_002


def test_an_unterminated_quote_names_line_and_column(read):
    error = fault(read, b'a,b\n1,x\n2,"Zanzibar-4711\n3,y\n')
    assert (error.line, error.column) == (3, "b")
    error = fault(read, b'a,b\n1,"' + b"1,2\n" * 100_000)
    assert (error.line, error.column) == (2, None) or (error.line, error.column) == (2, "b")


def test_a_forgotten_quote_does_not_glue_records_together(read):
    # Lenient parsers read the second and third line as one record of two fields.
    assert fault(read, b'a,b\n"x,1\n"y",2\n').line == 3


def test_a_record_longer_than_a_block_is_read(read):
    record = ["x" * 100_000] * 30  # three times Arrow's block
    names = [f"c{i}" for i in range(30)]
    assert read(written(names, [record], ",")).to_pylist()[0]["c29"] == record[29]
    assert read(written(names, [record], ",", quote_all=True)).num_rows == 1


@pytest.mark.parametrize("length", [131_073, 3_000_000])
def test_an_overlong_field_is_refused_with_its_place(read, length):
    for quote in (b"", b'"'):
        error = fault(read, b"a,b\n1,2\n3," + quote + b"x" * length + quote + b"\n")
        assert error.line == 3


def test_too_many_columns_are_refused(read):
    assert "above the limit of 16384" in str(fault(read, b"a," * 16_384 + b"a\n"))


PIECES = st.sampled_from(
    [b",", b";", b'"', b"'", b"\n", b"\r", b"\t", b"1", b"a", b" ", b"\xff", b"\xc3"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=40) | st.lists(PIECES, max_size=30).map(b"".join),
    st.sampled_from(
        [None, "utf-8", "utf-8-sig", "utf-16", "utf-7", "cp1252", "shift_jis", "cp037"]
    ),
)
def test_any_bytes_give_a_table_or_a_clear_refusal(read, data, encoding):
    with contextlib.suppress(DataError):
        table = read(data, **({"encoding": encoding} if encoding else {}))
        table.validate(full=True)
        assert table.num_columns > 0


@pytest.mark.parametrize("data", [b"", b"\n\n", b"   \n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_files_without_text_are_refused(read, data):
    fault(read, data)


def test_header_only_has_no_records(read):
    table = read(b"a,b\n")
    assert (table.column_names, table.num_rows) == (["a", "b"], 0)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    reader = CsvReader.from_parameters({})
    with pytest.raises(DataError, match="does not exist"):
        reader.read(tmp_path / "none.csv", "none.csv")
    with pytest.raises(DataError, match="folder"):
        reader.read(Path(tmp_path), "folder")


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"delimiter": ";;"}, "delimiter"),
        ({"delimiter": "a"}, "delimiter"),
        ({"delimiter": "\n"}, "delimiter"),
        ({"delimiter": ""}, "delimiter"),
        ({"quote": "\u201e"}, "quote"),
        ({"delimiter": "'", "quote": "'"}, "quote"),
        ({"encoding": "utf-9"}, "encoding"),
        ({"encoding": "rot13"}, "encoding"),
        ({"encoding": "punycode"}, "encoding"),
        ({"header": "yes"}, "header"),
        ({"header": 1}, "header"),
        ({"missing": "NA"}, "missing"),
        ({"delimeter": ";"}, "delimeter"),
    ],
)
def test_wrong_options_are_named(options, key):
    with pytest.raises(ParameterError, match=f"csv: .*{key}"):
        CsvReader.from_parameters(options)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("lines", "values"),
    [
        (["a", "x", "", "y"], ["x", None, "y"]),
        (["a", "x", '""', "y", ""], ["x", None, "y", None]),
        (["a", "", '"y"'], [None, "y"]),
        (["", "a", "x"], ["x"]),
    ],
)
def test_a_blank_line_of_a_lone_column_is_a_record(read, lines, values, end):
    for text in (end.join([*lines, ""]), end.join(lines) if lines[-1] else None):
        if text is not None:
            assert read(text.encode()).column(0).to_pylist() == values
    assert read(end.join(lines).encode() + end.encode(), header=False).num_rows == len(lines)


def test_a_blank_line_between_several_columns_is_no_record(read):
    assert read(b"a,b\n1,2\n\n3,4\n").num_rows == 2
