"""A release whose search ran out of time: what leaves, and how that is labelled."""

import json

from kiaim_server.audit import verify
from tests.pipeline.desk import release

BODY = """
classify:
  - {id: both, names: [town, year], as: quasi, because: Known to neighbours.}
rules:
  - {id: two, require: [k-anonymity: {at_least: 2}], because: Nobody alone., cite: house}
"""
#: Allows whole towns and years alone, and no group of them.
NO_GROUPS = """
hierarchies:
  - {id: all, names: [town, year], build: {values: {}}, levels: {max: 0}}
"""

TOWNS = {
    "town": [["Ulm", "south", "*"], ["Bonn", "west", "*"]],
    "year": [["1950", "fifties", "*"], ["1951", "fifties", "*"]],
}
ROWS = [["town", "year"], *[["Ulm", "1950"], ["Ulm", "1951"]] * 2, *[["Bonn", "1950"]] * 2]
NO_TIME = 1e-9


def test_the_best_in_time_is_released_audited_and_labelled(tmp_path):
    outcome = release(tmp_path, ROWS, BODY, hierarchies=TOWNS, search_seconds=NO_TIME)
    assert "data" in outcome.files, outcome.decision
    found = outcome.report["search"]
    assert found["optimal"] is False
    assert found["lower_bound"] < found["loss"]
    manifest = json.loads(outcome.files["manifest"].read_text())
    assert manifest["loss"]["optimal"] is False
    assert manifest["loss"]["lower_bound"] == found["lower_bound"]
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok
    assert "no solution can lose less than" in outcome.files["report"].read_text()


def test_with_time_enough_the_release_is_the_optimum(tmp_path):
    outcome = release(tmp_path, ROWS, BODY, hierarchies=TOWNS)
    manifest = json.loads(outcome.files["manifest"].read_text())
    assert manifest["loss"]["optimal"] is True
    assert manifest["loss"]["lower_bound"] == manifest["loss"]["value"] == 0


def test_an_undecided_search_ends_as_a_refusal_and_nothing_is_published(tmp_path):
    rows = [["town", "year"], *[["Ulm", "1950"]] * 2, ["Bonn", "1950"], ["Bonn", "1951"]]
    body = BODY + NO_GROUPS
    outcome = release(tmp_path, rows, body, search_seconds=NO_TIME)
    assert outcome.decision.verdict == "refuse"
    (reason,) = outcome.decision.reasons
    assert "before it was proven that there is none" in reason
    assert "No table satisfies" not in reason
    assert "Give the search more time" in outcome.decision.advice[0]
    assert outcome.report["search"]["undecided"] is True
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["report.html", "report.json"]
    decided = release(tmp_path, rows, body)
    assert decided.decision.reasons[0].startswith("No table satisfies")
    assert decided.report["search"]["undecided"] is False
