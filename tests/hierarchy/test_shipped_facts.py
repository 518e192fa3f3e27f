"""The shipped hierarchies against facts that are stated elsewhere."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections import Counter
from importlib import resources
from pathlib import Path

import pyarrow as pa
import pytest

from kiaim_server.hierarchy import HierarchySource, recipe, resolve, shipped_abouts
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.plan import HierarchySpec
from kiaim_server.policy.facts import COUNTRIES

FOLDER = Path(str(resources.files("kiaim_hierarchies")))
HOST = PluginHost.load()

#: Countries and areas per region of M49 (UNSD, 248 in all; Taiwan is none of them).
M49 = {
    "Northern Africa": 7,
    "Eastern Africa": 22,
    "Middle Africa": 9,
    "Southern Africa": 5,
    "Western Africa": 17,
    "Caribbean": 28,
    "Central America": 8,
    "South America": 16,
    "Northern America": 5,
    "Central Asia": 5,
    "Eastern Asia": 7,
    "South-eastern Asia": 11,
    "Southern Asia": 9,
    "Western Asia": 18,
    "Eastern Europe": 10,
    "Northern Europe": 16,
    "Southern Europe": 16,
    "Western Europe": 9,
    "Australia and New Zealand": 6,
    "Melanesia": 5,
    "Micronesia": 8,
    "Polynesia": 10,
}

#: Ranges of the 22 chapters, as the table of contents of ICD-10-GM states them.
CHAPTERS = [
    "A00-B99",
    "C00-D48",
    "D50-D90",
    "E00-E90",
    "F00-F99",
    "G00-G99",
    "H00-H59",
    "H60-H95",
    "I00-I99",
    "J00-J99",
    "K00-K93",
    "L00-L99",
    "M00-M99",
    "N00-N99",
    "O00-O99",
    "P00-P96",
    "Q00-Q99",
    "R00-R99",
    "S00-T98",
    "V01-Y98",
    "Z00-Z99",
    "U00-U99",
]

#: Official municipality key, ISO 3166-2:DE and NUTS 1.
STATES = [
    "01",
    "SH",
    "DEF",
    "02",
    "HH",
    "DE6",
    "03",
    "NI",
    "DE9",
    "04",
    "HB",
    "DE5",
    "05",
    "NW",
    "DEA",
    "06",
    "HE",
    "DE7",
    "07",
    "RP",
    "DEB",
    "08",
    "BW",
    "DE1",
    "09",
    "BY",
    "DE2",
    "10",
    "SL",
    "DEC",
    "11",
    "BE",
    "DE3",
    "12",
    "BB",
    "DE4",
    "13",
    "MV",
    "DE8",
    "14",
    "SN",
    "DED",
    "15",
    "ST",
    "DEE",
    "16",
    "TH",
    "DEG",
]


def rows(folder: str, name: str) -> list[dict[str, str]]:
    header, *lines = (FOLDER / folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return [dict(zip(header.split(";"), line.split(";"), strict=True)) for line in lines]


def test_every_country_of_iso_3166_is_there_once() -> None:
    codes = [row["alpha-2"] for row in rows("country", "countries")]
    assert len(codes) == len(set(codes)) == 250
    assert set(codes) - {"XK"} == set(COUNTRIES)
    assert len(COUNTRIES) == 249


def test_other_codes_of_countries_are_well_formed_and_distinct() -> None:
    found = rows("country", "countries")
    assert len({row["alpha-3"] for row in found}) == 250
    assert all(len(row["alpha-3"]) == 3 and row["alpha-3"].isupper() for row in found)
    numeric = [row["numeric"] for row in found if row["alpha-2"] != "XK"]
    assert len(set(numeric)) == 249
    assert all(len(code) == 3 and code.isdigit() for code in numeric)


def test_regions_have_as_many_countries_as_m49_says() -> None:
    found = [row for row in rows("country", "countries") if row["alpha-2"] not in ("TW", "XK")]
    counted = Counter(row["intermediate region"] for row in found)
    assert counted.pop("Antarctica") == 1
    assert counted == M49
    assert len(found) == sum(M49.values()) + 1 == 248
    assert len({row["sub-region"] for row in found}) == 17 + 1
    assert Counter(row["region"] for row in found) == {
        "Africa": 60,
        "Americas": 57,
        "Asia": 50,
        "Europe": 51,
        "Oceania": 29,
        "Antarctica": 1,
    }


def test_regions_nest() -> None:
    found = rows("country", "countries")
    for below, above in (("intermediate region", "sub-region"), ("sub-region", "region")):
        assert len({(row[below], row[above]) for row in found}) == len({r[below] for r in found})


def test_no_spelling_of_a_country_or_state_means_two_of_them() -> None:
    from kiaim_plugins.building.terms import country_codes, country_names, state_codes, state_names
    from kiaim_plugins.words import folded

    for names, folder, name in (
        (country_names(), "country", "countries"),
        (state_names(), "state-de", "states"),
    ):
        for row in rows(folder, name):
            for term in (row["english"], row["german"], *filter(None, row["also"].split("|"))):
                assert folded(term) in names, term
    for codes, names in ((country_codes(), country_names()), (state_codes(), state_names())):
        assert all(codes[key] == names[key] for key in codes.keys() & names.keys())


def test_diagnoses_have_the_blocks_and_chapters_of_the_classification() -> None:
    found = rows("icd10", "blocks")
    assert len(found) == 243
    for number, chapter in enumerate(CHAPTERS, 1):
        blocks = [row for row in found if row["chapter"] == str(number)]
        assert min(b["first"] for b in blocks) == chapter[:3]
        assert max(b["last"] for b in blocks) == chapter[4:]
    ordered = sorted(found, key=lambda row: row["first"])
    assert all(row["first"] <= row["last"] for row in ordered)
    assert all(a["last"] < b["first"] for a, b in itertools.pairwise(ordered))


def test_states_have_their_three_codes() -> None:
    found = [code for row in rows("state-de", "states") for code in list(row.values())[:3]]
    assert found == STATES
    assert {row["nuts 1"][2] for row in rows("state-de", "states")} == set("123456789ABCDEFG")


def test_nuts_has_the_member_states_and_those_beside_them() -> None:
    found = rows("nuts", "countries")
    standing = Counter(row["standing"] for row in found)
    assert (standing["EU"], standing["EFTA"], standing["former member"]) == (27, 4, 1)
    assert {"EL", "UK"} <= {row["code"] for row in found}
    assert not {"GR", "GB"} & {row["code"] for row in found}


def test_postcodes_have_96_regions() -> None:
    from kiaim_plugins.building.prefixes import PostcodeDe

    regions = {f"{i:02d}" for i in range(100) if PostcodeDe().place(f"{i:02d}001") is not None}
    assert len(regions) == 96
    assert not regions & {"00", "05", "43", "62"}


def test_drugs_have_14_main_groups() -> None:
    from kiaim_plugins.building.prefixes import Atc

    letters = {c for c in map(chr, range(65, 91)) if Atc().place(c) is not None}
    assert letters == set("ABCDGHJLMNPRSV")


def test_education_has_nine_levels_and_one_for_the_rest() -> None:
    from kiaim_plugins.building.terms import Isced

    bands = [Isced().place(str(level)) for level in range(10)]
    assert [b and b[1] for b in bands] == [
        *["low"] * 3,
        *["medium"] * 2,
        *["high"] * 4,
        "not classified",
    ]


def test_civil_registration_has_ten_codes_for_marital_status() -> None:
    codes = [c for row in rows("marital-status", "terms") for c in row["xmeld"].split("|") if c]
    assert sorted(codes) == ["EA", "GS", "LA", "LD", "LE", "LP", "LV", "NB", "VH", "VW"]


@pytest.mark.parametrize("name", sorted(shipped_abouts()))
def test_every_folder_names_its_sources_edition_and_limits(name: str) -> None:
    about = shipped_abouts()[name]
    readme = " ".join((FOLDER / name / "README.md").read_text(encoding="utf-8").split())
    assert about.sources
    for source in about.sources:
        assert source.cite.split(",")[0] in readme
        assert source.licence
    if about.build is not None:
        assert about.edition in readme
        assert " ".join(about.not_covered.split()) in readme
        assert all(f"`{level}`" in readme for level in about.levels)
    assert set(about.detects) <= set(HOST.classes["detector"])


def test_every_folder_is_described() -> None:
    folders = {entry.name for entry in FOLDER.iterdir() if (entry / "README.md").is_file()}
    assert folders == set(shipped_abouts())
    for folder in folders:
        json.loads((FOLDER / folder / "about.json").read_text(encoding="utf-8"))


def test_tables_are_read_where_a_column_needs_them() -> None:
    """Loading plugins and naming hierarchies reads none of the tables; a column reads its own."""
    code = (
        "from kiaim_server.hooks.host import PluginHost\n"
        "from kiaim_server.hierarchy import shipped_names, build\n"
        "from kiaim_plugins.tables import table\n"
        "import pyarrow as pa\n"
        "host = PluginHost.load(); shipped_names()\n"
        "print(table.cache_info().currsize)\n"
        "build('icd10', {}, 'c', pa.array(['C50.9']), host)\n"
        "print(table.cache_info().currsize)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=100
    )
    assert done.stdout.split() == ["0", "1"]


SAMPLES: dict[str, pa.Array] = {
    "age": pa.array([3, 92]),
    "date": pa.array(["2024-03-05", "2023-01-01"]),
    "postcode-de": pa.array(["50937"]),
    "country": pa.array(["DE", "Frankreich"]),
    "state-de": pa.array(["BY"]),
    "nuts": pa.array(["DEA23"]),
    "icd10": pa.array(["C50.9"]),
    "ops": pa.array(["5-470"]),
    "atc": pa.array(["A10BA02"]),
    "isced": pa.array([3]),
    "marital-status": pa.array(["ledig"]),
}


def test_there_is_a_sample_of_each_that_a_builder_makes() -> None:
    assert set(SAMPLES) == {name for name in shipped_abouts() if recipe(name)}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_policy_gets_a_shipped_hierarchy_by_name(name: str) -> None:
    spec = HierarchySpec("own/rule", shipped=name, chosen_by="name")
    found = resolve(spec, HierarchySource(), "column", SAMPLES[name], HOST)
    assert found.level_names == shipped_abouts()[name].levels
    assert found.origin is not None
    assert (found.origin.kind, found.origin.name) == ("shipped", name)
    assert (found.origin.rule, found.origin.chosen_by) == ("own/rule", "name")
