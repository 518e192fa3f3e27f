"""Shipped hierarchies beside generalization: distances, transforms, local recoding."""

from __future__ import annotations

import json
import random

import pytest

from kiaim_server.audit import verify
from kiaim_server.errors import HierarchyError
from tests.pipeline.desk import release, released

CODES = ["C50.9", "C61", "I21.0", "I25.-", "E10.-", "E10.1", "E10", "E11.90"]

BODY = """
classify:
  - {id: known, names: [land, dx_known], as: quasi, because: Known to neighbours.}
  - {id: secret, names: [dx], as: sensitive, because: To be protected.}
rules:
  - id: near
    require:
      - k-anonymity: {at_least: 3}
      - suppressed-records: {at_most: 50%}
      - t-closeness: {variant: hierarchical, at_most: 0.6, hierarchy: icd10}
    because: Nobody learns much.
    cite: house
hierarchies:
  - {id: lands, names: [land], use: country}
  - {id: codes, names: [dx_known], use: icd10}
output: {suppressed: star}
"""

LOCAL = BODY + "objective: {recoding: local}\n"

CHAPTERS = """
classify:
  - {id: known, names: [land], as: quasi, because: Known to neighbours.}
  - {id: secret, names: [dx], as: sensitive, because: To be protected.}
rules:
  - id: coarse
    require:
      - k-anonymity: {at_least: 2}
      - suppressed-records: {at_most: 50%}
    transform:
      - {columns: "column.name = 'dx'", apply: generalise, to: chapter}
    because: A chapter is enough.
    cite: house
hierarchies:
  - {id: lands, names: [land], use: country}
  - {id: codes, detects: [icd10], use: icd10}
"""


def rows(codes: list[str] = CODES) -> list[list[str]]:
    draw = random.Random(3)
    people = [
        [draw.choice(["DE", "Deutschland", "FR", "PL"]), draw.choice(codes), draw.choice(codes)]
        for _ in range(160)
    ]
    return [["land", "dx_known", "dx"], *people]


@pytest.mark.parametrize("body", [BODY, LOCAL], ids=["full-domain", "local"])
def test_one_by_name_measures_distances_and_generalises(tmp_path, body) -> None:
    outcome = release(tmp_path, rows(), body)
    assert "data" in outcome.files, outcome.decision
    manifest = json.loads(outcome.files["manifest"].read_text())
    (tree,) = manifest["value_hierarchies"]
    assert tree["hierarchy"] == "icd10"
    assert tree["level_names"][-2:] == ["chapter", "all"]
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok
    classes: dict[tuple[str, str], int] = {}
    for record in released(outcome):
        key = record["land"], record["dx_known"]
        classes[key] = classes.get(key, 0) + 1
    classes.pop(("*", "*"), None)
    assert min(classes.values()) >= 3


def test_a_sensitive_column_is_generalised_to_a_named_level(tmp_path) -> None:
    table = [[row[0], row[2]] for row in rows()]
    outcome = release(tmp_path, table, CHAPTERS)
    assert {r["dx"] for r in released(outcome)} == {"C00-D48", "I00-I99", "E00-E90"}
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok


@pytest.mark.parametrize("body", [BODY, CHAPTERS], ids=["distance", "transform"])
def test_a_sensitive_value_that_is_no_code_is_counted_and_not_named(tmp_path, body) -> None:
    table = [[row[0], "C50.9", row[2]] if body is BODY else [row[0], row[2]] for row in rows()]
    table[0] = ["land", "dx_known", "dx"] if body is BODY else ["land", "dx"]
    table += [["DE", *(["C50.9"] if body is BODY else []), code] for code in ("C50.X", "Q00.-")]
    with pytest.raises(
        HierarchyError, match="1 value cannot be placed; they are sensitive"
    ) as told:
        release(tmp_path, table, body)
    assert "C50.X" not in str(told.value)


def test_plans_say_which_entry_chose_which_hierarchy(tmp_path) -> None:
    outcome = release(tmp_path, rows(), BODY)
    report = json.loads(outcome.files["report.json"].read_text())
    origins = {column["name"]: column["hierarchy_origin"] for column in report["columns"]}
    assert origins["land"] == {
        "kind": "shipped",
        "name": "country",
        "rule": "own/lands",
        "chosen_by": "name",
    }
    brought = {"land": [["DE", "*"], ["Deutschland", "*"], ["FR", "*"], ["PL", "*"]]}
    outcome = release(tmp_path, rows(), BODY, hierarchies=brought)
    report = json.loads(outcome.files["report.json"].read_text())
    assert report["columns"][0]["hierarchy_origin"]["kind"] == "request"
