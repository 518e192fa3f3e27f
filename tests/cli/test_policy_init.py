"""``kiaim policy init``: what it writes, prints and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import desk
from tests.acceptance.drafting import confirmed
from tests.cli.conftest import Run

INIT = ("policy", "init", "--from", "patients.csv")


@pytest.fixture(autouse=True)
def weights(folder: Path) -> None:
    """The table has a column that no shipped policy knows."""
    header, *rows = desk.PATIENTS.splitlines()
    lines = [f"{header},weight", *(f"{row},{60 + i / 3:.2f}" for i, row in enumerate(rows))]
    (folder / "patients.csv").write_text("\n".join(lines) + "\n")


def test_a_draft_is_written_once_and_does_not_run(run: Run, folder: Path) -> None:
    result = run(*INIT, "-o", "clinic.policy.yaml")
    assert result.exit_code == 0, result.output
    assert "kiaim policy lint clinic.policy.yaml" in result.output
    text = (folder / "clinic.policy.yaml").read_text()
    assert "policy: clinic\n" in text
    assert "extends: [gdpr-baseline@1]" in text
    linted = run("policy", "lint", "clinic.policy.yaml")
    assert (linted.exit_code, "P132" in linted.output) == (2, True)
    plan = run("plan", "patients.csv", "-p", "clinic.policy.yaml")
    assert (plan.exit_code, "P132" in plan.output) == (2, True)
    (folder / "clinic.policy.yaml").write_text(confirmed(text))
    assert run("policy", "lint", "clinic.policy.yaml").exit_code == 0
    again = run(*INIT, "-o", "clinic.policy.yaml")
    assert (again.exit_code, "exists already" in again.output) == (2, True)


def test_without_a_file_the_same_draft_is_printed_or_told_as_json(run: Run, folder: Path) -> None:
    assert run(*INIT, "-o", "patients.policy.yaml").exit_code == 0
    text = (folder / "patients.policy.yaml").read_text()
    assert run(*INIT).stdout == text
    told = json.loads(run(*INIT, "--json").stdout.splitlines()[-1])
    assert (told["event"], told["policy"], told["text"]) == ("draft", "patients", text)
    name = next(c for c in told["columns"] if c["name"] == "name")
    assert name["said"]["role"] == "direct"
    assert name["recognised"][0]["detector"] == "person-name"
    assert told["singling_out"]["complete"]
    assert not (folder / "data").exists()


def test_what_it_extends_is_named_with_or_without_its_major_version(run: Run) -> None:
    for name in ("gdpr-health-controlled-access", "gdpr-health-controlled-access@1"):
        text = run(*INIT, "--extends", name).stdout
        assert "extends: [gdpr-health-controlled-access@1]" in text
    unknown = run(*INIT, "--extends", "gdpr-basline")
    assert (unknown.exit_code, "did you mean" in unknown.output) == (2, True)


def test_a_file_that_is_not_named_like_a_policy_is_refused(run: Run, folder: Path) -> None:
    for name in ("clinic.yaml", "Clinic.policy.yaml", "9.policy.yaml"):
        result = run(*INIT, "-o", name)
        assert result.exit_code == 2
        assert "patients.policy.yaml" in result.output
        assert not (folder / name).exists()
