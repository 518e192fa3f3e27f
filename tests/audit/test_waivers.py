# ruff: noqa: E501 - a table of faults
"""What a manifest tells of waivers is held against its clauses and its day."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiaim_server.audit import verify
from kiaim_server.errors import ManifestError
from kiaim_server.report import sign
from kiaim_server.store.keys import KeyStore
from tests.audit.test_verification import TEXT, _claims

WAIVERS = [
    {
        "id": "policy/small",
        "rule": "policy/rule",
        "replaces": {"require": {"k-anonymity": {"at_least": "11"}}},
        "by": {"require": {"k-anonymity": {"at_least": "5"}}},
        "subjects": [],
        "reason": "Few patients.",
        "approved_by": ["A. Person", "B. Person"],
        "until": "2026-11-24",
        "cite": ["Decision 7"],
    },
    {
        "id": "policy/various",
        "rule": "policy/rule",
        "replaces": {"require": {"l-diversity": {"variant": "distinct", "at_least": "4"}}},
        "by": {"require": {"l-diversity": {"variant": "distinct", "at_least": "3"}}},
        "subjects": ["diagnosis"],
        "reason": "Few diagnoses.",
        "approved_by": ["A. Person", "B. Person"],
        "until": "2027-01-31",
        "cite": ["Decision 7"],
    },
    {
        "id": "policy/days",
        "rule": "policy/dates",
        "replaces": {"transform": {"apply": "generalise", "to": "month"}},
        "by": {"transform": {"apply": "generalise", "to": "day"}},
        "subjects": ["admission"],
        "reason": "Intervals are the question.",
        "approved_by": ["A. Person", "B. Person", "C. Person"],
        "until": "2027-01-31",
        "cite": ["Decision 7"],
    },
    {
        "id": "policy/older",
        "rule": "policy/reading",
        "replaces": {"require": {"attestation": {"of": "reading", "max_age_days": 30}}},
        "by": {"require": {"attestation": {"of": "reading"}}},
        "subjects": [],
        "reason": "Read last year.",
        "approved_by": ["A. Person", "B. Person"],
        "until": "2027-01-31",
        "cite": ["Decision 7"],
    },
]


def waived() -> dict[str, Any]:
    claims: dict[str, Any] = _claims()
    claims["waivers"] = copy.deepcopy(WAIVERS)
    claims["clauses"][0]["waivers"] = ["policy/small"]
    claims["clauses"][1]["waivers"] = ["policy/various"]
    return claims


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyStore:
    return KeyStore(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(TEXT)
    return path


def test_each_waiver_is_checked_and_told(keys: KeyStore, data: Path) -> None:
    found = verify(sign(waived(), keys), data, keys.public_key)
    assert found.ok, found.checks
    told = {c.name: c.detail for c in found.checks}
    assert told["waiver policy/various"] == (
        "l-diversity (variant=distinct) at least 4 of policy/rule was relaxed to l-diversity "
        "(variant=distinct) at least 3 for diagnosis, approved by A. Person and B. Person until "
        "2027-01-31: Few diagnoses."
    )
    assert (
        "generalise (to=month) of policy/dates was relaxed to generalise (to=day) for admission"
        in (told["waiver policy/days"])
    )
    assert told["k-anonymity at least 5"].endswith("Relaxed by waiver policy/small.")


def _set(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(claims: dict[str, Any]) -> None:
        at: Any = claims
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    return change


def _unnamed(claims: dict[str, Any]) -> None:
    del claims["clauses"][0]["waivers"]


FALSE: list[tuple[Callable[[dict[str, Any]], None], str, str]] = [
    (_set("created", value="2026-11-25T00:00:00+00:00"), "policy/small", "not in force on the day"),
    (_set("created", value="2026-11-24T23:30:00-02:00"), "policy/small", "not in force on the day"),
    (_set("created", value="yesterday"), "policy/small", "not in force on the day"),
    (_set("waivers", 0, "approved_by", value=["A. Person"]), "policy/small", "Fewer than 2"),
    (_set("waivers", 0, "approved_by", value=["A. Person", "a person"]), "policy/small", "Fewer than 2"),
    (_set("waivers", 0, "by", "require", "k-anonymity", "at_least", value="6"), "policy/small", "asks for less"),
    (_set("waivers", 0, "by", value={"require": {"suppressed-records": {"at_most": "10%"}}}), "policy/small", "not about what it relaxes"),
    (_set("waivers", 0, "by", value={"decide": "none"}), "policy/small", "not about what it relaxes"),
    (_set("waivers", 0, "rule", value="policy/other"), "policy/small", "not about what it relaxes"),
    (_unnamed, "policy/small", "No clause is said to be relaxed"),
    (_set("waivers", 1, "subjects", value=[]), "policy/various", "not those of the clauses"),
    (_set("waivers", 1, "subjects", value=["diagnosis", "age"]), "policy/various", "not those of the clauses"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "waiver", "words"), FALSE)
def test_a_waiver_that_cannot_have_allowed_it_fails(
    keys: KeyStore, data: Path, change: Callable[[dict[str, Any]], None], waiver: str, words: str
) -> None:
    claims = waived()
    change(claims)
    found = verify(sign(claims, keys), data, keys.public_key)
    failed = {c.name: c.detail for c in found.checks if not c.ok}
    assert words in failed[f"waiver {waiver}"]
    assert found.verdict == "failed"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("clauses", 0, "waivers", value=["policy/gone"]), "not told: policy/gone"),
        (_set("waivers", 0, "until", value="soon"), "is not a date"),
        (_set("waivers", 0, "by", value={}), "exactly one of"),
        (_set("waivers", 0, "by", "require", "k-anonymity", "at_least", value="few"), "is not a number"),
        (_set("waivers", 2, "by", value={"transform": {"to": "day"}}), "names no transform"),
        (_set("waivers", value=[]), "waivers"),
        (_set("waivers", 0, "quietly", value=True), "Unknown field"),
    ],
)  # fmt: skip
def test_a_manifest_says_everything_of_its_waivers(
    keys: KeyStore, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    claims = waived()
    change(claims)
    with pytest.raises(ManifestError, match=words):
        sign(claims, keys)


def test_of_several_clauses_each_attribute_is_named(keys: KeyStore, data: Path) -> None:
    """One waiver for two attributes, of which the file has only one clause."""
    claims = waived()
    second = dict(claims["clauses"][1], attribute="age", waivers=["policy/various"], measured=2.0)
    claims["clauses"].insert(2, second)
    claims["waivers"][1]["subjects"] = ["age", "diagnosis"]
    found = verify(sign(claims, keys), data, keys.public_key)
    checks = {c.name: c.ok for c in found.checks}
    assert checks["waiver policy/various"]
