"""A plan foresees what the audit measures, whatever is counted and however it is recoded."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiaim_server.hierarchy import HierarchySource
from kiaim_server.model.decision import Finding
from kiaim_server.model.progress import Silent
from kiaim_server.pipeline import Foreseen, Outcome, ReleaseRequest, Workbench, plan, release
from tests.acceptance import local, people, visits

RICH = (
    "k-anonymity: {at_least: 3}",
    "l-diversity: {variant: distinct, at_least: 2}",
    "t-closeness: {variant: equal, at_most: 0.5}",
    "suppressed-records: {at_most: 15%}",
)


def both(folder: Path, text: str, rules: str, context, trees, **more) -> tuple[Foreseen, Outcome]:
    """The plan and the release of the same request."""
    (folder / "table.csv").write_text(text)
    policy = folder / f"{rules.split('policy: ')[1].split()[0]}.policy.yaml"
    policy.write_text(rules)
    request = ReleaseRequest(
        data=folder / "table.csv",
        name="table.csv",
        policy=policy,
        context=context,
        hierarchies=HierarchySource(inline=trees),
        **more,
    )
    workbench = Workbench.open(folder / "keys")
    scratch = folder / "scratch"
    scratch.mkdir()
    foreseen = plan(request, workbench, scratch, Silent(), fronts=True)
    assert list(scratch.iterdir()) == []
    return foreseen, release(request, workbench, folder / "out", Silent())


def measures(findings: tuple[Finding, ...]) -> list[tuple[str, object]]:
    return [(f.clause.label, pytest.approx(f.measured, abs=1e-9)) for f in findings]


def assert_foreseen(foreseen: Foreseen, outcome: Outcome) -> None:
    assert foreseen.decision.verdict == outcome.decision.verdict == "release", outcome.decision
    assert foreseen.decision.reasons == outcome.decision.reasons
    assert measures(foreseen.decision.findings) == measures(outcome.decision.findings)
    for key in ("loss", "lattice_nodes", "optimal", "lower_bound"):
        assert foreseen.plan["search"][key] == outcome.report["search"][key]
    assert foreseen.plan["suppressed"]["records"] == outcome.report["suppressed"]["records"]
    assert foreseen.plan["persons"] is None or foreseen.plan["risk"]["expected"] is None


@pytest.mark.parametrize("mode", ["drop", "star"])
@pytest.mark.parametrize("person", ["", visits.PERSON])
def test_records_and_persons(tmp_path: Path, mode: str, person: str) -> None:
    rules = visits.policy(person=person, demands=RICH, mode=mode)
    table = visits.table(visits.VISITS)
    foreseen, outcome = both(tmp_path, table, rules, visits.CONTEXT, visits.TREES)
    assert_foreseen(foreseen, outcome)
    explored = foreseen.plan["explore"]
    own = next(p for p in explored["k"]["points"] if p["policy"])
    assert own["loss"] == foreseen.plan["search"]["loss"]
    # Of each town one person has four records, so they are a class of four only as records.
    assert own["smallest_class"] == (3 if person else 4)


@pytest.mark.parametrize("mode", ["drop", "star"])
def test_a_study_within_a_register(tmp_path: Path, mode: str) -> None:
    rules = visits.policy(person="", demands=visits.STUDY_DEMANDS, mode=mode)
    table = visits.table(visits.STUDY, visits.STUDY_HEADER)
    more = {"subset": "in_study"}
    foreseen, outcome = both(tmp_path, table, rules, visits.CONTEXT, visits.TREES, **more)
    assert_foreseen(foreseen, outcome)
    assert foreseen.plan["data"]["subset_records"] == 4
    assert foreseen.plan["explore"]["k"]["policy"] is None


@pytest.mark.parametrize("mode", ["drop", "star"])
def test_local_recoding(tmp_path: Path, mode: str) -> None:
    foreseen, outcome = both(tmp_path, local.TABLE, local.policy(mode), people.CONTEXT, local.TREES)
    assert_foreseen(foreseen, outcome)
    own = next(p for p in foreseen.plan["explore"]["suppression"]["points"] if p["policy"])
    assert own["loss"] >= foreseen.plan["search"]["loss"]
