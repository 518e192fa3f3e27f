"""Random small tables: what is answered keeps every model, loses least, and shows true cells."""

from __future__ import annotations

import importlib
import json
import tempfile
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.arxaas import Face, releasing
from kiaim_server.arxaas.reading import read_request
from kiaim_server.arxaas.releasing import UnfulfilledError, anonymize
from kiaim_server.arxaas.values import Asked, AskedAttribute, AskedModel, AttributeType
from kiaim_server.errors import TooLargeError
from kiaim_server.hierarchy import shipped_hierarchy
from kiaim_server.model.table import as_text
from kiaim_server.pipeline import Workbench
from tests.arxaas.conftest import DATA, ZIPCODES, attribute, model, request
from tests.arxaas.naive import Problem, holds
from tests.hierarchy.adult import adult

_TREES = {
    "age": [["1", "low", "*"], ["2", "low", "*"], ["3", "high", "*"], ["4", "high", "*"]],
    "zip": [["a", "x", "xy"], ["b", "x", "xy"], ["c", "y", "xy"]],
    "zip to a star": [["a", "x", "*"], ["b", "x", "*"], ["c", "y", "*"]],
}
_ILL = ["10", "9", "b", ""]


def answer(asked: dict[str, Any], workbench: Workbench, face: Face | None = None) -> Any:
    """What is answered, in this process."""
    with tempfile.TemporaryDirectory() as name:
        body = Path(name) / "body.json"
        body.write_text(json.dumps(asked))
        return anonymize(read_request(body), face or Face(), workbench, Path(name))


