"""The risk profile, by its definitions, over any rows."""

from __future__ import annotations

import re
from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.arxaas.risks import Profile
from kiaim_server.risk.estimators import estimate_uniqueness

cell = st.sampled_from(["a", "b", "*"])
tables = st.lists(st.tuples(cell, cell, st.sampled_from("xyz")).map(list), min_size=1, max_size=40)


def profile(records: list[list[str]], quasi: tuple[str, ...] = ("p", "q")) -> dict[str, Any]:
    return Profile.of_rows(["p", "q", "s"], records, quasi).as_json()


@given(tables)
def test_measures_are_those_of_the_classes(records: list[list[str]]) -> None:
    """Of the records that are not all stars, or of all where every one is."""
    counted = [r for r in records if r[:2] != ["*", "*"]] or records
    sizes = Counter(tuple(r[:2]) for r in counted)
    risks = sorted(1 / sizes[tuple(r[:2])] for r in counted)
    found = profile(records)["reIdentificationRisk"]
    told = found["measures"]
    average = sum(risks) / len(risks)
    assert told["lowest_risk"] == risks[0]
    for name in ("highest_prosecutor_risk", "highest_journalist_risk"):
        assert told[name] == risks[-1]
    for name in ("estimated_prosecutor_risk", "estimated_journalist_risk"):
        assert told[name] == risks[-1]
    for value in (
        told["average_prosecutor_risk"],
        told["estimated_marketer_risk"],
        *found["attackerSuccessRate"]["successRates"].values(),
    ):
        assert value == pytest.approx(average, abs=1e-12)
    assert told["sample_uniques"] == pytest.approx(risks.count(1.0) / len(risks), abs=1e-12)


@given(tables)
def test_intervals_share_out_the_records(records: list[list[str]]) -> None:
    """Each risk lies in the interval of its label, whose upper end is part of it."""
    counted = [r for r in records if r[:2] != ["*", "*"]] or records
    sizes = Counter(tuple(r[:2]) for r in counted)
    found = profile(records)
    intervals = found["distributionOfRisk"]["riskIntervalList"]
    assert len(intervals) == 24
    assert sum(i["recordsWithRiskWithinInterval"] for i in intervals) == pytest.approx(1)
    up_to = 0.0
    for interval in reversed(intervals):
        low, high = (float(x) for x in re.findall(r"[\d.e-]+", interval["interval"]))
        within = [r for r in counted if low < 100 / sizes[tuple(r[:2])] <= high + 1e-9]
        share = len(within) / len(counted)
        assert interval["recordsWithRiskWithinInterval"] == pytest.approx(share, abs=1e-12)
        up_to += share
        assert interval["recordsWithMaximalRiskWithinInterval"] == pytest.approx(up_to, abs=1e-12)
    told = found["reIdentificationRisk"]["measures"]
    shares = [i["recordsWithRiskWithinInterval"] for i in intervals]
    assert told["records_affected_by_highest_prosecutor_risk"] == next(s for s in shares if s)
    assert told["records_affected_by_lowest_risk"] == next(s for s in reversed(shares) if s)


@given(tables)
def test_attributes_tell_records_apart(records: list[list[str]]) -> None:
    counted = [r for r in records if r[:2] != ["*", "*"]] or records
    told = profile(records)["attributeRisk"]["quasiIdentifierRiskList"]
    assert [t["identifier"] for t in told] == [["p"], ["q"]]
    for place, attribute in enumerate(told):
        values = [r[place] for r in counted]
        assert attribute["distinction"] == len(set(values)) / len(values)
        pairs = [a != b for a, b in combinations(values, 2)]
        expected = sum(pairs) / len(pairs) if pairs else 0.0
        assert attribute["separation"] == pytest.approx(expected, abs=1e-12)


def test_population_uniques_are_estimated_by_the_model_that_is_named() -> None:
    """Pitman's for a population of a hundred times all records, where it has an estimate."""
    sizes = np.array([1] * 30 + [2] * 8 + [3] * 4 + [5] * 2 + [9, 15], dtype=np.int64)
    records = [["a", str(i), "x"] for i, size in enumerate(sizes) for _ in range(size)]
    told = profile(records)["reIdentificationRisk"]
    assert told["populationModel"] == "PITMAN"
    assert told["measures"]["population_uniques"] == pytest.approx(
        estimate_uniqueness("pitman", sizes, 9200).value, abs=1e-12
    )
    starred = profile([*records, ["*", "*", "x"]])["reIdentificationRisk"]["measures"]
    assert starred["population_uniques"] == pytest.approx(
        estimate_uniqueness("pitman", sizes, 9300).value, abs=1e-12
    )
    for alone, model, share in (
        ([["a", str(i), "x"] for i in range(9)], "ZAYATZ", 1.0),
        ([["a", "b", "x"]] * 9, "DANKAR", 0.0),
    ):
        told = profile(alone)["reIdentificationRisk"]
        assert told["populationModel"] == model
        assert told["measures"]["population_uniques"] == pytest.approx(share, abs=1e-9)


def test_without_quasi_identifiers_all_records_are_one_class() -> None:
    told = profile([["a", "b", "x"], ["b", "a", "x"]], ())
    assert told["reIdentificationRisk"]["measures"]["highest_prosecutor_risk"] == 0.5
    assert told["attributeRisk"]["quasiIdentifierRiskList"] == []
