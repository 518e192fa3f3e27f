import pytest

from kiaim_server.errors import HierarchyError, NotFoundError
from kiaim_server.hierarchy import hierarchy_of_rows, parse_hierarchy, read_hierarchy


def parse(text):
    return parse_hierarchy(text.encode(), "zip", "zips.csv")


def test_rows_become_levels():
    hierarchy = parse("1;1-2;*\n2;1-2;*\n3;3-4;*\n")
    assert [labels.tolist() for labels in hierarchy.labels] == [
        ["1", "2", "3"],
        ["1-2", "3-4"],
        ["*"],
    ]
    assert hierarchy.maps[1].tolist() == [0, 0, 1]
    assert hierarchy.attribute == "zip"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_last_line_needs_no_end_and_any_line_ending_will_do(ending):
    assert parse(f"a;*{ending}b;*").n_leaves == 2
    assert parse(f"a;*{ending}b;*{ending}{ending}").n_leaves == 2


def test_quoted_cells_may_hold_separators_quotes_and_line_breaks():
    hierarchy = parse('"a;b";"say ""x"""\n"c\nd";*\n')
    assert hierarchy.labels[0].tolist() == ["a;b", "c\nd"]
    assert hierarchy.labels[1].tolist() == ['say "x"', "*"]


def test_an_empty_leaf_is_the_missing_value():
    hierarchy = parse("a;letter;*\n;;*\n")
    assert hierarchy.labels[0].tolist() == ["a", None]
    assert hierarchy.labels[1].tolist() == ["letter", None]
    assert hierarchy.covers_missing


def test_a_byte_order_mark_is_no_part_of_the_first_value():
    assert parse("\ufeffa;*\n").labels[0].tolist() == ["a"]


def test_text_that_looks_like_a_missing_value_is_a_value():
    assert parse("nan;*\nNA;*\nnull;*\n").labels[0].tolist() == ["nan", "NA", "null"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "zips.csv: empty; expected one row per value"),
        ("\n\n", "zips.csv: empty"),
        ("a;b;*\nc;*\n", "zips.csv: row 2 has 2 cells, but row 1 has 3"),
        ("a;*\n\nb;*\n", "zips.csv: row 2 has 0 cells, but row 1 has 2"),
        ("a;*\nb;*\na;*\n", "zips.csv: rows 1 and 3 are for the same value"),
        (";*\n;*\n", "zips.csv: rows 1 and 2 are for the same value"),
        ("a;x;1\nb;x;2\n", "zips.csv: rows 1 and 2 share their value on level 1 but not on level"),
        ("a;x;*\nb;;*\n", "zips.csv: row 2 is empty on level 1"),
        ('a;*\n"b;*\n', "zips.csv: line 2: quotes are broken"),
        ('a;*\n"b"c;*\n', "zips.csv: line 2: quotes are broken"),
    ],
)
def test_what_is_no_tree_is_refused_with_file_and_row(text, message):
    with pytest.raises(HierarchyError) as caught:
        parse(text)
    assert message in str(caught.value)


def test_bytes_that_are_not_utf8_are_refused_with_their_row():
    with pytest.raises(HierarchyError, match=r"zips.csv: row 2 is not UTF-8"):
        parse_hierarchy("a;*\nä;*\n".encode("latin-1"), "zip", "zips.csv")


def test_a_file_is_called_by_its_name_and_must_exist(tmp_path):
    path = tmp_path / "hierarchy_zip.csv"
    path.write_text("a;*\na;*\n")
    with pytest.raises(HierarchyError, match=r"^hierarchy_zip.csv: rows 1 and 2"):
        read_hierarchy(path, "zip")
    with pytest.raises(NotFoundError, match="does not exist"):
        read_hierarchy(tmp_path / "other.csv", "zip")
    with pytest.raises(HierarchyError, match="cannot be read"):
        read_hierarchy(tmp_path, "zip")


@pytest.mark.parametrize(("separator", "name"), [(",", "commas"), ("\t", "tabs")])
def test_another_separator_is_refused_and_not_taken_for_one_level(separator, name):
    lines = ["1;1-2;*", "2;1-2;*"]
    with pytest.raises(HierarchyError) as caught:
        parse("\n".join(lines).replace(";", separator))
    assert f"zips.csv: the cells seem to be separated by {name}; separate them by semi" in str(
        caught.value
    )


def test_a_single_level_may_hold_commas_in_quotes_or_some_values():
    assert parse('"1,5"\n"2,5"\n').labels[0].tolist() == ["1,5", "2,5"]
    assert parse("none\nsome, but few\n").n_levels == 1
    assert parse("1,5;low\n2,5;low\n").n_levels == 2


def test_rows_without_cells_are_refused():
    with pytest.raises(HierarchyError, match="row 1 has 0 cells, but every row needs a value"):
        hierarchy_of_rows([[]], "zip", "rows")


def test_a_hundred_thousand_leaves_are_read(tmp_path):
    path = tmp_path / "big.csv"
    widths = (10, 100, 1000, 10_000)
    path.write_text(
        "".join(f"{i};" + ";".join(str(i // w) for w in widths) + ";*\n" for i in range(100_000))
    )
    hierarchy = read_hierarchy(path, "n")
    assert (hierarchy.n_leaves, hierarchy.n_levels) == (100_000, 6)
