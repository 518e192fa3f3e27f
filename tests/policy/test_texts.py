"""Texts in two languages: which one is used, and what the linter says of those that lack one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from kiaim_server.model.prose import Prose, in_language, texts_of
from kiaim_server.policy import Policy, PolicyLibrary
from kiaim_server.policy.library import lint_text

BILINGUAL = """\
schema: kiaim/policy/v1
policy: own
version: "1.0.0"
language: [de, en]
title: {de: Eigene Richtlinie, en: Own policy}
summary: {de: "Eine Zusammenfassung,\\n in Zeilen.", en: A summary.}
sources:
  src:
    cite: {de: Art. 9 DSGVO, en: GDPR Art. 9}
    kind: law
    says: {de: Sagt es., en: Says so.}
parameters:
  k: {type: integer, default: 5, stricter: higher, describe: {de: Gruppe, en: Group}}
classify:
  - {id: age, names: [age], as: quasi, because: {de: Bekannt., en: Known.}, cite: src}
person:
  names: [pid]
  because: {de: Jede Person., en: Each person.}
rules:
  - id: r
    title: {de: Regel, en: Rule}
    require: [{k-anonymity: {at_least: params.k}}]
    because: {de: Darum., en: Therefore.}
    advice: {de: Rat., en: Advice.}
    cite: src
not_covered:
  - {de: Nichts., en: Nothing.}
"""


@pytest.fixture
def own(library: PolicyLibrary, tmp_path: Path) -> Callable[[str], Policy]:
    def get(text: str) -> Policy:
        file = tmp_path / "own.policy.yaml"
        file.write_text(text, encoding="utf-8")
        return library.get(file)

    return get


def test_every_text_of_the_format_can_be_in_two_languages(own: Callable[[str], Policy]) -> None:
    policy = own(BILINGUAL)
    assert policy.warnings == ()
    document = policy.documents[0]
    rule, classifier = document.rules[0], document.classifiers[0]
    person, citation = document.person, rule.citations[0]
    assert person is not None
    assert document.languages == ("de", "en")
    told = [
        policy.title,
        policy.summary,
        citation.cite,
        citation.says,
        policy.parameters["k"].describe,
        classifier.because,
        person.because,
        rule.title,
        rule.because,
        rule.advice,
        policy.not_covered[0],
    ]
    assert [in_language(text, "en") for text in told] == [
        "Own policy",
        "A summary.",
        "GDPR Art. 9",
        "Says so.",
        "Group",
        "Known.",
        "Each person.",
        "Rule",
        "Therefore.",
        "Advice.",
        "Nothing.",
    ]
    assert told[:2] == ["Eigene Richtlinie", "Eine Zusammenfassung, in Zeilen."]
    assert [in_language(text, "de") for text in told] == told, "the first language is the main one"


def test_a_text_without_a_translation_is_shown_in_its_main_language(
    own: Callable[[str], Policy],
) -> None:
    text = BILINGUAL.replace("{de: Darum., en: Therefore.}", "Darum.")
    because = own(text).documents[0].rules[0].because
    assert in_language(because, "en") == "Darum."
    assert texts_of(because) == {"de": "Darum."}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{de: Darum., en: Therefore.}", "Darum."),
        ("{de: Rat., en: Advice.}", "{de: Rat.}"),
        ("{de: Eigene Richtlinie, en: Own policy}", "Eigene Richtlinie"),
        ("{de: Nichts., en: Nothing.}", "Nichts."),
        ("{de: Sagt es., en: Says so.}", "Sagt es."),
        ("{de: Gruppe, en: Group}", "Gruppe"),
        ("{de: Bekannt., en: Known.}", "Bekannt."),
        ("{de: Jede Person., en: Each person.}", "Jede Person."),
    ],
)
def test_a_text_that_lacks_a_listed_language_is_named_at_its_place(
    library: PolicyLibrary, old: str, new: str
) -> None:
    text = BILINGUAL.replace(old, new)
    (found,) = lint_text(text, "own.policy.yaml", library)
    assert found.code == "W508"
    assert "not there in English" in found.message
    line = text.splitlines()[found.line - 1]
    assert line[found.column - 1 :].startswith(new)


def test_names_of_sources_need_no_translation(library: PolicyLibrary) -> None:
    text = BILINGUAL.replace("{de: Art. 9 DSGVO, en: GDPR Art. 9}", "GDPR Art. 9")
    assert lint_text(text, "own.policy.yaml", library) == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("{de: Rat., en: Advice.}", "{en: Advice.}", "P105", "the key 'de' is missing"),
        ("{de: Rat., en: Advice.}", "{de: Rat., fr: Avis.}", "P106", "'fr' is no language"),
        ("{de: Rat., en: Advice.}", "{de: Rat., en: 3}", "P106", "expected text"),
        ("{de: Rat., en: Advice.}", '{de: Rat., en: " "}', "P106", "an empty text"),
        ("{de: Rat., en: Advice.}", "{}", "P106", "a text in no language"),
        ("{de: Rat., en: Advice.}", "[Rat.]", "P106", "expected text"),
        ("[de, en]", "[de, fr]", "P106", "'fr' is no language"),
        ("[de, en]", "[]", "P106", "an empty list"),
        ("language: [de, en]\n", "", "P105", "the key 'en' is missing"),
    ],
)
def test_wrong_texts_are_errors(
    library: PolicyLibrary, old: str, new: str, code: str, said: str
) -> None:
    text = BILINGUAL.replace(old, new)
    if new == "":  # the default is English
        text = text.replace("{de: Rat., en: Advice.}", "{de: Rat.}")
    found = lint_text(text, "own.policy.yaml", library)
    assert any(f.code == code and said in f.message for f in found), found


def test_words_are_part_of_the_digest(own: Callable[[str], Policy]) -> None:
    first = own(BILINGUAL).digest
    assert own(BILINGUAL.replace("Therefore.", "Hence.")).digest != first


def test_prose_is_its_main_text_and_survives_copies() -> None:
    text = Prose({"de": "Ja", "en": "Yes"})
    assert text == "Ja"
    assert text.language == "de"
    assert copy.deepcopy(text).texts == {"de": "Ja", "en": "Yes"}
    assert in_language("plain", "de") == "plain"
    with pytest.raises(ValueError, match="no language"):
        Prose({})
