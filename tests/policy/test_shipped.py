"""The shipped policies: clean, tested on every rule, and true to what they promise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import Role
from kiaim_server.model.bounds import format_bound
from kiaim_server.model.contract import Transform
from kiaim_server.model.prose import texts_of
from kiaim_server.policy import PolicyLibrary, evaluate, lint_file
from kiaim_server.policy.cases import CaseResult, Suite, coverage, run_cases, run_suite
from kiaim_server.policy.facts import COLUMN_FACTS
from kiaim_server.policy.suites import rules_of
from tests.policy.conftest import TODAY, profile

FOLDER = Path(str(resources.files("kiaim_policies")))
NAMES = tuple(
    sorted(file.name.removesuffix(".policy.yaml") for file in FOLDER.glob("*.policy.yaml"))
)
EXPECTED = {
    "cms-cell-size",
    "ema-policy-0070",
    "gdpr-baseline",
    "gdpr-health-controlled-access",
    "gdpr-health-public-release",
    "hipaa-safe-harbor",
    "research-internal",
    "synthetic-release",
}


@pytest.fixture(scope="module")
def installed() -> PolicyLibrary:
    return PolicyLibrary.load(PluginHost.load(), clock=lambda: TODAY)


@pytest.fixture(scope="module")
def results(installed: PolicyLibrary) -> dict[str, tuple[CaseResult, ...]]:
    return {name: run_cases(FOLDER / f"{name}.test.yaml", installed) for name in NAMES}


def test_the_library_lists_them(installed: PolicyLibrary) -> None:
    assert set(NAMES) == set(installed.names()) == EXPECTED


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


def untested_bounds(suite: Suite) -> Iterator[tuple[str, str]]:
    """Pairs (what is missing, rule): numbers of the policy's own rules without a case on a side."""
    findings = [f for r in suite.results if r.decision for f in r.decision.findings]
    statements = [a for r in suite.results if r.plan for a in r.plan.attestations]
    for rule in rules_of(suite):
        for demand in rule.demands:
            if demand.measure == "attestation":
                age = demand.parameters["max_age_days"]
                asked = [a for a in statements if a.of == demand.parameters["of"]]
                if not any(a.met and f"attested {age} days ago" in a.reason for a in asked):
                    yield f"{demand.parameters['of']}: {age} days", rule.id
                if not any(f"is {age + 1} days old" in a.reason for a in asked):
                    yield f"{demand.parameters['of']}: {age + 1} days", rule.id
                continue
            about = [
                f
                for f in findings
                if f.clause.measure == demand.measure
                and demand.parameters.items() <= f.clause.parameters.items()
                and f.measured is not None
            ]
            for bound, key in ((demand.at_least, "at_least"), (demand.at_most, "at_most")):
                if bound is None:
                    continue
                same = [f for f in about if getattr(f.clause, key) == format_bound(bound)]
                if not any(f.met and abs(f.measured - bound) < 1e-12 for f in same):
                    yield f"{demand.measure} {key} {bound}: the bound itself", rule.id
                if key == "at_least" and not any(
                    f.measured == bound - 1 and not f.met for f in same
                ):
                    yield f"{demand.measure} at_least {bound}: one less", rule.id
                bounded = (key == "at_most" and bound < 1) or demand.measure == "form-violations"
                if bounded and not any(f.measured > bound and not f.met for f in same):
                    yield f"{demand.measure} at_most {bound}: beyond it", rule.id


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_a_case_on_each_side(name: str, installed: PolicyLibrary) -> None:
    suite = run_suite(FOLDER / f"{name}.test.yaml", installed)
    assert list(untested_bounds(suite)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_text_is_in_both_languages(name: str, installed: PolicyLibrary) -> None:
    document = next(d for d in installed.get(name).documents if d.name == name)
    texts = [document.title, installed.get(name).summary, *document.not_covered]
    texts += [c.because for c in document.classifiers]
    for rule in document.rules:
        texts += [rule.title, rule.because, *([rule.advice] if rule.advice else [])]
    for text in texts:
        both = texts_of(text)
        assert set(both) == {"en", "de"}, text
        assert all(words.strip() for words in both.values()), text
    assert len({texts_of(r.title)["de"] for r in document.rules}) == len(document.rules)


@pytest.mark.parametrize("name", NAMES)
def test_what_rests_on_this_product_alone_says_so(name: str, installed: PolicyLibrary) -> None:
    """A rule that cites the product's own figure names it as a convention in both languages."""
    document = next(d for d in installed.get(name).documents if d.name == name)
    for rule in document.rules:
        own = [c for c in rule.citations if c.id == "own-figure"]
        assert all(c.kind == "convention" for c in own)
        if own and len(rule.citations) > 1:
            words = texts_of(rule.because)
            assert re.search(
                "convention|no figure|No law|No authority|policy takes", words["en"]
            ), rule.id
            assert re.search(
                "Konvention|[Kk]eine Zahl|Kein Gesetz|Keine Behörde|Eine Zahl|verlangt dafür",
                words["de"],
            ), rule.id


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
