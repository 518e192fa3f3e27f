"""The catalogue is complete: both languages, the same placeholders, every word that is needed."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

import kiaim_server
from kiaim_server.hooks.host import PluginHost
from kiaim_server.language import Formatter, catalogue, mapped, phrase, say, told
from kiaim_server.language.conditions import SHARES
from kiaim_server.model.attribute import KINDS, Role
from kiaim_server.model.prose import LANGUAGES, Prose
from kiaim_server.policy.facts import COLUMN_FACTS, CONTEXT_FACTS, NAMED_SETS, Fact
from kiaim_server.policy.measures import OWN_MEASURES
from kiaim_server.policy.schema import SOURCE_KINDS

ROOT = Path(kiaim_server.__file__).parent
FACTS = [*CONTEXT_FACTS.values(), *COLUMN_FACTS.values()]


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_a_phrase_is_there_in_every_language_with_the_same_placeholders(key: str) -> None:
    phrases = catalogue()[key]
    assert len(phrases) == len(LANGUAGES)
    assert all(text.strip() for text in phrases)
    assert len({frozenset(_placeholders(text)) for text in phrases}) == 1
    for text in phrases:
        for _, _, spec, _ in string.Formatter().parse(text):
            word = (spec or "").partition(" ")[0]
            assert not word.isalpha() or word in {
                "and",
                "bound",
                "day",
                "exact",
                "moment",
                "number",
                "one",
                "or",
                "percent",
                "quoted",
            }


def _used() -> tuple[set[str], set[str]]:
    """Texts in the sources, and what texts with placeholders begin with."""
    literals, prefixes = set(), set()
    for file in ROOT.rglob("*.py"):
        tables = file.parent.name == "language" and file.stem not in ("catalogue", "conditions")
        if tables:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                prefixes.add(str(node.values[0].value))
    for file in (ROOT / "report").glob("*.html"):
        text = file.read_text(encoding="utf-8")
        literals.update(re.findall(r"'([a-z_]+(?:\.[a-z_.-]+)+)'", text))
        prefixes.update(re.findall(r"'([a-z_]+(?:\.[a-z_-]+)*\.)' ~", text))
    prefixes |= {text for text in literals if text.endswith(".")}
    return literals, prefixes


def test_no_phrase_is_left_that_nothing_says() -> None:
    literals, prefixes = _used()
    starts = tuple(p for p in prefixes if "." in p)
    unused = [k for k in catalogue() if k not in literals and not k.startswith(starts)]
    assert unused == []


def _said_literally() -> Iterator[tuple[str, str]]:
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                first = node.args[0] if node.args else None
                if node.func.id in ("say", "phrase") and isinstance(first, ast.Constant):
                    yield file.name, str(first.value)


def test_everything_that_is_said_has_a_phrase() -> None:
    assert [(f, key) for f, key in _said_literally() if key not in catalogue()] == []


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.name)
def test_every_fact_can_be_told(fact: Fact) -> None:
    needed = [f"fact.{fact.name}.question"]
    if fact.type.base == "boolean":
        needed += [f"fact.{fact.name}.yes", f"fact.{fact.name}.no"]
    elif fact.type.base == "number":
        needed += [f"fact.{fact.name}.amount", f"fact.{fact.name}.noun"]
        assert (fact.name in SHARES) == (fact.type.high == 1)
    else:
        needed += [f"fact.{fact.name}.is", f"fact.{fact.name}.not"]
    if fact.name not in ("legal.art6", "legal.art9", "recipient.country"):
        needed += [f"value.{fact.name}.{value}" for value in fact.type.values]
    if fact.name == "recipient.country":
        needed += [f"fact.{fact.name}.{w}.{s}" for s in NAMED_SETS for w in ("is", "not")]
    assert [key for key in needed if key not in catalogue()] == []


def test_every_word_of_the_product_can_be_told() -> None:
    host = PluginHost.load()
    needed = [f"role.{role.value}" for role in Role]
    needed += [f"roles.{role.value}" for role in Role]
    needed += [f"kind.{kind}" for kind in KINDS]
    needed += [f"source.{kind}" for kind in SOURCE_KINDS]
    needed += [f"transform.{name}" for name in host.classes["transform"]]
    measures = [*host.classes["privacy model"], *OWN_MEASURES]
    needed += [f"measure.{name}" for name in measures]
    assert [key for key in needed if key not in catalogue()] == []
    promised = {key.split(".")[1] for key in catalogue() if key.startswith("promise.")}
    assert set(measures) <= promised


def test_numbers_and_days_are_written_as_the_language_does() -> None:
    german, english = Formatter("de"), Formatter("en")
    values = {"n": 12345, "share": 0.0909, "exact": Fraction(1234567, 100), "day": "2026-03-09"}
    template = "{n:,} {n:number} {share:percent} {share:.1%} {exact:bound} {exact:exact} {day:day}"
    assert english.vformat(template, (), values) == (
        "12,345 12,345 9.09\u00a0% 9.1% 12,345.67 12345.67 9 March 2026"
    )
    assert german.vformat(template, (), values) == (
        "12.345 12.345 9,09\u00a0% 9,1% 12.345,67 12345,67 9. März 2026"
    )
    at = {"at": "2026-11-24T09:05:00+00:00"}
    assert english.vformat("{at:moment}", (), at) == "24 November 2026, 09:05 (UTC)"
    assert german.vformat("{at:moment}", (), at) == "24. November 2026, 09:05 Uhr (UTC)"
    assert german.vformat("{x:bound}", (), {"x": "1/11"}) == "1/11"


def test_lists_plurals_and_quotes() -> None:
    names = ["a", "b", "c"]
    assert Formatter("en").vformat("{names:and}", (), {"names": names}) == "a, b and c"
    assert Formatter("de").vformat("{names:or}", (), {"names": names[:2]}) == "a oder b"
    assert Formatter("de").vformat("{names:quoted}", (), {"names": names[:2]}) == "„a“, „b“"
    assert [Formatter("de").vformat("{n:one Tag|Tage}", (), {"n": n}) for n in (0, 1, 2)] == [
        "Tage",
        "Tag",
        "Tage",
    ]


def test_a_text_that_is_not_there_says_in_which_language_it_is() -> None:
    german = Prose({"de": "Darum."})
    assert told(german, "de") == "Darum."
    assert told(german, "en") == "Darum. [in German]"
    both = say("rule.titled", title=Prose({"en": "Why", "de": "Warum"}), because=german)
    assert both.texts == {"en": "Why: Darum. [in German]", "de": "Warum: Darum."}
    assert both == "Why: Darum. [in German]"


def test_a_change_is_made_in_every_language() -> None:
    text = mapped(Prose({"en": "a", "de": "b"}), str.upper)
    assert text.texts == {"en": "A", "de": "B"}
    assert phrase("word.and", "de") == "und"
