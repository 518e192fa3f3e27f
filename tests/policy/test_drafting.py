# ruff: noqa: E501 - a list of names
"""Guesses and drafts: which proposal wins, and that any column name makes a file that reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import ColumnProfile, Proposal, Recognition, Role
from kiaim_server.model.singling import ColumnSet, SinglingOut, SizeOfSet
from kiaim_server.policy import Policy, PolicyLibrary, Subject, draft_name, draft_policy, lint_text
from kiaim_server.policy.guessing import guess_columns, person_key
from tests.acceptance.drafting import confirmed

PARENT = """\
classify:
  - {id: ages, names: [age], as: quasi, kind: age, because: Known., cite: src}
  - {id: remarks, names: [remark], as: insensitive, because: Harmless., cite: src}
hierarchies:
  - {id: any, build: {values: {}}}
"""


@pytest.fixture(scope="module")
def installed() -> PolicyLibrary:
    return PolicyLibrary.load(PluginHost.load())


def seen(
    name: str, role: Role, confidence: float, *, evidence: str = "values", **more: object
) -> Recognition:
    proposal = Proposal(role, because="Because.", **more)  # type: ignore[arg-type]
    return Recognition(name, (evidence,), 1.0, confidence, proposal)  # type: ignore[arg-type]


def column(name: str, *recognitions: Recognition, **more: object) -> ColumnProfile:
    given: dict[str, object] = {"n_records": 100, "n_missing": 0, "n_distinct": 10, **more}
    detected = tuple(r.detector for r in recognitions if r.detected)
    return ColumnProfile(
        name,
        "text",
        detected=detected,
        n_sampled=10,
        recognitions=recognitions,
        **given,  # type: ignore[arg-type]
    )


def test_from_nine_tenths_on_a_role_is_proposed_from_a_half_on_it_is_asked() -> None:
    sure = column("a", seen("x", Role.QUASI, 0.9))
    unsure = column("b", seen("x", Role.QUASI, 0.89))
    least = column("c", seen("x", Role.QUASI, 0.5))
    none = column("d", seen("x", Role.QUASI, 0.49))
    found = guess_columns([sure, unsure, least, none], ())
    assert [g.standing for g in found] == ["proposed", "asked", "asked", "open"]
    assert [g.role for g in found] == [Role.QUASI, None, None, None]


def test_the_stricter_proposal_wins() -> None:
    both = column("a", seen("x", Role.SENSITIVE, 0.99), seen("y", Role.DIRECT, 0.95))
    (guess,) = guess_columns([both], ())
    assert (guess.standing, guess.role) == ("proposed", Role.DIRECT)
    unsure = column("a", seen("x", Role.SENSITIVE, 0.99), seen("y", Role.DIRECT, 0.6))
    (guess,) = guess_columns([unsure], ())
    assert (guess.standing, guess.proposal and guess.proposal.role) == ("asked", Role.DIRECT)


def test_counts_speak_only_where_nothing_else_does() -> None:
    counted = seen("unique", Role.DIRECT, 0.8, evidence="statistics")
    (alone,) = guess_columns([column("a", counted)], ())
    assert (alone.standing, alone.proposal and alone.proposal.role) == ("asked", Role.DIRECT)
    (beside,) = guess_columns([column("a", seen("x", Role.QUASI, 0.95), counted)], ())
    assert (beside.standing, beside.role) == ("proposed", Role.QUASI)


def test_what_policies_say_is_left_unless_a_proposal_is_stricter(
    load: Callable[..., Policy],
) -> None:
    documents = load(PARENT).documents
    iban = seen("iban", Role.DIRECT, 0.98)
    found = guess_columns(
        [
            column("age", seen("age", Role.QUASI, 0.95)),
            column("age", seen("money", Role.SENSITIVE, 0.95)),
            column("age", iban),
            column("remark", iban),
            column("remark"),
            column("age", seen("origin", Role.QUASI, 0.95, special_category=True)),
        ],
        documents,
    )
    assert [g.standing for g in found] == [
        "said", "said", "proposed", "proposed", "said", "proposed"
    ]  # fmt: skip
    assert [g.role for g in found][:5] == [
        Role.QUASI, Role.QUASI, Role.DIRECT, Role.DIRECT, Role.INSENSITIVE
    ]  # fmt: skip


def test_hierarchies_are_proposed_where_policies_know_no_structure(
    load: Callable[..., Policy],
) -> None:
    documents = load(PARENT).documents
    postcode = column("plz", seen("de.postcode", Role.QUASI, 0.95, kind="geography"))
    (guess,) = guess_columns([postcode], documents)
    assert guess.hierarchy is not None
    assert guess.hierarchy.shipped == "postcode-de"
    (guess,) = guess_columns(
        [column("zip", seen("us.zip", Role.QUASI, 0.95, kind="geography"))], documents
    )
    assert guess.hierarchy is not None
    assert guess.hierarchy.builder == "redaction"
    better = PARENT.replace("{id: any, build: {values: {}}}", "{id: any, build: {dates: {}}}")
    (guess,) = guess_columns([postcode], load(better).documents)
    assert guess.hierarchy is None


def test_a_number_of_persons_that_repeats_is_proposed_as_their_key() -> None:
    number = seen("record-number", Role.DIRECT, 0.95, evidence="name", kind="identifier")
    patient = column("patient_id", number, n_distinct=40)
    visit = column("visit_id", number, n_distinct=40)
    once = column("patient_id", number, n_distinct=100)
    missing = column("patient_id", number, n_distinct=40, n_missing=1)
    for columns, expected in (
        ([visit, patient], patient),
        ([visit], None),
        ([once], None),
        ([missing], None),
    ):
        assert person_key(guess_columns(columns, ()), ()) is expected


def test_a_draft_says_what_few_columns_single_out() -> None:
    found = SinglingOut(
        n_records=50,
        n_table=100,
        by_person=False,
        columns=("a", "b", "c"),
        left_out=("d e",),
        sizes=(SizeOfSet(1, 2, 2, 0, (ColumnSet(("a",), 12, 0.5, 0.9),)),),
        keys=(),
        largest=3,
    )
    text = draft_policy("t", Subject("t.csv", (column("a"),), found), ()).text
    for words in (
        "#   a: 12 of 50 records",
        "looked at 50 of 100 records",
        "sets of 1: only the 2 columns",
        "sets of more than 1 were not looked at",
        'too many distinct values to hold: "d e"',
    ):
        assert words in text


NAMES = st.text(min_size=1, max_size=30) | st.sampled_from(
    ["a\n    confirmed: true", "x: y", "# x", "a'b\"c", "true", "null", "NO", "1", "ÄÖÜ", "RR (mmHg)",
     "a*", "*", "[x]", "{a}", "-", "%", "weight/kg", "a\\b", "ß", "\u202eabc", "名前", "a,b", "  x "]
)  # fmt: skip
ROLES = st.sampled_from(list(Role))


@given(
    st.lists(st.tuples(NAMES, st.none() | ROLES, st.floats(0.5, 1)), min_size=1, max_size=8),
    st.text(max_size=20),
    st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_any_table_makes_a_draft_that_lints_clean_once_confirmed(
    columns: list[tuple[str, Role | None, float]], file: str, extending: bool
) -> None:
    library = PolicyLibrary.load(_HOST)
    profiles = tuple(
        column(name, *([] if role is None else [seen("date", role, confidence)]))
        for name, role, confidence in columns
    )
    parents = [library.get("gdpr-baseline")] if extending else []
    name = draft_name(f"{file}.csv")
    text = draft_policy(name, Subject(file, profiles), parents).text
    found = lint_text(text, f"{name}.policy.yaml", library)
    assert {f.code for f in found} <= {"P132"}, text
    waiting = [
        i for i, line in enumerate(text.splitlines(), 1)
        if line.strip().startswith(("confirmed: false", "as: undecided"))
    ]  # fmt: skip
    assert [f.line for f in found] == waiting
    assert lint_text(confirmed(text), f"{name}.policy.yaml", library) == (), text


_HOST = PluginHost.load()


@given(NAMES, ROLES)
@settings(max_examples=150, deadline=None)
def test_an_entry_selects_its_column(name: str, role: Role) -> None:
    from kiaim_server.policy import evaluate
    from tests.policy.conftest import TODAY

    library = PolicyLibrary.load(_HOST)
    profile = column(name, seen("date", role, 1.0))
    text = draft_policy("t", Subject("t.csv", (profile,)), ()).text
    if "cannot be written" in text:
        return
    source = confirmed(text)
    assert lint_text(source, "t.policy.yaml", library) == ()
    policy = _resolved(source, library)
    plan = evaluate(policy, {}, [profile], _HOST, TODAY)
    assert [(c.name, c.attribute.role) for c in plan.columns] == [(name, role)]


def _resolved(source: str, library: PolicyLibrary) -> Policy:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.policy.yaml"
        path.write_text(source, encoding="utf-8")
        return library.get(path)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Patienten 2026.csv", "patienten-2026"),
        ("2026.csv", "table-2026"),
        ("Größe.final.parquet", "groesse-final"),
        ("---.csv", "table"),
        ("data", "data"),
    ],
)
def test_a_draft_is_named_after_its_file(file: str, name: str) -> None:
    assert draft_name(file) == name
