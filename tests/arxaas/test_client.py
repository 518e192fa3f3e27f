"""The client library of ARXaaS, as released, works against this server.

It was written for Python 3.7 and imports `Mapping` and `Sequence` from where they were then.
"""

from __future__ import annotations

import collections
import collections.abc
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kiaim_server.api.config import ServerConfig
from kiaim_server.api.serve import RunningServer
from kiaim_server.arxaas import Face
from kiaim_server.jobs.installation import Installation

ZIPCODES = [str(n) for n in range(81667, 81678)]


@pytest.fixture(scope="module")
def library() -> Iterator[Any]:
    """The library, imported with the bridge in place; both are taken away afterwards."""
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as bridge, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in ("Mapping", "Sequence"):
            bridge.setattr(collections, name, getattr(collections.abc, name), raising=False)
        import pyarxaas
        import pyarxaas.hierarchy
        import pyarxaas.privacy_models

        yield pyarxaas
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "pyarxaas":
            del sys.modules[name]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on loopback with the face."""
    config = ServerConfig(Installation(tmp_path_factory.mktemp("data")), arxaas=Face())
    with RunningServer(config, "127.0.0.1", 0, 1) as server:
        yield server.url


@pytest.fixture
def service(library: Any, url: str, caplog: pytest.LogCaptureFixture) -> Any:
    """A connected client; it warns where it finds no server."""
    found = library.ARXaaS(url)
    assert not [record for record in caplog.records if record.name.startswith("pyarxaas")]
    return found


@pytest.fixture
def dataset(library: Any) -> Any:
    """Eleven people, from a data frame."""
    frame = pd.DataFrame(
        {
            "age": range(34, 45),
            "gender": ["male", "female"] * 5 + ["male"],
            "zipcode": ZIPCODES,
        }
    )
    found = library.Dataset.from_pandas(frame)
    found.set_attribute_type(library.AttributeType.IDENTIFYING, "age")
    found.set_attribute_type(library.AttributeType.SENSITIVE, "gender")
    return found


def test_from_hierarchy_to_anonymous_table(library: Any, service: Any, dataset: Any) -> None:
    """The whole way that its documentation shows."""
    before = service.risk_profile(dataset)
    assert before.re_identification_risk["highest_prosecutor_risk"] == 1.0
    builder = library.hierarchy.RedactionHierarchyBuilder()
    dataset.set_hierarchy("zipcode", service.hierarchy(builder, ZIPCODES))
    models = [
        library.privacy_models.KAnonymity(5),
        library.privacy_models.LDiversityDistinct(2, "gender"),
    ]
    answer = service.anonymize(dataset, models, 0.02)
    assert answer.anonymization_status == "ANONYMOUS"
    frame = answer.dataset.to_dataframe()
    assert set(frame["age"]) == {"*"}
    assert Counter(frame["zipcode"]) == {"816**": 11}
    assert list(frame["gender"]) == ["male", "female"] * 5 + ["male"]
    metrics = answer.anonymization_metrics
    assert metrics.attribute_generalization[0]["generalizationLevel"] == 2
    assert metrics.elapsed_time >= 0
    assert {model.get("k") for model in metrics.privacy_models} == {5, None}
    after = answer.risk_profile
    assert after.re_identification_risk["highest_prosecutor_risk"] == pytest.approx(1 / 11)
    assert after.population_model == "DANKAR"
    assert after.quasi_identifiers == ["zipcode"]
    assert len(after.distribution_of_risk_dataframe()) == 24
    assert after.attacker_success_rate["Marketer_attacker_success_rate"] == pytest.approx(1 / 11)


def test_every_model_of_the_library(library: Any, service: Any) -> None:
    dataset = library.Dataset.from_dict({"gender": ["m", "f"] * 5, "zipcode": ZIPCODES[:10]})
    dataset.set_attribute_type(library.AttributeType.SENSITIVE, "gender")
    builder = library.hierarchy.RedactionHierarchyBuilder()
    dataset.set_hierarchy("zipcode", service.hierarchy(builder, ZIPCODES))
    known = library.privacy_models
    for model in (
        known.LDiversityShannonEntropy(2, "gender"),
        known.LDiversityGrassbergerEntropy(2, "gender"),
        known.LDiversityRecursive(2, 1.5, "gender"),
        known.TClosenessEqualDistance(0.3, "gender"),
        known.TClosenessOrderedDistance(0.3, "gender"),
    ):
        answer = service.anonymize(dataset, [known.KAnonymity(2), model], 0.5)
        assert answer.anonymization_status == "ANONYMOUS"


def test_every_builder_of_the_library(library: Any, service: Any) -> None:
    made = library.hierarchy
    intervals = made.IntervalHierarchyBuilder()
    intervals.add_interval(0, 18, "child")
    intervals.add_interval(18, 30)
    intervals.add_interval(30, 60, "adult")
    intervals.level(0).add_group(2, "young").add_group(1)
    assert service.hierarchy(intervals, ["3", "20", "45"]) == [
        ["3", "child", "young", "*"],
        ["20", "[18, 30[", "young", "*"],
        ["45", "adult", "[30, 60[", "*"],
    ]
    order = made.OrderHierarchyBuilder()
    order.level(0).add_group(2, "north").add_group(1, "south")
    assert service.hierarchy(order, ["Oslo", "Bergen", "Rome"]) == [
        ["Oslo", "north", "*"],
        ["Bergen", "north", "*"],
        ["Rome", "south", "*"],
    ]
    granularity = made.DateHierarchyBuilder.Granularity
    dates = made.DateHierarchyBuilder("yyyy-MM-dd", granularity.DECADE, granularity.MONTH_YEAR)
    assert service.hierarchy(dates, ["2021-04-03"]) == [["2021-04-03", "04/2021", "[2020, 2030["]]


def test_errors_reach_the_caller(library: Any, service: Any, dataset: Any) -> None:
    """As the exception that the library has for them, with our words."""
    from requests.exceptions import RequestException

    model = library.privacy_models.KAnonymity(5)
    dataset.set_attribute_type(library.AttributeType.QUASIIDENTIFYING, "gender")
    with pytest.raises(RequestException, match="Could not fulfill the privacy criterion set"):
        service.anonymize(dataset, [model])


def test_the_server_is_this_one(url: str, tmp_path: Path) -> None:
    """And not something else that answers alike."""
    import httpx

    assert httpx.get(f"{url}/healthz").json()["status"] == "ok"
    assert httpx.get(f"{url}/api").headers["content-type"] == "application/hal+json"
