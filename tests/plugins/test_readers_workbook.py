"""The Excel reader: cell types, and clear words for workbooks it cannot read."""

import datetime
import io
import zipfile

import openpyxl
import pyarrow as pa
import pytest
from kiaim_plugins.reading import workbook
from kiaim_plugins.reading.workbook import XlsxReader

from kiaim_server.errors import DataError, ParameterError


def book(*rows, title="Data", **others) -> bytes:
    made = openpyxl.Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    for name, cells in others.items():
        sheet = made.create_sheet(name)
        for row in cells:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def edited(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == part:
                assert old in content
                content = content.replace(old, new)
            target.writestr(info.filename, content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def read(tmp_path):
    def read_bytes(data: bytes, **options):
        path = tmp_path / "t.xlsx"
        path.write_bytes(data)
        return XlsxReader.from_parameters(options).read(path, "t.xlsx")

    return read_bytes


def fault(read, data, **options) -> DataError:
    with pytest.raises(DataError, match=r"t\.xlsx") as caught:
        read(data, **options)
    assert "Zanzibar" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def test_cell_types_are_kept(read):
    moment = datetime.datetime(2020, 1, 1, 5, 30)
    table = read(
        book(
            ["zip", "n", "x", "d", "t", "b", "e"],
            ["01067", 1, 1.5, datetime.date(2020, 1, 31), moment, True, None],
            ["10115", 2, 2, datetime.date(2020, 2, 1), moment, False, None],
            [None, None, None, None, None, None, None],
            ["", 3, None, None, None, None, ""],
        )
    )
    assert table.schema.types == [
        pa.string(),
        pa.int64(),
        pa.float64(),
        pa.date32(),
        pa.timestamp("us"),
        pa.bool_(),
        pa.string(),
    ]
    assert table["zip"].to_pylist() == ["01067", "10115", None]
    assert table["x"].to_pylist() == [1.5, 2.0, None]
    assert table["d"].to_pylist()[0] == datetime.date(2020, 1, 31)
    assert table["e"].null_count == 3


def test_a_mixture_is_text_and_keeps_its_zeros(read):
    table = read(book(["zip"], ["01067"], [10115], [1.5], [datetime.date(2020, 1, 2)]))
    assert table["zip"].to_pylist() == ["01067", "10115", "1.5", "2020-01-02"]


def test_the_sheet_can_be_named(read):
    data = book(["a"], [1], Other=[["b"], [2]])
    assert read(data, sheet="Data").column_names == ["a"]
    assert read(data, sheet="Other").column_names == ["b"]
    assert "'Data', 'Other'" in str(fault(read, data, sheet="None"))


def test_hidden_sheets_are_not_chosen(read):
    made = openpyxl.load_workbook(io.BytesIO(book(["a"], [1], Other=[["b"], [2]])))
    made["Data"].sheet_state = "hidden"
    made.active = 1
    out = io.BytesIO()
    made.save(out)
    assert read(out.getvalue()).column_names == ["b"]


def test_missing_texts(read):
    assert read(book(["a"], ["NA"], [1]), missing=["NA"])["a"].to_pylist() == [None, 1]


def test_a_value_beyond_the_named_columns_is_refused_with_its_row(read):
    error = fault(read, book(["a", "b"], [1, 2], [], [1, 2, "Zanzibar"]))
    assert error.line == 4
    assert "expected 2 fields, found 3" in str(error)


def test_formulas_count_with_their_results_and_not_without(read):
    data = book(["a", "b"], [1, "=A2+1"])
    assert fault(read, data).line == 2
    done = edited(
        data, SHEET, b"<v></v>" if b"<v></v>" in sheet_of(data) else b"<v />", b"<v>2</v>"
    )
    assert read(done).to_pydict() == {"a": [1], "b": [2]}


def sheet_of(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(SHEET)


def test_error_cells_are_refused_with_their_place(read):
    error = fault(read, book(["a", "b"], [1, "#N/A"]))
    assert (error.line, "column B" in str(error)) == (2, True)


def test_broken_workbooks_are_refused(read):
    whole = book(["a"], ["Zanzibar"])
    for broken in (
        b"",
        b"PK",
        b"a,b\n1,2\n",
        whole[:-30],
        whole[: len(whole) // 2],
        edited(whole, SHEET, b"</row>", b""),
        edited(whole, "xl/workbook.xml", b"<sheets>", b"<sheets"),
        edited(whole, "[Content_Types].xml", b"<Types", b"<Type"),
    ):
        fault(read, broken)


def test_old_and_encrypted_workbooks_are_told_apart(read):
    assert "password" in str(fault(read, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600))


def test_a_zip_bomb_is_refused_before_parsing(read, monkeypatch):
    out = io.BytesIO(book(["a"], [1]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big.bin", b"\0" * 2_000_000)
    data = out.getvalue()
    assert len(data) < 20_000
    assert read(data).num_rows == 1
    monkeypatch.setattr(workbook, "MAX_UNCOMPRESSED", 1_000_000)
    monkeypatch.setattr(workbook.openpyxl, "load_workbook", None)  # parsing would be a TypeError
    assert "above the limit" in str(fault(read, data))


def test_too_many_cells_are_refused(read, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_CELLS", 1_000)
    far = edited(book(["a"], *[[1]] * 100), SHEET, b'r="A50"', b'r="XFD50"')
    assert "more than 1000 cells" in str(fault(read, far))


def test_stated_dimensions_are_not_believed(read):
    data = book(["a", "b"], [1, 2], [3, 4])
    lying = edited(data, SHEET, b'ref="A1:B3"', b'ref="A1:A2"')
    assert read(lying).to_pydict() == {"a": [1, 3], "b": [2, 4]}
    vast = edited(data, SHEET, b'ref="A1:B3"', b'ref="A1:XFD1048576"')
    assert read(vast).num_rows == 2


def test_entity_bombs_are_refused(read):
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "'
        + b"x" * 10_000
        + b'">'
        + b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 20) for c in b"bcdefg")
    )
    data = book(["a"], ["x"])
    head = sheet_of(data)[:10]
    fault(read, edited(data, SHEET, head, bomb + b"]>" + head).replace(b"<t>x</t>", b"<t>&g;</t>"))


def test_an_empty_sheet_is_refused(read):
    assert "no cells" in str(fault(read, book()))


def test_unknown_options_are_refused():
    with pytest.raises(ParameterError, match="xlsx: sheets"):
        XlsxReader.from_parameters({"sheets": "x"})


def test_of_several_sheets_with_data_none_is_guessed(read):
    data = book(["a"], [1], Notes=[["Zanzibar"]], Empty=[[None, ""]])
    message = str(fault(read, data))
    assert "2 sheets hold data ('Data', 'Notes'); state the right one with the option 'sheet'" in (
        message
    )
    assert read(data, sheet="Data").to_pydict() == {"a": [1]}
    assert read(book(Other=[["a"], [1]])).to_pydict() == {"a": [1]}
