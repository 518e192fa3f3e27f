"""What an explanation holds: every rule, line, fact, bound and source, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import ColumnProfile
from kiaim_server.model.decision import Finding
from kiaim_server.model.explanation import Explanation, fault_of
from kiaim_server.model.plan import Plan
from kiaim_server.model.policy_explanation import PolicyExplanation
from kiaim_server.policy import Policy, PolicyLibrary, clauses, decide, foresee, obstacles
from kiaim_server.report import (
    Circumstances,
    as_text,
    build_explanation,
    explain_policy,
    read_policy,
    tell,
    words,
)
from tests.policy.conftest import TODAY

AROUND = Circumstances("2026-11-24T10:00:00+00:00", "kiaim-server", "table.csv", 100)

BODY = """\
language: [en, de]
parameters:
  k: {type: integer, default: 5, stricter: higher, describe: {en: Size., de: Größe.}}
classify:
  - {id: sex, names: [sex], as: quasi, because: {en: Visible., de: Sichtbar.}, cite: src}
  - {id: also-sex, names: [s*], as: insensitive, because: {en: Harmless., de: Harmlos.}}
  - id: disease
    names: [disease]
    as: sensitive
    special_category: true
    because: {en: Health., de: Gesundheit.}
rules:
  - id: crowd
    title: {en: Enough people, de: Genug Personen}
    require: [{k-anonymity: {at_least: params.k}}]
    because: {en: Nobody stands alone., de: Niemand steht allein da.}
    cite: src
  - id: more-if-public
    when: [release.access = 'public', data.subjects < 1000]
    require: [{k-anonymity: {at_least: 11}}]
    because: {en: Everybody can try., de: Jeder kann es versuchen.}
    advice: {en: Use coarser levels., de: Gröbere Stufen wählen.}
    cite: src
  - id: children
    when: data.children
    require: [{k-anonymity: {at_least: 20}}]
    because: {en: Children., de: Kinder.}
    cite: src
  - id: adults
    when: any column where column.role = 'sensitive'
    unless: release.access = 'public'
    decide: warn
    because: {en: Adults., de: Erwachsene.}
    cite: src
