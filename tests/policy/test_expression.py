from __future__ import annotations

import contextlib
import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.policy.contradictions import Effort, always_holds, can_hold, implies
from kiaim_server.policy.expression import compile_condition
from kiaim_server.policy.facts import COLUMN_FACTS, CONTEXT_FACTS, NAMED_SETS
from kiaim_server.policy.logic import Scope
from kiaim_server.policy.tokens import ExpressionError

COLUMNS: tuple[Mapping[str, Any], ...] = (
    {"column.label": "Name", "column.name": "name", "column.role": "direct",
     "column.action": "remove", "column.special_category": False, "column.detected": ()},
    {"column.label": "birthDate", "column.name": "birth_date", "column.role": "quasi",
     "column.action": "generalise", "column.granularity": "day",
     "column.special_category": False, "column.detected": ("date",)},
    {"column.label": "icd", "column.name": "icd", "column.role": "sensitive",
     "column.action": "keep", "column.special_category": True, "column.detected": ("icd10",)},
)  # fmt: skip
FACTS: Mapping[str, Any] = {
    "release.access": "public",
    "release.regime": ("gdpr",),
    "release.keeps_pseudonym": False,
    "recipient.country": "NO",
    "data.subjects": Fraction(500),
    "data.sampling_fraction": Fraction(9, 100),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("release.access = 'public'", True),
        ("release.access != 'public'", False),
        ("not release.keeps_pseudonym", True),
        ("release.keeps_pseudonym = true", False),
        ("data.subjects < 1000 and data.subjects >= 500", True),
        ("1000 > data.subjects", True),
        ("data.sampling_fraction = 9%", True),
        ("data.sampling_fraction < 1/11", True),
        ("recipient.country in eea", True),
        ("recipient.country not in eu", True),
        ("recipient.country in ['DE', 'NO']", True),
        ("release.regime has 'gdpr'", True),
        ("'hipaa' in release.regime", False),
        ("data.children", None),
        ("not data.children", None),
        ("data.children or release.access = 'public'", True),
        ("data.children and release.access = 'internal'", False),
        ("data.children and release.access = 'public'", None),
        ("data.children is known", False),
        ("data.children is not known", True),
        ("(data.children or data.rare_condition) is known or true", "error"),
        ("any column where column.role = 'direct'", True),
        ("no column where column.special_category", False),
        ("any column where column.name = 'Birth-Date'", True),
        ("any column where column.name in ['BIRTHDATE']", False),
        ("any column where column.detected has 'icd10'", True),
        ("any column where column.granularity = 'year'", None),
        ("any column where column.granularity in ['day', 'exact']", True),
        ("every column where column.role = 'direct' has column.action in ['remove']", True),
        ("every column where column.special_category has column.action = 'remove'", False),
        ("every column where column.detected has 'date' has column.role = 'quasi'", True),
        ("(count column where column.role = 'quasi') > 8", False),
        ("(count column where column.granularity = 'day') >= 1", True),
        ("(count column where column.granularity = 'day') = 2", None),
        ("(count column where column.granularity = 'day') = 9", False),
        ("data.subjects < params.limit", True),
        ("release.access = 'internal' or any column where column.role = 'quasi'", True),
    ],
)
def test_conditions_follow_three_valued_logic(text: str, expected: object) -> None:
    if expected == "error":
        with pytest.raises(ExpressionError):
            compile_condition(text, {"limit": Fraction(501)})
        return
    compiled = compile_condition(text, {"limit": Fraction(501)})
    assert compiled.evaluate(Scope(FACTS, COLUMNS)) is expected


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("release.acces = 'public'", 1, "did you mean 'release.access'"),
        ("release.access = 'pubic'", 18, "did you mean 'public'"),
        ("release.access = public", 18, "in quotes"),
        ("release.access = 'public' andd true", 27, "did you mean 'and'"),
        ("release.access == 'public'", 16, "write '='"),
        ("release.access", 1, "true or false"),
        ("data.subjects < 'eleven'", 17, "cannot compare number < text"),
        ("data.children < 3", 17, "cannot compare boolean < number"),
        ("release.access < 'public'", 18, "compares numbers"),
        ("column.role = 'quasi'", 1, "only inside"),
        ("measured.k < 11", 1, "only in 'require'"),
        ("data.sampling_fraction > 80", 26, "write 80%"),
        ("data.subjects < 0", 17, "never holds"),
        ("data.subjects >= 0", 18, "always holds"),
        ("data.subjects = 1.5", 17, "never holds"),
        ("1 = 1", 1, "always the same"),
        ("true", 1, "always the same"),
        ("release.access = release.access", 18, "compared with itself"),
        ("release.regime = 'gdpr'", 1, "this is a list"),
        ("release.regime has 'gdrp'", 20, "did you mean 'gdpr'"),
        ("recipient.country in ['UK']", 22, "not a value of recipient.country"),
        ("recipient.country in ['DE', NO]", 29, "in quotes"),
        ("release.access in eea", 1, "set of countries"),
        ("data.subjects in ['a']", 18, "cannot compare number"),
        ("release.access in 'public'", 19, "expected a list"),
        ("release.access in []", 20, "expected a fact or a value"),
        ("release.access in ['public', 3]", 19, "not both"),
        ("release.access = 'public", 18, "does not end"),
        ("release.access = 'public' && true", 27, "write 'and'"),
        ("params.min_k > 3", 1, "unknown parameter"),
        ("any column where any column where column.special_category", 18, "inside each other"),
        ("count column where column.special_category", 1, "count"),
        ("not", 4, "the end"),
        ("", 1, "empty"),
        ("data.subjects > 12abc", 17, "cannot be read"),
        ("'public' is known", 1, "only a fact"),
        ("(release.access = 'public'", 27, "expected ')'"),
    ],
)  # fmt: skip
def test_faults_are_found_at_their_character(text: str, at: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_condition(text, {})
    assert words in caught.value.message
    assert caught.value.at + 1 == at


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "not " * 5000 + "data.children",
        "[" * 3000,
        "not " * 400 + "data.children",
        "(" * 200 + "data.children" + ")" * 200,
        " and ".join(["data.children"] * 60),
        "a" * 10_000,
        " or ".join(["data.subjects = 1"] * 500),
    ],
)
def test_hostile_conditions_are_refused_or_small_and_never_hang(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        compile_condition(text).evaluate(Scope({}))


def test_the_limits_are_stated() -> None:
    with pytest.raises(ExpressionError, match="2000 characters"):
        compile_condition("data.children or " * 200)
    with pytest.raises(ExpressionError, match="32 deep"):
        compile_condition("(" * 40 + "data.children" + ")" * 40)
    with pytest.raises(ExpressionError, match="400 parts"):
        compile_condition(f"data.subjects in [{','.join(['1'] * 450)}]")


WORDS = [
    *CONTEXT_FACTS, *COLUMN_FACTS, *NAMED_SETS, "and", "or", "not", "in", "has", "is", "known",
    "any", "no", "every", "count", "column", "where", "(", ")", "[", "]", ",", "=", "!=", "<=",
    "<", "'public'", "'quasi'", "9%", "1/11", "1000", "true", "params.k", "params.x", "'",
]  # fmt: skip


@given(st.text(max_size=300))
def test_random_text_raises_nothing_but_the_expression_error(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        compile_condition(text, {"k": Fraction(3)}).evaluate(Scope(FACTS, COLUMNS))


@given(st.lists(st.sampled_from(WORDS), max_size=25), st.booleans())
@settings(max_examples=400)
def test_random_words_raise_nothing_but_the_expression_error(
    words: list[str], column: bool
) -> None:
    text = " ".join(words)
    with contextlib.suppress(ExpressionError):
        compiled = compile_condition(text, {"k": Fraction(3)}, about_column=column)
        for facts in (FACTS, {}):
            scope = Scope(facts, COLUMNS, COLUMNS[1])
            assert compiled.evaluate(scope) in (True, False, None)


ATOMS = [
    "data.children", "release.access = 'public'", "data.subjects < 1000",
    "any column where column.role = 'quasi'", "release.regime has 'gdpr'",
]  # fmt: skip


def _nested(rng: random.Random, depth: int) -> str:
    if depth == 0:
        return rng.choice(ATOMS)
    a, b = _nested(rng, depth - 1), _nested(rng, depth - 1)
    return rng.choice([f"({a}) and ({b})", f"({a}) or ({b})", f"not ({a})"])


@given(
    st.integers(0, 10_000),
    st.sets(
        st.sampled_from(["data.children", "release.access", "data.subjects", "release.regime"])
    ),
)
def test_knowing_less_never_turns_true_into_false(seed: int, unknown: set[str]) -> None:
    text = _nested(random.Random(seed), 3)
    compiled = compile_condition(text)
    full = {**FACTS, "data.children": seed % 2 == 0}
    known = compiled.evaluate(Scope(full, COLUMNS))
    less = compiled.evaluate(Scope({k: v for k, v in full.items() if k not in unknown}, COLUMNS))
    assert less is None or less == known


EFFORT = Effort()


def test_contradictions_and_tautologies_are_proven_only_where_they_are() -> None:
    def c(text: str) -> Any:
        return compile_condition(text)

    assert not can_hold(EFFORT, [c("release.access = 'public'"), c("release.access = 'internal'")])
    assert not can_hold(EFFORT, [c("data.subjects < 5 and data.subjects > 7")])
    assert can_hold(EFFORT, [c("data.subjects > 5 and data.subjects < 7")])
    assert not can_hold(EFFORT, [c("data.subjects > 5 and data.subjects < 6")])
    assert not can_hold(EFFORT, [c("recipient.country in eu")], [c("recipient.country in eea")])
    assert can_hold(EFFORT, [c("recipient.country in eea")], [c("recipient.country in eu")])
    assert can_hold(EFFORT, [c("any column where column.special_category")])
    assert can_hold(EFFORT, [c("(count column where column.special_category) > 8")])
    assert can_hold(EFFORT, [c("release.regime has 'gdpr'"), c("release.regime has 'hipaa'")])
    assert always_holds(EFFORT, c("data.children or not data.children"))
    assert not always_holds(EFFORT, c("data.children or data.rare_condition"))
    direct = compile_condition("column.role = 'direct'", about_column=True)
    number = compile_condition(
        "column.role = 'direct' and column.kind = 'identifier'", about_column=True
    )
    assert implies(EFFORT, [number], [], [direct], [])
    assert not implies(EFFORT, [direct], [], [number], [])


def test_without_effort_left_nothing_is_claimed() -> None:
    spent = Effort(0)
    never = compile_condition("release.access = 'public' and release.access = 'internal'")
    assert can_hold(spent, [never])
    assert not always_holds(spent, compile_condition("data.children or not data.children"))
    assert not implies(spent, [never], [], [never], [])
