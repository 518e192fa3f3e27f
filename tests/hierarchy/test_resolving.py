import marshmallow as ma
import numpy as np
import pluggy
import pyarrow as pa
import pytest

from kiaim_server.errors import HierarchyError, NotFoundError, ParameterError, PluginError
from kiaim_server.hierarchy import HierarchySource, resolve
from kiaim_server.hooks.host import KINDS, PluginHost
from kiaim_server.model.contract import HierarchyBuilder
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.plan import HierarchySpec
from kiaim_server.model.table import as_text


class Stars(HierarchyBuilder):
    name = "stars"
    summary = "Every value under one."

    class Parameters(ma.Schema):
        label = ma.fields.String(load_default="*")

    def __init__(self, label):
        self.label = label

    def build(self, attribute, values):
        leaves = as_text(values.drop_null()).to_pylist()
        return Hierarchy.from_columns(
            attribute, [leaves, [self.label] * len(leaves)], ("value", "all")
        )


class Splitting(Stars):
    name = "splitting"

    def build(self, attribute, values):
        labels = tuple(np.array(level, dtype=object) for level in (["1", "2"], ["*"], ["a", "b"]))
        maps = tuple(np.array(level, dtype=np.int32) for level in ([0, 1], [0, 0], [0, 1]))
        return Hierarchy(attribute, labels, maps, ("a", "b", "c"))


class Failing(Stars):
    name = "failing"

    def build(self, attribute, values):
        raise ValueError("the value 4711 is odd")


class Wrong(Stars):
    name = "wrong"

    def build(self, attribute, values):
        return "no hierarchy"


BUILDERS = {kind.name: kind for kind in (Stars, Splitting, Failing, Wrong)}
HOST = PluginHost(
    (),
    {kind: BUILDERS if kind == "hierarchy builder" else {} for kind in KINDS},
    pluggy.PluginManager("kiaim"),
)
VALUES = pa.array([1, 2, 3])


def spec(**kwargs):
    return HierarchySpec(rule="p/r", **kwargs)


def test_the_requests_own_goes_before_the_policys():
    own = HierarchySource(inline={"n": [["1", "own"]]})
    found = resolve(spec(builder="stars"), own, "n", VALUES, HOST)
    assert found.labels[1].tolist() == ["own"]


def test_a_builder_gets_its_parameters_and_the_values():
    found = resolve(
        spec(builder="stars", parameters={"label": "x"}), HierarchySource(), "n", VALUES, HOST
    )
    assert found.labels[0].tolist() == ["1", "2", "3"]
    assert found.labels[1].tolist() == ["x"]
    assert found.level_names == ("value", "all")


def test_a_missing_value_gets_a_row_only_where_it_occurs():
    values = pa.array([1, None, 3])
    assert resolve(spec(builder="stars"), HierarchySource(), "n", values, HOST).covers_missing
    assert not resolve(spec(builder="stars"), HierarchySource(), "n", VALUES, HOST).covers_missing


@pytest.mark.parametrize("name", ["adult", "adult/age"])
def test_a_shipped_hierarchy_is_named_by_set_or_by_set_and_column(name):
    found = resolve(spec(shipped=name), HierarchySource(), "age", VALUES, HOST)
    assert (found.attribute, found.n_levels) == ("age", 5)


def test_a_shipped_hierarchy_may_serve_a_column_of_another_name():
    found = resolve(spec(shipped="adult/age"), HierarchySource(), "years", VALUES, HOST)
    assert found.attribute == "years"


def test_a_set_without_the_column_is_refused():
    with pytest.raises(HierarchyError, match=r"'p/r' .* 'years' .* 'adult', which has none"):
        resolve(spec(shipped="adult"), HierarchySource(), "years", VALUES, HOST)


@pytest.mark.parametrize("policy", [None, spec()])
def test_no_hierarchy_names_the_column_and_the_mend(policy):
    with pytest.raises(HierarchyError, match=r"column 'n' .* hierarchy_n.csv .*builders: fail"):
        resolve(policy, HierarchySource(), "n", VALUES, HOST)


@pytest.mark.parametrize(
    ("policy", "error", "message"),
    [
        (spec(builder="none"), PluginError, "no hierarchy builder is called 'none'"),
        (spec(builder="stars", parameters={"lable": "x"}), ParameterError, "stars: lable"),
        (spec(builder="failing"), PluginError, "'failing' failed on column 'n' with ValueError"),
        (spec(builder="wrong"), PluginError, "'wrong' failed on column 'n' with AttributeError"),
        (spec(builder="splitting"), HierarchyError, "built by 'splitting': rows 1 and 2 share"),
        (spec(shipped="adlt"), NotFoundError, "did you mean 'adult'"),
    ],
)
def test_what_a_policy_cannot_have_is_an_error(policy, error, message):
    with pytest.raises(error) as caught:
        resolve(policy, HierarchySource(), "n", VALUES, HOST)
    assert message in str(caught.value)
    assert "4711" not in str(caught.value)
