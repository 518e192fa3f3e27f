"""The shipped policies: clean, tested on every rule, and true to what they promise."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import Role
from kiaim_server.model.contract import Transform
from kiaim_server.policy import PolicyLibrary, evaluate, lint_file
from kiaim_server.policy.cases import CaseResult, coverage, run_cases
from kiaim_server.policy.facts import COLUMN_FACTS
from tests.policy.conftest import TODAY, profile

FOLDER = Path(str(resources.files("kiaim_policies")))
NAMES = ("gdpr-baseline", "gdpr-health-controlled-access", "gdpr-health-public-release")


@pytest.fixture(scope="module")
def installed() -> PolicyLibrary:
    return PolicyLibrary.load(PluginHost.load())


@pytest.fixture(scope="module")
def results(installed: PolicyLibrary) -> dict[str, tuple[CaseResult, ...]]:
    return {name: run_cases(FOLDER / f"{name}.test.yaml", installed) for name in NAMES}


def test_the_library_lists_them(installed: PolicyLibrary) -> None:
    assert set(NAMES) <= set(installed.names())


@pytest.mark.parametrize("name", NAMES)
def test_they_lint_clean(name: str, installed: PolicyLibrary) -> None:
    assert lint_file(FOLDER / f"{name}.policy.yaml", installed) == ()
    policy = installed.get(name)
    assert len(policy.digest) == 64
    assert policy.not_covered
    for rule in (rule for document in policy.documents for rule in document.rules):
        assert rule.citations, rule.id
        assert rule.because, rule.id


@pytest.mark.parametrize("name", NAMES)
def test_every_case_holds(name: str, results: dict[str, tuple[CaseResult, ...]]) -> None:
    failed = {r.name: r.problems for r in results[name] if r.problems}
    assert failed == {}


def test_every_rule_was_seen_to_apply_and_to_be_silent(
    installed: PolicyLibrary, results: dict[str, tuple[CaseResult, ...]]
) -> None:
    for name in NAMES:
        seen = coverage(results[name])
        own = next(d for d in installed.get(name).documents if d.name == name)
        for rule in own.rules:
            statuses = seen[rule.id]
            assert statuses & {"applies", "undetermined"}, rule.id
            assert "silent" in statuses or not (rule.when or rule.unless), rule.id


def test_the_baseline_covers_the_census_table(installed: PolicyLibrary) -> None:
    columns = {
        "sex": Role.QUASI,
        "age": Role.QUASI,
        "race": Role.QUASI,
        "marital-status": Role.QUASI,
        "education": Role.QUASI,
        "native-country": Role.QUASI,
        "workclass": Role.QUASI,
        "occupation": Role.QUASI,
        "salary-class": Role.SENSITIVE,
    }
    context = {"release.regime": ["gdpr"], "release.form": "microdata"}
    profiles = [profile(name, "integer" if name == "age" else "text") for name in columns]
    plan = evaluate(installed.get("gdpr-baseline"), context, profiles, installed.host, TODAY)
    assert {c.name: c.attribute.role for c in plan.columns} == columns
    by_name = {c.name: c for c in plan.columns}
    assert by_name["race"].attribute.special_category
    specs = {n: c.hierarchy.builder for n, c in by_name.items() if c.hierarchy}
    assert specs["age"] == "intervals"
    assert specs["sex"] == "values"
    assert plan.suppressed == "drop"


def test_conditions_know_the_action_of_every_transform() -> None:
    transforms = PluginHost.load().classes["transform"].values()
    actions = {t.action for t in transforms if issubclass(t, Transform)}
    assert actions == set(COLUMN_FACTS["column.action"].type.values)
