"""Every measure through a whole release: by its name in a policy, into report and manifest."""

from __future__ import annotations

import json

import pytest

from kiaim_server.hierarchy import HierarchySource
from kiaim_server.model.decision import Verdict
from kiaim_server.pipeline import Workbench
from tests.acceptance.journey import run
from tests.acceptance.people import CONTEXT, TABLE, TREES, policy


@pytest.mark.parametrize(
    ("measure", "attributed"),
    [
        ("ambiguity", False),
        ("average-class-size", False),
        ("discernibility", False),
        ("height", True),
        ("loss", True),
        ("non-uniform-entropy", True),
        ("precision", True),
    ],
)
def test_a_policy_may_name_every_measure(tmp_path, measure, attributed) -> None:
    table, rules = tmp_path / "people.csv", tmp_path / "honest.policy.yaml"
    table.write_text(TABLE)
    rules.write_text(policy(more=f"objective: {{loss: {measure}}}\n"))
    outcome = run(
        table,
        rules,
        tmp_path / "out",
        context=CONTEXT,
        hierarchies=HierarchySource(inline=TREES),
        workbench=Workbench.open(tmp_path / "keys"),
    )
    assert outcome.decision.verdict is Verdict.RELEASE, outcome.decision.reasons
    manifest = json.loads(outcome.files["manifest"].read_text(encoding="utf-8"))
    report = json.loads(outcome.files["report.json"].read_text(encoding="utf-8"))
    assert manifest["loss"]["measure"] == measure
    assert report["search"]["loss"] == manifest["loss"]["value"] > 0
    losses = [c["loss"] for c in report["columns"] if c["level"] is not None]
    assert all((loss is not None) == attributed for loss in losses)
