import datetime as dt
from collections import Counter
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


VALUES = st.lists(st.one_of(st.none(), st.sampled_from("abcdef")), min_size=1, max_size=30)


@given(VALUES, st.booleans())
def test_distinct_values_ascend_with_their_records_and_every_record_has_its_place(
    values, dictionary
):
    column = pa.array(values, pa.string())
    table = Table("t", pa.table({"a": column.dictionary_encode() if dictionary else column}))
    distinct = table.distinct("a")
    counts = Counter(values)
    assert distinct.values.to_pylist() == sorted(v for v in counts if v is not None)
    assert distinct.records.tolist() == [counts[v] for v in distinct.values.to_pylist()]
    assert distinct.missing == counts[None]
    (places,) = table.places(["a"])
    assert distinct.every.take(pa.array(places["a"])).to_pylist() == values
    assert np.bincount(places["a"]).tolist() == distinct.records_of_every.tolist()


@given(VALUES)
def test_a_survey_counts_everything(values):
    survey = Table("t", pa.table({"a": pa.array(values, pa.string())})).survey("a")
    assert survey.n_distinct == len(set(values))
    assert survey.n_missing == values.count(None)
    assert set(survey.sample.to_pylist()) == {v for v in values if v is not None}


def test_a_survey_samples_evenly():
    values = [(7 * i) % 5_000 for i in range(5_000)]
    sample = Table("t", pa.table({"a": values})).survey("a").sample.to_pylist()
    assert len(sample) == 2_000
    assert (sample[0], sample[-1]) == (0, 4_999)
    assert {b - a for a, b in pairwise(sample)} <= {2, 3}


def test_changed_columns_are_images_of_values_or_of_records():
    table = Table("t", pa.table({"a": ["y", None, "x"], "b": [1, 2, 3], "c": [4, 5, 6]}))
    images, given = pa.array(["X", "Y", "none"]), pa.chunked_array([[7, 8], [9]])
    changed = table.changed({"c": given, "b": None, "a": images})
    assert changed.arrow.to_pydict() == {"c": [7, 8, 9], "b": [1, 2, 3], "a": ["Y", "none", "X"]}
    assert changed.columns == ("c", "b", "a")
    assert changed.n_records == 3
