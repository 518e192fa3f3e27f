import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pytest

from kiaim_server.errors import DataError
from kiaim_server.model.table import Table, as_text, value_type


@pytest.mark.parametrize(
    ("columns", "names", "message"),
    [
        ([], [], "no columns"),
        ([pa.array([1])], [" "], "column 1 has no name"),
        ([pa.array([1]), pa.array([2])], ["a", "a"], "'a' is used 2 times"),
        ([pa.array([], pa.int64())], ["a"], "no records"),
    ],
)
def test_a_table_that_no_stage_could_use_is_refused(columns, names, message):
    with pytest.raises(DataError, match=message):
        Table("t.csv", pa.Table.from_arrays(columns, names))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (pa.array([1, None, -7]), ["1", None, "-7"]),
        (pa.array([1.5, 0.1, 2.0, None]), ["1.5", "0.1", "2.0", None]),
        (pa.array([dt.date(2024, 2, 29), None]), ["2024-02-29", None]),
        (pa.array(["007", None]), ["007", None]),
        (pa.array(["b", "a", None]).dictionary_encode(), ["b", "a", None]),
        (pa.array([True, None]), ["true", None]),
        (pa.array([Decimal("1.50")]), ["1.50"]),
        (pa.chunked_array([], type=pa.string()), []),
    ],
)
def test_values_have_one_spelling(values, text):
    assert as_text(values).to_pylist() == text


def test_types_are_named_in_the_words_of_profiles():
    assert value_type(pa.dictionary(pa.int32(), pa.string())) == "text"
    assert value_type(pa.float32()) == "number"
    assert value_type(pa.timestamp("s")) == "timestamp"
    with pytest.raises(DataError, match="not supported"):
        value_type(pa.list_(pa.int8()))
