"""``kiaim policy test`` and ``kiaim policy lint --strict``: what they print and how they exit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

CASES = """\
schema: kiaim/policy-test/v1
policy: clinic-test
given: {release.access: internal, release.form: microdata}
measured: {k-anonymity: 2, suppressed-records: 0}
cases:
  - name: a small table is released
    columns: [{name: name}, {name: age, type: integer}]
    expect: {verdict: release, fires: [no-names, crowd]}
"""
SILENT = """\
  - name: without names nothing is removed
    columns: [{name: age, type: integer}]
    expect: {verdict: release, silent: no-names}
"""


@pytest.fixture
def cases(folder: Path) -> Path:
    path = folder / "clinic-test.test.yaml"
    path.write_text(CASES + SILENT)
    return path


def test_cases_that_pass(run: Run, cases: Path) -> None:
    result = run("policy", "test", "clinic-test.policy.yaml", "--require-coverage")
    assert result.exit_code == 0, result.output
    assert result.output == "clinic-test: 2 of 2 cases passed, 2 of 2 rules covered\n"
    assert run("policy", "lint", "clinic-test.policy.yaml", "--strict").exit_code == 0


def test_a_rule_without_a_case_is_told_and_can_be_made_to_fail(run: Run, cases: Path) -> None:
    cases.write_text(CASES)
    result = run("policy", "test", "clinic-test.test.yaml")
    assert result.exit_code == 0
    words = "rule clinic-test/no-names is not covered: no case shows it stay silent"
    assert f"note   clinic-test.policy.yaml:29: {words}" in result.output
    assert "1 of 2 rules covered" in result.output
    strict = run("policy", "test", "clinic-test.test.yaml", "--require-coverage")
    assert strict.exit_code == 3
    assert f"FAILED clinic-test.policy.yaml:29: {words}" in strict.output
    lint = run("policy", "lint", "clinic-test.policy.yaml")
    assert lint.exit_code == 0
    assert "clinic-test.policy.yaml:29:1: W506" in lint.output
    assert run("policy", "lint", "clinic-test.policy.yaml", "--strict").exit_code == 2


def test_a_failure_is_told_at_its_place(run: Run, cases: Path) -> None:
    cases.write_text(CASES.replace("k-anonymity: 2", "k-anonymity: 1"))
    result = run("policy", "test", "clinic-test.test.yaml")
    assert result.exit_code == 3
    assert "FAILED clinic-test.test.yaml:6: a small table is released\n" in result.output
    assert "clinic-test.test.yaml:8:23: expected release, got refuse" in result.output
    told = json.loads(run("policy", "test", "clinic-test.test.yaml", "--json").stdout)
    assert told["ok"] is False
    (case,) = told["suites"][0]["cases"]
    assert (case["passed"], case["verdict"], case["line"]) == (False, "refuse", 6)
    assert (case["problems"][0]["line"], case["problems"][0]["column"]) == (8, 23)


def test_what_cannot_be_run_does_not_hide_the_rest(run: Run, cases: Path) -> None:
    result = run("policy", "test", "nowhere", "clinic-test.test.yaml")
    assert result.exit_code == 2
    assert "ERROR  nowhere: no policy is called 'nowhere'" in result.output
    assert "2 of 2 cases passed" in result.output
    told = json.loads(run("policy", "test", "nowhere", "--json").stdout)
    assert told["ok"] is False
    assert "nowhere" in told["suites"][0]["problem"]


def test_the_schema_is_printed_or_written(run: Run, folder: Path) -> None:
    printed = run("policy", "schema").output
    assert "rules" in json.loads(printed)["properties"]
    assert run("policy", "schema", "-o", "s.json").exit_code == 0
    assert (folder / "s.json").read_text(encoding="utf-8") == printed
    cases = json.loads(run("policy", "schema", "--cases").output)
    assert "cases" in cases["properties"]


def test_without_names_all_installed_policies_are_tested(run: Run) -> None:
    result = run("policy", "test", "--require-coverage")
    assert result.exit_code == 0, result.output
    assert "gdpr-baseline: " in result.output
    assert "FAILED" not in result.output
