"""Stages that lie about persons, population or subset: whatever they do, nothing is released."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kiaim_server.pipeline import Outcome, publish
from kiaim_server.transform import Standing, write_evidence, write_release
from tests.acceptance import visits
from tests.acceptance.test_persons import release, town_level

#: The package has functions of these names.
PREPARE = import_module("kiaim_server.pipeline.prepare")
RELEASE = import_module("kiaim_server.pipeline.release")

#: The study of the register once more, every patient with a second visit.
ROWS = [row for row in visits.STUDY for _ in range(2)]
DEMANDS = (
    "k-anonymity: {at_least: 2}",
    *visits.STUDY_DEMANDS[1:2],
    "suppressed-records: {at_most: 50%}",
)

#: What any subset of the register satisfies.
LENIENT = ("k-map: {at_least: 2}", "suppressed-records: {at_most: 50%}")

Writer = Callable[..., None]


def attempt(
    folder: Path, mode: str = "drop", format: str = "csv", demands: Sequence[str] = DEMANDS
) -> Outcome:
    text = visits.policy(demands=demands, mode=mode)
    return release(folder, text, ROWS, visits.STUDY_HEADER, subset="in_study", format=format)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "out").iterdir())


def convicted(outcome: Outcome, folder: Path) -> None:
    assert outcome.decision.verdict == "refuse"
    assert any("audit" in r or "not met" in r for r in outcome.decision.reasons)
    assert left(folder) == ["report.html", "report.json"]


@pytest.mark.parametrize("mode", ["drop", "star"])
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_the_honest_release_leaves(tmp_path: Path, mode: str, format: str) -> None:
    outcome = attempt(tmp_path, mode, format)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    assert town_level(outcome) == 1
    assert outcome.report["suppressed"]["records"] == 4


def _standing(change: Callable[[Standing], Standing]) -> Writer:
    def write(*arguments: Any) -> None:
        place = next(i for i, a in enumerate(arguments) if isinstance(a, Standing))
        write_evidence(*arguments[:place], change(arguments[place]), *arguments[place + 1 :])

    return write


def _table(change: Callable[[pa.Table], pa.Table]) -> Writer:
    def write(*arguments: Any) -> None:
        write_evidence(*arguments)
        path = next(a for a in arguments if isinstance(a, Path))
        pq.write_table(change(pq.read_table(path)), path)

    return write


def _nothing(*arguments: Any) -> None:
    """No file is written."""


def _garbage(*arguments: Any) -> None:
    next(a for a in arguments if isinstance(a, Path)).write_bytes(b"no evidence")


def _everybody_is_somebody_else(standing: Standing) -> Standing:
    assert standing.persons is not None
    return replace(standing, persons=np.arange(len(standing.persons), dtype=np.int32))


def _another_is_whose(standing: Standing) -> Standing:
    assert standing.persons is not None
    return replace(standing, persons=np.roll(standing.persons, 1))


def _no_persons(standing: Standing) -> Standing:
    return replace(standing, persons=None)


def _no_population(standing: Standing) -> Standing:
    return replace(standing, members=None)


def _larger_population(table: pa.Table) -> pa.Table:
    outside = table.column("outside").to_pylist()
    more = pa.array([None if n is None else n + 1 for n in outside], pa.int64())
    return table.set_column(1, "outside", more)


def _identifiers_as_numbers(table: pa.Table) -> pa.Table:
    numbers = table.column("person").to_pylist()
    shown = pa.array([None if n is None else 10_000 + n for n in numbers], pa.int64())
    return table.set_column(0, "person", shown)


def _a_column_more(table: pa.Table) -> pa.Table:
    return table.append_column("patient_id", pa.nulls(table.num_rows, pa.string()))


LIARS = {
    "nothing": _nothing,
    "garbage": _garbage,
    "everybody is somebody else": _standing(_everybody_is_somebody_else),
    "another is whose": _standing(_another_is_whose),
    "no persons": _standing(_no_persons),
    "no population": _standing(_no_population),
    "larger population": _table(_larger_population),
    "identifiers as numbers": _table(_identifiers_as_numbers),
    "a column more": _table(_a_column_more),
    "a record less": _table(lambda table: table.slice(1)),
}


@pytest.mark.parametrize("liar", LIARS)
@pytest.mark.parametrize(("mode", "format"), [("drop", "csv"), ("star", "parquet")])
def test_evidence_that_lies_is_convicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, liar: str, mode: str, format: str
) -> None:
    monkeypatch.setattr(publish, "write_evidence", LIARS[liar])
    convicted(attempt(tmp_path, mode, format), tmp_path)


def test_evidence_that_is_forgotten_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RELEASE, "write_testimony", lambda *a: False)
    convicted(attempt(tmp_path), tmp_path)


@pytest.mark.parametrize("format", ["csv", "parquet"])
@pytest.mark.parametrize("mode", ["drop", "star"])
def test_a_writer_that_lets_others_out_is_convicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, format: str
) -> None:
    monkeypatch.setattr(publish, "write_release", lambda *a: write_release(*a[:7]))
    convicted(attempt(tmp_path, mode, format), tmp_path)


def test_a_stage_that_takes_all_for_members_is_convicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = lambda table, column: np.ones(table.n_records, dtype=np.bool_)  # noqa: E731
    monkeypatch.setattr(PREPARE, "members_of", everybody)
    convicted(attempt(tmp_path, demands=LENIENT), tmp_path)


def test_a_stage_that_takes_others_for_members_is_convicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as belong, but not those."""
    honest = PREPARE.members_of
    monkeypatch.setattr(PREPARE, "members_of", lambda *a: np.roll(honest(*a), 1))
    convicted(attempt(tmp_path, demands=LENIENT), tmp_path)


def test_a_search_that_counts_records_where_persons_are_counted_is_convicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two visits of one patient are a class of two records, and of one person."""
    honest = PREPARE.coding_of
    monkeypatch.setattr(
        PREPARE, "coding_of", lambda *a, person=None, **more: honest(*a, person=None, **more)
    )
    outcome = attempt(tmp_path)
    assert town_level(outcome) == 0
    convicted(outcome, tmp_path)
    measured = {f.clause.measure: f.measured for f in outcome.decision.findings}
    assert measured["k-anonymity"] == 1


def test_a_key_that_the_transforms_have_changed_is_not_counted_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever takes the pseudonyms of another column for persons is found out."""
    honest = PREPARE._with_key

    def other(table: Any, plan: Any, persons: pa.ChunkedArray) -> Any:
        rolled = pa.chunked_array([pa.array(np.arange(len(persons)).astype(str))])
        return honest(table, plan, rolled)

    monkeypatch.setattr(PREPARE, "_with_key", other)
    convicted(attempt(tmp_path), tmp_path)
