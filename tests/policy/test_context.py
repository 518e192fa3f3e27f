from __future__ import annotations

import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.errors import ContextError
from kiaim_server.policy.context import fact_from_text, read_context
from kiaim_server.policy.facts import CONTEXT_FACTS, DERIVED


def test_flat_and_nested_contexts_are_the_same() -> None:
    flat = read_context({"release.access": "public", "data.sampling_fraction": "9%"})
    nested = read_context({"release": {"access": "public"}, "data": {"sampling_fraction": 0.09}})
    assert flat == nested
    assert flat.facts["data.sampling_fraction"] == Fraction(9, 100)
    assert flat.shown == {"release.access": "public", "data.sampling_fraction": "0.09"}


def test_what_is_none_is_unknown() -> None:
    assert "data.children" not in read_context({"data.children": None}).facts


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({"release.acces": "public"}, "did you mean 'release.access'"),
        ({"quux": 1}, "there are: release.access"),
        ({"release.access": "pubic"}, "did you mean 'public'"),
        ({"release.access": ["public"]}, "not a list"),
        ({"release.regime": "gdpr"}, "not the text 'gdpr'"),
        ({"release.regime": ["gdrp"]}, "did you mean 'gdpr'"),
        ({"recipient.country": False}, "in quotes, not the truth value false"),
        ({"recipient.country": "UK"}, "two-letter country code"),
        ({"data.children": "no"}, "true or false, not the text 'no'"),
        ({"data.children": 1}, "true or false, not the number 1"),
        ({"data.subjects": 1.5}, "no whole number"),
        ({"data.subjects": "many"}, "is not a number"),
        ({"data.subjects": True}, "is not a number"),
        ({"data.sampling_fraction": 9}, "no share between 0 and 1"),
        ({"data.records": 9}, "counted and cannot be given"),
        ({"release": {"access": "public"}, "release.access": "public"}, "given twice"),
        ({"attested": ["release-decision"]}, "maps names"),
        ({"attested": {"a": {"by": "x"}}}, "needs 'by'"),
        ({"attested": {"a": {"by": "", "on": "2026-11-24"}}}, "name of a person"),
        ({"attested": {"a": {"by": "x", "on": "yesterday"}}}, "is no date"),
        ({"attested": {"a": {"by": "x", "on": 5}}}, "is a date such as"),
    ],
)
def test_faults_say_what_is_allowed(context: dict[str, Any], words: str) -> None:
    with pytest.raises(ContextError) as caught:
        read_context(context)
    assert words in str(caught.value)


def test_attestations_are_facts_and_statements() -> None:
    context = read_context(
        {
            "attested": {"a": {"by": "P", "on": "2026-11-24"}},
            "attested.b/c": {"by": "Q", "on": datetime.date(2026, 1, 2)},
        }
    )
    assert context.facts["attested"] == ("a", "b/c")
    assert context.statements["b/c"].on == datetime.date(2026, 1, 2)
    assert context.shown["attested"]["a"] == {"by": "P", "on": "2026-11-24"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("release.access", "public", "public"),
        ("release.regime", "gdpr, hipaa", ["gdpr", "hipaa"]),
        ("data.children", "False", False),
        ("data.subjects", "918", 918),
        ("data.sampling_fraction", "1/11", Fraction(1, 11)),
        (
            "attested.release-decision",
            "A. Person@2026-11-24",
            {"by": "A. Person", "on": "2026-11-24"},
        ),
    ],
)
def test_facts_from_the_command_line(name: str, text: str, value: object) -> None:
    assert fact_from_text(name, text) == value
    read_context({name: fact_from_text(name, text)})


@pytest.mark.parametrize(
    ("name", "text"),
    [("data.children", "no"), ("release.acces", "x"), ("attested.a", "2026-11-24")],
)
def test_wrong_texts_are_refused(name: str, text: str) -> None:
    with pytest.raises(ContextError):
        fact_from_text(name, text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from([*CONTEXT_FACTS, *DERIVED, "release", "x", "attested.a"]),
        VALUES,
        max_size=5,
    )
)
def test_any_context_is_read_or_refused(context: dict[str, Any]) -> None:
    try:
        read = read_context(context)
    except ContextError:
        return
    assert set(read.facts) <= set(CONTEXT_FACTS)
