"""A waiver from the policy file to the released bytes, and back to who allowed it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from kiaim_server.api.config import ServerConfig
from kiaim_server.api.serve import RunningServer
from kiaim_server.cli import main
from kiaim_server.client import Client
from kiaim_server.jobs.installation import Installation
from tests import desk

CHILD = """schema: kiaim/policy/v1
policy: clinic-waived
version: "1.0.0"
title: The clinic's policy with leave for research
effective: {from: "2026-01-01", review_by: "2099-01-01"}
extends: [clinic-test@1]
sources:
  board: {cite: "Decision of the board 7", kind: contract}
rules:
  - id: no-gout
    when: data.rare_condition
    decide: block
    because: Gout is rare here.
    cite: board
waivers:
  - id: small-groups
    rule: clinic-test/crowd
    scope: {when: release.purpose = 'research'}
    replaces: {require: {k-anonymity: {at_least: 5}}}
    by: {require: {k-anonymity: {at_least: 2}}}
    reason: The clinic has few patients.
    approved_by: [data protection office, board]
    until: "2099-12-31"
    cite: board
  - id: gout-too
    rule: clinic-waived/no-gout
    scope: {when: release.access = 'controlled'}
    replaces: {decide: block}
    by: {decide: warn}
    reason: The study is about gout.
    approved_by: [data protection office, board]
    until: "2099-12-31"
    cite: board
