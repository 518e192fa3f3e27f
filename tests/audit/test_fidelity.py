"""Every cell of a file against what it was made of."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiaim_server.audit import Source, deviations
from kiaim_server.encode import count_tuples, encode_table
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.progress import Silent
from kiaim_server.model.table import Table
from kiaim_server.transform import release_columns, write_release

TOWNS = Hierarchy.from_columns(
    "town", [["a", 'b"', "c,d", "e\nf", None], ["x", "x", "y", "y", None], ["*"] * 5]
)


def written(
    path: Path,
    table: pa.Table,
    hierarchy: Hierarchy,
    level: int,
    suppressed: np.ndarray,
    mode: Literal["drop", "star"],
    format: Literal["csv", "parquet"],
) -> Source:
    """Write a release honestly and return what it was made of."""
    whole = Table("t", table)
    encoded = encode_table(whole, [hierarchy], {})
    tree = encoded.quasi[0].hierarchy
    star = bool(suppressed.any())
    columns = release_columns(whole, count_tuples(encoded), [tree], [level], star=star)
    path.unlink(missing_ok=True)
    write_release(whole, columns, suppressed, mode, path, format, Silent())
    levels = {hierarchy.attribute: (tree, level)}
    return Source(whole, levels, suppressed, mode)


RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["a", 'b"', "c,d", "e\nf", None]),
        st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
        st.booleans(),
    ),
    min_size=2,
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=RECORDS,
    level=st.integers(0, 2),
    mode=st.sampled_from(["drop", "star"]),
    format=st.sampled_from(["csv", "parquet"]),
)
def test_what_was_written_honestly_never_deviates(
    tmp_path: Path, records: list[Any], level: int, mode: Any, format: Any
) -> None:
    towns, numbers, hidden = zip(*records, strict=True)
    suppressed = np.array([*hidden[1:], False])
    table = pa.table({"town": pa.array(towns, pa.string()), "n": pa.array(numbers, pa.float64())})
    path = tmp_path / f"data.{format}"
    source = written(path, table, TOWNS, level, suppressed, mode, format)
    assert deviations(path, format, source) == ()


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_numbers_are_held_against_leaves_that_spell_them_otherwise(
    tmp_path: Path, format: Any
) -> None:
    tree = Hierarchy.from_columns("n", [["39", "40.50"], ["low", "high"]])
    for values in (pa.array([39.0, 40.5]), pa.array([Decimal("39.00"), Decimal("40.50")])):
        path = tmp_path / "data"
        none = np.zeros(2, dtype=np.bool_)
        source = written(path, pa.table({"n": values}), tree, 1, none, "drop", format)
        assert deviations(path, format, source) == ()


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_one_wrong_cell_is_counted_and_never_shown(tmp_path: Path, format: Any) -> None:
    table = pa.table({"town": ["a", "a", "c,d"], "said": ["u", "v", "w"]})
    path = tmp_path / f"data.{format}"
    none = np.zeros(3, dtype=np.bool_)
    source = written(path, table, TOWNS, 1, none, "drop", format)
    if format == "csv":
        path.write_text(path.read_text().replace("x,v", "x,q"))
    else:
        pq.write_table(pa.table({"town": ["x", "x", "y"], "said": ["u", "q", "w"]}), path)
    (said,) = deviations(path, format, source)
    assert said.startswith("1 cells of column 'said'")


def test_an_identifier_is_no_pseudonym(tmp_path: Path) -> None:
    table = pa.table({"town": ["a", "c,d"], "id": ["p1", "p2"]})
    path = tmp_path / "data.csv"
    none = np.zeros(2, dtype=np.bool_)
    source = written(path, table, TOWNS, 1, none, "drop", "csv")
    own = {"id": pa.array(["p2", "other"])}
    leaking = Source(source.table, source.levels, none, "drop", own)
    assert deviations(path, "csv", leaking) == (
        "1 cells of the pseudonym column 'id' show an identifier that was put in.",
    )


def test_a_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    table = pa.table({"town": ["a", "c,d"]})
    source = written(path, table, TOWNS, 1, np.zeros(2, dtype=np.bool_), "drop", "csv")
    path.write_bytes(b"town\nx,secret\n")
    (said,) = deviations(path, "csv", source)
    assert "could not be read back" in said
    assert "secret" not in said
