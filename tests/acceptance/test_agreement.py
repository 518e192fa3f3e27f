"""Search and audit agree on persons and populations: what one finds, the other lets pass."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiaim_server.hierarchy import HierarchySource
from kiaim_server.pipeline import Workbench, verify
from tests.acceptance import visits
from tests.acceptance.journey import run

TREES = visits.TREES | {
    "age": [["1", "low", "*"], ["2", "low", "*"], ["3", "high", "*"]],
    "diagnosis": [["f", "mild", "*"], ["g", "mild", "*"], ["h", "grave", "*"]],
}
HEADER = ("patient_id", "town", "age", "diagnosis", "in_study")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["K1", "K2", "K3", "K4", "K5", "k5", "06"]),
        st.sampled_from(["N1", "N2", "S1", "W1", ""]),
        st.sampled_from("123"),
        st.sampled_from(["f", "g", "h", ""]),
        st.sampled_from(["yes", "yes", "no"]),
    ),
    min_size=4,
    max_size=30,
)
ALWAYS = (
    "k-anonymity: {at_least: 2}",
    "k-anonymity: {at_least: 3}",
    "reidentification-risk: {attacker: prosecutor, measure: maximum, at_most: 1/2}",
    "reidentification-risk: {attacker: marketer, measure: average, at_most: 1/3}",
    "sample-uniqueness: {at_most: 10%}",
    "l-diversity: {variant: distinct, at_least: 2}",
    "l-diversity: {variant: entropy, at_least: 1.7}",
    "l-diversity: {variant: recursive, c: 2, at_least: 2}",
    "t-closeness: {variant: equal, at_most: 30%}",
    "t-closeness: {variant: ordered, order: lexical, at_most: 30%}",
    "t-closeness: {variant: hierarchical, hierarchy: own, at_most: 30%}",
    "population-uniqueness: {at_most: 20%, estimator: zayatz, population: 100}",
    "l-diversity: {variant: grassberger, at_least: 2}",
    "delta-disclosure: {at_most: 1}",
    "delta-disclosure: {at_most: 1.5}",
    "beta-likeness: {variant: enhanced, at_most: 2}",
    "beta-likeness: {variant: basic, at_most: 2}",
)
WITH_SUBSET = (
    "k-map: {at_least: 3}",
    "delta-presence: {at_most: 60%}",
    "delta-presence: {at_least: 20%}",
    "delta-presence: {at_least: 10%, at_most: 90%}",
)
NUMBER = itertools.count()


@pytest.mark.slow
@given(data=st.data())
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_is_found_passes_and_verifies(tmp_path: Path, data: st.DataObject) -> None:
    rows = data.draw(ROWS)
    persons, subset = data.draw(st.sampled_from([(True, False), (False, True), (True, True)]))
    offered = ALWAYS + (WITH_SUBSET if subset else ())
    key = data.draw(st.sampled_from(["remove", "pseudonymise"]))
    demands = data.draw(st.lists(st.sampled_from(offered), min_size=1, max_size=3, unique=True))
    mode, format = data.draw(
        st.sampled_from([("drop", "csv"), ("star", "csv"), ("drop", "parquet")])
    )
    if subset and all(row[4] == "no" for row in rows):
        rows[0] = (*rows[0][:4], "yes")
    folder = tmp_path / str(next(NUMBER))
    folder.mkdir()
    table = folder / "visits.csv"
    table.write_text(visits.table(rows, HEADER))
    text = visits.policy(
        person=visits.PERSON if persons else "",
        demands=(*demands, "suppressed-records: {at_most: 40%}"),
        mode=mode,
        key=key,
    )
    if not subset and data.draw(st.booleans()):
        text += "objective: {recoding: local}\n"
    known = "names: [town]" if subset else "names: [town, in_study]"
    text = text.replace("names: [town]", known.replace("town", "town, age"))
    rules = folder / "visits.policy.yaml"
    rules.write_text(text)
    workbench = Workbench.open(tmp_path / "keys")
    trees = TREES if subset else TREES | {"in_study": [["yes", "*"], ["no", "*"]]}
    outcome = run(
        table,
        rules,
        folder / "out",
        context=visits.CONTEXT,
        hierarchies=HierarchySource(inline=trees),
        workbench=workbench,
        format=format,
        subset="in_study" if subset else None,
    )
    said = outcome.decision.reasons
    if outcome.decision.verdict == "refuse":
        assert not any("audit" in reason or "is not met" in reason for reason in said), said
        return
    files = outcome.files
    evidence = files.get("evidence")
    assert (evidence is None) or persons or subset
    if persons and key == "remove":
        assert evidence is not None
    public = workbench.keys.public_pem()
    found = verify(files["manifest"], files["data"], workbench, public, evidence)
    assert found["verdict"] == "verified", [c for c in found["checks"] if not c["ok"]]