def models() -> st.SearchStrategy[dict[str, Any]]:
    """Any model with parameters of any spelling."""
    small = st.integers(2, 4)
    spelt = st.one_of(small, small.map(str))
    about = {"column_name": st.just("ill")}
    named = {
        "KANONYMITY": {"k": spelt},
        "LDIVERSITY_DISTINCT": {"l": spelt, **about},
        "LDIVERSITY_SHANNONENTROPY": {"l": spelt, **about},
        "LDIVERSITY_GRASSBERGERENTROPY": {"l": spelt, **about},
        "LDIVERSITY_RECURSIVE": {
            "l": spelt,
            "c": st.sampled_from([0.5, "0.75", 1.25, 2, "3"]),
            **about,
        },
        "TCLOSENESS_EQUAL_DISTANCE": {"t": st.sampled_from([0, 0.1, "0.25", 0.5]), **about},
        "TCLOSENESS_ORDERED_DISTANCE": {"t": st.sampled_from([0.05, "0.2", 0.4]), **about},
    }
    return st.sampled_from(sorted(named)).flatmap(
        lambda name: st.fixed_dictionaries(named[name]).map(lambda params: model(name, **params))
    )


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A table of two quasi-identifiers, an illness, a name and a remark."""
    ills = draw(st.sampled_from([_ILL[:2], _ILL[:3], [_ILL[3], *_ILL[1:3]]]))
    record = st.tuples(
        st.sampled_from([row[0] for row in _TREES["age"]]),
        st.text("ab", max_size=2),
        st.sampled_from([row[0] for row in _TREES["zip"]]),
        st.sampled_from(ills),
        st.sampled_from(["", "x", "1.50", "01", "x;y", '"']),
    ).map(list)
    zips = st.sampled_from([_TREES["zip"], _TREES["zip to a star"]])
    chosen = draw(st.lists(models(), min_size=1, max_size=3))
    about = any("column_name" in m["params"] for m in chosen)
    return {
        "data": [
            ["age", "name", "zip", "ill", "remark"],
            *draw(st.lists(record, min_size=1, max_size=24)),
        ],
        "attributes": [
            attribute("zip", "QUASIIDENTIFYING", draw(zips)),
            attribute("age", "QUASIIDENTIFYING", _TREES["age"]),
            attribute("ill", "SENSITIVE" if about else "INSENSITIVE"),
            attribute("remark", "INSENSITIVE"),
        ],
        "privacyModels": chosen,
        "suppressionLimit": draw(st.sampled_from([0, 0.1, 0.25, 0.5])),
    }


def without_empty_in_order(asked: dict[str, Any]) -> bool:
    """An empty cell comes last in our order, and first in the lexical one of the oracle."""
    ordered = any(m["privacyModel"].startswith("TCLOSENESS_ORD") for m in asked["privacyModels"])
    return not ordered or all(record[3] for record in asked["data"][1:])


@settings(max_examples=60)
@given(asked=requests().filter(without_empty_in_order))
def test_any_answer_keeps_every_model_and_loses_least(
    workbench: Workbench, asked: dict[str, Any]
) -> None:
    """And there is none only where no generalization keeps them within the limit."""
    problem = Problem(asked)
    best = problem.best()
    if best is None:
        with pytest.raises(UnfulfilledError):
            answer(asked, workbench)
        return
    found = answer(asked, workbench)["anonymizeResult"]
    levels = {
        row["name"]: row["generalizationLevel"]
        for row in found["metrics"]["attributeGeneralization"]
    }
    node = [levels[name] for name in problem.trees()]
    outcome = problem.outcome(node)
    assert outcome is not None
    loss, suppressed = outcome
    assert loss == pytest.approx(best, abs=1e-9)
    check_cells(problem, found["data"], levels, suppressed)


def check_cells(
    problem: Problem, data: list[list[str]], levels: dict[str, int], suppressed: int
) -> None:
    """Every cell is the original one, its label on the level, or a star; and classes hold."""
    assert data[0] == problem.header
    assert len(data) == len(problem.records) + 1
    trees = problem.trees()
    stars = 0
    classes: dict[tuple[str, ...], list[str]] = {}
    for shown, record in zip(data[1:], problem.records, strict=True):
        cells = dict(zip(problem.header, shown, strict=True))
        own = dict(zip(problem.header, record, strict=True))
        assert cells["name"] == "*"
        assert (cells["ill"], cells["remark"]) == (own["ill"], own["remark"])
        general = {name: trees[name][own[name]][levels[name]] for name in trees}
        if suppressed and all(cells[name] == "*" for name in trees):
            stars += 1
            continue
        assert {name: cells[name] for name in trees} == general
        classes.setdefault(tuple(general.values()), []).append(cells["ill"])
    assert stars == suppressed
    everyone = Counter(record[3] for record in problem.records)
    for values in classes.values():
        for wanted in problem.request["privacyModels"]:
            assert holds(wanted, values, len(values), everyone)


def test_a_quasi_identifier_without_hierarchy_keeps_its_values(workbench: Workbench) -> None:
    data = [["age", "sex"], *[["1", "f"]] * 2, *[["2", "m"]] * 2]
    asked = request(
        data=data,
        attributes=[attribute(n, "QUASIIDENTIFYING") for n in ("age", "sex")],
        privacyModels=[model("KANONYMITY", k=2)],
    )
    found = answer(asked, workbench)["anonymizeResult"]
    assert found["data"] == data
    assert [r["generalizationLevel"] for r in found["metrics"]["attributeGeneralization"]] == [0, 0]


def test_numbers_and_truth_values_in_cells_keep_their_spelling(workbench: Workbench) -> None:
    """As from clients that send them as JSON numbers."""
    body = (
        '{"data": [["a", "n"], [1, 1.50], [1, 2], [1, true], [1, null]],'
        '"attributes": [{"field": "a", "attributeTypeModel": "QUASIIDENTIFYING"},'
        '{"field": "n", "attributeTypeModel": "INSENSITIVE"}],'
        '"privacyModels": [{"privacyModel": "KANONYMITY", "params": {"k": "4"}}]}'
    )
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "body.json"
        path.write_text(body)
        found = anonymize(read_request(path), Face(), workbench, Path(name))
    column = [record[1] for record in found["anonymizeResult"]["data"]]
    assert column == ["n", "1.50", "2", "true", ""]


def test_equal_rows_of_a_hierarchy_count_once(workbench: Workbench) -> None:
    """As builders make them for columns whose values repeat."""
    asked = request()
    rows = asked["attributes"][0]["hierarchy"]
    doubled = [rows[0], *rows, rows[3]]
    again = request(
        attributes=[attribute("zipcode", "QUASIIDENTIFYING", doubled), asked["attributes"][1]]
    )
    assert (
        answer(again, workbench)["anonymizeResult"]["data"]
        == answer(asked, workbench)["anonymizeResult"]["data"]
    )


def test_labels_cannot_fill_the_memory(workbench: Workbench) -> None:
    """Sixty-seven million characters for a column are the most."""
    rows = [["81667", "x" * 7_000_000], *[[row[0], "y"] for row in ZIPCODES[1:]]]
    attributes = [
        attribute("zipcode", "QUASIIDENTIFYING", rows),
        attribute("disease", "INSENSITIVE"),
    ]
    with pytest.raises(TooLargeError, match="7000000 characters"):
        answer(request(attributes=attributes), workbench)


def test_a_column_that_is_not_described_is_identifying(workbench: Workbench) -> None:
    asked = request()
    found = answer({**asked, "attributes": asked["attributes"][:1]}, workbench)
    assert {record[1] for record in found["anonymizeResult"]["data"][1:]} == {"*"}


def test_an_answer_that_is_not_proven_is_refused(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wire format has no words for an answer that may not be the best."""
    original = releasing.release

    def unproven(*arguments: Any) -> Any:
        outcome = original(*arguments)
        outcome.report["search"]["optimal"] = False
        return outcome

    monkeypatch.setattr(releasing, "release", unproven)
    with pytest.raises(UnfulfilledError, match="no proof that none loses less"):
        answer(request(), workbench)