"""
RESEARCH = {**desk.CONTEXT, "release.purpose": "research", "data.rare_condition": True}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIAIM_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "patients.csv").write_text(desk.PATIENTS)
    (tmp_path / "clinic-test.policy.yaml").write_text(desk.stricter(5))
    (tmp_path / "clinic-waived.policy.yaml").write_text(CHILD)
    trees = tmp_path / "trees"
    trees.mkdir()
    for column, rows in desk.HIERARCHIES.items():
        lines = "".join(";".join(row) + "\n" for row in rows)
        (trees / f"hierarchy_{column}.csv").write_text(lines)
    return tmp_path


def kiaim(*command: str) -> Result:
    return CliRunner().invoke(main, list(command), prog_name="kiaim")


def anonymize(
    folder: Path, context: dict[str, Any], *more: str, policy: str = "clinic-waived"
) -> Result:
    given = [
        f"-c{key}={str(v).lower() if isinstance(v, bool) else v}" for key, v in context.items()
    ]
    return kiaim(
        "anonymize", str(folder / "patients.csv"), "-p", str(folder / f"{policy}.policy.yaml"),
        "--hierarchies", str(folder / "trees"), "-o", str(folder / "out"), *given, *more,
    )  # fmt: skip


def smallest_class(path: Path) -> int:
    return int(pd.read_csv(path, dtype=str).groupby(["age", "sex"], dropna=False).size().min())


def test_a_waiver_is_told_everywhere_from_the_terminal_to_the_verification(folder: Path) -> None:
    result = anonymize(folder, RESEARCH)
    assert result.exit_code == 0, result.output
    assert "RELAXED" in result.output
    data, manifest = folder / "out" / "data.csv", folder / "out" / "manifest.json"
    assert 2 <= smallest_class(data) < 5
    claims = json.loads(manifest.read_text())
    (clause,) = (c for c in claims["clauses"] if c["measure"] == "k-anonymity")
    assert (clause["at_least"], clause["waivers"]) == ("2", ["clinic-waived/small-groups"])
    decision, demand = claims["waivers"]
    assert demand == {
        "id": "clinic-waived/small-groups",
        "rule": "clinic-test/crowd",
        "replaces": {"require": {"k-anonymity": {"at_least": "5"}}},
        "by": {"require": {"k-anonymity": {"at_least": "2"}}},
        "subjects": [],
        "reason": "The clinic has few patients.",
        "approved_by": ["data protection office", "board"],
        "until": "2099-12-31",
        "cite": ["Decision of the board 7"],
    }
    assert (decision["replaces"], decision["by"]) == ({"decide": "block"}, {"decide": "warn"})
    report = json.loads((folder / "out" / "report.json").read_text())
    assert [w["status"] for w in report["waivers"]] == ["relaxes", "relaxes"]
    page = (folder / "out" / "report.html").read_text()
    assert "What was waived" in page
    assert "k-anonymity at least 5 &rarr; k-anonymity at least 2" in page
    assert "Approved by data protection office and board" in page
    checked = kiaim("verify", str(manifest), str(data), "--json")
    assert checked.exit_code == 0, checked.output
    checks = {c["name"]: c["detail"] for c in json.loads(checked.stdout)["checks"]}
    assert checks["waiver clinic-waived/small-groups"] == (
        "k-anonymity at least 5 of clinic-test/crowd was relaxed to k-anonymity at least 2, "
        "approved by data protection office and board until 2099-12-31: The clinic has few "
        "patients."
    )
    assert checks["k-anonymity at least 2"].endswith(
        "Relaxed by waiver clinic-waived/small-groups."
    )
    planned = kiaim("plan", *planning(folder))
    assert "RELAXED" in planned.output


def planning(folder: Path) -> list[str]:
    given = [
        "-crelease.access=controlled",
        "-crelease.form=microdata",
        "-crelease.purpose=research",
    ]
    files = [str(folder / "patients.csv"), "-p", str(folder / "clinic-waived.policy.yaml")]
    return [*files, "--hierarchies", str(folder / "trees"), *given]


def test_out_of_scope_everything_is_as_without_the_waiver(folder: Path) -> None:
    care = {**desk.CONTEXT, "release.purpose": "care", "data.rare_condition": False}
    result = anonymize(folder, care)
    assert result.exit_code == 0, result.output
    with_waiver = (folder / "out" / "data.csv").read_bytes()
    assert smallest_class(folder / "out" / "data.csv") >= 5
    claims = json.loads((folder / "out" / "manifest.json").read_text())
    assert "waivers" not in claims
    assert all("waivers" not in clause for clause in claims["clauses"])
    report = json.loads((folder / "out" / "report.json").read_text())
    assert {w["id"]: w["status"] for w in report["waivers"]} == {
        "clinic-waived/gout-too": "idle",
        "clinic-waived/small-groups": "out-of-scope",
    }
    assert any(
        "small-groups: the waiver" in text and "no effect" in text for text in report["warnings"]
    )
    assert "Without effect:" in (folder / "out" / "report.html").read_text()
    bare = CHILD[: CHILD.index("waivers:")].replace("clinic-waived", "clinic-bare")
    (folder / "clinic-bare.policy.yaml").write_text(bare)
    assert anonymize(folder, care, "--force", policy="clinic-bare").exit_code == 0
    assert (folder / "out" / "data.csv").read_bytes() == with_waiver


def test_an_expired_waiver_stops_the_policy_at_its_place(folder: Path) -> None:
    old = CHILD.replace('"2099-12-31"', '"2025-12-31"', 1)
    (folder / "clinic-waived.policy.yaml").write_text(old)
    result = anonymize(folder, RESEARCH)
    assert result.exit_code == 2
    line = next(i for i, text in enumerate(old.splitlines(), 1) if "2025-12-31" in text)
    assert (
        f"clinic-waived.policy.yaml:{line}:12: P209 the waiver expired on 2025-12-31"
        in " ".join(result.output.split())
    )
    assert not (folder / "out").exists()


@pytest.mark.slow
def test_a_waiver_over_rest(folder: Path) -> None:
    policies = folder / "policies"
    policies.mkdir()
    for name in ("clinic-test", "clinic-waived"):
        (folder / f"{name}.policy.yaml").rename(policies / f"{name}.policy.yaml")
    installation = Installation(folder / "server", policies_dir=policies)
    config = ServerConfig(installation, max_upload=1_000_000)
    with RunningServer(config, "127.0.0.1", 0, 1) as running, Client(running.url) as client:
        dataset = client.upload(folder / "patients.csv").id
        job = client.submit(
            dataset,
            policy="clinic-waived",
            context=RESEARCH,
            hierarchies={"inline": desk.HIERARCHIES},
        )
        job = client.wait(job.id, seconds=120)
        assert job.state == "done", job
        planned = client.wait(
            client.plan(
                dataset,
                policy="clinic-waived",
                context={**RESEARCH, "release.purpose": "care"},
                hierarchies={"inline": desk.HIERARCHIES},
            ).id,
            seconds=120,
        )
        foreseen = json.loads(client.download(planned.id, "plan", folder / "plan").read_text())
        names = ("data", "manifest", "report.json")
        files = {name: client.download(job.id, name, folder / name) for name in names}
        found = client.verify(files["data"], files["manifest"])
    assert {w["id"]: w["status"] for w in foreseen["waivers"]} == {
        "clinic-waived/gout-too": "relaxes",
        "clinic-waived/small-groups": "out-of-scope",
    }
    assert found.verdict == "verified", found
    assert {c["name"] for c in found.checks} >= {"waiver clinic-waived/small-groups"}
    report = json.loads(files["report.json"].read_text())
    assert [w["status"] for w in report["waivers"]] == ["relaxes", "relaxes"]
