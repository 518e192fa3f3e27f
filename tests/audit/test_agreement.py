"""Search and audit, which share no code, judge every table alike."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.audit import Layout, examine, recount_table
from kiaim_server.model.bounds import format_bound
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.model.decision import Clause
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.value_tree import ValueTree, values_digest
from kiaim_server.privacy import BetaLikeness, DeltaDisclosure, LDiversity, TCloseness

tables = st.lists(
    st.lists(st.integers(0, 6), min_size=3, max_size=4).filter(any), min_size=1, max_size=6
).map(lambda rows: [[*row, 0][:4] for row in rows])

#: a and b are one group, c and d another; what no table has is left out.
KINDS = {"v0": "1", "v1": "1", "v2": "2", "v3": "2"}

DEMANDS = [
    (LDiversity, {"variant": "distinct"}, "at_least", ["2", "3"]),
    (LDiversity, {"variant": "grassberger"}, "at_least", ["1.5", "2", "2.5", "3"]),
    (LDiversity, {"variant": "recursive", "c": "2"}, "at_least", ["2", "3"]),
    (TCloseness, {"variant": "equal"}, "at_most", ["0", "1/5", "1/3", "1/2"]),
    (
        TCloseness,
        {"variant": "hierarchical", "hierarchy": "own"},
        "at_most",
        ["0", "1/5", "1/3", "1/2"],
    ),
    (DeltaDisclosure, {}, "at_most", ["1/2", "1", "4/3", "2"]),
    (BetaLikeness, {"variant": "basic"}, "at_most", ["1/3", "1/2", "1", "2"]),
    (BetaLikeness, {"variant": "enhanced"}, "at_most", ["1/3", "1/2", "1", "2"]),
]


def _recounted(table: list[list[int]]):
    cells = [
        (str(c), f"v{v}")
        for c, row in enumerate(table)
        for v, n in enumerate(row)
        for _ in range(n)
    ]
    columns = pa.table({"q": [q for q, _ in cells], "s": [s for _, s in cells]})
    texts = sorted({s for _, s in cells})
    numbers: dict[str, int] = {}
    kinds = tuple(numbers.setdefault(KINDS[s], len(numbers)) for s in texts)
    tree = ValueTree(
        "s",
        "own",
        "0" * 64,
        ("value", "kind", "*"),
        values_digest(texts),
        (kinds, (0,) * len(texts)),
    )
    along = Hierarchy.from_columns("s", [texts, [KINDS[s] for s in texts], ["*"] * len(texts)])
    return recount_table(columns, Layout("csv", ("q",), ("s",), trees=(tree,))), along


def _clause(model: PrivacyModel, parameters: dict[str, str], key: str) -> Clause:
    bounds = {"at_least": None, "at_most": None, key: format_bound(getattr(model, key))}
    return Clause(model.name, parameters, "s", rules=("policy/rule",), **bounds)


@pytest.mark.parametrize(("kind", "parameters", "key", "bounds"), DEMANDS)
@given(table=tables, data=st.data())
@settings(max_examples=40)
def test_a_clause_is_met_exactly_if_no_class_fails(kind, parameters, key, bounds, table, data):
    bound = data.draw(st.sampled_from(bounds))
    model = kind.from_parameters({**parameters, key: bound}).for_attribute("s")
    recounted, tree = _recounted(table)
    model = model.for_tree(tree) if model.needs_tree else model
    clause = _clause(model, parameters, key)
    (finding,) = examine(recounted, [clause], input_records=1, suppressed=0)
    assert finding.met == (not model.failing(recounted.classes).any())
    if finding.measured is not None:
        assert finding.measured == pytest.approx(model.measure(recounted.classes), abs=1e-9)
