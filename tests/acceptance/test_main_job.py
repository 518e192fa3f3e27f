"""The adult table through the whole pipeline, judged by pandas and pycanon, not by our own code."""

import json

import pandas as pd
import pytest
from pycanon import anonymity

from kiaim_server.audit import verify
from kiaim_server.demo import adult_table
from kiaim_server.hierarchy import HierarchySource
from kiaim_server.pipeline import Workbench
from tests.acceptance.journey import CONTEXT, run

QUASI = [
    "sex",
    "age",
    "race",
    "marital-status",
    "education",
    "native-country",
    "workclass",
    "occupation",
]
ADULT = HierarchySource(shipped="adult")

STRICTER = """
schema: kiaim/policy/v1
policy: census
version: "1.0.0"
title: Census records for research
effective: {from: "2026-01-01", review_by: "2099-12-31"}
extends: [gdpr-baseline@1]
parameters:
  min_k: {default: 5}
  max_risk: {default: 1/5}
  max_suppressed: {default: 1/50}
sources:
  house: {cite: "House rule", kind: convention}
rules:
  - id: closeness
    require:
      - t-closeness: {variant: equal, at_most: 0.4}
      - l-diversity: {variant: entropy, at_least: 1.2}
    because: Nobody's income shall be guessed from the group.
    cite: house
output: {suppressed: %s}
"""


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    """One release per suppression mode and format, under a policy with k, l and t."""
    folder = tmp_path_factory.mktemp("releases")
    workbench = Workbench.open(folder / "keys")
    made = {}
    for mode, kind in (("star", "csv"), ("drop", "parquet")):
        policies = folder / mode
        policies.mkdir()
        policy = policies / "census.policy.yaml"
        policy.write_text(STRICTER % mode)
        out = folder / f"out-{mode}"
        made[mode] = run(
            adult_table(), policy, out, hierarchies=ADULT, workbench=workbench, format=kind
        )
    return workbench, made


def table_of(outcome):
    path = outcome.files["data"]
    read = pd.read_parquet if path.suffix == ".parquet" else pd.read_csv
    return read(path, **({"dtype": str} if path.suffix == ".csv" else {})).astype(str)


@pytest.mark.parametrize("mode", ["star", "drop"])
def test_the_released_table_keeps_every_promise_by_a_strangers_count(releases, mode):
    outcome = releases[1][mode]
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    table = table_of(outcome)
    starred = (table[QUASI] == "*").all(axis=1)
    suppressed = int(starred.sum()) if mode == "star" else 30162 - len(table)
    assert suppressed == outcome.report["suppressed"]["records"] <= 603
    kept = table[~starred].reset_index(drop=True) if mode == "star" else table
    assert anonymity.k_anonymity(kept, QUASI) >= 5
    assert anonymity.entropy_l_diversity(kept, QUASI, ["salary-class"]) >= 1
    reference = table["salary-class"].value_counts(normalize=True)
    for _, group in kept.groupby(QUASI, dropna=False):
        share = group["salary-class"].value_counts(normalize=True)
        assert share.sub(reference, fill_value=0).abs().sum() / 2 <= 0.4 + 1e-9


@pytest.mark.parametrize("mode", ["star", "drop"])
def test_the_manifest_verifies_and_convicts_a_changed_file(releases, mode, tmp_path):
    workbench, made = releases
    files = made[mode].files
    key = workbench.keys.public_pem()
    assert verify(files["manifest"], files["data"], key).ok
    changed = tmp_path / files["data"].name
    other_sex = table_of(made[mode])
    other_sex.loc[0, "sex"] = {"Male": "Female", "Female": "Male"}.get(other_sex["sex"][0], "Male")
    write = other_sex.to_parquet if changed.suffix == ".parquet" else other_sex.to_csv
    write(changed, index=False)
    failed = {
        check.name for check in verify(files["manifest"], changed, key).checks if not check.ok
    }
    assert {"file", "shape"} <= failed


