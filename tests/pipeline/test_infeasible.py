"""A policy that no table can satisfy."""

from __future__ import annotations

import json

from tests.pipeline.desk import release

ROWS = [["age", "ill"], *[[a, i] for a, i in zip("1112223333", "aababbabab", strict=True)]]
BODY = """
classify:
  - {id: known, names: [age], as: quasi, because: "Known to everybody around.", cite: house}
  - {id: ill, names: [ill], as: sensitive, because: "What is to be protected.", cite: house}
rules:
  - id: crowd
    title: Crowd
    require:
      - k-anonymity: {at_least: %s}
      - suppressed-records: {at_most: 0%%}
    because: "Nobody stands alone."
    cite: house
"""
FLAT = {"age": [["1"], ["2"], ["3"]]}


def test_a_refusal_says_what_would_be_feasible(tmp_path) -> None:
    outcome = release(tmp_path, ROWS, BODY % 5, hierarchies=FLAT)
    assert outcome.decision.verdict == "refuse"
    told = " ".join(outcome.decision.advice)
    assert "k-anonymity at least 3 would be feasible with all else as demanded" in told
    found = json.loads(outcome.files["report.json"].read_text())["infeasible"]
    assert found["complete"]
    assert found["relaxations"][0]["bound"] == "3"
    assert found["least_suppression"]["suppressed"] is None
    assert told[:40] in outcome.files["report"].read_text()


def test_a_demand_above_the_size_of_the_table_is_diagnosed_too(tmp_path) -> None:
    outcome = release(tmp_path, ROWS, BODY % 50, hierarchies=FLAT)
    assert outcome.decision.verdict == "refuse"
    assert "there are only 10 records" in outcome.decision.reasons[0]
    assert "k-anonymity at least 3 would be feasible" in " ".join(outcome.decision.advice)


def test_a_release_has_no_diagnosis(tmp_path) -> None:
    outcome = release(tmp_path, ROWS, BODY % 3, hierarchies=FLAT)
    assert outcome.report["infeasible"] is None
    assert outcome.decision.verdict == "release"
