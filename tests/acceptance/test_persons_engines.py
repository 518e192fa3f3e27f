"""The engine that does not hold the records refuses what needs all of them, with the mend."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kiaim_server.errors import DataError
from kiaim_server.hierarchy import HierarchySource
from tests.acceptance import visits
from tests.acceptance.journey import run


@pytest.mark.parametrize(
    ("person", "subset", "demands"),
    [
        (visits.PERSON, None, visits.DEMANDS),
        ("", "in_study", visits.STUDY_DEMANDS),
        (visits.PERSON, "in_study", visits.STUDY_DEMANDS),
    ],
)
def test_persons_and_subsets_need_the_table_in_memory(
    tmp_path: Path, person: str, subset: str | None, demands: tuple[str, ...]
) -> None:
    header = visits.STUDY_HEADER if subset else visits.HEADER
    rows = [row[: len(header)] for row in visits.STUDY]
    columns = [pa.array(column) for column in zip(*rows, strict=True)]
    data = tmp_path / "study.parquet"
    pq.write_table(pa.table(columns, names=list(header)), data)
    rules = tmp_path / "visits.policy.yaml"
    rules.write_text(visits.policy(person=person, demands=demands))

    def release(engine: str) -> object:
        return run(
            data,
            rules,
            tmp_path / engine,
            context=visits.CONTEXT,
            hierarchies=HierarchySource(inline=visits.TREES),
            subset=subset,
            engine=engine,
        )

    release("memory")
    with pytest.raises(DataError, match="memory"):
        release("duckdb")
    assert list((tmp_path / "duckdb").iterdir()) == []
