"""A table with several records per person: persons are counted, judged by pandas alone."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kiaim_server.errors import ParameterError
from kiaim_server.hierarchy import HierarchySource
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.contract import Transform
from kiaim_server.pipeline import Outcome, Workbench, publish, verify
from tests.acceptance import visits
from tests.acceptance.journey import run


def release(folder: Path, text: str, rows=visits.VISITS, header=visits.HEADER, **more) -> Outcome:
    data = folder / "visits.csv"
    data.write_text(visits.table(rows, header))
    rules = folder / "visits.policy.yaml"
    rules.write_text(text)
    return run(
        data,
        rules,
        folder / "out",
        context=visits.CONTEXT,
        hierarchies=HierarchySource(inline=visits.TREES),
        **more,
    )


def read(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype=str)


def town_level(outcome: Outcome) -> int:
    return next(c["level"] for c in outcome.report["columns"] if c["name"] == "town")


def checked(outcome: Outcome, folder: Path, evidence: Path | None = None) -> dict:
    files = outcome.files
    workbench = Workbench.open(folder / "keys")
    return verify(
        files["manifest"], files["data"], workbench, workbench.keys.public_pem(), evidence
    )


def test_records_of_one_person_are_a_crowd_only_while_records_are_counted(tmp_path: Path) -> None:
    outcome = release(tmp_path, visits.policy(person=""))
    assert outcome.decision.verdict == "release"
    assert town_level(outcome) == 0
    assert outcome.report["suppressed"]["records"] == 0
    assert "evidence" not in outcome.files
    assert checked(outcome, tmp_path)["verdict"] == "verified"


@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.parametrize("mode", ["drop", "star"])
def test_with_a_person_key_classes_hold_persons(tmp_path: Path, mode: str, format: str) -> None:
    outcome = release(tmp_path, visits.policy(mode=mode), format=format)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    assert town_level(outcome) == 1
    assert outcome.report["suppressed"]["records"] == 4  # the lonely patient's
    data = read(outcome.files["data"])
    assert "patient_id" not in data.columns
    evidence = pq.read_table(outcome.files["evidence"]).to_pandas()
    assert len(evidence) == len(data) == (28 if mode == "star" else 24)
    data["person"] = evidence["person"].to_numpy()
    kept = data[data["town"] != "*"]
    assert kept.groupby("town")["person"].nunique().to_dict() == {"N": 3, "S": 3}
    found = {f.clause.measure: f.measured for f in outcome.decision.findings}
    assert found["k-anonymity"] == 3
    manifest = json.loads(outcome.files["manifest"].read_text())
    persons = 7 if mode == "star" else 6
    assert manifest["persons"] == {
        "column": "patient_id",
        "in_file": persons,
        "class_sizes": [[3, 2]],
    }
    assert manifest["class_sizes"] == [[12, 2]]


def test_numbers_of_persons_say_nothing_but_who_is_the_same(tmp_path: Path) -> None:
    outcome = release(tmp_path, visits.policy())
    evidence = pq.read_table(outcome.files["evidence"])
    numbers = evidence.column("person").to_pylist()
    assert numbers == [0, 1, 2, 3, 4, 5] * 4
    assert stat.S_IMODE(outcome.files["evidence"].stat().st_mode) == 0o600
    renamed = [(f"X{ord(p[-1])}", *rest) for p, *rest in visits.VISITS]
    (tmp_path / "other").mkdir()
    other = release(tmp_path / "other", visits.policy(), rows=renamed)
    assert pq.read_table(other.files["evidence"]) == evidence


def test_a_kept_pseudonym_shows_persons_without_evidence(tmp_path: Path) -> None:
    outcome = release(tmp_path, visits.policy(key="pseudonymise"))
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    assert town_level(outcome) == 1
    assert "evidence" not in outcome.files
    manifest = json.loads(outcome.files["manifest"].read_text())
    assert manifest["persons"]["shown_in"] == "patient_id"
    found = checked(outcome, tmp_path)
    assert found["verdict"] == "verified", found
    data = read(outcome.files["data"])
    assert data.groupby("town")["patient_id"].nunique().to_dict() == {"N": 3, "S": 3}


@pytest.mark.parametrize("swap", [("K-1", "K-2"), ("K-1", "K-4")])
def test_a_pseudonym_that_was_changed_later_is_noticed(tmp_path: Path, swap) -> None:
    outcome = release(tmp_path, visits.policy(key="pseudonymise"))
    path = outcome.files["data"]
    data = pd.read_csv(path, dtype=str)
    first, second = (data["patient_id"][[p for p, _ in visits.PATIENTS].index(k)] for k in swap)
    data.loc[data["patient_id"] == second, "patient_id"] = first
    data.to_csv(path, index=False, lineterminator="\n")
    found = checked(outcome, tmp_path)
    assert found["verdict"] == "failed"
    assert "shape" in {c["name"] for c in found["checks"] if not c["ok"]}


def test_a_pseudonym_that_does_not_tell_all_apart_is_not_counted_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two patients with one pseudonym are two persons, by the evidence."""
    merge_two(monkeypatch)
    outcome = release(tmp_path, visits.policy(key="pseudonymise"))
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    assert read(outcome.files["data"])["patient_id"].nunique() == 5
    manifest = json.loads(outcome.files["manifest"].read_text())
    assert "shown_in" not in manifest["persons"]
    assert manifest["persons"]["in_file"] == 6
    assert checked(outcome, tmp_path)["verdict"] == "incomplete"
    found = checked(outcome, tmp_path, outcome.files["evidence"])
    assert found["verdict"] == "verified", found


