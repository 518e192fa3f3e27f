"""``kiaim hierarchy``: list, show, check, build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

BROKEN = "50937;509**;*\n50931;509**;*\n50937;508**;*\n"


@pytest.fixture
def zips(folder: Path) -> Path:
    (folder / "zips.csv").write_text("zip,age\n50937,30\n01067,41\n,7\n05123,999\n50931,20\n")
    (folder / "hierarchy_zip.csv").write_text("50937;509**;*\n50931;509**;*\n01067;010**;*\n")
    (folder / "broken.csv").write_text(BROKEN)
    return folder


def test_the_list_names_levels_editions_and_sources(run: Run) -> None:
    listed = run("hierarchy", "list").output
    assert "icd10: Diagnosis codes" in listed
    assert "levels: value, subcategory, category, block, chapter, all" in listed
    assert "BfArM" in listed
    found = {
        entry["name"]: entry for entry in json.loads(run("hierarchy", "list", "--json").stdout)
    }
    assert found["country"]["sources"][0]["cite"].startswith("United Nations")
    assert found["adult"]["builder"] is None
    assert all(entry["not_covered"] for entry in found.values())


def test_a_built_one_is_shown_for_values(run: Run) -> None:
    shown = run("hierarchy", "show", "icd10", "C50.9", "I21.0")
    assert shown.output == ("C50.9;C50.9;C50;C50;C00-D48;*\nI21.0;I21.0;I21;I20-I25;I00-I99;*\n")
    without = run("hierarchy", "show", "icd10")
    assert without.exit_code == 2
    assert "give some of them" in without.output
    assert run("hierarchy", "show", "adult/sex", "Male").output == "Male;*\n"


def test_every_fault_is_told_at_its_place(run: Run, zips: Path) -> None:
    checked = run("hierarchy", "check", "broken.csv")
    assert checked.exit_code == 2
    assert checked.output.splitlines()[0].startswith("broken.csv:3:7: H108 '50937' is ambiguous")
    told = json.loads(run("hierarchy", "check", "broken.csv", "--json").stdout)
    assert not told["ok"]
    assert told["findings"] == [
        {
            "file": "broken.csv",
            "line": 3,
            "column": 7,
            "code": "H108",
            "severity": "error",
            "message": "'50937' is ambiguous: '508**' on level 1 here, but '509**' in line 1; keep "
            "one row",
        }
    ]


def test_records_without_a_row_are_numbered_and_values_not_shown(run: Run, zips: Path) -> None:
    checked = run("hierarchy", "check", "hierarchy_zip.csv", "--against", "zips.csv")
    assert checked.exit_code == 3
    assert "column 'zip': 1 of 4 values not covered, in 1 of 5 records: 4" in checked.output
    assert "05123" not in checked.output
    told = run("hierarchy", "check", "hierarchy_zip.csv", "--against", "zips.csv", "--json").stdout
    assert "05123" not in told
    against = json.loads(told)["against"]
    assert (against["first_records"], against["missing"], against["unused_values"]) == ([4], 1, 0)


@pytest.mark.parametrize(("name", "column"), [("postcode-de", "zip"), ("age", "age")])
def test_a_shipped_one_is_held_against_a_column(
    run: Run, zips: Path, name: str, column: str
) -> None:
    checked = run("hierarchy", "check", name, "--against", "zips.csv", "--column", column)
    assert checked.exit_code == 3, checked.output
    assert "in 1 of 5 records: 4" in checked.output
    assert "05123" not in checked.output
    assert "999" not in checked.output


def test_a_shipped_one_that_covers_a_column_says_what_it_makes(run: Run, folder: Path) -> None:
    (folder / "zips.csv").write_text("zip\n50937\n01067\n")
    checked = run("hierarchy", "check", "postcode-de", "--against", "zips.csv", "--column", "zip")
    assert checked.exit_code == 0
    assert "all 2 values are covered" in checked.output
    assert "3 digits 2, 2 digits 2, 1 digit 2, all 1" in checked.output
    assert run("hierarchy", "check", "postcode-de").exit_code == 0
    assert run("hierarchy", "check", "adult/education").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("icd11",), "did you mean 'icd10'"),
        (("adult",), "is a set; check one of adult/age"),
        (("adult/age", "--column", "x"), "--column goes with --against"),
        (("adult/age", "--against", "zips.csv", "--column", "x"), "no column is called 'x'"),
    ],
)
def test_what_cannot_be_checked(
    run: Run, zips: Path, arguments: tuple[str, ...], message: str
) -> None:
    refused = run("hierarchy", "check", *arguments)
    assert refused.exit_code == 2
    assert message in refused.output


def test_a_file_is_built_and_is_what_check_and_anonymize_read(run: Run, zips: Path) -> None:
    given = ("hierarchy", "build", "intervals", "--set", "widths=[5,10]", "--values", "0..20,-3")
    built = run(*given, "-o", "ages.csv")
    assert built.exit_code == 0, built.output
    assert "width 5 6, width 10 4, all 1" in built.output
    lines = (zips / "ages.csv").read_text().splitlines()
    assert lines[:2] == ["0;0-4;0-9;*", "1;0-4;0-9;*"]
    assert lines[-1] == "-3;-5 to -1;-10 to -1;*"
    assert run("hierarchy", "check", "ages.csv").exit_code == 0
    again = run(*given, "-o", "ages.csv")
    assert again.exit_code == 2
    assert "exists" in again.output


def test_a_file_is_built_from_a_column(run: Run, folder: Path) -> None:
    (folder / "land.csv").write_text("land\nDE\nFrankreich\n\nDE\n")
    built = run(
        "hierarchy", "build", "country", "--from", "land.csv", "--column", "land", "-o", "h.csv"
    )
    assert built.exit_code == 0, built.output
    assert (folder / "h.csv").read_text().splitlines()[1:] == [
        "Frankreich;FR;Western Europe;Western Europe;Europe;*",
        ";;;;;*",
    ]
    checked = run("hierarchy", "check", "h.csv", "--against", "land.csv", "--column", "land")
    assert checked.exit_code == 0, checked.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("intervals", "-o", "h.csv"), "give the values"),
        (("intervals", "--values", "1", "--column", "x", "-o", "h.csv"), "go together"),
        (("intervals", "--values", "1", "-o", "h.csv"), "give exactly one of width"),
        (("intervalz", "--values", "1", "-o", "h.csv"), "no hierarchy builder is called"),
        (("intervals", "--values", "9..1", "-o", "h.csv"), "smaller number first"),
        (("intervals", "--values", "1", "--set", "width", "-o", "h.csv"), "KEY=VALUE"),
        (("country", "--values", "Atlantis", "-o", "h.csv"), "1 value cannot be placed"),
    ],
)
def test_what_cannot_be_built(
    run: Run, folder: Path, arguments: tuple[str, ...], message: str
) -> None:
    refused = run("hierarchy", "build", *arguments)
    assert refused.exit_code == 2, refused.output
    assert message in refused.output
    assert not (folder / "h.csv").exists()
