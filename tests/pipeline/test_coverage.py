"""What of a column a hierarchy lacks: counts and record numbers, against a plain scan."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiaim_server.errors import DataError, HierarchyError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.pipeline.coverage import TOLD, Coverage, Made, coverage_of
from kiaim_server.policy.facts import COUNTRIES

HOST = PluginHost.load()


def covered(folder: Path, values: list[object], source: object, column: str = "c") -> Coverage:
    path = folder / "t.parquet"
    pq.write_table(pa.table({"c": pa.array(values)}), path)
    return coverage_of(path, HOST, column, source)  # type: ignore[arg-type]


VALUES = st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=1, max_size=60).filter(
    lambda values: any(value is not None for value in values)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(values=VALUES, leaves=st.lists(st.sampled_from(["a", "b", "c", "e"]), unique=True))
def test_counts_and_numbers_are_those_of_a_scan(
    values: list[str | None], leaves: list[str], tmp_path: Path
) -> None:
    found = covered(tmp_path, list(values), tuple(leaves))
    lacking = [i for i, v in enumerate(values, 1) if v is not None and v not in leaves]
    assert found.first_records == tuple(lacking[:TOLD])
    assert found.uncovered_records == len(lacking)
    assert found.uncovered_values == len({values[i - 1] for i in lacking})
    assert found.missing == values.count(None)
    assert found.values == len(set(values) - {None})
    assert found.unused_values == len(set(leaves) - set(values))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(values=st.lists(st.sampled_from([*COUNTRIES[:6], "XX", "Korea"]), min_size=1))
def test_a_builder_lacks_what_is_no_code(values: list[str], tmp_path: Path) -> None:
    found = covered(tmp_path, list(values), Made("country", {}))
    lacking = [i for i, v in enumerate(values, 1) if v not in COUNTRIES]
    assert found.first_records == tuple(lacking[:TOLD])
    assert found.uncovered_records == len(lacking)
    assert (found.hierarchy is None) == bool(lacking)


def test_numbers_are_matched_as_the_encoder_does(tmp_path: Path) -> None:
    found = covered(tmp_path, [39.0, 1.5], ("39",))
    assert (found.uncovered_values, found.first_records) == (1, (2,))


def test_no_such_column(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no column is called 'd'"):
        covered(tmp_path, ["a"], ("a",), "d")


def test_a_builder_that_takes_no_such_column_says_so(tmp_path: Path) -> None:
    with pytest.raises(HierarchyError, match="cannot place values of type boolean"):
        covered(tmp_path, [True], Made("country", {}))


def test_a_reason_that_quotes_values_is_left_out(tmp_path: Path) -> None:
    from kiaim_server.pipeline.coverage import _without_values

    quoting = HierarchyError("1 value cannot be placed: 'Atlantis'")
    told = str(_without_values(quoting, "own", "c", ["Atlantis"]))
    assert "Atlantis" not in told
    assert "'own' refuses it" in told
