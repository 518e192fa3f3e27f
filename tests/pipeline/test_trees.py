"""Hierarchical t-closeness: whose hierarchy it is, what the manifest carries, who can recheck."""

from __future__ import annotations

import json
import random

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from kiaim_server.audit import verify
from kiaim_server.errors import HierarchyError, PluginError, PolicyError
from kiaim_server.model.value_tree import values_digest
from kiaim_server.pipeline import Workbench
from kiaim_server.pipeline import verify as verify_with
from tests.acceptance.journey import run
from tests.pipeline.desk import HEAD, release, released

BODY = """
classify:
  - {id: known, names: [town, year], as: quasi, because: Known to neighbours.}
  - {id: secret, names: [code], as: sensitive, because: To be protected.}
rules:
  - id: near
    require:
      - k-anonymity: {at_least: 2}
      - t-closeness: {variant: hierarchical, at_most: 0.35, hierarchy: HIERARCHY}
      - suppressed-records: {at_most: 60%}
    because: Nobody learns much.
    cite: house
hierarchies:
  - {id: towns, names: [town], build: {values: {}}}
  - {id: years, names: [year], build: {intervals: {widths: [2, 4]}}}
  - {id: codes, names: [code], build: {redaction: {}}}
output: {suppressed: MODE}
"""

OWN = {"code": [["A1", "A", "*"], ["A2", "A", "*"], ["B1", "B", "*"], ["B2", "B", "*"]]}


def _body(hierarchy="policy", mode="star", **changes):
    body = BODY.replace("HIERARCHY", hierarchy).replace("MODE", mode)
    for old, new in changes.items():
        assert old in body
        body = body.replace(old, new)
    return body


def _rows(codes=("A1", "A2", "B1", "B2")):
    draw = random.Random(7)
    people = [
        [draw.choice("UV"), str(draw.randint(1960, 1967)), draw.choice(codes)] for _ in range(80)
    ]
    return [["town", "year", "code"], *people]


def _clause(manifest):
    (clause,) = [c for c in manifest["clauses"] if c["measure"] == "t-closeness"]
    return clause


def _by_hand(path, group_of):
    """Mean of the equal distances of values and groups, over the classes of the file."""
    rows = pyarrow.csv.read_csv(
        path, convert_options=pyarrow.csv.ConvertOptions(column_types={"year": "string"})
    ).to_pylist()
    classes = {}
    for row in rows:
        classes.setdefault((row["town"], row["year"]), []).append(row["code"] or "")
    classes.pop(("*", "*"), None)
    everybody = [row["code"] or "" for row in rows]

    def distance(members, name):
        named, whole = [name(m) for m in members], [name(m) for m in everybody]
        return (
            sum(abs(named.count(v) / len(named) - whole.count(v) / len(whole)) for v in set(whole))
            / 2
        )

    return max(
        (distance(c, lambda v: v) + distance(c, lambda v: group_of[v])) / 2
        for c in classes.values()
    )


@pytest.mark.parametrize("mode", ["drop", "star"])
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_release_along_the_policys_hierarchy_is_measured_and_verified(tmp_path, mode, format):
    outcome = release(tmp_path, _rows(), _body(mode=mode), format=format)
    assert "data" in outcome.files, outcome.decision
    manifest = json.loads(outcome.files["manifest"].read_text())
    (tree,) = manifest["value_hierarchies"]
    assert (tree["attribute"], tree["hierarchy"]) == ("code", "policy")
    assert tree["level_names"] == ["value", "redacted 1", "all"]
    assert tree["groups"] == [[0, 0, 1, 1], [0, 0, 0, 0]]
    assert tree["values_sha256"] == values_digest(["A1", "A2", "B1", "B2"])
    clause = _clause(manifest)
    assert clause["parameters"] == {"variant": "hierarchical", "hierarchy": "policy"}
    assert clause["measured"] <= 0.35
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok
    if format == "csv":
        by_hand = _by_hand(outcome.files["data"], {c: c[0] for c in ("A1", "A2", "B1", "B2")})
        assert clause["measured"] == pytest.approx(by_hand, abs=1e-9)


def test_both_engines_write_the_same_tree(tmp_path):
    names, *rows = _rows()
    table, policy = tmp_path / "table.parquet", tmp_path / "own.policy.yaml"
    columns = zip(*rows, strict=True)
    pyarrow.parquet.write_table(
        pa.table({n: pa.array(c) for n, c in zip(names, columns, strict=True)}), table
    )
    policy.write_text(HEAD + _body(mode="drop"))
    trees = []
    for engine in ("memory", "duckdb"):
        outcome = run(table, policy, tmp_path / engine, context={}, engine=engine)
        trees.append(json.loads(outcome.files["manifest"].read_text())["value_hierarchies"])
        assert verify(outcome.files["manifest"], outcome.files["data"]).ok
    assert trees[0] == trees[1]


