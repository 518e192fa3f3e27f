"""A study within a register: only its records leave, and all are the population."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kiaim_server.errors import DataError
from kiaim_server.pipeline import Outcome
from tests.acceptance import visits
from tests.acceptance.test_persons import checked, read, release, town_level

#: Whose districts have many others in the register; the patient from the west is alone there.
MEMBERS = [row for row in visits.STUDY if row[3].lower() == "yes"]


def study(folder: Path, demands=visits.STUDY_DEMANDS, *, person="", rows=visits.STUDY, **more):
    text = visits.policy(person=person, demands=demands, mode=more.pop("mode", "drop"))
    header = visits.STUDY_HEADER
    return release(folder, text, rows, header, subset=more.pop("subset", "in_study"), **more)


def measured(outcome: Outcome) -> dict[str, float | None]:
    return {f.clause.measure: f.measured for f in outcome.decision.findings}


@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.parametrize("mode", ["drop", "star"])
def test_only_the_study_leaves_and_the_register_is_its_crowd(
    tmp_path: Path, mode: str, format: str
) -> None:
    outcome = study(tmp_path, mode=mode, format=format)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    assert town_level(outcome) == 1
    data = read(outcome.files["data"])
    assert list(data.columns) == ["town", "diagnosis"]
    kept = data[data["town"] != "*"]
    assert kept["town"].tolist() == ["N", "N", "S"]
    assert len(data) == (4 if mode == "star" else 3)
    assert measured(outcome) == {
        "k-map": 4,  # of the south, where the study has one record
        "delta-presence": pytest.approx(2 / 5),  # of the north
        "suppressed-records": 1 / 4,
    }
    report = outcome.report
    assert (report["data"]["records"], report["data"]["subset_records"]) == (10, 4)
    assert (report["suppressed"]["records"], report["suppressed"]["share"]) == (1, 0.25)
    manifest = json.loads(outcome.files["manifest"].read_text())
    assert manifest["input"] == manifest["input"] | {"records": 10, "columns": 4}
    assert manifest["subset"] == {"column": "in_study", "records": 4, "population": True}
    found = checked(outcome, tmp_path, outcome.files["evidence"])
    assert found["verdict"] == "verified", found


def test_the_evidence_counts_the_others_by_what_the_file_would_show(tmp_path: Path) -> None:
    outcome = study(tmp_path)
    rows = pq.read_table(outcome.files["evidence"]).to_pylist()
    assert rows == [
        {"person": None, "outside": 3, "suppressed": 0, "qi:town": "N"},
        {"person": None, "outside": 3, "suppressed": 0, "qi:town": "S"},
    ]


def test_persons_of_the_population_are_counted_once(tmp_path: Path) -> None:
    # The register has more records of one patient, in the study and not; they are no crowd.
    more = [("R-6", "S2", "f", "no")] * 5 + [("R-5", "S1", "f", "no")] * 5
    outcome = study(tmp_path, person=visits.PERSON, rows=[*visits.STUDY, *more])
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    assert measured(outcome)["k-map"] == 4
    assert outcome.report["persons"]["in_file"] == 3
    found = checked(outcome, tmp_path, outcome.files["evidence"])
    assert found["verdict"] == "verified", found


def test_a_class_that_the_study_has_nobody_of_gives_away_that_it_has_nobody(tmp_path: Path) -> None:
    lonely = [*visits.STUDY[:-1], ("R-9", "W1", "f", "no")]
    demands = ("delta-presence: {at_least: 10%}", "suppressed-records: {at_most: 50%}")
    outcome = study(tmp_path, demands, rows=lonely)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    assert town_level(outcome) == 2
    assert measured(outcome)["delta-presence"] == pytest.approx(3 / 10)


def test_without_evidence_only_what_the_file_shows_is_counted(tmp_path: Path) -> None:
    outcome = study(
        tmp_path,
        (
            "k-anonymity: {at_least: 2}",
            *visits.STUDY_DEMANDS[:1],
            "suppressed-records: {at_most: 50%}",
        ),
    )
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    found = checked(outcome, tmp_path)
    assert found["verdict"] == "incomplete"
    states = {c["name"]: c["ok"] for c in found["checks"]}
    assert states["k-anonymity at least 2"] is True
    assert states["k-map at least 4"] is False


def test_a_subset_without_demands_on_the_population_needs_no_evidence(tmp_path: Path) -> None:
    demands = ("k-anonymity: {at_least: 2}", "suppressed-records: {at_most: 50%}")
    outcome = study(tmp_path, demands)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    assert "evidence" not in outcome.files
    assert checked(outcome, tmp_path)["verdict"] == "verified"
    assert len(read(outcome.files["data"])) <= len(MEMBERS)


@pytest.mark.parametrize("demand", ["k-map: {at_least: 4}", "delta-presence: {at_most: 50%}"])
def test_a_demand_on_the_population_without_a_subset_is_refused(tmp_path: Path, demand) -> None:
    text = visits.policy(person="", demands=(demand,))
    outcome = release(tmp_path, text, [row[:3] for row in visits.STUDY], visits.HEADER)
    assert outcome.decision.verdict == "refuse"
    assert any("--subset" in reason for reason in outcome.decision.reasons)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["yes", "no", "perhaps", "", "ja"] * 2, "6 of 10 records (2 of them empty)"),
        (["no"] * 10, "no record belongs"),
        ([2, 1, 0, 1, 0] * 2, "2 of 10 records"),
    ],
)
def test_a_column_that_does_not_say_who_belongs_is_an_error_without_values(
    tmp_path: Path, values, said
) -> None:
    rows = [(*row[:3], value) for row, value in zip(visits.STUDY, values, strict=True)]
    with pytest.raises(DataError) as caught:
        study(tmp_path, rows=rows)
    assert said in str(caught.value)
    assert "perhaps" not in str(caught.value)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_unknown_column_is_an_error_that_lists_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no column is called 'study'.*in_study"):
        study(tmp_path, subset="study")


@pytest.mark.parametrize("spelt", [("1", "0"), ("TRUE", "False"), ("Yes", "no")])
def test_spellings_of_yes_and_no(tmp_path: Path, spelt) -> None:
    rows = [(*row[:3], spelt[row[3].lower() == "no"]) for row in visits.STUDY]
    assert study(tmp_path, rows=rows).decision.verdict == "release"


def test_facts_are_those_of_the_records_that_may_leave(tmp_path: Path) -> None:
    outcome = study(tmp_path)
    assert outcome.report["context"]["data.records"] == 4
    assert outcome.report["context"]["data.subjects"] == 4


def test_nothing_of_the_others_is_in_what_leaves(tmp_path: Path) -> None:
    """Their diagnoses are marked, and turn up nowhere."""
    rows = [
        (p, town, said if word.lower() == "yes" else f"MARK{said}", word)
        for p, town, said, word in visits.STUDY
    ]
    outcome = study(tmp_path, rows=rows)
    for path in outcome.files.values():
        assert b"MARK" not in path.read_bytes()
    assert "MARK" not in str(pq.read_table(outcome.files["evidence"]).to_pylist())
    assert len(read(outcome.files["data"])) == 3
