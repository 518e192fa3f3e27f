"""Who belongs to the research subset is said by a column, in words that leave no doubt."""

from __future__ import annotations

import pyarrow as pa
import pytest

from kiaim_server.errors import DataError
from kiaim_server.model.table import Table
from kiaim_server.read import members_of, without_column


def _table(values: pa.Array) -> Table:
    return Table("t.csv", pa.table({"in": values, "age": pa.nulls(len(values), pa.string())}))


@pytest.mark.parametrize(
    "values",
    [
        pa.array([True, False, True]),
        pa.array([1, 0, 1]),
        pa.array(["yes", "NO", "Yes"]),
        pa.array(["TRUE", "0", "1"]),
        pa.array(["true", "false", "true"]).dictionary_encode(),
    ],
)
def test_words_for_yes_and_no(values) -> None:
    assert members_of(_table(values), "in").tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pa.array(["yes", "maybe", None]), "2 of 3 records (1 of them empty)"),
        (pa.array([1.0, 0.0]), "2 of 2 records (0 of them empty)"),
        (pa.array([1, 2]), "1 of 2 records"),
        (pa.array(["no", "no"]), "no record belongs"),
        (pa.array(["yes "]), "1 of 1 records"),
    ],
)
def test_anything_else_is_refused_with_counts(values, said) -> None:
    with pytest.raises(DataError) as caught:
        members_of(_table(values), "in")
    assert said in str(caught.value)
    assert "maybe" not in str(caught.value)
    assert caught.value.column == "in"


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(DataError, match=r"no column is called 'out'.*there are: in, age"):
        members_of(_table(pa.array([1])), "out")


def test_the_column_goes_and_something_has_to_stay() -> None:
    table = _table(pa.array([1, 0]))
    assert without_column(table, "in").columns == ("age",)
    with pytest.raises(DataError, match="has no column beside 'in'"):
        without_column(without_column(table, "age"), "in")
