"""The optimums that ARX found on the adult table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kiaim_server.encode import count_tuples, encode_table
from kiaim_server.hierarchy import shipped_hierarchy
from kiaim_server.kernels.jit import KERNELS
from kiaim_server.loss import AverageClassSize, Discernibility, Loss, NonUniformEntropy
from kiaim_server.model.progress import Silent
from kiaim_server.model.solution import SearchProblem, Solution
from kiaim_server.privacy import KAnonymity, LDiversity, TCloseness
from kiaim_server.search import find_optimum
from tests.search.tables import adult

MEASURES = {"aecs": AverageClassSize(), "dm": Discernibility(), "nue": NonUniformEntropy()}


def _results(name: str) -> list[dict[str, Any]]:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return list(json.loads(text)["results"])


RESULTS = _results("adult_loss_by_arx_3.9.2.json")
OTHER_RESULTS = _results("adult_other_measures_by_arx_3.9.2.json")


def _model(text: str, attribute: str | None) -> Any:
    name, _, bound = text.partition("=")
    if name == "k":
        return KAnonymity.from_parameters({"at_least": bound})
    if name == "te":
        parameters: dict[str, Any] = {"variant": "equal", "at_most": bound}
        return TCloseness.from_parameters(parameters).for_attribute(str(attribute))
    if name == "el":
        parameters = {"variant": "entropy", "at_least": bound}
    elif name == "dl":
        parameters = {"variant": "distinct", "at_least": bound}
    else:
        c, _, least = bound.partition(":")
        parameters = {"variant": "recursive", "at_least": least, "c": c}
    return LDiversity.from_parameters(parameters).for_attribute(str(attribute))


def _problem(result: dict[str, Any]) -> SearchProblem:
    trees = [shipped_hierarchy("adult", name) for name in result["qis"]]
    sensitive = {result["sa"]: None} if result["sa"] else {}
    encoded = encode_table(adult(), [t for t in trees if t is not None], sensitive)
    hierarchies = tuple(c.hierarchy for c in encoded.quasi)
    return SearchProblem(
        tuples=count_tuples(encoded),
        hierarchies=hierarchies,
        levels=tuple((0, tree.n_levels - 1) for tree in hierarchies),
        models=tuple(_model(t, result["sa"]) for t in result["models"].split(",")),
        max_suppressed=int(result["suppression_limit"] * encoded.n_records),
        loss=MEASURES.get(result.get("metric", "loss"), Loss()),
    )


@pytest.mark.parametrize("result", RESULTS, ids=[r["id"] for r in RESULTS])
def test_the_optimum_is_the_one_that_arx_finds(result) -> None:
    found = find_optimum(_problem(result), Silent())
    assert isinstance(found, Solution)
    assert found.loss == pytest.approx(result["score"], rel=1e-9)
    assert list(found.loss_per_attribute) == pytest.approx(result["score_raw"], abs=2e-10)
    _assert_same_release(found, result)


@pytest.mark.parametrize("result", OTHER_RESULTS, ids=[r["id"] for r in OTHER_RESULTS])
def test_the_optimum_of_other_measures_is_the_one_that_arx_finds(result) -> None:
    found = find_optimum(_problem(result), Silent())
    assert isinstance(found, Solution)
    assert found.loss == pytest.approx(result["score"], rel=1e-9)
    if result["metric"] == "nue":
        assert list(found.loss_per_attribute) == pytest.approx(result["score_raw"], rel=1e-12)
    _assert_same_release(found, result)


def _assert_same_release(found: Solution, result: dict[str, Any]) -> None:
    assert dict(zip(result["qis"], found.levels, strict=True)) == result["optimum_levels"]
    assert found.n_suppressed == result["suppressed"]
    sizes = found.class_sizes
    assert (len(sizes), sizes[0], sizes[-1]) == (
        result["classes"],
        result["min_class"],
        result["max_class"],
    )


def test_the_search_compiles_no_kernel_for_a_second_set_of_types() -> None:
    """Every further set would cost seconds at the first search of an installation."""
    find_optimum(_problem(RESULTS[0]), Silent())
    public = [k for k in KERNELS if not k.py_func.__name__.startswith("_")]
    assert {k.py_func.__name__: len(k.signatures) for k in public if len(k.signatures) > 1} == {}
