"""``kiaim policy diff``: what it prints, how it exits, and what it measures on a table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiaim_server.cli import main
from tests import desk
from tests.cli.conftest import Run

OLD = "clinic-test.policy.yaml"
CONTEXT = ("-c", "release.access=controlled", "--hierarchies", "trees")


@pytest.fixture
def stricter(folder: Path) -> str:
    (folder / "new").mkdir()
    text = desk.stricter(4).replace('version: "1.0.0"', 'version: "1.1.0"')
    (folder / "new" / OLD).write_text(text)
    return f"new/{OLD}"


def test_a_stricter_policy(run: Run, stricter: str) -> None:
    result = run("policy", "diff", OLD, stricter)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0] == "clinic-test 1.0.0 -> clinic-test 1.1.0"
    assert f"stricter: demand clinic-test/crowd  ({OLD}:36)" in lines
    assert lines[2:4] == ["  - k-anonymity at least 2", "  + k-anonymity at least 4"]
    assert lines[-1] == "Version 1.1.0 is a step of the right size (minor)."


def test_a_looser_policy_says_so_in_its_exit_code(run: Run, stricter: str) -> None:
    result = run("policy", "diff", stricter, OLD)
    assert result.exit_code == 3
    assert "LOOSER: demand clinic-test/crowd" in result.output
    assert "P405 version 1.0.0 after 1.1.0, but something got looser" in result.output
    assert f"{OLD}:3:10: P405" in result.output


def test_a_version_that_did_not_grow(run: Run, folder: Path, stricter: str) -> None:
    path = folder / stricter
    path.write_text(path.read_text().replace("1.1.0", "1.0.1"))
    result = run("policy", "diff", OLD, stricter)
    assert result.exit_code == 2
    assert "write 1.1.0 at least" in result.output


def test_no_difference(run: Run) -> None:
    result = run("policy", "diff", OLD, OLD)
    assert result.exit_code == 0
    assert "0 clause(s) changed, 0 of them looser or undecided" in result.output


def test_an_earlier_version_from_standard_input(folder: Path, stricter: str) -> None:
    text = (folder / OLD).read_text()
    result = CliRunner().invoke(main, ["policy", "diff", "-", stricter, "--json"], input=text)
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert told["looser"] is False
    assert told["effect"] is None
    assert told["version"] == {"needed": "minor", "taken": "minor", "finding": None}
    (clause,) = [c for c in told["clauses"] if c["status"] != "unchanged"]
    assert (clause["kind"], clause["effect"]) == ("demand", "stricter")


def test_installed_policies_have_names(run: Run) -> None:
    result = run("policy", "diff", "gdpr-baseline", "gdpr-health-public-release")
    assert "gdpr-baseline 1" in result.output
    assert "extends gdpr-baseline: not at all -> 1" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-", "-"), "only one of the two policies"),
        ((OLD, "nowhere"), "no policy is called 'nowhere'"),
        ((OLD, "nowhere.yaml"), "does not exist"),
        ((OLD, OLD, "-c", "release.access=public"), "-c is for --on DATA"),
        (("-", OLD, "--on", "patients.csv"), "--on plans with both policies"),
    ],
)
def test_what_cannot_be_compared(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run("policy", "diff", *arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_a_policy_with_errors_is_not_compared(run: Run, folder: Path) -> None:
    path = folder / OLD
    path.write_text(path.read_text().replace("at_least: 2", "at_leest: 2"))
    result = run("policy", "diff", "gdpr-baseline", OLD)
    assert result.exit_code == 2
    assert f"{OLD}:39" in result.output


def test_the_effect_on_a_table(run: Run, folder: Path, stricter: str) -> None:
    result = run("policy", "diff", OLD, stricter, "--on", "patients.csv", *CONTEXT)
    assert result.exit_code == 0, result.output
    assert "would be released" in result.output
    assert "suppressed records" in result.output
    assert "Nothing was released." in result.output
    told = json.loads(
        run("policy", "diff", OLD, stricter, "--on", "patients.csv", *CONTEXT, "--json").stdout
    )
    effect = told["effect"]
    assert effect["old"]["verdict"] == effect["new"]["verdict"] == "release"
    assert effect["same_loss"] is True
    assert effect["old"]["loss"] < effect["new"]["loss"]
    assert effect["old"]["smallest_class"] >= 2
    assert effect["new"]["smallest_class"] >= 4
    assert {"demand": "k-anonymity", "old": "at least 2", "new": "at least 4"} in effect["demands"]
    assert {"name", "age", "sex", "diagnosis"} == {c["name"] for c in effect["columns"]}
    assert sorted(p.name for p in folder.iterdir()) == sorted([OLD, "new", "patients.csv", "trees"])


def test_the_effect_of_a_refusal(run: Run, folder: Path, stricter: str) -> None:
    path = folder / stricter
    path.write_text(path.read_text().replace("names: [age, sex]", "names: [sex]"))
    result = run("policy", "diff", OLD, stricter, "--on", "patients.csv", *CONTEXT)
    assert "would be refused" in result.output
    assert "new: Column 'age' is covered by no rule" in result.output
