import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from kiaim_server.errors import DataError, PluginError
from kiaim_server.model.attribute import Attribute, Role
from kiaim_server.model.contract import ColumnContext, Transform
from kiaim_server.model.table import Table
from kiaim_server.transform import change_values

TABLE = Table("t", pa.table({"name": ["x", None], "plz": ["01067", "48149"]}))


class Shorten(Transform):
    name, summary, strictness, action = "shorten", "First two characters.", 1, "mask"

    def fit(self, values, context):
        return lambda batch: pc.utf8_slice_codeunits(batch, 0, 2)


class Remove(Transform):
    name, summary, strictness, action = "remove", "Drop the column.", 4, "remove"
    removes_column = True

    def fit(self, values, context):
        raise AssertionError("never called")


class Swallow(Shorten):
    name = "swallow"

    def fit(self, values, context):
        return lambda batch: batch.slice(1)


class Explode(Shorten):
    name = "explode"

    def fit(self, values, context):
        raise RuntimeError(f"cannot handle {values[0]}")


class Refuse(Shorten):
    name = "refuse"

    def fit(self, values, context):
        raise DataError("column 'plz' has text, expected numbers")


class Most(Shorten):
    """Every value becomes the one of most records; notes what it was shown."""

    name = "most"
    by_value = True

    def __init__(self):
        self.seen = []

    def fit(self, values, context):
        self.seen.append((values.to_pylist(), context.records.tolist()))
        most = values[int(np.argmax(context.records))]
        return lambda batch: pc.if_else(pc.is_valid(batch), most, batch)


class Initial(Shorten):
    name = "initial"
    by_value = True

    def fit(self, values, context):
        return lambda batch: pc.utf8_slice_codeunits(batch, 0, 1)


def change(**transforms):
    contexts = {
        n: ColumnContext(
            Attribute(n, Role.QUASI, "other", False, ()), "text", None, 0, lambda _: b""
        )
        for n in TABLE.columns
    }
    return change_values(TABLE, transforms, contexts).arrow.to_pydict()


def test_columns_are_changed_in_order_and_removed_columns_are_gone():
    assert change(plz=[Shorten()], name=[Remove()]) == {"plz": ["01", "48"]}


def test_a_column_without_an_order_stays_as_it_is():
    assert change() == TABLE.arrow.to_pydict()


@pytest.mark.parametrize(
    ("transform", "error", "message"),
    [
        (Swallow, PluginError, "'swallow' did not return one value per record of column 'plz'"),
        (Explode, PluginError, "'explode' failed on column 'plz' with RuntimeError"),
        (Refuse, DataError, "expected numbers"),
    ],
)
def test_a_failing_transform_never_passes_the_column_through(transform, error, message):
    with pytest.raises(error, match=message) as caught:
        change(plz=[transform()])
    assert "01067" not in str(caught.value)


def test_a_table_of_which_nothing_is_left_names_the_policy_not_the_file():
    with pytest.raises(DataError, match="the policy removes every column"):
        change(plz=[Remove()], name=[Remove()])


def test_what_works_by_value_sees_each_value_once_with_its_records():
    table = Table("t", pa.table({"a": ["ab", None, "b", "ac", "b", None, "b", "ad", "ae"]}))
    context = ColumnContext(
        Attribute("a", Role.QUASI, "other", False, ()), "text", None, 0, lambda _: b""
    )
    first, second = Most(), Most()
    changed = change_values(table, {"a": [Initial(), first]}, {"a": context})
    assert first.seen == [(["a", "b", None], [4, 3, 2])]
    assert changed.column("a").to_pylist() == ["a", None, *"aaa", None, *"aaa"]
    change_values(table, {"a": [second]}, {"a": context})
    assert second.seen == [(["ab", "ac", "ad", "ae", "b", None], [1, 1, 1, 1, 3, 2])]