@pytest.mark.parametrize("mode", ["drop", "star"])
def test_records_recoded_one_by_one_are_measured_along_it_too(tmp_path, mode):
    local = {"hierarchies:\n": "objective: {recoding: local}\nhierarchies:\n"}
    outcome = release(tmp_path, _rows(), _body(mode=mode, **local))
    assert "data" in outcome.files, outcome.decision
    manifest = json.loads(outcome.files["manifest"].read_text())
    assert _clause(manifest)["measured"] <= 0.35
    assert manifest["value_hierarchies"][0]["groups"] == [[0, 0, 1, 1], [0, 0, 0, 0]]
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok


def test_the_policys_hierarchy_is_not_replaced_by_one_that_the_request_brings(tmp_path):
    """In it, all values would be near each other."""
    near = {"code": [[v, "all", "*"] for v in ("A1", "A2", "B1", "B2")]}
    plain = release(tmp_path, _rows(), _body())
    brought = release(tmp_path, _rows(), _body(), hierarchies=near)
    assert released(plain) == released(brought)
    own = release(tmp_path, _rows(), _body("own"), hierarchies=near)
    manifest = json.loads(own.files["manifest"].read_text())
    assert manifest["value_hierarchies"][0]["groups"] == [[0] * 4, [0] * 4]
    assert verify(own.files["manifest"], own.files["data"]).ok


def test_a_missing_value_is_far_from_all_others(tmp_path):
    outcome = release(tmp_path, _rows(("A1", "A2", "B1", "")), _body("own"), hierarchies=OWN)
    manifest = json.loads(outcome.files["manifest"].read_text())
    (tree,) = manifest["value_hierarchies"]
    assert tree["groups"] == [[0, 0, 1, 2], [0, 0, 0, 0]]
    assert tree["values_sha256"] == values_digest(["A1", "A2", "B1", None])
    groups = {"A1": "A", "A2": "A", "B1": "B", "": ""}
    by_hand = _by_hand(outcome.files["data"], groups)
    assert _clause(manifest)["measured"] == pytest.approx(by_hand, abs=1e-9)
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok


def test_what_is_dropped_leaves_no_trace_in_the_manifest(tmp_path):
    """A value that only suppressed records have is in no group and no digest."""
    rows = [["town", "year", "code"], *[["U", "1960", c] for c in ("A1", "A1", "B1", "B1")]]
    rows.append(["V", "1967", "A2"])
    body = _body("own", "drop", **{"values: {}}}": "values: {}}, levels: {max: 0}}"})
    outcome = release(tmp_path, rows, body, hierarchies=OWN)
    assert len(released(outcome)) == 4
    (tree,) = json.loads(outcome.files["manifest"].read_text())["value_hierarchies"]
    assert tree["groups"] == [[0, 1], [0, 0]]
    assert tree["values_sha256"] == values_digest(["A1", "B1"])
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok


def test_a_shipped_hierarchy_is_named_like_any_other(tmp_path):
    rows = [["town", "year", "code"], *[["U", "1960", s] for s in ("Male", "Female") * 3]]
    outcome = release(tmp_path, rows, _body("adult/sex"))
    manifest = json.loads(outcome.files["manifest"].read_text())
    assert manifest["value_hierarchies"][0]["groups"] == [[0, 0]]
    assert _clause(manifest)["measured"] == 0
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok


def test_labels_that_a_transform_puts_are_groups_of_their_own(tmp_path):
    rows = [["town", "year", "code"], *[["U", "1960", str(c)] for c in (1, 2, 11, 99, 99, 98)]]
    body = _body(
        **{
            "{redaction: {}}": "{intervals: {widths: [10]}}",
            "rules:\n": "rules:\n  - id: top\n    transform:\n"
            "      - {columns: \"column.name = 'code'\", apply: top-code, above: 90}\n"
            "    because: Rare.\n    cite: house\n",
        }
    )
    outcome = release(tmp_path, rows, body)
    (tree,) = json.loads(outcome.files["manifest"].read_text())["value_hierarchies"]
    assert tree["groups"][0] == [0, 1, 0, 2]  # 1, 11, 2 and 91+, by their text
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok


