# ruff: noqa: E501 - tables of conditions
"""What is called impossible or certain is so: held against trying every value."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.policy import PolicyLibrary, lint_file
from kiaim_server.policy.contradictions import (
    MAX_EVALUATIONS,
    Effort,
    always_holds,
    can_hold,
    implies,
)
from kiaim_server.policy.expression import Expression, compile_condition
from kiaim_server.policy.logic import Scope
from tests.policy.conftest import HEAD

#: Facts with all values that can make a difference to the atoms below.
GRID: dict[str, list[Any]] = {
    "release.access": ["public", "controlled", "internal"],
    "data.children": [True, False],
    "data.subjects": [Fraction(n) for n in (0, 9, 10, 11, 99, 100, 101, 500)],
    "data.records": [Fraction(n) for n in (0, 9, 10, 11, 99, 100, 101, 500)],
    "data.sampling_fraction": [Fraction(n, 20) for n in (0, 1, 9, 10, 11, 20)],
    "release.regime": [(), ("gdpr",), ("hipaa",), ("gdpr", "hipaa"), ("other",)],
}
ATOMS = [
    "release.access = 'public'",
    "release.access != 'internal'",
    "release.access in ['public', 'controlled']",
    "data.children",
    "data.children is known",
    "data.subjects < 10",
    "data.subjects >= 100",
    "data.subjects = 10",
    "data.records > 100",
    "data.subjects < data.records",
    "data.sampling_fraction > 50%",
    "data.sampling_fraction <= 0.5",
    "release.regime has 'gdpr'",
    "release.regime has 'hipaa'",
]

conditions = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
    ),
    max_leaves=5,
)


def worlds(*expressions: Expression) -> list[tuple[Any, ...]]:
    """The outcomes of the expressions for every combination of values of their facts."""
    names = sorted({name for e in expressions for name in e.facts})
    grids = [
        [*GRID[n], None] if any(n in e.known_tests for e in expressions) else GRID[n] for n in names
    ]
    return [
        tuple(e.evaluate(Scope(dict(zip(names, values, strict=True)))) for e in expressions)
        for values in itertools.product(*grids)
    ]


@given(conditions, conditions)
@settings(deadline=None, max_examples=300)
def test_impossible_is_what_no_values_make_true(first: str, second: str) -> None:
    a, b = compile_condition(first), compile_condition(second)
    found = worlds(a, b)
    possible = any(x is not False and y is not True for x, y in found)
    assert can_hold(Effort(), [a], [b]) or not possible
    certain = all(x is True for x, _ in found)
    assert certain or not always_holds(Effort(), a)
    follows = all(y is True for x, y in found if x is not False)
    assert follows or not implies(Effort(), [a], [], [b], [])
    if not (a.compared_facts | b.compared_facts):
        effort = Effort()
        found_possible = can_hold(effort, [a], [b])
        if Effort().left - effort.left <= MAX_EVALUATIONS:  # else the proof was given up
            assert found_possible == possible
        assert always_holds(Effort(), a) == certain
        assert implies(Effort(), [a], [], [b], []) == follows


@pytest.mark.parametrize(
    ("lines", "possible"),
    [
        (["any column where column.role = 'direct'", "no column where column.role = 'direct'"], False),
        (["any column where column.role = 'direct'", "no column where column.role='direct'"], True),
        (["any column where column.role = 'direct'", "no column where column.role = 'quasi'"], True),
        (["every column where column.role = 'direct' has column.action = 'remove'"], True),
        (["not any column where column.special_category", "any column where column.special_category"], False),
        (["(count column where column.special_category) > 3", "(count column where column.special_category) < 2"], True),
        (["data.subjects > data.records", "data.records > 5000"], True),
        (["data.children is known", "data.children is not known"], False),
        (["release.access = 'public'", "release.form = 'microdata'", "data.subjects < 7",
          "data.sampling_fraction < 0.3", "data.children", "data.rare_condition", "data.longitudinal",
          "release.purpose = 'research'", "recipient.country in eea", "recipient.country = 'US'"], False),
        (["release.regime has 'gdpr' or release.regime has 'hipaa'", "not release.regime has 'gdpr'",
          "not release.regime has 'hipaa'"], False),
    ],
)  # fmt: skip
def test_what_can_hold(lines: list[str], possible: bool) -> None:
    assert can_hold(Effort(), [compile_condition(line) for line in lines]) is possible


def test_nothing_is_decided_without_effort() -> None:
    contradiction = compile_condition("data.children and not data.children")
    assert not can_hold(Effort(), [contradiction])
    assert can_hold(Effort(0), [contradiction])
    assert not always_holds(Effort(0), compile_condition("data.children or not data.children"))


@pytest.mark.timeout(60)  # without a limit it would take for ever
def test_a_question_costs_so_much_and_no_more() -> None:
    facts = [f"data.{n}" for n in ("subjects", "records", "population")]
    lines = [
        compile_condition(" or ".join(f"{fact} = {i * 7 + j}" for i in range(60)))
        for j, fact in enumerate(facts)
    ]
    effort = Effort()
    assert can_hold(effort, lines, lines[:1])
    assert effort.left > 30_000


PARENT = HEAD.replace("policy: own", "policy: parent") + "applies: release.access = 'public'\n"
RULE = "rules:\n  - id: r\n    because: x\n    cite: src\n"
CHILD = HEAD + "extends: [parent@1]\n"


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        (CHILD + "applies: release.access = 'internal'\n", "P401", 8, "contradicts that of parent"),
        (CHILD + RULE + "    decide: block\n    when: release.access = 'internal'\n", "P401", 9, "of a policy that is extended"),
        (HEAD + RULE + "    when: release.access = 'public'\n    transform: [{columns: \"release.access = 'internal' and column.special_category\", apply: remove}]\n", "P401", 8, "can concern no column"),
        (HEAD + RULE + "    require: [{l-diversity: {at_least: 2, columns: column.role = 'quasi'}}]\n", "P401", 8, "about sensitive columns"),
        (HEAD + RULE + "    decide: block\n    when: data.subjects > 3 and any column where column.kind = 'age' and column.kind = 'date'\n", "P305", 12, "no column can ever be"),
        (HEAD + RULE + "    decide: block\n    when: no column where column.distinct_share > 50% or column.distinct_share <= 50%\n", "P305", 12, "every column is"),
        (HEAD + RULE + "    decide: block\n    when: every column where column.kind = 'date' has column.kind = 'age'\n", "P305", 12, "write 'no column where column.kind = 'date''"),
        (HEAD + RULE + "    decide: block\n    when: every column where column.kind = 'date' has column.kind in ['date', 'age']\n", "P305", 12, "has this anyway"),
        (HEAD + RULE + "    decide: block\n    when: [any column where column.special_category, no column where column.special_category]\n", "P401", 8, "can never apply"),
    ],
)  # fmt: skip
def test_what_can_never_apply_is_found_along_the_chain_and_in_columns(
    text: str, code: str, line: int, words: str, library: PolicyLibrary, tmp_path: Path
) -> None:
    (tmp_path / "parent.policy.yaml").write_text(PARENT, encoding="utf-8")
    file = tmp_path / "own.policy.yaml"
    file.write_text(text, encoding="utf-8")
    found = [d for d in lint_file(file, library) if d.severity == "error"]
    assert [(d.code, d.line) for d in found] == [(code, line)], found
    assert words in found[0].message


def test_the_quantifier_is_pointed_at(library: PolicyLibrary, tmp_path: Path) -> None:
    file = tmp_path / "own.policy.yaml"
    condition = "data.children and any column where column.kind = 'age' and column.kind = 'date'"
    file.write_text(HEAD + RULE + f"    decide: block\n    when: {condition}\n", encoding="utf-8")
    (found,) = lint_file(file, library)
    assert found.column == 11 + condition.index("any")
