"""Models of sensitive attributes from a line in a policy to a verified release."""

from __future__ import annotations

import json
import random

import pytest

from kiaim_server.audit import verify
from tests.pipeline.desk import release, released

BODY = """
classify:
  - {id: known, names: [town, year], as: quasi, because: Known to neighbours.}
  - {id: secret, names: [illness], as: sensitive, because: To be protected.}
rules:
  - id: protect
    require:
      - k-anonymity: {at_least: 2}
      - %s
      - suppressed-records: {at_most: 40%%}
    because: Nobody learns much.
    cite: house
hierarchies:
  - {id: towns, names: [town], build: {values: {}}}
  - {id: years, names: [year], build: {intervals: {widths: [2, 4]}}}
output: {suppressed: %s}
"""


def _rows():
    draw = random.Random(5)
    people = [
        [draw.choice("ABC"), str(draw.randint(1960, 1967)), draw.choice(["flu", "gout", "", "flu"])]
        for _ in range(90)
    ]
    return [["town", "year", "illness"], *people]


@pytest.mark.parametrize("mode", ["drop", "star"])
@pytest.mark.parametrize(
    ("demand", "measured"),
    [
        ("l-diversity: {variant: grassberger, at_least: 2.5}", lambda x: x >= 2.5),
        ("delta-disclosure: {at_most: 1}", lambda x: x < 1),
        ("beta-likeness: {variant: basic, at_most: 50%}", lambda x: x <= 0.5),
        ("beta-likeness: {variant: enhanced, at_most: 50%}", lambda x: x <= 0.5),
    ],
)
def test_a_demand_is_met_told_and_verified(tmp_path, demand, measured, mode):
    outcome = release(tmp_path, _rows(), BODY % (demand, mode))
    assert released(outcome)
    manifest = json.loads(outcome.files["manifest"].read_text())
    name = demand.partition(":")[0]
    (clause,) = [c for c in manifest["clauses"] if c["measure"] == name]
    assert clause["attribute"] == "illness"
    assert measured(clause["measured"])
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok


@pytest.mark.parametrize(
    "demand",
    ["l-diversity: {variant: grassberger, at_least: 2.5}", "delta-disclosure: {at_most: 1}"],
)
def test_what_is_not_monotone_holds_where_records_are_recoded_one_by_one(tmp_path, demand):
    body = (BODY % (demand, "drop")) + "objective: {recoding: local}\n"
    outcome = release(tmp_path, _rows(), body)
    assert released(outcome)
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok


def test_what_no_node_can_keep_is_refused_with_the_model(tmp_path):
    demand = "beta-likeness: {variant: basic, at_most: 0.0001}"
    rows = [["town", "year", "illness"], *[["A", "1960", v] for v in ("flu", "gout")]]
    rows += [["B", "1960", "flu"]] * 3
    whole_towns = "build: {values: {}}, levels: {max: 0}}"
    body = (BODY % (demand, "star")).replace("build: {values: {}}}", whole_towns)
    outcome = release(tmp_path, rows, body)
    assert "data" not in outcome.files
    assert any("beta-likeness (basic, illness)" in reason for reason in outcome.decision.reasons)