def test_nothing_leaves_when_the_audit_objects(
    workbench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file on disk is what counts, whatever the search said."""
    room = importlib.import_module("kiaim_server.pipeline.release")
    original = room.write

    def tampering(*arguments: Any) -> int:
        records = original(*arguments)
        path = arguments[4]
        table = pq.read_table(path)
        cells = table.column("zipcode").to_pylist()
        cells[0] = "81668"
        pq.write_table(table.set_column(0, "zipcode", [cells]), path)
        return int(records)

    monkeypatch.setattr(room, "write", tampering)
    with pytest.raises(UnfulfilledError) as refused:
        answer(request(), workbench)
    assert not any(row[0] in str(refused.value) for row in DATA[1:])


def test_a_reviewer_is_asked(tmp_path: Path) -> None:
    """Plugins of the installation look at these releases too."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    (plugins / "strict.py").write_text(
        "from kiaim_server.hooks import hookimpl\n"
        "from kiaim_server.model.contract import Objection\n"
        "kiaim_api = 1\n"
        "@hookimpl\n"
        "def kiaim_review_release(claims, findings):\n"
        "    return Objection('strict', 'nothing shall leave')\n"
    )
    with pytest.raises(UnfulfilledError, match="nothing shall leave"):
        answer(request(), Workbench.open(tmp_path, plugins))


def test_a_census_table_is_anonymized_as_by_arx(workbench: Workbench) -> None:
    """Thirty thousand records: the levels, the classes and their risks that ARX found."""
    path = Path(__file__).parents[1] / "search" / "adult_loss_by_arx_3.9.2.json"
    results = json.loads(path.read_text(encoding="utf-8"))["results"]
    by_arx = next(r for r in results if r["id"] == "adult/k5/s0.02/loss")
    table = adult()
    header, columns = table.column_names, [as_text(c).to_pylist() for c in table.columns]
    asked = Asked(
        tuple(header),
        [list(record) for record in zip(*columns, strict=True)],
        tuple(AskedAttribute(name, AttributeType.QUASIIDENTIFYING, _rows(name)) for name in header),
        (AskedModel("KANONYMITY", {"k": "5"}),),
        Fraction("0.02"),
    )
    with tempfile.TemporaryDirectory() as name:
        found = anonymize(asked, Face(), workbench, Path(name))
    metrics = found["anonymizeResult"]["metrics"]
    levels = {r["name"]: r["generalizationLevel"] for r in metrics["attributeGeneralization"]}
    assert levels == by_arx["optimum_levels"]
    stars = sum(set(row) == {"*"} for row in found["anonymizeResult"]["data"])
    assert stars == by_arx["suppressed"]
    measures = found["riskProfile"]["reIdentificationRisk"]["measures"]
    assert measures["highest_prosecutor_risk"] == 1 / by_arx["min_class"]
    assert measures["lowest_risk"] == 1 / by_arx["max_class"]
    average = by_arx["classes"] / (table.num_rows - stars)
    assert measures["average_prosecutor_risk"] == pytest.approx(average, abs=1e-12)


def _rows(name: str) -> list[list[str]]:
    """The shipped hierarchy of a column of the census, in the wire format."""
    found = shipped_hierarchy("adult", name)
    assert found is not None
    levels = [labels[codes] for labels, codes in zip(found.labels, found.maps, strict=True)]
    return [list(row) for row in zip(*levels, strict=True)]