"""
FACTS = {"release.access": "public", "data.population": 5000}


@pytest.fixture
def explained(load: Callable[..., Policy], plan: Callable[..., Plan]) -> Callable[..., Explanation]:
    def get(context: Mapping[str, Any] = FACTS, measured: float | None = 12) -> Explanation:
        columns = [
            ColumnProfile("Sex", "text", 100, 0, 2, (), None),
            ColumnProfile("disease", "text", 100, 0, 9, (), None),
            ColumnProfile("other", "text", 100, 0, 9, (), None),
        ]
        made = plan(load(BODY), columns, context)
        findings = [
            Finding(c, measured, met=False) for c in clauses(made) if c.measure == "k-anonymity"
        ]
        return build_explanation(made, decide(made, findings), AROUND, findings)

    return get


def rule_of(data: Explanation, name: str) -> Any:
    return next(rule for rule in data["rules"] if rule["id"] == f"own/{name}")


def test_every_rule_says_whether_it_applies_and_by_which_line(
    explained: Callable[..., Explanation],
) -> None:
    data = explained()
    assert fault_of(data) is None
    told = {rule["id"]: rule["status"] for rule in data["rules"]}
    assert told == {
        "own/adults": "silent",
        "own/children": "undetermined",
        "own/crowd": "applies",
        "own/more-if-public": "applies",
    }
    lines = rule_of(data, "more-if-public")["lines"]
    assert [(line["text"], line["value"]) for line in lines] == [
        ("release.access = 'public'", "true"),
        ("data.subjects < 1000", "true"),
    ]
    assert lines[0]["facts"] == [{"name": "release.access", "value": "public", "origin": "given"}]
    assert lines[1]["facts"] == [{"name": "data.subjects", "value": 100, "origin": "assumed"}]
    open_ = rule_of(data, "children")["lines"][0]
    assert (open_["value"], open_["facts"][0]["origin"]) == ("unknown", "unknown")
    silent = rule_of(data, "adults")["lines"]
    assert [(line["clause"], line["value"]) for line in silent] == [
        ("when", "true"),
        ("unless", "true"),
    ]
    assert silent[0]["found"][0]["columns"] == ["disease"]
    assert silent[0]["found"][0]["undecided"] == ["other"]


def test_where_facts_come_from(explained: Callable[..., Explanation]) -> None:
    origins = {fact["name"]: fact["origin"] for fact in explained()["facts"]}
    assert origins == {
        "data.population": "given",
        "data.records": "counted",
        "data.special_category": "counted",
        "data.subjects": "assumed",
        "release.access": "given",
        "release.form": "assumed",
    }
    stated = explained({**FACTS, "data.subjects": 90})
    assert {f["name"]: f["origin"] for f in stated["facts"]}["data.subjects"] == "given"


def test_a_demand_names_every_rule_and_the_strictest(
    explained: Callable[..., Explanation],
) -> None:
    (demand,) = [d for d in explained()["demands"] if d["measure"] == "k-anonymity"]
    assert demand["at_least"] == "20"
    bounds = {b["rule"]: (b["at_least"], b["strictest"]) for b in demand["bounds"]}
    assert bounds == {
        "own/children": ("20", True),
        "own/crowd": ("5", False),
        "own/more-if-public": ("11", False),
    }
    assert demand["state"] == "unmet"
    assert demand["measured"] == [{"attribute": None, "value": 12.0, "met": False, "note": {}}]
    default = next(d for d in explained()["demands"] if d["measure"] == "suppressed-records")
    assert (default["bounds"], default["state"]) == ([], "unmeasured")


def test_a_column_has_all_entries_that_cover_it_the_deciding_first(
    explained: Callable[..., Explanation],
) -> None:
    data = explained()
    sex = data["columns"][0]
    assert [(r["rule"], r["role"]) for r in sex["reasons"]] == [
        ("own/sex", "quasi"),
        ("own/also-sex", "insensitive"),
    ]
    assert sex["reasons"][0]["sources"] == ["src"]
    assert data["unclassified"] == ["other"]


def test_a_convention_never_passes_for_law(explained: Callable[..., Explanation]) -> None:
    data = explained()
    (source,) = data["sources"]
    assert source["kind"] == "convention"
    assert "own/sex" in source["cited_by"]
    for language, force in (
        ("en", "convention, without legal force"),
        ("de", "Konvention, ohne rechtliche Bindung"),
    ):
        text = as_text(tell(data, language), 10_000)
        lines = [line for line in text.splitlines() if "A source" in line]
        assert lines
        assert all(force in line for line in lines)


def test_prose_in_both_languages(explained: Callable[..., Explanation]) -> None:
    data = explained()
    english, german = (as_text(tell(data, code), 10_000) for code in ("en", "de"))
    assert (
        "It applies because the release is public; fewer than 1,000 persons are in the data."
        in english
    )
    assert (
        "Sie gilt, denn: die Freigabe ist öffentlich; die Daten betreffen weniger als 1.000 "
        "Personen." in german
    )
    assert "own/adults: it does not apply because the release is public." in english
    assert "own/adults: Sie gilt nicht, denn: die Freigabe ist öffentlich." in german
    assert "whether children are in the data. What is not known counts against" in english
    assert "ob Kinder in den Daten sind. Was nicht bekannt ist, zählt gegen" in german
    assert "own/children (at least 20, the strictest)" in english
    assert "own/children (mindestens 20, am strengsten)" in german
    assert "Enough people (own/crowd) (at least 5)" in english
    assert "Gemessen: 12. Die Zusage ist nicht eingehalten." in german
    assert "„Sex“ ist ein Quasi-Identifikator: Sichtbar. (Regel own/sex)" in german
    assert "Nach own/also-sex wäre sie ein nicht sensibles Merkmal" in german
    assert "[in German]" not in english
    assert "[auf Englisch]" not in german.replace("Own [auf Englisch]", "")


def test_without_a_table_what_depends_on_columns_is_open(
    load: Callable[..., Policy], host: PluginHost
) -> None:
    made = foresee(load(BODY), {"release.access": "controlled"}, host, TODAY)
    standing = obstacles(made)
    around = Circumstances("2026-11-24T10:00:00+00:00", "x", reasons=standing.reasons)
    data = build_explanation(made, None, around, stage="context")
    assert fault_of(data) is None
    assert data["verdict"] is None
    assert data["columns"] == []
    assert rule_of(data, "adults")["status"] == "undetermined"
    assert not any(fact["name"] == "data.records" for fact in data["facts"])
    text = as_text(tell(data, "de"), 10_000)
    assert "Nichts wurde gemessen" in text
    assert "es gibt eine Spalte, für die gilt: sie ist ein sensibles Merkmal" in text


def test_a_demand_on_sensitive_attributes_is_told_without_a_table(
    load: Callable[..., Policy], host: PluginHost
) -> None:
    body = """\
