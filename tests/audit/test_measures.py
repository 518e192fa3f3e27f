"""The audit's measures against pyCANON and against worked numbers."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycanon import anonymity

from kiaim_server.audit import Layout, measure_table, measures, recount_table
from kiaim_server.errors import DataError
from kiaim_server.risk import risk_profile
from tests.hierarchy.adult import adult

records = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 4)),
    min_size=2,
    max_size=30,
)


def _values(groups: dict[str, list[object]], order: str | None = None):
    """The values of one attribute in classes that are given one by one."""
    pairs = [(name, value) for name, values in groups.items() for value in values]
    table = pa.table({"q": [q for q, _ in pairs], "s": [s for _, s in pairs]})
    orders = {"s": order} if order else {}
    return recount_table(table, Layout("csv", ("q",), ("s",), orders=orders)).sensitive["s"]


@given(records.filter(lambda rows: len({s for *_, s in rows}) > 1))
@settings(max_examples=30)
def test_measures_agree_with_pycanon(rows):
    frame = pd.DataFrame(rows, columns=["a", "b", "s"])
    frame["text"] = frame["s"].map("v{}".format)
    measured = measure_table(
        pa.table(frame.to_dict("list")), quasi=["a", "b"], sensitive=["s", "text"]
    )
    number, text = measured["sensitive"]
    assert measured["k"] == anonymity.k_anonymity(frame, ["a", "b"])
    for values in (number, text):
        column = [values["attribute"]]
        assert values["l"]["distinct"] == anonymity.l_diversity(frame, ["a", "b"], column)
        entropy = anonymity.entropy_l_diversity(frame, ["a", "b"], column)  # rounded down there
        assert entropy <= values["l"]["entropy"] + 1e-9
        assert values["l"]["entropy"] < entropy + 1 + 1e-9
    assert number["t"]["ordered"] == pytest.approx(
        anonymity.t_closeness(frame, ["a", "b"], ["s"]), abs=1e-9
    )
    assert text["t"]["equal"] == pytest.approx(
        anonymity.t_closeness(frame, ["a", "b"], ["text"]), abs=1e-9
    )
    assert number["t"]["equal"] == text["t"]["equal"]
    assert text["t"]["ordered"] is None


@given(records.filter(lambda rows: len({s for *_, s in rows}) > 1))
@settings(max_examples=30)
def test_delta_and_beta_agree_with_pycanon(rows):
    """There delta has natural logarithms, and enhanced beta is capped instead of refused."""
    frame = pd.DataFrame(rows, columns=["a", "b", "s"])
    layout = Layout("csv", ("a", "b"), ("s",))
    values = recount_table(pa.table(frame.to_dict("list")), layout).sensitive["s"]
    quasi = ["a", "b"]
    assert measures.largest_log_ratio(values) * math.log(2) == pytest.approx(
        anonymity.delta_disclosure(frame, quasi, ["s"]), abs=1e-9
    )
    gain = float(measures.largest_gain(values))
    assert gain == pytest.approx(anonymity.basic_beta_likeness(frame, quasi, ["s"]), abs=1e-9)
    if measures.gains_within_information(values):
        enhanced = anonymity.enhanced_beta_likeness(frame, quasi, ["s"])
        assert gain == pytest.approx(enhanced, abs=1e-9)


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3).filter(any), min_size=1))
def test_gains_are_within_information_as_their_definition_says(table):
    groups = {
        str(i): [v for v, n in zip("abc", row, strict=True) for _ in range(n)]
        for i, row in enumerate(table)
    }
    whole = [sum(row[v] for row in table) for v in range(3)]
    total = sum(whole)
    expected = all(
        row[v] * total / (sum(row) * whole[v]) - 1 <= -math.log(whole[v] / total) + 1e-9
        for row in table
        for v in range(3)
        if row[v]
    )
    assert measures.gains_within_information(_values(groups)) == expected


@given(st.lists(st.integers(1, 60), min_size=1, max_size=5))
def test_the_grassberger_estimate_equals_its_recurrence(counts):
    """G_1 = -gamma - ln 2, G_2 = 2 + G_1, G_{2m+1} = G_{2m}, G_{2m+2} = G_{2m} + 2 / (2m + 1)."""
    g = {1: -0.5772156649015329 - math.log(2)}
    for n in range(2, 61):
        g[n] = g[n - 1] if n % 2 else g[max(1, n - 2)] + 2 / (n - 1)
    values = _values({"1": [f"v{i}" for i, n in enumerate(counts) for _ in range(n)]})
    entropy = math.log(sum(counts)) - sum(n * g[n] for n in counts) / sum(counts)
    assert measures.grassberger(values) == pytest.approx(
        min(math.exp(entropy), len(counts)), abs=1e-10
    )


def test_t_closeness_equals_the_worked_example_of_its_authors():
    """Li et al. 2007, section 4.2: salaries 3k..11k, classes {3k,4k,5k} and {6k,8k,11k}."""
    whole = [3, 4, 5, 6, 7, 8, 9, 10, 11]
    first = _values({"1": [3, 4, 5], "2": [6, 8, 11], "3": [7, 9, 10]}, "numeric")
    assert first.reference.tolist() == [1] * len(whole)
    assert measures.ordered_distance(first) == pytest.approx(0.375)
    merged = _values({"1": [3, 4, 5, 7, 9, 10], "2": [6, 8, 11]}, "numeric")
    assert measures.ordered_distance(merged) == pytest.approx(1 / 6)
    assert measures.equal_distance(first) == pytest.approx(2 / 3)


def test_a_single_value_has_no_distance():
    values = _values({"1": ["x", "x"], "2": ["x"]}, "lexical")
    assert measures.ordered_distance(values) == 0.0
    assert measures.equal_distance(values) == 0.0


def test_entropy_l_of_equally_frequent_values_is_their_number():
    assert measures.entropy(_values({"1": list("abc")})) == pytest.approx(3)
    assert measures.entropy(_values({"1": list("abc"), "2": list("aab")})) == pytest.approx(
        1.8898815748
    )


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.fractions("1/2", 5))
def test_recursive_l_is_the_largest_that_satisfies_the_definition(counts, c):
    values = _values({"1": [f"v{i}" for i, n in enumerate(counts) for _ in range(n)]})
    r = sorted(counts, reverse=True)
    holding = [m for m in range(1, len(r) + 1) if r[0] < c * sum(r[m - 1 :])]
    assert measures.recursive(values, c) == max(holding, default=0)


def test_recursive_l_is_the_smallest_over_all_classes():
    values = _values({"1": list("aabbcc"), "2": list("aaaab")})
    assert measures.recursive(values, Fraction(3)) == 1  # class 2: 4 < 3 * (4 + 1), not < 3 * 1


def test_a_table_is_measured_without_any_claim():
    table = pa.table({"q": ["1", "1", "*", "*", None], "s": ["a", "b", "a", "a", None]})
    measured = measure_table(table, quasi=["q"], sensitive=["s"])
    assert (measured["k"], measured["classes"], measured["suppressed"]) == (1, 3, 0)
    assert measured["class_sizes"] == [[1, 1], [2, 2]]
    assert measured["risk"]["sample_uniqueness"] == 0.2
    assert measured["risk"]["prosecutor"]["share_above"]["1/3"] == 1.0
    starred = measure_table(table, quasi=["q"], suppressed_are_starred=True)
    assert (starred["classes"], starred["suppressed"]) == (2, 2)


def test_what_a_class_tells_of_a_sensitive_value_is_measured():
    """Class 1 has all a: twice their share in the table, which gains 1 > -ln(1/2)."""
    table = pa.table({"q": ["1", "1", "2", "2"], "s": ["a", "a", "b", "b"]})
    (measured,) = measure_table(table, quasi=["q"], sensitive=["s"])["sensitive"]
    assert measured["l"]["grassberger"] == pytest.approx(
        2 / math.exp(2 - 0.5772156649 - math.log(2))
    )
    assert measured["delta"] == 1
    assert measured["beta"] == {"basic": 1.0, "enhanced": None}
    (even,) = measure_table(table, quasi=[], sensitive=["s"])["sensitive"]
    assert even["beta"] == {"basic": 0.0, "enhanced": 0.0}
    assert even["delta"] == 0


def test_nothing_is_measured_where_there_is_no_class():
    table = pa.table({"q": ["*"], "s": ["a"]})
    measured = measure_table(table, quasi=["q"], sensitive=["s"], suppressed_are_starred=True)
    assert measured["k"] is None
    assert measured["sensitive"] == [
        {
            "attribute": "s",
            "l": {"distinct": None, "entropy": None, "grassberger": None},
            "t": {"equal": None, "ordered": None},
            "delta": None,
            "beta": {"basic": None, "enhanced": None},
        }
    ]
    assert measured["risk"]["prosecutor"]["highest"] is None


def _arx_risks():
    path = Path(__file__).parents[1] / "risk" / "risk_by_arx_3.9.2.json"
    return json.loads(path.read_text(encoding="utf-8"))["results"][0]


def test_the_risks_of_the_adult_table_are_those_that_arx_finds():
    expected = _arx_risks()
    population = expected["populations"][0]
    measured = measure_table(adult(), quasi=expected["qis"], population=population["population"])
    risk = measured["risk"]
    assert risk["prosecutor"]["highest"] == expected["highest"]
    assert risk["prosecutor"]["average"] == pytest.approx(expected["average"], rel=1e-15)
    assert risk["marketer"]["average"] == pytest.approx(expected["marketer"], rel=1e-15)
    assert risk["sample_uniqueness"] == pytest.approx(expected["sample_uniques"], rel=1e-15)
    above = risk["prosecutor"]["share_above"]["1/5"]
    assert above == pytest.approx(expected["records_at_risk_above_0.2"], rel=1e-15)
    estimates = risk["population_uniqueness"]["estimates"]
    for name in ("zayatz", "pitman", "dankar"):
        assert estimates[name]["share"] == pytest.approx(population[name], rel=1e-9)
    found = {frozenset(r["quasi"]): r for r in measured["attribute_risks"]}
    assert len(found) == len(expected["attribute_risks"]) == 45
    for quasi, distinction, separation in expected["attribute_risks"]:
        assert found[frozenset(quasi)]["distinction"] == pytest.approx(distinction, rel=1e-15)
        assert found[frozenset(quasi)]["separation"] == pytest.approx(separation, rel=1e-15)


@given(st.lists(st.tuples(*[st.sampled_from(["a", "b", None])] * 3), min_size=0, max_size=12))
@settings(max_examples=30)
def test_distinction_and_separation_are_counted_pair_by_pair(rows):
    names = ("x", "y", "z")
    table = pa.table({n: pa.array([r[i] for r in rows], pa.string()) for i, n in enumerate(names)})
    found = measure_table(table, quasi=names)["attribute_risks"]
    assert [r["quasi"] for r in found] == [
        *([name] for name in names),
        *(list(pair) for pair in itertools.combinations(names, 2)),
    ]
    for risk in found:
        shown = [tuple(row[names.index(n)] for n in risk["quasi"]) for row in rows]
        pairs = list(itertools.combinations(shown, 2))
        apart = sum(one != other for one, other in pairs)
        assert risk["distinction"] == (len(set(shown)) / len(shown) if shown else None)
        assert risk["separation"] == (apart / len(pairs) if pairs else None)


def test_a_column_that_the_table_lacks_is_named():
    with pytest.raises(DataError, match="'zip'"):
        measure_table(pa.table({"q": ["1"]}), quasi=["zip"])


@given(st.lists(st.integers(1, 12), min_size=1, max_size=12))
@settings(max_examples=20)
def test_both_implementations_of_risk_agree(sizes):
    """The audit's own risk figures equal those that reports compute."""
    table = pa.table({"q": [f"{i}" for i, n in enumerate(sizes) for _ in range(n)]})
    counted = recount_table(table, Layout("csv", ("q",)))
    assert measure_table(table, quasi=["q"])["risk"] == risk_profile(counted.sizes)
    population = 3 * sum(sizes)
    ours = measure_table(table, quasi=["q"], population=population)["risk"].pop(
        "population_uniqueness"
    )
    theirs = risk_profile(counted.sizes, population)["population_uniqueness"]
    assert ours["population"] == theirs["population"] == population
    for name, estimate in theirs["estimates"].items():
        assert ours["estimates"][name]["reason"] == estimate["reason"]
        if estimate["share"] is None:
            assert ours["estimates"][name]["share"] is None
        else:
            assert ours["estimates"][name]["share"] == pytest.approx(estimate["share"], rel=1e-9)


def test_without_a_class_no_estimator_says_anything():
    table = pa.table({"q": ["*"]})
    measured = measure_table(table, quasi=["q"], suppressed_are_starred=True, population=9)
    estimates = measured["risk"]["population_uniqueness"]["estimates"]
    assert (
        estimates
        == risk_profile(np.zeros(0, dtype=np.int64), 9)["population_uniqueness"]["estimates"]
    )
    assert {e["share"] for e in estimates.values()} == {None}