@pytest.mark.parametrize("mode", ["star", "drop"])
def test_the_report_says_who_demanded_what_and_what_was_measured(releases, mode):
    outcome = releases[1][mode]
    report = json.loads(outcome.files["report.json"].read_text())
    findings = {f["label"]: f for f in report["findings"]}
    assert findings["k-anonymity at least 5"]["measured"] >= 5
    assert "census/closeness" in {r for f in report["findings"] for r in f["rules"]}
    assert report["risk"]["before"]["prosecutor"]["highest"] == 1
    assert report["risk"]["after"]["prosecutor"]["highest"] <= 0.2
    fired = {rule["id"] for rule in report["rules"] if rule["status"] == "applies"}
    assert "gdpr-baseline/singling-out" in fired
    page = outcome.files["report"].read_text()
    assert "gdpr-baseline/singling-out" in page
    assert "<svg" in page
    assert "http-equiv" not in page
    assert "src=" not in page


def test_a_missing_attestation_ends_in_review_and_releases_nothing(tmp_path):
    out = tmp_path / "out"
    unattested = CONTEXT | {"attested": {}}
    outcome = run(adult_table(), "gdpr-baseline", out, context=unattested, hierarchies=ADULT)
    assert outcome.decision.verdict == "review"
    assert any("release-decision" in reason for reason in outcome.decision.reasons)
    assert outcome.decision.findings, "the person who attests needs to see what was measured"
    assert sorted(p.name for p in out.iterdir()) == ["report.html", "report.json"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("min_k: {default: 5}", "min_k: {default: 40000}"), ["40000", "30162"]),
        (("at_least: 1.2", "at_least: 2"), ["l-diversity", "salary-class"]),
    ],
)
def test_an_infeasible_demand_ends_refused_with_its_clause(tmp_path, change, told):
    policy = tmp_path / "census.policy.yaml"
    policy.write_text(STRICTER.replace(*change) % "drop")
    out = tmp_path / "out"
    outcome = run(adult_table(), policy, out, hierarchies=ADULT)
    assert outcome.decision.verdict == "refuse"
    assert all(word in " ".join(outcome.decision.reasons) for word in told)
    assert sorted(p.name for p in out.iterdir()) == ["report.html", "report.json"]


UNDEMANDING = """
schema: kiaim/policy/v1
policy: lax
version: "1.0.0"
title: A policy whose only demand does not apply here
effective: {from: "2026-01-01", review_by: "2099-12-31"}
applies: release.access = 'controlled'
sources:
  house: {cite: "House rule", kind: convention}
classify:
  - {id: all, names: [s*, a*, r*, m*, e*, n*, w*, o*], as: quasi, because: Known., cite: house}
rules:
  - id: crowd
    when: data.subjects > 1000000
    require:
      - k-anonymity: {at_least: 5}
    because: Large tables are attacked.
    cite: house
"""


def test_a_policy_that_demands_nothing_of_this_table_releases_nothing(tmp_path):
    policy = tmp_path / "lax.policy.yaml"
    policy.write_text(UNDEMANDING)
    outcome = run(adult_table(), policy, tmp_path / "out", hierarchies=ADULT)
    assert outcome.decision.verdict == "refuse"
    assert "no rule that applies demands a privacy model" in outcome.decision.reasons[0]
    assert "data" not in outcome.files


def test_calling_records_an_aggregate_does_not_silence_the_rules_about_records(tmp_path):
    context = CONTEXT | {"release.form": "aggregate"}
    outcome = run(
        adult_table(), "gdpr-baseline", tmp_path / "out", context=context, hierarchies=ADULT
    )
    assert outcome.decision.verdict == "refuse"
    assert any("release.form is 'aggregate'" in reason for reason in outcome.decision.reasons)


def test_of_two_demands_of_one_measure_the_one_that_cannot_hold_is_blamed(tmp_path):
    harsh = (STRICTER % "drop").replace(
        "output:",
        """  - id: many-values
    require:
      - l-diversity: {variant: distinct, at_least: 9}
    because: Nine values are wanted where there are two.
    cite: house
output:""",
    )
    policy = tmp_path / "census.policy.yaml"
    policy.write_text(harsh)
    outcome = run(adult_table(), policy, tmp_path / "out", hierarchies=ADULT)
    assert outcome.decision.verdict == "refuse"
    (reason,) = outcome.decision.reasons
    assert "9 distinct values of 'salary-class'" in reason
    assert "census/many-values" in reason
    assert "census/closeness" not in reason
