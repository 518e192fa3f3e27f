import pytest

from kiaim_server.errors import HierarchyError, NotFoundError
from kiaim_server.hierarchy import (
    HierarchySource,
    shipped_abouts,
    shipped_hierarchy,
    shipped_names,
    shipped_sets,
)
from kiaim_server.model.table import as_text
from tests.hierarchy.adult import ADULT_COLUMNS, adult


def test_what_a_request_brings_inline_goes_before_its_folder_and_that_before_a_set(tmp_path):
    (tmp_path / "hierarchy_sex.csv").write_text("f;folder\n")
    (tmp_path / "race.csv").write_text("White;folder\n")
    inline = {"sex": [["f", "inline"], ["m", "inline"]]}
    source = HierarchySource(tmp_path, "adult", inline)
    assert source.find("sex").labels[1].tolist() == ["inline"]
    assert source.find("race").labels[1].tolist() == ["folder"]
    assert source.find("age").labels[1][0] == "0-4"
    assert source.find("height") is None
    assert HierarchySource().find("sex") is None


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["a", "*"], ["b"]], "hierarchy of 'x': row 2 has 1 cells"),
        ([["a", "*"], [1, "*"]], "hierarchy of 'x': row 2 is not a list of texts"),
        (["ab", "cd"], "hierarchy of 'x': row 1 is not a list of texts"),
        ([], "hierarchy of 'x': empty"),
    ],
)
def test_inline_rows_are_checked(rows, message):
    with pytest.raises(HierarchyError) as caught:
        HierarchySource(inline={"x": rows}).find("x")
    assert message in str(caught.value)


def test_inline_missing_values_are_none_or_empty():
    for missing in (None, ""):
        found = HierarchySource(inline={"x": [["a", "*"], [missing, "*"]]}).find("x")
        assert found.labels[0].tolist() == ["a", None]


def test_two_files_for_one_column_are_refused(tmp_path):
    (tmp_path / "hierarchy_a.csv").write_text("x;*\n")
    (tmp_path / "a.csv").write_text("x;*\n")
    with pytest.raises(HierarchyError, match="both for column 'a'"):
        HierarchySource(tmp_path).find("a")


@pytest.mark.parametrize("name", ["../outside", "../../outside", "/outside", "sub/inside", "\0"])
def test_a_column_name_never_leaves_the_folder(tmp_path, name):
    folder = tmp_path / "hierarchies"
    (folder / "hierarchy_..").mkdir(parents=True)
    (folder / "sub").mkdir()
    for path in (tmp_path / "outside.csv", folder / "sub" / "inside.csv"):
        path.write_text("x;*\n")
    assert HierarchySource(folder, "adult").find(name) is None


@pytest.mark.parametrize("name", ["../adult", "adult/..", "adult/../adult/age", "/etc", "", "."])
def test_the_name_of_a_set_is_looked_up_and_never_made_a_path(name):
    with pytest.raises(NotFoundError):
        HierarchySource(shipped=name)
    with pytest.raises(NotFoundError):
        shipped_hierarchy(name, "age")


def test_an_unknown_name_gets_a_hint():
    with pytest.raises(NotFoundError, match=r"'adlt' \(did you mean 'adult'\?\); there are: adult"):
        HierarchySource(shipped="adlt")
    with pytest.raises(NotFoundError, match=r"did you mean 'adult/age'"):
        shipped_hierarchy("adult/agee", "age")


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(NotFoundError, match="does not exist"):
        HierarchySource(tmp_path / "none")


def test_shipped_names_are_sets_their_columns_and_what_builders_make():
    assert shipped_sets() == ("adult",)
    built = {name for name, about in shipped_abouts().items() if about.build}
    assert set(shipped_names()) == {"adult", *(f"adult/{c}" for c in ADULT_COLUMNS), *built}
    assert "icd10" in built


@pytest.mark.parametrize("column", ADULT_COLUMNS)
def test_shipped_hierarchies_cover_the_bundled_table(column):
    hierarchy = shipped_hierarchy(f"adult/{column}", "other")
    assert hierarchy.attribute == "other"
    occurring = as_text(adult()[column].unique()).to_pylist()
    assert set(occurring) <= set(hierarchy.labels[0].tolist())
    assert hierarchy.labels[-1].tolist() == ["*"]
