"""The person key: one column, the same for all policies of a chain, and what is counted by it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.policy.conftest import HEAD, profile

BODY = """\
classify:
  - {id: keys, names: [pat_id, case_id], as: direct, because: x}
  - {id: rest, names: [age], as: quasi, because: x}
"""
PERSON = "person: {names: [pat_id], because: One patient has many visits.}\n"
KEY = profile("pat_id", n_distinct=40)
COLUMNS = [KEY, profile("case_id"), profile("age")]


def _parent(body: str) -> str:
    return HEAD.replace("policy: own", "policy: parent") + body


def test_the_column_that_the_policy_names_is_the_person_key(load, plan) -> None:
    made = plan(load(BODY + PERSON), COLUMNS)
    assert made.person is not None
    assert made.person.column == "pat_id"
    assert made.person.rules == ("own/person",)
    assert made.person.because == "One patient has many visits."
    assert not [b for b in made.blocks if b[0] == "own/person"]


def test_without_a_statement_records_are_counted(load, plan) -> None:
    made = plan(load(BODY), COLUMNS)
    assert made.person is None
    assert made.context["data.subjects"] == 100


@pytest.mark.parametrize(
    ("person", "said"),
    [
        ("{names: [mrn], because: x}", "no column of this table is the person key"),
        ("{names: ['*_id'], because: x}", "2 columns could be the person key: 'pat_id', 'case_id'"),
        ("{where: column.type = 'text', because: x}", "3 columns could be the person key"),
    ],
)
def test_no_column_or_several_block_with_the_mend(load, plan, person, said) -> None:
    made = plan(load(f"{BODY}person: {person}\n"), COLUMNS)
    assert made.person is None
    (reason,) = [text for rule, text in made.blocks if rule == "own/person"]
    assert said in reason
    assert "under 'person'" in reason or "narrow 'person'" in reason


def test_a_condition_narrows_and_the_unknown_selects(load, plan) -> None:
    narrow = "person: {names: ['*_id'], where: column.distinct_share > 30%, because: x}\n"
    assert plan(load(BODY + narrow), COLUMNS).person.column == "pat_id"
    unknown = "person: {names: [pat_id], where: data.children, because: x}\n"
    assert plan(load(BODY + unknown), COLUMNS).person.column == "pat_id"
    assert plan(load(BODY + unknown), COLUMNS, {"data.children": False}).person is None


def test_a_detector_can_name_the_key(load, plan) -> None:
    body = BODY + "person: {detects: [email], because: x}\n"
    mail = profile("case_id", detected=("email",))
    assert plan(load(body), [KEY, mail]).person.column == "case_id"


def test_records_without_a_key_block(load, plan) -> None:
    made = plan(load(BODY + PERSON), [profile("pat_id", n_missing=3), profile("age")])
    assert made.person is None
    assert any("3 of 100 records have no value in it" in text for _, text in made.blocks)


def test_who_extends_keeps_the_key_of_the_parent(load, plan) -> None:
    made = plan(load("extends: [parent@1]\n", parent=_parent(BODY + PERSON)), COLUMNS)
    assert made.person.column == "pat_id"
    assert made.person.rules == ("parent/person",)


def test_who_extends_may_add_a_key(load, plan) -> None:
    made = plan(load("extends: [parent@1]\n" + PERSON, parent=_parent(BODY)), COLUMNS)
    assert made.person.rules == ("own/person",)


def test_who_extends_cannot_exchange_the_key(load, plan) -> None:
    other = "extends: [parent@1]\nperson: {names: [case_id], because: x}\n"
    made = plan(load(other, parent=_parent(BODY + PERSON)), COLUMNS)
    assert made.person is None
    assert any("have to select the same column" in text for _, text in made.blocks)


def test_who_extends_cannot_take_the_key_away(load) -> None:
    from kiaim_server.errors import PolicyError

    with pytest.raises(PolicyError, match="P106"):
        load("extends: [parent@1]\nperson:\n", parent=_parent(BODY + PERSON))


def test_subjects_are_counted_by_the_key_and_the_context_cannot_deny_it(load, plan) -> None:
    rule = (
        "rules:\n  - {id: few, when: data.subjects < 50, decide: block, because: x, cite: src}\n"
        "  - {id: trace, when: data.longitudinal, decide: warn, because: x, cite: src}\n"
    )
    context = {"data.subjects": 5000, "data.longitudinal": False}
    made = plan(load(BODY + PERSON + rule), COLUMNS, context)
    status = {t.id: t.status for t in made.rules}
    assert status == {"own/few": "applies", "own/trace": "applies"}
    assert made.context["data.subjects"] == 40
    assert made.context["data.longitudinal"] is True
    said = " ".join(text for _, text in made.warnings)
    assert "states 5000 as data.subjects, but there are 40" in said
    assert "denies data.longitudinal" in said
    assert Fraction(40) == made.context["data.subjects"]


def test_one_record_each_says_nothing_of_time(load, plan) -> None:
    columns = [profile("pat_id", n_distinct=100), profile("age")]
    made = plan(load(BODY + PERSON), columns, {"data.longitudinal": False})
    assert made.context["data.longitudinal"] is False
    assert made.warnings == ()


def test_longitudinal_data_without_a_key_is_warned_of(load, plan) -> None:
    said = plan(load(BODY), COLUMNS, {"data.longitudinal": True}).warnings
    assert any("names a person key" in text for _, text in said)
    said = plan(load(BODY + PERSON), COLUMNS, {"data.longitudinal": True}).warnings
    assert not any("names a person key" in text for _, text in said)
    assert not any("person key" in t for _, t in plan(load(BODY), COLUMNS).warnings)


@pytest.mark.parametrize(
    ("applies", "warned"),
    [
        ("applies: data.longitudinal\n", True),
        ("applies: [release.access = 'public', data.longitudinal and data.children]\n", True),
        ("applies: data.longitudinal or data.children\n", False),
        ("applies: not data.longitudinal\n", False),
        ("", False),
    ],
)
def test_the_linter_warns_where_a_policy_is_for_such_data_alone(load, applies, warned) -> None:
    codes = [d.code for d in load(applies + BODY).warnings]
    assert ("W505" in codes) is warned
    assert "W505" not in [d.code for d in load(applies + BODY + PERSON).warnings]
