"""Local recoding through the whole pipeline: what leaves, what is said of it, what is convicted."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from kiaim_server.audit import verify
from kiaim_server.errors import PolicyError
from kiaim_server.hierarchy import HierarchySource
from kiaim_server.model.solution import LocalSolution
from kiaim_server.pipeline import Workbench, publish, stages
from tests.acceptance.journey import run
from tests.acceptance.local import TABLE, TREES, policy
from tests.acceptance.people import CONTEXT
from tests.acceptance.sabotage import SABOTAGE, Writer

CHOICES = [("star", "csv"), ("drop", "csv"), ("drop", "parquet")]


@pytest.fixture
def start(tmp_path: Path):
    def attempt(mode: str, format: str = "csv", rules: str | None = None, trees: Any = TREES):
        table = tmp_path / "table.csv"
        table.write_text(TABLE)
        path = tmp_path / "record-by-record.policy.yaml"
        path.write_text(rules or policy(mode))
        return run(
            table,
            path,
            tmp_path / "out",
            context=CONTEXT,
            hierarchies=HierarchySource(inline=trees),
            workbench=Workbench.open(tmp_path / "keys"),
            format=format,
        )

    return attempt


def rows_of(path: Path) -> list[tuple[Any, ...]]:
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    with path.open(newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


@pytest.mark.parametrize(("mode", "format"), CHOICES)
def test_every_record_shows_its_own_or_an_ancestor_and_none_stands_alone(start, mode, format):
    outcome = start(mode, format)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    rows = rows_of(outcome.files["data"])
    given = [line.split(",") for line in TABLE.splitlines()[1:]]
    if mode == "drop":
        given = given[:-1]  # the hamlet
    else:
        assert rows[-1] == ("*", "*", "gout")
    shown = Counter((town, age) for town, age, _ in rows[:18])
    assert min(shown.values()) >= 3
    assert shown["Ahof", "31"] == shown["Bdorf", "52"] == 6
    assert len(rows) == len(given)
    for (town, age, said), (own_town, own_age, own_said) in zip(rows, given, strict=True):
        assert said == own_said
        assert town in next(path for path in TREES["town"] if path[0] == own_town)
        assert age in next(path for path in TREES["age"] if path[0] == own_age)


@pytest.mark.parametrize(("mode", "format"), CHOICES)
def test_the_report_and_the_manifest_say_what_it_is(start, mode, format):
    outcome = start(mode, format)
    report = json.loads(outcome.files["report.json"].read_text())
    search = report["search"]
    assert search["recoding"] == "local"
    assert not search["optimal"]
    assert search["local"]["label"].startswith("local recoding, heuristic (no optimality claim)")
    assert search["loss"] < search["local"]["full_domain_loss"]
    age = next(c for c in report["columns"] if c["name"] == "age")
    assert [round(own["share"] * 18) for own in age["level_shares"]] == [12, 6, 0]
    assert "heuristic" in outcome.files["report"].read_text()
    manifest = json.loads(outcome.files["manifest"].read_bytes())
    assert manifest["recoding"] == "local"
    assert manifest["levels"] == {"age": [12, 6, 0], "town": [18, 0, 0]}
    assert manifest["loss"]["optimal"] is False
    assert manifest["loss"]["lower_bound"] < manifest["loss"]["value"]
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok


@pytest.mark.parametrize("writer", SABOTAGE, ids=lambda writer: writer.__name__)
@pytest.mark.parametrize(("mode", "format"), CHOICES)
def test_a_writer_that_lies_is_convicted(start, monkeypatch, writer: Writer, mode, format):
    monkeypatch.setattr(publish, "write_release", writer)
    outcome = start(mode, format)
    assert outcome.decision.verdict == "refuse"
    assert "data" not in outcome.files


def _swapped(found: LocalSolution) -> LocalSolution:
    """Two tuples swap their levels."""
    levels = found.levels.copy()
    ages = levels[1]
    a, b = int(np.flatnonzero(ages == 0)[0]), int(np.flatnonzero(ages == 1)[0])
    ages[[a, b]] = ages[[b, a]]
    return replace(found, levels=levels)


def _finer(found: LocalSolution) -> LocalSolution:
    return replace(found, levels=np.zeros_like(found.levels))


def _keeps_all(found: LocalSolution) -> LocalSolution:
    return replace(found, suppressed=np.zeros_like(found.suppressed))


def _one_class_less(found: LocalSolution) -> LocalSolution:
    return replace(found, class_sizes=found.class_sizes[1:])


@pytest.mark.parametrize("lie", [_swapped, _finer, _keeps_all, _one_class_less])
@pytest.mark.parametrize("mode", ["star", "drop"])
def test_a_search_that_lies_is_convicted(start, monkeypatch, lie, mode):
    find = stages.find_local
    monkeypatch.setattr(stages, "find_local", lambda *given: lie(find(*given)))
    outcome = start(mode)
    assert outcome.decision.verdict == "refuse"
    assert "data" not in outcome.files


def test_without_the_lies_it_is_released(start, monkeypatch):
    find = stages.find_local
    monkeypatch.setattr(stages, "find_local", lambda *given: replace(find(*given)))
    assert start("drop").decision.verdict == "release"


def test_without_the_word_every_column_has_one_level(start):
    outcome = start("drop", rules=policy("drop", "full-domain"))
    assert outcome.decision.verdict == "release"
    assert outcome.report["search"]["local"] is None
    manifest = json.loads(outcome.files["manifest"].read_bytes())
    assert "recoding" not in manifest
    assert all(isinstance(level, int) for level in manifest["levels"].values())


@pytest.mark.parametrize(
    "measure", ["loss: discernibility", "loss: height", "loss: loss, gs_factor: 0.2"]
)
def test_a_measure_that_is_no_sum_over_cells_does_not_go_with_it(start, measure):
    rules = policy("drop").replace("{recoding: local}", f"{{{measure}, recoding: local}}")
    with pytest.raises(PolicyError, match="P131"):
        start("drop", rules=rules)


def test_where_nothing_is_found_nothing_is_claimed(start):
    """Nobody else lives on the hill, and no record may be suppressed."""
    rules = policy("drop").replace("at_most: 1/19", "at_most: 1/20")
    outcome = start("drop", rules=rules, trees={**TREES, "town": [t[:2] for t in TREES["town"]]})
    assert outcome.decision.verdict == "refuse"
    assert outcome.decision.reasons[0].startswith("No full-domain generalization satisfies")
    assert "proves nothing" in outcome.decision.advice[0]
