"""Conditions of policies in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.language.conditions import clause, columns, fact_value
from kiaim_server.policy.expression import compile_condition
from kiaim_server.policy.facts import COLUMN_FACTS, CONTEXT_FACTS, Fact

TOLD = [
    (
        "release.access = 'public' and data.subjects < 1000",
        "the release is public and fewer than 1,000 persons are in the data",
        "die Freigabe ist öffentlich und die Daten betreffen weniger als 1.000 Personen",
    ),
    (
        "not (release.access = 'public' or data.children)",
        "the release is not public and no children are in the data",
        "die Freigabe ist nicht öffentlich und in den Daten sind keine Kinder",
    ),
    (
        "recipient.country not in eea",
        "the recipient is established outside the European Economic Area",
        "der Empfänger ist außerhalb des Europäischen Wirtschaftsraums niedergelassen",
    ),
    (
        "data.sampling_fraction > 12.5%",
        "the share of the population that is in the data is more than 12.5\u00a0%",
        "der Anteil der Grundgesamtheit, der in den Daten ist, beträgt mehr als 12,5\u00a0%",
    ),
    (
        "any column where column.kind = 'date' and column.granularity = 'day'",
        "there is a column of which this holds: it holds dates and its dates are exact to the day",
        "es gibt eine Spalte, für die gilt: sie enthält Datumsangaben und ihre Zeitangaben sind "
        "tagesgenau",
    ),
    (
        "not every column where column.role = 'direct' has column.action = 'remove'",
        "there is a column of which this holds: it is a direct identifier, but not this: it is "
        "removed",
        "es gibt eine Spalte, für die gilt: sie ist ein direkter Identifikator, aber nicht: sie "
        "wird entfernt",
    ),
    (
        "(count column where column.role = 'quasi') > 8",
        "the number of columns of which this holds: it is a quasi-identifier, is above 8",
        "die Zahl der Spalten, für die gilt: sie ist ein Quasi-Identifikator, ist größer als 8",
    ),
    (
        "recipient.type not in ['world', 'company']",
        "the recipient is neither the general public nor a company",
        "Empfänger ist weder die Allgemeinheit noch ein Unternehmen",
    ),
    (
        "data.domain = 'health' and (data.children or data.rare_condition)",
        "the data are about health and (children are in the data or having a rare condition leads "
        "into the data)",
        "die Daten handeln von der Gesundheit und (in den Daten sind Kinder oder eine seltene "
        "Erkrankung führt in die Daten)",
    ),
    (
        "legal.art9 != 'none'",
        "an exception of GDPR Art. 9(2) holds for special categories",
        "für besondere Kategorien gilt eine Ausnahme des Art. 9 Abs. 2 DSGVO",
    ),
    (
        "data.children is not known",
        "it is not known whether children are in the data",
        "es ist nicht bekannt, ob Kinder in den Daten sind",
    ),
    (
        "1000 > data.subjects",
        "fewer than 1,000 persons are in the data",
        "die Daten betreffen weniger als 1.000 Personen",
    ),
    (
        "data.subjects < data.records",
        "the number of persons in the data is below the number of records",
        "die Zahl der Personen in den Daten ist kleiner als die Zahl der Datensätze",
    ),
    (
        "'gdpr' in release.regime",
        "the release is judged by the GDPR",
        "für die Freigabe gilt die DSGVO",
    ),
    (
        "data.children = false",
        "no children are in the data",
        "in den Daten sind keine Kinder",
    ),
]


@pytest.mark.parametrize(("text", "english", "german"), TOLD, ids=[t[0] for t in TOLD])
def test_a_condition_reads_as_a_clause(text: str, english: str, german: str) -> None:
    form = compile_condition(text).form
    assert clause(form, "en") == english
    assert clause(form, "de") == german


@pytest.mark.parametrize("text", [t[0] for t in TOLD])
def test_denying_twice_says_the_same(text: str) -> None:
    form = compile_condition(text).form
    denied = {"op": "not", "parts": [form]}
    for language in ("en", "de"):
        assert clause(denied, language, negated=True) == clause(form, language)
        assert clause(denied, language) == clause(form, language, negated=True)
        assert clause(denied, language) != clause(form, language)


def _conditions(fact: Fact) -> list[str]:
    name, type_ = fact.name, fact.type
    if type_.base == "boolean":
        return [name, f"not {name}", f"{name} is known"]
    if type_.base == "number":
        return [f"{name} > 0", f"{name} <= 1/2" if type_.high == 1 else f"{name} <= 12"]
    if type_.base == "list":
        return [f"{name} has '{v}'" for v in type_.values or ("x",)]
    values = type_.values[:30] or ("x",)
    return [f"{name} {op} '{v}'" for v in values for op in ("=", "!=")] + [
        f"{name} in ['{values[0]}', '{values[-1]}']"
    ]


@pytest.mark.parametrize("fact", [*CONTEXT_FACTS.values(), *COLUMN_FACTS.values()], ids=str)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_comparison_of_every_fact_can_be_told(fact: Fact, language: str) -> None:
    about_column = fact.name in COLUMN_FACTS
    told = [
        clause(compile_condition(text, about_column=about_column).form, language)
        for text in dict.fromkeys(_conditions(fact))
    ]
    assert all(told)
    assert len(set(told)) == len(told), "two conditions that differ read the same"


_ATOMS = ("data.children", "data.subjects < 5", "release.access = 'public'", "legal.art9 != 'j'")
_TREES: Any = st.recursive(
    st.sampled_from(_ATOMS),
    lambda inner: st.one_of(
        inner.map(lambda a: f"not ({a})"),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda t: f"({t[0]}) {t[1]} ({t[2]})"
        ),
    ),
    max_leaves=8,
)


@given(_TREES)
def test_whatever_is_joined_can_be_told_with_balanced_brackets(text: str) -> None:
    form = compile_condition(text).form
    for language in ("en", "de"):
        told = clause(form, language)
        assert told.count("(") == told.count(")")
        assert "not (" not in told


def test_columns_and_values() -> None:
    role = compile_condition("column.role = 'direct'", about_column=True).form
    assert columns(role, "en") == ("all direct identifiers", True)
    assert columns(role, "de") == ("alle direkten Identifikatoren", True)
    kind = compile_condition("column.kind = 'date'", about_column=True).form
    assert columns(kind, "de") == (
        "jede Spalte, für die gilt: sie enthält Datumsangaben",
        False,
    )
    assert fact_value("data.subjects", 1200, "de") == "die Daten betreffen 1.200 Personen"
    assert fact_value("data.children", None, "en") == (
        "it is not known whether children are in the data"
    )
    assert fact_value("release.regime", ["gdpr", "hipaa"], "en") == (
        "the release is judged by the GDPR and HIPAA"
    )
    assert fact_value("data.children", False, "de") == "in den Daten sind keine Kinder"
