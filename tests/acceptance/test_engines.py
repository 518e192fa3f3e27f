"""Both engines release the same bytes, and neither releases what an audit has not seen."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kiaim_server.audit import fidelity, verify
from kiaim_server.demo import adult_table
from kiaim_server.errors import DataError
from kiaim_server.hierarchy import HierarchySource
from kiaim_server.model import table as table_module
from kiaim_server.pipeline import Workbench, publish
from kiaim_server.read import read_table, stored
from kiaim_server.transform import write
from tests.acceptance.journey import run
from tests.acceptance.people import CONTEXT, TABLE, TREES, policy
from tests.acceptance.sabotage import SABOTAGE, Writer
from tests.acceptance.test_main_job import ADULT, STRICTER

REGISTER = """
schema: kiaim/policy/v1
policy: register
version: "1.0.0"
title: A register of visits
effective: {from: "2026-01-01", review_by: "2099-12-31"}
sources:
  house: {cite: "House rule", kind: convention}
classify:
  - {id: number, names: [id], as: direct, because: Names a person., cite: house}
  - id: known
    names: [born, weight, height, region]
    as: quasi
    because: Others know these.
    cite: house
  - {id: illness, names: [ill], as: sensitive, because: To be hidden., cite: house}
  - {id: rest, names: [note, dose, score], as: insensitive, because: Unknown., cite: house}
rules:
  - id: values
    transform:
      - {columns: "column.name = 'id'", apply: pseudonymise}
      - {columns: "column.name = 'weight'", apply: round, to: 5}
      - {columns: "column.name = 'height'", apply: top-code, above: 195, label: "195+"}
      - {columns: "column.name = 'dose'", apply: micro-aggregate, size: 4}
      - {columns: "column.name = 'note'", apply: mask, keep_first: 1}
    because: Coarser values do.
    cite: house
  - id: sizes
    require:
      - k-anonymity: {at_least: 4}
      - l-diversity: {variant: distinct, at_least: 2}
      - suppressed-records: {at_most: 30%%}
    because: Nobody shall be alone.
    cite: house
hierarchies:
  - {id: dates, names: [born], build: {dates: {levels: [month, quarter, year, decade]}}}
  - {id: bands, names: [weight, height], build: {intervals: {widths: [10, 20, 40]}}}
  - {id: regions, names: [region], build: {redaction: {}}}
output: {suppressed: %s}
"""


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven records per batch, so that a small table has many."""
    for module in (table_module, stored, write, fidelity):
        monkeypatch.setattr(module, "BATCH_RECORDS", 7)