@pytest.mark.parametrize(
    ("body", "hierarchies", "message"),
    [
        (_body("own"), None, "a hierarchy of your own, but you gave none; give a file hierarchy_c"),
        (_body(**{"names: [code], build": "names: [other], build"}), None, "no entry of its 'hier"),
        (_body("own"), {"code": OWN["code"][:3]}, "lacks 1 of its 4 distinct values"),
        (_body("own"), {"code": [r[:2] for r in OWN["code"]]}, "last level .* has 2 values"),
    ],
)
def test_a_hierarchy_that_cannot_be_used_says_what_is_missing(tmp_path, body, hierarchies, message):
    with pytest.raises(HierarchyError, match=message) as caught:
        release(tmp_path, _rows(), body, hierarchies=hierarchies)
    assert "'code'" in str(caught.value)
    assert not any(value in str(caught.value) for value in ("A1", "A2", "B1", "B2"))


def test_a_hierarchy_that_is_nowhere_is_found_by_the_linter(tmp_path):
    with pytest.raises(PolicyError, match=r"P128.*'adul/sex'.*did you mean 'adult/sex'"):
        release(tmp_path, _rows(), _body("adul/sex"))


@pytest.mark.parametrize("change", ["groups", "digest", "none"])
def test_a_manifest_whose_hierarchy_was_changed_is_not_verified(tmp_path, change):
    outcome = release(tmp_path, _rows(), _body())
    path = outcome.files["manifest"]
    manifest = json.loads(path.read_text())
    (tree,) = manifest["value_hierarchies"]
    if change == "groups":
        tree["groups"] = [[0, 1, 2, 3], [0, 0, 0, 0]]
    elif change == "digest":
        tree["values_sha256"] = "0" * 64
    else:
        del manifest["value_hierarchies"]
    path.write_text(json.dumps(manifest))
    found = {check.name: check.ok for check in verify(path, outcome.files["data"]).checks}
    assert not found["signature"]
    assert not next(ok for name, ok in found.items() if name.startswith("t-closeness"))


PLUGIN = """
from dataclasses import dataclass
from fractions import Fraction

import marshmallow as ma
import numpy as np

from kiaim_server.hooks import hookimpl
from kiaim_server.model.bounds import share
from kiaim_server.model.contract import PrivacyModel

kiaim_api = 1


@dataclass(frozen=True)
class KindShare(PrivacyModel):
    "No group of level 1 makes up more than a share of a class."

    name = "kind-share"
    summary = "No kind of values dominates a class."
    needs_sensitive = True
    needs_tree = True

    class Parameters(ma.Schema):
        at_most = share(required=True)
        HIERARCHY

    at_most: Fraction
    hierarchy: str | None = None

    def shares(self, classes):
        values = classes.sensitive[self.attribute]
        kinds = self.tree.maps[1][values.values]
        largest = []
        for start, end in zip(values.indptr[:-1], values.indptr[1:]):
            part = slice(start, end)
            largest.append(np.bincount(kinds[part], weights=values.counts[part]).max())
        return np.array(largest) / classes.sizes

    def failing(self, classes):
        return self.shares(classes) > float(self.at_most) + 1e-9

    def measure(self, classes):
        return float(self.shares(classes).max())


@hookimpl
def kiaim_register_privacy_models():
    return [KindShare]
"""


def _with_plugin(tmp_path, parameter):
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "kinds.py").write_text(PLUGIN.replace("HIERARCHY", parameter))
    return Workbench.open(tmp_path / "keys", plugins)


def test_a_plugin_gets_the_hierarchy_in_search_and_audit(tmp_path):
    workbench = _with_plugin(tmp_path, "hierarchy = ma.fields.String(required=True)")
    demand = "kind-share: {at_most: 70%, hierarchy: policy}"
    body = _body().replace(
        "t-closeness: {variant: hierarchical, at_most: 0.35, hierarchy: policy}", demand
    )
    outcome = release(tmp_path, _rows(), body, workbench=workbench)
    manifest = json.loads(outcome.files["manifest"].read_text())
    (clause,) = [c for c in manifest["clauses"] if c["measure"] == "kind-share"]
    assert 0.5 <= clause["measured"] <= 0.7
    found = verify_with(outcome.files["manifest"], outcome.files["data"], workbench)
    assert found["ok"]
    assert not verify(outcome.files["manifest"], outcome.files["data"]).ok  # without the plugin


def test_a_plugin_that_names_no_hierarchy_breaks_its_contract(tmp_path):
    workbench = _with_plugin(tmp_path, "pass")
    body = _body().replace(
        "t-closeness: {variant: hierarchical, at_most: 0.35, hierarchy: policy}",
        "kind-share: {at_most: 70%}",
    )
    with pytest.raises(PluginError, match=r"'kind-share' breaks its contract.*'hierarchy'"):
        release(tmp_path, _rows(), body, workbench=workbench)
