"""Builders of classifications: what codes mean, how they are spelt, and what is none of them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.errors import HierarchyError, ParameterError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.contract import HierarchyBuilder
from kiaim_server.model.hierarchy import Hierarchy

HOST = PluginHost.load()

#: Builders that place value by value.
CODED = {
    name: HOST.classes["hierarchy builder"][name]
    for name in (
        *("country", "state-de", "isced", "marital-status"),
        *("icd10", "ops", "atc", "nuts", "postcode-de"),
    )
}


def build(name: str, values: pa.Array | list[object], **parameters: object) -> Hierarchy:
    kind = HOST.get("hierarchy builder", name, HierarchyBuilder)  # type: ignore[type-abstract]
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return kind.from_parameters(parameters).build("column", array)


def rows(hierarchy: Hierarchy) -> dict[str | None, tuple[str | None, ...]]:
    """Value -> what it becomes on each level above it, without the star."""
    columns = [
        labels[codes].tolist()
        for labels, codes in zip(hierarchy.labels, hierarchy.maps, strict=True)
    ]
    return {row[0]: row[1:-1] for row in zip(*columns, strict=True)}


@pytest.mark.parametrize(
    ("builder", "value", "above"),
    [
        ("icd10", "C50.9", ("C50.9", "C50", "C50", "C00-D48")),
        ("icd10", "I21.0", ("I21.0", "I21", "I20-I25", "I00-I99")),
        ("icd10", "E11.90", ("E11.9", "E11", "E10-E14", "E00-E90")),
        ("icd10", "J18", ("J18", "J18", "J09-J18", "J00-J99")),
        ("icd10", "U07.1", ("U07.1", "U07", "U00-U49", "U00-U99")),
        ("icd10", "X59.9", ("X59.9", "X59", "V01-X59", "V01-Y98")),
        ("icd10", "Y09", ("Y09", "Y09", "X85-Y09", "V01-Y98")),
        ("ops", "5-470.11", ("5-470.1", "5-470", "5-47", "5")),
        ("ops", "8-98f.0", ("8-98f.0", "8-98f", "8-98", "8")),
        ("atc", "A10BA02", ("A10BA", "A10B", "A10", "A")),
        ("nuts", "DEA23", ("DEA2", "DEA", "DE")),
        ("postcode-de", "01067", ("010**", "01***", "0****")),
        ("country", "DE", ("DE", "Western Europe", "Western Europe", "Europe")),
        ("country", "KEN", ("KE", "Eastern Africa", "Sub-Saharan Africa", "Africa")),
        ("state-de", "09", ("DE2", "South", "Former federal territory")),
        ("isced", "ED5", ("ISCED 5", "high")),
        ("marital-status", "verwitwet", ("widowed", "formerly married or in partnership")),
    ],
)
def test_a_value_becomes_what_its_classification_says(
    builder: str, value: str, above: tuple[str, ...]
) -> None:
    assert rows(build(builder, [value])) == {value: above}


@pytest.mark.parametrize(
    ("builder", "spellings"),
    [
        ("icd10", ["C50.9", "c509", "C50.9+", "C50.9*", "C50.9!", "C50.9 G", "C50.9GR", "C509 LV"]),
        ("icd10", ["E10", "E10.-", "e10-", "E10!"]),
        ("ops", ["5-820.00", "5-820.00:R", "582000", "5-820.0"]),
        ("atc", ["A10BA02", " a10ba02 "]),
        ("nuts", ["DEA23", "dea23"]),
        ("postcode-de", ["50937", "D-50937", "DE-50937", " 50937 "]),
        ("country", ["DE", "deu", "276", "Germany", "Deutschland", "GERMANY"]),
        (
            "country",
            ["CI", "C\u00f4te d\u2019Ivoire", "Cote d'Ivoire", "Elfenbeinküste", "Ivory Coast"],
        ),
        ("country", ["TR", "Turkey", "Türkiye", "Türkei", "Tuerkei"]),
        ("country", ["AF", "004", "4"]),
        ("state-de", ["BY", "DE-BY", "9", "09", "DE2", "Bayern", "Bavaria"]),
        ("state-de", ["TH", "Thüringen", "Thueringen", "Thuringia"]),
        ("isced", ["3", "ED3", "ISCED 3", "344", "Abitur", "Upper secondary education"]),
        ("marital-status", ["ledig", "Ledig", "LD", "Never-married", "single"]),
    ],
)
def test_spellings_of_one_code_become_one(builder: str, spellings: list[str]) -> None:
    assert len(set(rows(build(builder, spellings)).values())) == 1


@pytest.mark.parametrize(
    ("builder", "value"),
    [
        ("icd10", "C5"),
        ("icd10", "C50.X"),
        ("icd10", "C50.999"),
        ("icd10", "A14.0"),  # between two blocks
        ("icd10", "S52.521A"),  # ICD-10-CM
        ("icd10", "C7A.1"),
        ("ops", "2-100"),  # no such chapter
        ("ops", "5-4"),
        ("atc", "E10BA02"),  # no such main group
        ("atc", "A10B0"),
        ("nuts", "GR301"),  # NUTS has EL
        ("nuts", "DEZ11"),  # Germany has 16 regions, 1 to G
        ("nuts", "DEA231"),
        ("postcode-de", "05123"),
        ("postcode-de", "1067"),
        ("postcode-de", "509371"),
        ("country", "XX"),
        ("country", "Korea"),
        ("country", "Yugoslavia"),
        ("country", ""),
        ("state-de", "17"),
        ("state-de", "Atlantis"),
        ("isced", "12"),
        ("isced", "ISCED"),
        ("marital-status", "L"),  # single in German, legally separated in HL7
        ("marital-status", "3"),
    ],
)
def test_what_is_no_code_is_never_passed_through(builder: str, value: str) -> None:
    with pytest.raises(HierarchyError, match="1 value cannot be placed"):
        build(builder, [value])


def test_codes_of_a_column_with_missing_values_only() -> None:
    for name in ("icd10", "country", "postcode-de"):
        assert build(name, pa.array([None], pa.string())).n_leaves == 1


def test_integer_codes() -> None:
    assert rows(build("country", [276, 4]))["4"][0] == "AF"
    assert rows(build("state-de", [1, 16]))["16"][0] == "DEG"
    assert rows(build("isced", [3, 344]))["344"] == ("ISCED 3", "medium")
    with pytest.raises(HierarchyError, match="takes text"):
        build("icd10", [1, 2])


def test_a_lost_zero_of_a_postcode_is_restored_only_on_demand() -> None:
    found = build("postcode-de", [1067, 50937], restore_zero=True)
    assert rows(found)["1067"] == ("010**", "01***", "0****")
    with pytest.raises(HierarchyError, match="restore_zero"):
        build("postcode-de", [1067, 50937])
    with pytest.raises(ParameterError):
        build("postcode-de", [1], restore_zero="yes")


def test_letters_for_marital_status_mean_what_their_scheme_says() -> None:
    assert rows(build("marital-status", ["L", "S"], codes="hl7"))["L"][0] == "separated"
    assert rows(build("marital-status", ["LD"]))["LD"][0] == "single"
    with pytest.raises(HierarchyError):
        build("marital-status", ["LD"], codes="hl7")
    with pytest.raises(HierarchyError):
        build("marital-status", ["LD"], codes="none")


def test_ages_fall_into_bands_and_what_is_no_age_is_refused() -> None:
    found = build("age", [0, 4, 5, 89, 90, 125])
    assert rows(found)["89"] == ("85-89", "80-89", "80-89")
    assert rows(found)["90"] == rows(found)["125"] == (">=90",) * 3
    for value in (-1, 126, 999):
        with pytest.raises(HierarchyError, match="ages from 0 to 125"):
            build("age", [value])
    with pytest.raises(HierarchyError, match="dates of birth"):
        build("age", pa.array([True]))


CATEGORY = st.builds(
    lambda letter, number: f"{letter}{number:02d}",
    st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    st.integers(0, 99),
)


@given(
    CATEGORY, st.sampled_from(["", ".0", ".9", "7", ".12"]), st.sampled_from(["", "+", "!", " G"])
)
def test_a_diagnosis_lies_in_the_block_whose_range_holds_it(
    category: str, below: str, mark: str
) -> None:
    """Against a scan of the shipped ranges in the order in which they are written down."""
    from importlib import resources

    lines = resources.files("kiaim_hierarchies").joinpath("icd10", "blocks.csv").read_text()
    blocks = [line.split(";") for line in lines.splitlines()[1:]]
    holding = [(first, last) for _, first, last in blocks if first <= category <= last]
    code = category + below + mark
    if not holding:
        with pytest.raises(HierarchyError):
            build("icd10", [code])
        return
    ((first, last),) = holding
    expected = first if first == last else f"{first}-{last}"
    assert rows(build("icd10", [code]))[code][1:3] == (category, expected)


@pytest.mark.parametrize(
    ("builder", "codes"),
    [
        ("icd10", [f"{c}{i:02d}.{j}{k}" for c in "CFJKMS" for i in range(90) for j in range(10) for k in range(10)]),  # noqa: E501
        ("postcode-de", [f"{i:05d}" for i in range(10_000, 43_000)]),
    ],
)  # fmt: skip
def test_large_columns_are_placed_too(builder: str, codes: list[str]) -> None:
    placed = [code for code in codes if _is_placed(builder, code)]
    found = build(builder, placed)
    assert found.n_leaves == len(placed) > 30_000
    assert found.n_levels in (5, 6)
    sizes = [len(labels) for labels in found.labels]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1


def _is_placed(builder: str, code: str) -> bool:
    kind = HOST.get("hierarchy builder", builder, HierarchyBuilder)  # type: ignore[type-abstract]
    return kind.from_parameters({}).place(code) is not None  # type: ignore[attr-defined]


@given(st.text(max_size=12), st.sampled_from(sorted(CODED)))
def test_any_text_is_placed_or_not_and_never_fails(text: str, builder: str) -> None:
    place = CODED[builder].from_parameters({}).place(text)
    assert place is None or (len(place) == len(CODED[builder].levels) and all(place))


@given(st.text("ABCE019.-5 ", max_size=9), st.sampled_from(["icd10", "ops", "atc", "nuts"]))
def test_what_is_placed_lies_in_what_its_own_labels_lie_in(text: str, builder: str) -> None:
    """A label of these classifications is a code itself: it has the same labels above it."""
    kind = CODED[builder].from_parameters({})
    place = kind.place(text)
    if place is None:
        return
    depth = {"icd10": 2}.get(builder, len(place))  # blocks and chapters are ranges of codes
    for level, label in enumerate(place[:depth]):
        if builder == "ops" and label == place[-1]:
            continue  # a chapter alone is no code
        again = kind.place(label)
        assert again is not None
        assert again[level:] == place[level:]