def register(n: int = 160) -> pa.Table:
    random = np.random.default_rng(3)

    def some(values: list[Any]) -> list[Any]:
        return [None if random.random() < 0.05 else v for v in values]

    days = [date(1950, 1, 1) + timedelta(int(d)) for d in random.integers(0, 9_000, n)]
    return pa.table(
        {
            "id": [f"P{i}" for i in random.integers(0, n // 2, n)],
            "born": pa.array(some(days), pa.date32()),
            "weight": pa.array(some(random.integers(45, 120, n).tolist()), pa.int16()),
            "height": pa.array(some(random.integers(150, 205, n).tolist()), pa.int64()),
            "region": some([f"{r:03d}" for r in random.integers(0, 300, n)]),
            "ill": some([f"ill{i}" for i in random.integers(0, 5, n)]),
            "note": some([f"n{i}" for i in random.integers(0, 40, n)]),
            "dose": some((random.integers(1, 400, n) / 8).tolist()),
            "score": pa.array(some(random.normal(size=n).tolist()), pa.float64()),
        }
    )


def claims(outcome: Any) -> dict[str, Any]:
    """The manifest without what differs from run to run."""
    manifest: dict[str, Any] = json.loads(outcome.files["manifest"].read_text())
    return {k: v for k, v in manifest.items() if k not in ("created", "signature")}


def released_twice(folder: Path, data: Path, rules: Path, **more: Any) -> tuple[Any, Any]:
    """Release with both engines; the caller compares."""
    workbench = Workbench.open(folder / "keys")
    made = []
    for engine in ("memory", "duckdb"):
        outcome = run(data, rules, folder / engine, workbench=workbench, engine=engine, **more)
        assert outcome.decision.verdict == "release", outcome.decision.reasons
        assert sorted(p.name for p in (folder / engine).iterdir()) == sorted(
            p.name for p in outcome.files.values()
        )
        made.append(outcome)
    return made[0], made[1]


def assert_same(memory: Any, large: Any) -> None:
    assert memory.files["data"].read_bytes() == large.files["data"].read_bytes()
    assert claims(memory) == claims(large)
    reports = [{**o.report, "created": None, "seconds": None} for o in (memory, large)]
    assert reports[0].keys() == reports[1].keys()
    assert reports[0]["columns"] == reports[1]["columns"]
    assert reports[0]["risk"] == reports[1]["risk"]


@pytest.mark.parametrize(("mode", "kind"), [("star", "csv"), ("drop", "parquet")])
def test_the_adult_table_leaves_in_the_same_bytes(tmp_path: Path, mode: str, kind: str) -> None:
    workbench = Workbench.open(tmp_path / "keys")
    data = tmp_path / "adult.parquet"
    pq.write_table(read_table(adult_table(), workbench.host).arrow, data, row_group_size=5_000)
    rules = tmp_path / "census.policy.yaml"
    rules.write_text(STRICTER % mode)
    memory, large = released_twice(tmp_path, data, rules, hierarchies=ADULT, format=kind)
    assert_same(memory, large)
    verified = verify(large.files["manifest"], large.files["data"], workbench.keys.public_pem())
    assert verified.ok


@pytest.mark.parametrize("mode", ["star", "drop"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.usefixtures("small_batches")
def test_dates_numbers_missing_values_and_transforms_leave_in_the_same_bytes(
    tmp_path: Path, mode: str, kind: str
) -> None:
    data = tmp_path / "register.parquet"
    pq.write_table(register(), data, row_group_size=50)
    rules = tmp_path / "register.policy.yaml"
    rules.write_text(REGISTER % mode)
    memory, large = released_twice(tmp_path, data, rules, context={}, format=kind)
    assert_same(memory, large)
    assert large.report["suppressed"]["records"] > 0


@pytest.mark.parametrize(("mode", "kind"), [("star", "csv"), ("drop", "parquet")])
@pytest.mark.usefixtures("small_batches")
def test_cells_generalized_one_by_one_leave_in_the_same_bytes(
    tmp_path: Path, mode: str, kind: str
) -> None:
    data = tmp_path / "register.parquet"
    pq.write_table(register(), data, row_group_size=50)
    rules = tmp_path / "register.policy.yaml"
    rules.write_text(REGISTER % mode + "objective: {loss: loss, recoding: local}\n")
    memory, large = released_twice(tmp_path, data, rules, context={}, format=kind)
    assert_same(memory, large)


@pytest.mark.parametrize("writer", SABOTAGE, ids=lambda writer: writer.__name__)
@pytest.mark.parametrize(("mode", "kind"), [("star", "csv"), ("drop", "parquet")])
@pytest.mark.usefixtures("small_batches")
def test_a_writer_that_lies_is_convicted_by_the_engine_for_large_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: Writer, mode: str, kind: str
) -> None:
    workbench = Workbench.open(tmp_path / "keys")
    (tmp_path / "people.csv").write_text(TABLE)
    data = tmp_path / "people.parquet"
    pq.write_table(read_table(tmp_path / "people.csv", workbench.host).arrow, data)
    rules = tmp_path / "honest.policy.yaml"
    rules.write_text(policy("remove", "", "", mode))
    trees = HierarchySource(inline=TREES)

    def attempt() -> Any:
        return run(
            data,
            rules,
            tmp_path / "out",
            context=CONTEXT,
            hierarchies=trees,
            workbench=workbench,
            format=kind,
            engine="duckdb",
        )

    assert attempt().decision.verdict == "release"
    monkeypatch.setattr(publish, "write_release", writer)
    outcome = attempt()
    assert outcome.decision.verdict == "refuse"
    assert any("audit" in r or "not met" in r for r in outcome.decision.reasons)


NOISE = """
import pyarrow as pa
from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import Transform
kiaim_api = 1


class Shuffle(Transform):
    name, summary, strictness, action = "shuffle", "Values change places.", 1, "shuffle"

    def fit(self, values, context):
        assert context.records is None
        return lambda batch: batch[::-1]


@hookimpl
def kiaim_register_transforms():
    return [Shuffle]
"""


@pytest.mark.parametrize(
    ("rules", "more", "message"),
    [
        ("apply: shuffle", {}, "'score': the transform 'shuffle' looks at every record at once"),
        ("apply: keep", {"subset": "chosen"}, "'chosen': all its values are needed at once"),
    ],
)
def test_what_needs_every_record_is_refused_with_the_mend_and_works_in_memory(
    tmp_path: Path, rules: str, more: dict[str, Any], message: str
) -> None:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "noise.py").write_text(NOISE)
    workbench = Workbench.open(tmp_path / "keys", plugins)
    data = tmp_path / "register.parquet"
    table = register()
    if more:
        chosen = pa.array(["yes", "no", "yes", "yes"] * (table.num_rows // 4))
        table = table.append_column("chosen", chosen)
    pq.write_table(table, data)
    policy_file = tmp_path / "register.policy.yaml"
    head, note, tail = (REGISTER % "drop").partition("      - {columns: \"column.name = 'note'\"")
    order = f"      - {{columns: \"column.name = 'score'\", {rules}}}\n"
    text = head + order + note + tail
    policy_file.write_text(text)

    def attempt(engine: str) -> Any:
        out = tmp_path / engine
        return run(data, policy_file, out, context={}, workbench=workbench, engine=engine, **more)

    with pytest.raises(DataError, match=message) as caught:
        attempt("duckdb")
    assert "take the engine 'memory'" in str(caught.value)
    assert list((tmp_path / "duckdb").iterdir()) == []
    if not more:
        assert attempt("memory").decision.verdict == "release"
