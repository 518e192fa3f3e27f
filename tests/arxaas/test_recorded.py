"""Answers are those that ARXaaS gave, recorded from its own classes on ARX 3.9.2."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from flask.testing import FlaskClient

RECORDED: Final = json.loads(
    (Path(__file__).parent / "recorded_from_arxaas.json").read_text(encoding="utf-8")
)
ANSWERED: Final = [r for r in RECORDED if "response" in r]
REFUSED: Final = [r for r in RECORDED if "error" in r]


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where two answers differ; numbers by more than 1e-9, times not at all."""
    if path.endswith("/processTimeMillisecounds"):
        if not isinstance(found, int) or found < 0:
            yield path
    elif isinstance(expected, dict) and isinstance(found, dict):
        if expected.keys() != found.keys():
            yield f"{path}: {expected.keys() ^ found.keys()}"
        for key in expected.keys() & found.keys():
            yield from differences(expected[key], found[key], f"{path}/{key}")
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{path}: {len(expected)} and {len(found)}"
        for i, (a, b) in enumerate(zip(expected, found, strict=False)):
            yield from differences(a, b, f"{path}/{i}")
    elif isinstance(expected, float) and isinstance(found, float):
        if not math.isclose(expected, found, rel_tol=0, abs_tol=1e-9):
            yield f"{path}: {expected} and {found}"
    elif expected != found or type(expected) is not type(found):
        yield f"{path}: {expected} and {found}"


def test_differences_are_seen() -> None:
    """What the others rely on."""
    answer = ANSWERED[1]["response"]
    changed = json.loads(json.dumps(answer))
    changed["riskProfile"]["reIdentificationRisk"]["measures"]["lowest_risk"] += 2e-9
    changed["anonymizeResult"]["metrics"]["privacyModels"][0]["k"] = 5.0
    del changed["anonymizeResult"]["attributes"]
    assert len(list(differences(answer, changed))) == 3
    assert not list(differences(answer, answer))


@pytest.mark.parametrize("recorded", ANSWERED, ids=lambda r: r["name"])
def test_answers_are_as_recorded(client: FlaskClient, recorded: Any) -> None:
    """Data, levels, classes by their risks, every field and its type."""
    answer = client.post(recorded["path"], json=recorded["request"])
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/json"
    assert not list(differences(recorded["response"], answer.get_json()))


@pytest.mark.parametrize("recorded", REFUSED, ids=lambda r: r["name"])
def test_errors_are_in_the_same_cases(client: FlaskClient, recorded: Any) -> None:
    """With a message about the same, but without the value that ARXaaS quotes."""
    answer = client.post(recorded["path"], json=recorded["request"])
    assert answer.status_code == 400
    assert answer.mimetype == "application/json"
    told = answer.get_json()
    assert told.keys() == {"timestamp", "message", "details"}
    assert told["details"] == f"uri={recorded['path']}"
    for words in (
        "Could not fulfill the privacy criterion set",
        "hierarchy does not contain a transformation rule for",
    ):
        assert (words in told["message"]) == (words in recorded["error"])
    assert "10002" not in answer.text
