"""``kiaim plan``: the answer that ``kiaim anonymize`` would give, without a release."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import desk
from tests.cli.conftest import Run
from tests.cli.test_commands import RELEASE

PLAN = ("plan", *RELEASE[1:])

UNPROTECTED = desk.POLICY.replace("- k-anonymity: {at_least: 2}\n      ", "")
ATTESTED = desk.POLICY.replace(
    "- suppressed-records: {at_most: 50%}",
    "- suppressed-records: {at_most: 50%}\n      - attestation: {of: release-decision}",
)
UNSOLVABLE = desk.POLICY.replace(
    "- suppressed-records: {at_most: 50%}",
    "- t-closeness: {variant: equal, at_most: 0}\n"
    "      - l-diversity: {variant: recursive, c: 0.1, at_least: 2}\n"
    "      - suppressed-records: {at_most: 0%}",
)


def planned(run: Run, *more: str) -> tuple[int, dict[str, Any]]:
    """Exit code and plan."""
    result = run(*PLAN, "--json", *more)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert {line["event"] for line in lines[:-1]} <= {"progress"}
    return result.exit_code, lines[-1]


def test_a_plan_says_what_the_release_is_and_writes_nothing(run: Run, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    code, plan = planned(run)
    assert (code, plan["event"], plan["schema"]) == (0, "plan", "kiaim/plan/v1")
    assert sorted(folder.rglob("*")) == before
    assert run(*RELEASE, "-o", "out").exit_code == 0
    report = json.loads((folder / "out" / "report.json").read_text())
    assert plan["decision"] == report["decision"]
    for key in ("search", "suppressed"):
        for name in {"loss", "lattice_nodes", "optimal", "records"} & set(plan[key]):
            assert plan[key][name] == report[key][name]
    level = {c["name"]: c["level"] for c in report["columns"]}
    assert {c["name"]: c["level"] for c in plan["columns"]} == level
    assert [f["measured"] for f in plan["expected"]] == [f["measured"] for f in report["findings"]]
    assert plan["risk"]["expected"] == report["risk"]["after"]


def test_a_plan_names_roles_hierarchies_limits_and_demands(run: Run) -> None:
    _, plan = planned(run)
    age = next(c for c in plan["columns"] if c["name"] == "age")
    assert (age["role"], age["rules"]) == ("quasi", ["clinic-test/known"])
    assert age["hierarchy"]["min"] == 0
    assert age["hierarchy"]["max"] == len(age["hierarchy"]["levels"]) - 1 == 2
    (k, suppressed) = plan["requirements"]
    assert (k["measure"], k["at_least"], k["rules"]) == ("k-anonymity", "2", ["clinic-test/crowd"])
    assert suppressed["at_most"] == "0.5"
    shown = run(*PLAN)
    for words in ("WOULD BE RELEASED", "clinic-test/crowd", "Information loss", "Nothing was"):
        assert words in shown.output


@pytest.mark.parametrize("policy", [UNPROTECTED, ATTESTED, UNSOLVABLE, desk.stricter(11)])
def test_what_would_not_be_released_exits_with_3_and_the_same_reasons(
    run: Run, folder: Path, policy: str
) -> None:
    assert policy != desk.POLICY
    (folder / "clinic-test.policy.yaml").write_text(policy)
    code, plan = planned(run)
    assert run(*RELEASE, "-o", "out").exit_code == code == 3
    report = json.loads((folder / "out" / "report.json").read_text())
    assert plan["decision"] == report["decision"]
    assert "WOULD" in run(*PLAN).output


def test_records_without_any_protection_are_denied(run: Run, folder: Path) -> None:
    (folder / "clinic-test.policy.yaml").write_text(UNPROTECTED)
    _, plan = planned(run)
    assert "no rule that applies demands a privacy model" in plan["blocks"][0]["reason"]
    assert plan["search"] is None


def test_a_missing_statement_is_shown(run: Run, folder: Path) -> None:
    (folder / "clinic-test.policy.yaml").write_text(ATTESTED)
    code, plan = planned(run)
    assert (code, plan["decision"]["verdict"]) == (3, "review")
    assert plan["search"]["loss"] is not None
    assert "release-decision" in run(*PLAN).output


def test_an_unknown_column_stops_before_the_search(run: Run, folder: Path) -> None:
    (folder / "patients.csv").write_text(desk.PATIENTS.replace("name,", "nom,"))
    code, plan = planned(run, "--explore", "-o", "plan.html")
    assert (code, plan["unclassified"], plan["search"]) == (3, ["nom"], None)
    assert plan["explore"] is None
    assert "refused before the search" in plan["not_explored"]
    assert plan["lattice"] == {"quasi_identifiers": 2, "nodes": 6}
    page = (folder / "plan.html").read_text()
    assert "WOULD BE REFUSED" in page
    assert "refused before the search" in page
    shown = run(*PLAN).output
    assert "no rule covers the column" in shown
    assert "nom" in shown


def test_columns_without_a_rule_come_with_what_they_look_like(run: Run, folder: Path) -> None:
    mails = [f"{line},m{i}@example.org" for i, line in enumerate(desk.PATIENTS.splitlines())]
    mails[0] = desk.PATIENTS.splitlines()[0] + ",contact"
    (folder / "patients.csv").write_text("\n".join(mails) + "\n")
    _, plan = planned(run)
    (proposal,) = plan["proposals"]
    assert proposal["name"] == "contact"
    assert "looks like email: 100 % of 10 distinct values fit" in proposal["told"]
    assert "proposed direct, contact" in proposal["told"]
    assert "example.org" not in json.dumps(plan)
    (best, *_) = plan["singling_out"]["all_columns"]["sizes"][0]["best"]
    assert (best["columns"], best["singled_out"]) == (["contact"], 10)
    quasi = plan["singling_out"]["quasi_identifiers"]
    assert {c for s in quasi["sizes"] for b in s["best"] for c in b["columns"]} <= {"age", "sex"}


def test_a_role_that_is_milder_than_it_looks_is_doubted(run: Run, folder: Path) -> None:
    policy = desk.POLICY.replace(
        "rules:\n",
        "  - {id: mild, names: [contact], as: insensitive, because: Harmless., cite: house}\n"
        "rules:\n",
        1,
    )
    (folder / "clinic-test.policy.yaml").write_text(policy)
    mails = [f"{line},m{i}@example.org" for i, line in enumerate(desk.PATIENTS.splitlines())]
    mails[0] = desk.PATIENTS.splitlines()[0] + ",contact"
    (folder / "patients.csv").write_text("\n".join(mails) + "\n")
    code, plan = planned(run)
    assert code == 0
    (doubt,) = plan["doubts"]
    assert (doubt["name"], doubt["role"]) == ("contact", "insensitive")
    assert doubt["rules"] == ["clinic-test/mild"]
    assert "looks like email" in doubt["told"]
    assert "Milder than they look" in run(*PLAN).output


def test_wrong_input_exits_with_2(run: Run, folder: Path) -> None:
    (folder / "patients.csv").write_text("name,age\n")
    result = run(*PLAN)
    assert result.exit_code == 2
    assert "nothing can be released" in result.output


def test_every_gap_of_every_hierarchy_is_told_by_counts_and_places(run: Run, folder: Path) -> None:
    rows = desk.PATIENTS.replace("Jo,52,f", "Jo,99,f").replace("Cem,34,m", "Cem,98,x")
    (folder / "patients.csv").write_text(rows)
    code, plan = planned(run, "-o", "plan.html")
    assert (code, plan["decision"]["verdict"], plan["search"]) == (3, "refuse", None)
    gaps = {gap["column"]: gap for gap in plan["hierarchy_gaps"]}
    assert (gaps["age"]["values"], gaps["age"]["records"]) == (2, 2)
    assert gaps["age"]["first_records"] == [3, 10]
    assert (gaps["sex"]["values"], gaps["sex"]["first_records"]) == (1, [3])
    assert len(plan["decision"]["reasons"]) == 2
    assert plan["lattice"]["nodes"] == 6
    shown = run(*PLAN).output + (folder / "plan.html").read_text()
    assert "2 distinct values in 2 records" in shown
    assert not {"99", "98"} & set(json.dumps(plan["hierarchy_gaps"]).split())
    assert "&#39;99" not in shown
    assert "'99'" not in shown
    assert run(*RELEASE, "-o", "out").exit_code == 2


def test_a_quasi_identifier_without_hierarchy_is_told_and_the_others_are_found(
    run: Run, folder: Path
) -> None:
    (folder / "trees" / "hierarchy_sex.csv").unlink()
    code, plan = planned(run)
    (gap,) = plan["hierarchy_gaps"]
    assert (code, gap["column"], gap["values"]) == (3, "sex", None)
    assert "without a hierarchy" in gap["told"]
    assert plan["lattice"] == {"quasi_identifiers": 2, "nodes": None}
    hierarchies = {c["name"]: c["hierarchy"] for c in plan["columns"]}
    assert hierarchies["sex"] is None
    assert hierarchies["age"]["levels"]


def test_pseudonyms_of_a_plan_are_those_of_the_installation(run: Run, folder: Path) -> None:
    """Where there are keys they are used; where there are none, none are made."""
    assert planned(run)[0] == 0
    assert not (folder / "data").exists()
    assert run("key", "export").exit_code == 0
    keys = {p: p.read_bytes() for p in (folder / "data" / "keys").iterdir()}
    assert planned(run)[0] == 0
    assert {p: p.read_bytes() for p in (folder / "data" / "keys").iterdir()} == keys


def test_exploring_shows_other_limits_and_k_and_draws_them(run: Run, folder: Path) -> None:
    code, plan = planned(run, "--explore", "-o", "explore.html")
    assert code == 0
    explored = plan["explore"]
    limits = {p["limit_records"]: p for p in explored["suppression"]["points"]}
    assert set(limits) == {0, 1, 2, 5, 10}
    assert limits[5]["policy"]
    assert limits[5]["loss"] == plan["search"]["loss"]
    assert [p["k"] for p in explored["k"]["points"]] == [2, 3, 5, 10, 11, 20, 50, 100]
    assert {p["k"]: p["state"] for p in explored["k"]["points"]}[11] == "infeasible"
    assert explored["suppression"]["searches"] + explored["k"]["searches"] < 13
    assert "<svg" in (folder / "explore.html").read_text()
    again = run(*PLAN, "--explore", "-o", "explore.html")
    assert again.exit_code == 2
    assert "exists already" in again.output
    shown = run(*PLAN, "--explore", "-o", "other.html")
    assert "the policy" in shown.output
    assert "other.html" in shown.output


def test_an_infeasible_policy_can_be_explored(run: Run, folder: Path) -> None:
    (folder / "clinic-test.policy.yaml").write_text(desk.stricter(11))
    code, plan = planned(run, "--explore")
    assert code == 3
    points = {p["k"]: p for p in plan["explore"]["k"]["points"]}
    assert (points[11]["state"], points[11]["policy"]) == ("infeasible", True)
    assert (points[10]["state"], points[10]["allowed"]) == ("optimum", False)


def test_a_plan_is_written_as_a_page_without_plots_too(run: Run, folder: Path) -> None:
    result = run(*PLAN, "-o", "plan.html")
    assert result.exit_code == 0
    assert "plan.html" in result.output
    page = (folder / "plan.html").read_text()
    for words in ("WOULD BE RELEASED", "clinic-test/known", "Whom few columns single out", "<td>"):
        assert words in page
    assert "<svg" not in page
    assert "<script" not in page
    german = run(*PLAN, "--language", "de", "-o", "plan-de.html")
    assert "WÜRDE FREIGEGEBEN" in german.output
    page = (folder / "plan-de.html").read_text()
    for words in ("WÜRDE FREIGEGEBEN", "Wen wenige Spalten herausgreifen", '<html lang="de">'):
        assert words in page