rules:
  - id: diverse
    require:
      - l-diversity: {variant: distinct, at_least: 2, columns: column.special_category}
    because: Secrets.
    cite: src
"""
    made = foresee(load(body), {}, host, TODAY)
    data = build_explanation(made, None, AROUND, stage="context")
    demand = next(d for d in data["demands"] if d["measure"] == "l-diversity")
    assert (demand["each"], demand["attributes"]) == (True, [])
    text = as_text(tell(data, "en"), 10_000)
    assert (
        "Each class holds at least 2 different values of each sensitive attribute (where this "
        "holds of it: it holds special categories of personal data)." in text
    )


def test_a_policy_is_read_aloud_in_both_languages(load: Callable[..., Policy]) -> None:
    data = explain_policy(load(BODY))
    assert fault_of(data, PolicyExplanation) is None
    english, german = (as_text(read_policy(data, code), 10_000) for code in ("en", "de"))
    assert "k is 5 (own). Size. Extending policies may raise it, not lower it." in english
    assert "k ist 5 (own). Größe. Aufbauende Richtlinien dürfen den Wert erhöhen" in german
    assert "A column named “sex” is a quasi-identifier: Visible. (rule own/sex)" in english
    assert (
        "It applies where the release is public and fewer than 1,000 persons are in the data."
        in english
    )
    assert "Sie gilt nicht, wenn Folgendes zutrifft: die Freigabe ist öffentlich." in german
    assert "jede Klasse umfasst mindestens 11 Datensätze." in german
    assert "Es gilt" not in english


@pytest.fixture(scope="module")
def installed() -> PolicyLibrary:
    return PolicyLibrary.load(PluginHost.load())


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", PolicyLibrary.load(PluginHost.load()).names())
def test_shipped_policies_can_be_read_aloud(
    installed: PolicyLibrary, name: str, language: str
) -> None:
    data = explain_policy(installed.get(name))
    assert fault_of(data, PolicyExplanation) is None
    text = as_text(read_policy(data, language), 10_000)
    for rule in data["rules"]:
        assert f"{rule['id']})" in text
    for source in data["sources"]:
        assert words.force(source["kind"], language) in text
    assert "column.role" not in text
    assert "release.access" not in text.replace("'release.access", "")


#: A rule of a shipped policy, as it has to be read: sentences of the catalogue, not of the policy.
HIGH_HARM = {
    "en": (
        "It applies where children are in the data, having a rare condition leads into the data or "
        "fewer than 1,000 persons are in the data.",
        "each class holds at least 20 records.",
        "The highest probability of linking a record to its person is at most 5\u00a0%, for "
        "somebody who knows that the person is in the data (prosecutor).",
        "(guidance of an authority, not law)",
    ),
    "de": (
        "Sie gilt, wenn Folgendes zutrifft: in den Daten sind Kinder, eine seltene Erkrankung "
        "führt in die Daten oder die Daten betreffen weniger als 1.000 Personen.",
        "jede Klasse umfasst mindestens 20 Datensätze.",
        "Die höchste Wahrscheinlichkeit, einen Datensatz seiner Person zuzuordnen, beträgt "
        "höchstens 5\u00a0%, für jemanden, der weiß, dass die Person in den Daten ist "
        "(Prosecutor).",
        "(Leitlinie einer Behörde, kein Gesetz)",
    ),
}


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_shipped_rule_reads_as_a_lawyer_would_say_it(
    installed: PolicyLibrary, language: str
) -> None:
    data = explain_policy(installed.get("gdpr-health-public-release"))
    text = as_text(read_policy(data, language), 10_000)
    told = text.partition("(gdpr-health-public-release/high-harm)\n")[2].partition("\n\n")[0]
    for sentence in HIGH_HARM[language]:
        assert sentence in told
