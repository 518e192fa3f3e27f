"""Persons, subset and evidence from the command line."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.acceptance import visits
from tests.cli.conftest import Run

RELEASE = (
    *("anonymize", "visits.csv", "-p", "visits.policy.yaml", "-o", "out", "--hierarchies", "towns"),
    *("-c", "release.access=controlled", "-c", "release.form=microdata"),
)


@pytest.fixture
def visit_files(folder: Path) -> Path:
    """visits.csv, study.csv, visits.policy.yaml and towns/ in the current folder."""
    (folder / "visits.csv").write_text(visits.table(visits.VISITS))
    (folder / "visits.policy.yaml").write_text(visits.policy())
    (folder / "towns").mkdir()
    rows = "".join(";".join(row) + "\n" for row in visits.TREES["town"])
    (folder / "towns" / "hierarchy_town.csv").write_text(rows)
    return folder


def test_a_release_of_persons_and_its_checks(run: Run, visit_files: Path) -> None:
    result = run(*RELEASE)
    assert result.exit_code == 0, result.output
    assert "Persons are counted, not records, by patient_id" in result.output
    assert "never release it" in " ".join(result.output.split())
    evidence = visit_files / "out" / "evidence.parquet"
    assert stat.S_IMODE(evidence.stat().st_mode) == 0o600
    files = ("out/manifest.json", "out/data.csv")
    incomplete = run("verify", *files)
    assert incomplete.exit_code == 4
    assert "INCOMPLETE" in incomplete.output
    assert "VERIFIED" not in incomplete.output
    whole = run("verify", *files, "--evidence", "out/evidence.parquet")
    assert whole.exit_code == 0, whole.output
    assert "VERIFIED" in whole.output
    told = json.loads(run("verify", *files, "--json").stdout)
    assert (told["ok"], told["verdict"]) == (False, "incomplete")
    assert {c["name"] for c in told["checks"] if not c["counted"]} == {
        "evidence",
        "k-anonymity at least 3",
    }


@pytest.mark.parametrize("lie", ["one more", "missing", "another release's", "no Parquet"])
def test_evidence_that_was_changed_does_not_verify(run: Run, visit_files: Path, lie: str) -> None:
    assert run(*RELEASE).exit_code == 0
    evidence = visit_files / "out" / "evidence.parquet"
    if lie == "missing":
        evidence.unlink()
    elif lie == "no Parquet":
        evidence.write_bytes(b"x")
    elif lie == "one more":
        table = pq.read_table(evidence)
        numbers = table.column("person").to_pylist()
        numbers[0] = 99
        pq.write_table(table.set_column(0, "person", [numbers]), evidence)
    else:
        other = [*visits.VISITS, ("K-8", "N1", "g")]
        (visit_files / "visits.csv").write_text(visits.table(other))
        assert run(*RELEASE[:5], "other", *RELEASE[6:]).exit_code == 0
        (visit_files / "other" / "evidence.parquet").rename(evidence)
    result = run(
        "verify", "out/manifest.json", "out/data.csv", "--evidence", "out/evidence.parquet"
    )
    assert result.exit_code == (2 if lie == "missing" else 3), result.output
    assert " VERIFIED" not in result.output.replace("NOT VERIFIED", "")


def test_a_subset_from_the_command_line(run: Run, visit_files: Path) -> None:
    (visit_files / "visits.csv").write_text(visits.table(visits.STUDY, visits.STUDY_HEADER))
    (visit_files / "visits.policy.yaml").write_text(
        visits.policy(person="", demands=visits.STUDY_DEMANDS)
    )
    without = run(*RELEASE)
    assert without.exit_code == 3
    assert "--subset" in without.output
    result = run(*RELEASE, "--subset", "in_study", "--force")
    assert result.exit_code == 0, result.output
    assert "Research subset (in_study): 4 of 10 records" in result.output
    assert "Suppressed records: 1 of 4" in result.output
    assert (visit_files / "out" / "data.csv").read_text() == "town,diagnosis\nN,f\nN,f\nS,f\n"
    wrong = run(*RELEASE, "--subset", "town", "--force")
    assert wrong.exit_code == 2
    assert "10 of 10 records" in wrong.output
    assert "N1" not in wrong.output


def test_old_evidence_is_taken_away(run: Run, visit_files: Path) -> None:
    assert run(*RELEASE).exit_code == 0
    (visit_files / "visits.policy.yaml").write_text(visits.policy(person=""))
    result = run(*RELEASE, "--force")
    assert result.exit_code == 0, result.output
    assert not (visit_files / "out" / "evidence.parquet").exists()
    (visit_files / "visits.policy.yaml").write_text(
        visits.policy(demands=("k-anonymity: {at_least: 8}",))
    )
    assert run(*RELEASE, "--force").exit_code == 3
    left = sorted(p.name for p in (visit_files / "out").iterdir())
    assert left == ["report.html", "report.json"]
