"""Missing values on their way from the input to the released file and its audit."""

import json

import pytest

from kiaim_server.audit import verify
from tests.pipeline.desk import release

LONE = """
classify:
  - {id: town, names: [town], as: %s, because: Its only column.}
rules:
  - {id: two, require: [k-anonymity: {at_least: 2}], because: Nobody alone., cite: house}
hierarchies:
  - {id: towns, names: [town], build: {values: {}}}
"""


@pytest.mark.parametrize("role", ["quasi", "insensitive"])
def test_the_records_of_a_lone_column_are_kept_where_it_is_missing(tmp_path, role):
    values = ["Ulm", "", "Bonn", "", "Ulm", "Bonn"]
    outcome = release(tmp_path, [["town"], *([value] for value in values)], LONE % role)
    assert "data" in outcome.files, outcome.decision
    text = outcome.files["data"].read_text()
    assert text.splitlines() == ["town", *(value or '""' for value in values)]
    manifest = json.loads(outcome.files["manifest"].read_text())
    assert manifest["input"]["records"] == manifest["output"]["records"] == 6
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok


def test_records_without_any_value_are_told_and_released(tmp_path):
    rows = [["town", "year"], *[["Ulm", "1950"]] * 2, *[["", ""]] * 2, *[["", "1950"]] * 2]
    body = LONE.replace("[town]", "[town, year]") % "quasi"
    outcome = release(tmp_path, rows, body)
    assert "data" in outcome.files, outcome.decision
    (warning,) = [w for w in outcome.report["warnings"] if "no value in any column" in w]
    assert warning.startswith("2 records have no value in any column; each is treated as a person")
    assert warning in outcome.files["report"].read_text()
    assert not any("no value" in w for w in release(tmp_path, rows[:3], body).report["warnings"])
