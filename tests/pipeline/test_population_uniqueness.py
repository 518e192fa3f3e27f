"""Population uniqueness by an estimator, from the policy to the manifest and its verification."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kiaim_server.audit import verify
from kiaim_server.errors import PolicyError
from kiaim_server.pipeline import agreement
from kiaim_server.risk.estimators import estimate_uniqueness
from tests.pipeline.desk import release

BODY = """
parameters:
  persons:
    {type: integer, default: %s, stricter: lower, describe: Persons in the country.}
classify:
  - {id: known, names: [q], as: quasi, because: Known to others., cite: house}
rules:
  - id: rare
    require:
      - population-uniqueness: {estimator: %s, population: params.persons, at_most: %s}
      - suppressed-records: {at_most: %s}
    because: Nobody is to be singled out in the country.
    cite: house
hierarchies:
  - {id: values, names: [q], build: {values: {}}}
"""

#: Records with a value of their own, with one that two, three or ten of them share.
SIZES = np.repeat(np.array([1, 2, 3, 10], dtype=np.int64), [60, 20, 10, 4])


def _rows() -> list[list[str]]:
    values = [[f"v{i}"] for i, size in enumerate(SIZES.tolist()) for _ in range(size)]
    return [["q"], *values]


@pytest.mark.parametrize("estimator", ["zayatz", "pitman", "snb", "dankar"])
def test_a_release_is_estimated_searched_audited_and_verified(tmp_path, estimator):
    population = 1000
    before = estimate_uniqueness(estimator, SIZES, population).value
    assert before is not None
    assert before > 0.06
    outcome = release(tmp_path, _rows(), BODY % (population, estimator, "6%", "25%"))
    assert "data" in outcome.files, outcome.decision
    manifest = json.loads(outcome.files["manifest"].read_text())
    (clause,) = [c for c in manifest["clauses"] if c["measure"] == "population-uniqueness"]
    assert clause["parameters"] == {"estimator": estimator, "population": population}
    gone = manifest["output"]["suppressed"]["records"]
    assert 0 < gone < 60  # some of the unique records, not all
    kept = np.repeat(*np.array(manifest["class_sizes"], dtype=np.int64).T)
    assert clause["measured"] == pytest.approx(
        estimate_uniqueness(estimator, kept, population).value, rel=1e-9
    )
    assert clause["measured"] <= 0.06
    one_more = estimate_uniqueness(estimator, np.append(kept, 1), population).value
    assert one_more is None or one_more > 0.06
    assert verify(outcome.files["manifest"], outcome.files["data"]).ok
    report = json.loads(outcome.files["report.json"].read_text())
    (finding,) = [f for f in report["findings"] if f["measure"] == "population-uniqueness"]
    assert "population of 1000 persons" in finding["note"]


def test_a_table_larger_than_its_population_is_refused(tmp_path):
    outcome = release(tmp_path, _rows(), BODY % (100, "zayatz", "99%", "10%"))
    assert "data" not in outcome.files
    assert (
        "population-uniqueness (zayatz, population=100) at most 0.99" in outcome.decision.reasons[0]
    )


def test_an_estimate_that_the_audit_does_not_share_refuses_the_release(tmp_path, monkeypatch):
    arguments = (tmp_path, _rows(), BODY % (1000, "pitman", "6%", "25%"))
    assert "data" in release(*arguments).files
    honest = agreement.EquivalenceClasses

    def other(sizes):
        return honest(np.append(sizes, [5, 5]))  # the search means another release

    monkeypatch.setattr(agreement, "EquivalenceClasses", other)
    outcome = release(*arguments)
    assert "data" not in outcome.files
    assert "they must not differ" in " ".join(outcome.decision.reasons)


def test_with_a_person_key_persons_are_estimated_not_records(tmp_path):
    """Two records of each person: no record is unique, but as many persons as before."""
    rows = [[*row, f"p{i}"] for i, row in enumerate(_rows()[1:])]
    body = (
        BODY % (1000, "zayatz", "6%", "25%")
        + """
person: {names: [who], because: Whose record it is.}
"""
    )
    body = body.replace(
        "rules:\n",
        "  - {id: key, names: [who], as: direct, because: Names a person., cite: house}\n"
        "rules:\n"
        "  - {id: no-key, because: Nobody needs it., cite: house,\n"
        "     transform: [{columns: column.role = 'direct', apply: remove}]}\n",
    )
    outcome = release(tmp_path, [["q", "who"], *rows, *rows], body)
    assert "data" in outcome.files, outcome.decision
    manifest = json.loads(outcome.files["manifest"].read_text())
    (clause,) = [c for c in manifest["clauses"] if c["measure"] == "population-uniqueness"]
    alone = release(tmp_path, _rows(), BODY % (1000, "zayatz", "6%", "25%"))
    (expected,) = [
        c
        for c in json.loads(alone.files["manifest"].read_text())["clauses"]
        if c["measure"] == "population-uniqueness"
    ]
    assert clause["measured"] == pytest.approx(expected["measured"], rel=1e-12)


def test_a_parameter_by_which_a_larger_population_would_be_stricter_is_refused(tmp_path):
    body = (BODY % (1000, "zayatz", "6%", "25%")).replace("stricter: lower", "stricter: higher")
    with pytest.raises(PolicyError) as caught:
        release(tmp_path, _rows(), body)
    assert "P404" in str(caught.value)
    assert "a lower 'population' is stricter" in str(caught.value)
