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