def test_a_stage_that_says_that_such_a_pseudonym_does_is_convicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge_two(monkeypatch)
    monkeypatch.setattr(publish, "_shown_in", lambda prepared: "patient_id")
    outcome = release(tmp_path, visits.policy(key="pseudonymise"))
    assert outcome.decision.verdict == "refuse"
    assert any("audit" in reason for reason in outcome.decision.reasons)
    assert "data" not in outcome.files


def merge_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have two patients of one district get the same pseudonym."""
    pseudonymise = PluginHost.load().get("transform", "pseudonymise", Transform)
    honest = pseudonymise.fit

    def fit(self, values, context):
        apply = honest(self, values, context)
        same = {"K-1": "K-2"}
        return lambda batch: apply(pa.array([same.get(v, v) for v in batch.to_pylist()]))

    monkeypatch.setattr(pseudonymise, "fit", fit)


def test_l_and_t_and_risks_count_persons(tmp_path: Path) -> None:
    demands = (
        *visits.DEMANDS,
        "l-diversity: {variant: recursive, c: 1.5, at_least: 2}",
        "t-closeness: {variant: equal, at_most: 30%}",
        "reidentification-risk: {attacker: prosecutor, measure: maximum, at_most: 1/3}",
        "reidentification-risk: {attacker: marketer, measure: average, at_most: 1/3}",
    )
    # One patient brings most of the visits of a district, and all of them with the same diagnosis.
    rows = [*visits.VISITS, *(("K-1", "N1", "f") for _ in range(20))]
    outcome = release(tmp_path, visits.policy(demands=demands), rows=rows)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    data = read(outcome.files["data"])
    data["person"] = pq.read_table(outcome.files["evidence"]).column("person").to_numpy()
    measured = {
        (f.clause.measure, f.clause.parameters.get("measure")): f.measured
        for f in outcome.decision.findings
    }
    counts = data.groupby(["town", "diagnosis"])["person"].nunique().unstack(fill_value=0)
    shares = counts.div(counts.sum(axis=1), axis=0)
    whole = data.groupby("diagnosis")["person"].nunique()
    distance = shares.sub(whole / whole.sum(), axis=1).abs().sum(axis=1).max() / 2
    assert measured["t-closeness", None] == pytest.approx(distance, abs=1e-9)
    sizes = data.groupby("town")["person"].nunique()
    assert measured["reidentification-risk", "maximum"] == pytest.approx(1 / sizes.min())
    assert measured["reidentification-risk", "average"] == pytest.approx(len(sizes) / sizes.sum())
    assert outcome.report["risk"]["after"]["smallest_class"] == sizes.min()
    found = checked(outcome, tmp_path, outcome.files["evidence"])
    assert found["verdict"] == "verified", found


def test_more_persons_than_there_are_is_refused_with_their_number(tmp_path: Path) -> None:
    text = visits.policy(demands=("k-anonymity: {at_least: 8}",))
    outcome = release(tmp_path, text)
    assert outcome.decision.verdict == "refuse"
    assert any("7 persons" in reason for reason in outcome.decision.reasons)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["report.html", "report.json"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("patient_id]", "mrn]"), "no column of this table is the person key"),
        (("names: [patient_id]", "where: column.type = 'text'"), "3 columns could be"),
    ],
)
def test_a_key_that_is_not_one_column_is_refused(tmp_path: Path, change, said: str) -> None:
    text = visits.policy(person=visits.PERSON.replace(*change))
    outcome = release(tmp_path, text)
    assert outcome.decision.verdict == "refuse"
    assert any(said in reason for reason in outcome.decision.reasons)


def test_a_record_of_nobody_is_refused_with_counts_alone(tmp_path: Path) -> None:
    outcome = release(tmp_path, visits.policy(), rows=[*visits.VISITS, ("", "N1", "g")])
    assert outcome.decision.verdict == "refuse"
    assert any("1 of 29 records have no value" in reason for reason in outcome.decision.reasons)


def test_the_report_says_that_persons_are_counted(tmp_path: Path) -> None:
    outcome = release(tmp_path, visits.policy())
    page = outcome.files["report"].read_text()
    assert "each class holds at least 3 persons" in page
    assert "equal values of patient_id mean one person" in page
    assert "The evidence must not be released." in page
    assert "Each record counts as one person" not in page
    assert outcome.report["persons"]["in_file"] == 6
    assert outcome.report["context"]["data.subjects"] == 7
    assert outcome.report["context"]["data.longitudinal"] is True


def test_without_evidence_the_check_is_incomplete_and_says_of_what(tmp_path: Path) -> None:
    outcome = release(tmp_path, visits.policy())
    found = checked(outcome, tmp_path)
    assert found["ok"] is False
    assert found["verdict"] == "incomplete"
    states = {c["name"]: (c["ok"], c["counted"]) for c in found["checks"]}
    assert states["signature"] == states["file"] == states["shape"] == (True, True)
    assert states["evidence"] == (False, False)
    assert states["k-anonymity at least 3"] == (False, False)
    assert states["suppressed-records at most 0.15"] == (True, True)


def test_a_changed_file_fails_with_and_without_evidence(tmp_path: Path) -> None:
    outcome = release(tmp_path, visits.policy())
    data = outcome.files["data"]
    data.write_text(data.read_text().replace("N,", "S,", 1))
    assert checked(outcome, tmp_path)["verdict"] == "failed"
    assert checked(outcome, tmp_path, outcome.files["evidence"])["verdict"] == "failed"


def test_no_key_is_in_anything_that_was_written(tmp_path: Path) -> None:
    marked = [(f"ZZMARK{patient}", *rest) for patient, *rest in visits.VISITS]
    outcome = release(tmp_path, visits.policy(), rows=marked)
    for path in outcome.files.values():
        assert b"ZZMARK" not in path.read_bytes()
    assert "ZZMARK" not in str(pq.read_table(outcome.files["evidence"]).to_pylist())


def test_without_quasi_identifiers_all_persons_are_one_class(tmp_path: Path) -> None:
    text = visits.policy().replace("as: quasi", "as: insensitive")
    outcome = release(tmp_path, text)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    assert outcome.decision.findings[0].measured == 7
    found = checked(outcome, tmp_path, outcome.files["evidence"])
    assert found["verdict"] == "verified", found


def test_the_same_request_gives_the_same_evidence(tmp_path: Path) -> None:
    made = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        made.append(release(tmp_path / name, visits.policy()).files["evidence"].read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize("mode", ["drop", "star"])
def test_local_recoding_counts_persons(tmp_path: Path, mode: str) -> None:
    """A town where three patients live is shown, though a single one has most of its records."""
    rows = [*visits.VISITS, ("K-8", "N1", "f"), ("K-9", "N1", "g"), ("K-10", "N2", "h")]
    outcome = release(tmp_path, visits.policy(mode=mode) + visits.LOCAL, rows=rows)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    data = read(outcome.files["data"])
    data["person"] = pq.read_table(outcome.files["evidence"]).column("person").to_pylist()
    kept = data[data["town"] != "*"]
    assert kept.groupby("town")["person"].nunique().to_dict() == {"N1": 3, "N": 3, "S": 3}
    assert kept.groupby("town")["person"].size().to_dict() == {"N1": 6, "N": 9, "S": 12}
    found = checked(outcome, tmp_path, outcome.files["evidence"])
    assert found["verdict"] == "verified", found


def test_local_recoding_says_nothing_of_a_research_subset(tmp_path: Path) -> None:
    rules = visits.policy(person="", demands=visits.STUDY_DEMANDS) + visits.LOCAL
    header = visits.STUDY_HEADER
    with pytest.raises(ParameterError, match="recoding: full-domain"):
        release(tmp_path, rules, rows=visits.STUDY, header=header, subset="in_study")
