"""Clauses are held against the recount; what cannot be measured is not met."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest

from kiaim_server.audit import Layout, examine, recount_table
from kiaim_server.model.decision import Clause
from kiaim_server.model.value_tree import ValueTree, values_digest

TABLE = pa.table(
    {
        "q": ["1"] * 5 + ["2"] * 6,
        "s": [*"aabbc", *"aaabbb"],
        "n": [*"12312", *"123456"],
    }
)
COUNTED = recount_table(
    TABLE, Layout("csv", ("q",), ("s", "n"), orders={"n": "numeric", "s": ("a", "b")})
)
RISK = {"attacker": "prosecutor", "measure": "maximum"}


def _clause(measure, parameters=None, attribute=None, at_least=None, at_most=None):
    return Clause(measure, parameters or {}, attribute, at_least, at_most, ("policy/rule",))


def _examine(clause, counted=COUNTED, **more):
    arguments = {"input_records": 12, "suppressed": 1, **more}
    (finding,) = examine(counted, [clause], **arguments)
    assert finding.clause is clause
    return finding


@pytest.mark.parametrize(
    ("clause", "measured", "stricter"),
    [
        (_clause("k-anonymity", at_least="5"), 5, {"at_least": "6"}),
        # P(X <= 3) is 0.957 for a mean of 1.3, 0.946 for 1.4.
        (
            _clause(
                "estimated-k-map", {"sampling_fraction": "10%", "significance": "5%"}, None, "13"
            ),
            13,
            {"at_least": "14"},
        ),
        (_clause("l-diversity", {"variant": "distinct"}, "s", "2"), 2, {"at_least": "3"}),
        (_clause("l-diversity", {"variant": "entropy"}, "s", "2"), 2, {"at_least": "2.00001"}),
        (
            _clause("l-diversity", {"variant": "recursive", "c": 2}, "s", "2"),
            2,
            {"at_least": "3"},
        ),
        (
            _clause("l-diversity", {"variant": "grassberger"}, "s", "2"),
            2,
            {"at_least": "2.00001"},
        ),
        (
            _clause("beta-likeness", {"variant": "basic"}, "s", None, "1.2"),
            1.2,
            {"at_most": "1.199999999999"},
        ),
        (
            _clause("beta-likeness", {"variant": "enhanced"}, "s", None, "1.2"),
            1.2,
            {"at_most": "1.199999999999"},
        ),
        (
            _clause("delta-disclosure", {}, "s", None, "1.2"),
            1.1375035237,
            {"at_most": "1.1375"},
        ),
        (
            _clause("t-closeness", {"variant": "equal"}, "s", None, "12/110"),
            12 / 110,
            {"at_most": "0.109"},
        ),
        (
            _clause("t-closeness", {"variant": "ordered", "order": "numeric"}, "n", None, "51/275"),
            51 / 275,
            {"at_most": "0.1854"},
        ),
        (_clause("reidentification-risk", RISK, None, None, "1/5"), 0.2, {"at_most": "19.9%"}),
        (
            _clause(
                "reidentification-risk",
                {"attacker": "marketer", "measure": "average"},
                at_most="2/11",
            ),
            2 / 11,
            {"at_most": "18.18%"},
        ),
        (_clause("suppressed-records", at_most="1/12"), 1 / 12, {"at_most": "8.33%"}),
    ],
)
def test_a_clause_holds_at_its_bound_and_not_beyond(clause, measured, stricter):
    finding = _examine(clause)
    assert finding.measured == pytest.approx(measured, abs=1e-9)
    assert finding.met
    assert not _examine(replace(clause, **stricter)).met


def test_uniqueness_is_exact_and_the_population_figure_is_called_a_bound():
    counted = recount_table(pa.table({"q": ["1", "2", "2", "3"]}), Layout("csv", ("q",)))
    assert _examine(_clause("sample-uniqueness", at_most="50%"), counted).met
    assert not _examine(_clause("sample-uniqueness", at_most="49.9%"), counted).met
    finding = _examine(_clause("population-uniqueness", at_most="50%"), counted)
    assert finding.met
    assert "upper bound" in finding.note


def test_delta_has_to_stay_below_its_bound():
    """Class 2 shows b in all records, the file in half of them."""
    table = pa.table({"q": ["1"] * 3 + ["2"] * 2, "s": [*"aab", *"bb"]})
    table = pa.concat_tables([table, pa.table({"q": ["3"], "s": ["a"]})])
    counted = recount_table(table, Layout("csv", ("q",), ("s",)))
    clause = _clause("delta-disclosure", {}, "s", None, "1")
    finding = _examine(clause, counted)
    assert finding.measured == 1.0
    assert not finding.met
    assert "bound itself" in finding.note
    assert _examine(replace(clause, at_most="1.000000000001"), counted).met


def test_no_beta_allows_a_gain_above_minus_ln_q():
    counted = recount_table(
        pa.table({"q": ["1", "1", "2", "2"], "s": [*"aabb"]}), Layout("csv", ("q",), ("s",))
    )
    assert _examine(_clause("beta-likeness", {"variant": "basic"}, "s", None, "1"), counted).met
    finding = _examine(_clause("beta-likeness", {"variant": "enhanced"}, "s", None, "99"), counted)
    assert finding.measured is None
    assert not finding.met
    assert "no beta allows" in finding.note


@pytest.mark.parametrize("parameters", [{}, {"estimator": "upper-bound"}])
def test_the_bound_is_measured_with_and_without_its_name(parameters):
    counted = recount_table(pa.table({"q": ["1", "2", "2", "3"]}), Layout("csv", ("q",)))
    finding = _examine(_clause("population-uniqueness", parameters, at_most="50%"), counted)
    assert (finding.met, finding.measured) == (True, 0.5)


def test_an_estimate_is_met_only_where_there_is_one():
    counted = recount_table(pa.table({"q": [*"abcdefgg", *"hhhiiii"]}), Layout("csv", ("q",)))

    def examined(estimator, population, at_most="1"):
        parameters = {"estimator": estimator, "population": population}
        clause = _clause("population-uniqueness", parameters, at_most=at_most)
        return _examine(clause, counted)

    found = examined("zayatz", 1000)
    assert found.met
    assert 0 < found.measured < 6 / 15
    assert "population of 1000 persons" in found.note
    assert not examined("zayatz", 1000, f"{found.measured - 1e-8:.11f}").met
    small = examined("zayatz", 14)
    assert (small.met, small.measured) == (False, None)
    assert "14 persons, but the table has 15" in small.note


def test_a_journalist_risk_is_called_the_worst_case():
    parameters = {"attacker": "journalist", "measure": "maximum"}
    finding = _examine(_clause("reidentification-risk", parameters, at_most="1/5"))
    assert finding.met
    assert "Worst case" in finding.note


@pytest.mark.parametrize(
    ("clause", "note"),
    [
        (_clause("k-plex", at_least="5"), "plugin that offers 'k-plex'"),
        (_clause("k-anonymity", {"scope": "some"}, at_least="1"), "plugin"),
        (_clause("l-diversity", {"variant": "simpson"}, "s", "1"), "plugin"),
        (_clause("estimated-k-map", {"sampling_fraction": "5%"}, None, "2"), "plugin"),
        (
            _clause("estimated-k-map", {"sampling_fraction": "x", "significance": 0.1}, None, "2"),
            "plugin",
        ),
        (_clause("beta-likeness", {"variant": "extended"}, "s", None, "9"), "plugin"),
        (_clause("beta-likeness", {}, "s", None, "9"), "plugin"),
        (_clause("delta-disclosure", {"base": "e"}, "s", None, "9"), "plugin"),
        (_clause("delta-disclosure", {}, None, None, "9"), "plugin"),
        (_clause("l-diversity", {"variant": "distinct"}, None, "1"), "plugin"),
        (_clause("l-diversity", {"variant": "recursive", "c": "x"}, "s", "1"), "plugin"),
        (_clause("t-closeness", {"variant": "hierarchical"}, "s", None, "1"), "plugin"),
        (
            _clause("t-closeness", {"variant": "hierarchical", "hierarchy": "own"}, "s", None, "1"),
            "No hierarchy of this name",
        ),
        (
            _clause("reidentification-risk", RISK | {"attacker": "marketer"}, at_most="1"),
            "plugin",
        ),
        (_clause("suppressed-records", {"of": "some"}, at_most="1"), "plugin"),
        (_clause("population-uniqueness", {"estimator": "zayatz"}, at_most="1"), "plugin"),
        (_clause("population-uniqueness", {"population": 99}, at_most="1"), "plugin"),
        (
            _clause(
                "population-uniqueness", {"estimator": "zayatz", "population": "99"}, at_most="1"
            ),
            "plugin",
        ),
        (
            _clause("population-uniqueness", {"estimator": "argus", "population": 99}, at_most="1"),
            "plugin",
        ),
        (_clause("l-diversity", {"variant": "distinct"}, "zip", "1"), "was not counted"),
        (_clause("t-closeness", {"variant": "ordered"}, "s", None, "1"), "order does not fit"),
        (
            _clause("t-closeness", {"variant": "ordered", "order": "lexical"}, "n", None, "1"),
            "another order",
        ),
    ],
)
def test_what_the_audit_cannot_measure_is_not_met(clause, note):
    finding = _examine(clause)
    assert finding.measured is None
    assert not finding.met
    assert note in finding.note


@pytest.mark.parametrize(
    "clause",
    [
        _clause("k-anonymity", at_least="1"),
        _clause("l-diversity", {"variant": "distinct"}, "s", "1"),
        _clause("t-closeness", {"variant": "equal"}, "s", None, "1"),
        _clause("delta-disclosure", {}, "s", None, "9"),
        _clause("beta-likeness", {"variant": "basic"}, "s", None, "9"),
        _clause("reidentification-risk", RISK, at_most="1"),
        _clause("sample-uniqueness", at_most="1"),
    ],
)
def test_an_empty_release_keeps_no_promise(clause):
    empty = recount_table(TABLE.slice(0, 0), Layout("csv", ("q",), ("s",)))
    finding = _examine(clause, empty)
    assert finding.measured is None
    assert not finding.met
    assert "no equivalence class" in finding.note


def test_no_order_stated_means_no_ordered_distance():
    counted = recount_table(TABLE, Layout("csv", ("q",), ("n",)))
    finding = _examine(_clause("t-closeness", {"variant": "ordered"}, "n", None, "1"), counted)
    assert not finding.met
    assert "No order is stated" in finding.note


def _tree(**changes) -> ValueTree:
    """The values a, b and c, of which b and c are one group on level 1."""
    tree = ValueTree(
        "s", "own", "0" * 64, ("value", "kind", "*"), values_digest(["a", "b", "c"]),
        ((0, 1, 1), (0, 0, 0)),
    )  # fmt: skip
    return replace(tree, **changes)


HIERARCHICAL = _clause(
    "t-closeness", {"variant": "hierarchical", "hierarchy": "own"}, "s", None, "1/11"
)


def _along(tree):
    return recount_table(TABLE, Layout("csv", ("q",), ("s",), trees=(tree,)))


def test_a_stated_hierarchy_is_measured_along():
    """Class 1 lacks 3/55 of a and of b and has 6/55 of c too much: b is near c, a is far."""
    finding = _examine(HIERARCHICAL, _along(_tree()))
    assert finding.measured == pytest.approx(3 / 55 * 1 / 2 + 3 / 55 * 2 / 2)
    assert finding.met
    assert not _examine(replace(HIERARCHICAL, at_most="0.08"), _along(_tree())).met


@pytest.mark.parametrize(
    ("tree", "note"),
    [
        (_tree(level_names=("value", "*")), "another number of levels"),
        (_tree(groups=((0, 1), (0, 0))), "another number of values"),
        (_tree(values_sha256=values_digest(["a", "b", "d"])), "about other values"),
        (_tree(groups=((0, 0, 1), (0, 1, 1))), "splits a group"),
        (_tree(groups=((0, 1, 1), (0, 1, 1))), "several groups"),
        (_tree(hierarchy="adult"), "No hierarchy of this name"),
    ],
)
def test_a_hierarchy_that_does_not_fit_the_file_measures_nothing(tree, note):
    finding = _examine(HIERARCHICAL, _along(tree))
    assert finding.measured is None
    assert not finding.met
    assert note in finding.note


def test_a_third_partys_model_is_given_the_stated_hierarchy():
    seen = []

    def along(clause, classes, tree):
        seen.append(tree)
        return 0.5

    clause = _clause("near", {"hierarchy": "own"}, "s", None, "1")
    assert _examine(clause, _along(_tree()), plugin_models={"near": along}).met
    assert [level.tolist() for level in seen[0].maps] == [[0, 1, 2], [0, 1, 1], [0, 0, 0]]
    broken = _tree(groups=((0, 1, 1), (0, 1, 1)))
    assert not _examine(clause, _along(broken), plugin_models={"near": along}).met
    assert _examine(clause, COUNTED, plugin_models={"near": along}).met
    assert len(seen) == 2
    assert seen[1] is None


def test_a_clause_without_bound_promises_nothing_and_is_not_met():
    assert not _examine(_clause("k-anonymity")).met


def test_a_third_partys_model_measures_itself():
    seen = []

    def largest(clause, classes, tree):
        seen.append((clause.measure, sorted(classes.sizes.tolist()), sorted(classes.sensitive)))
        return float(classes.sizes.max())

    clause = _clause("largest-class", at_most="6")
    finding = _examine(clause, plugin_models={"largest-class": largest})
    assert (finding.met, finding.measured) == (True, 6.0)
    assert "not by the audit" in finding.note
    assert seen == [("largest-class", [5, 6], ["n", "s"])]


@pytest.mark.parametrize(
    "answer",
    [lambda c, e, t: 1 / 0, lambda c, e, t: float("nan"), lambda c, e, t: None, lambda: 1.0],
)
def test_a_third_partys_model_that_fails_keeps_no_promise(answer):
    finding = _examine(_clause("odd", at_most="1"), plugin_models={"odd": answer})
    assert finding.measured is None
    assert not finding.met


def test_no_plugin_speaks_for_a_measure_that_the_audit_knows():
    clause = _clause("k-anonymity", at_least="6")
    assert not _examine(clause, plugin_models={"k-anonymity": lambda c, e, t: 99.0}).met
