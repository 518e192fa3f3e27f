# ruff: noqa: E501 - policies in one line per rule
from __future__ import annotations

import datetime
import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiaim_server.errors import ContextError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import Role
from kiaim_server.model.decision import Verdict
from kiaim_server.model.plan import Plan, RuleTrace
from kiaim_server.policy import Policy, clauses, decide, evaluate
from tests.policy.conftest import HEAD, TODAY, profile
from tests.policy.test_decide import measured_everywhere

Load = Callable[..., Policy]
MakePlan = Callable[..., Plan]

CLASSIFY = """
classify:
  - {id: direct, names: [name], as: direct, because: Names.}
  - {id: number, names: [pat_id], as: direct, kind: identifier, because: Numbers.}
  - {id: age, names: [age], as: quasi, kind: age, because: Known.}
  - {id: days, names: ["*_date"], as: quasi, kind: date, because: Known.}
  - {id: illness, names: [icd*], as: sensitive, special_category: true, because: Health.}
  - {id: other, names: [blood*], as: insensitive, because: Nothing.}
"""
REMOVE = """
  - {id: out, transform: [{columns: column.role = 'direct', apply: remove}], because: Names., cite: src}
"""


def trace(plan: Plan, rule: str) -> RuleTrace:
    return next(t for t in plan.rules if t.id == f"own/{rule}")


def test_the_strictest_role_wins_and_all_rules_are_named(load: Load, plan: MakePlan) -> None:
    policy = load(
        """
classify:
  - {id: a, names: [postal*], as: insensitive, because: A.}
  - {id: b, names: ["*code"], as: quasi, kind: geography, because: B.}
  - {id: c, where: column.distinct_share > 0.5, as: sensitive, special_category: true, because: C.}
"""
    )
    made = plan(policy, [profile("Postal-Code", n_distinct=80), profile("postal_area")])
    code, area = (c.attribute for c in made.columns)
    assert (code.role, code.kind, code.special_category) == (Role.QUASI, "geography", True)
    assert code.rules == ("own/b", "own/c", "own/a")
    assert code.because == "B."
    assert (area.role, area.rules) == (Role.INSENSITIVE, ("own/a",))


def test_a_column_that_no_rule_covers_is_unclassified_and_refuses(
    load: Load, plan: MakePlan
) -> None:
    made = plan(load(CLASSIFY), ["age", "quux"])
    assert made.unclassified == ("quux",)
    assert [c.name for c in made.columns] == ["age"]
    decision = decide(made, ())
    assert decision.verdict is Verdict.REFUSE
    assert "Column 'quux'" in decision.reasons[0]


def test_an_undecided_condition_does_not_make_a_column_free(load: Load, plan: MakePlan) -> None:
    policy = load(
        """
classify:
  - {id: a, where: column.granularity = 'year', as: insensitive, because: A.}
  - {id: b, names: [y], where: column.granularity = 'day', as: quasi, because: B.}
"""
    )
    made = plan(policy, ["x", "y"])
    assert made.unclassified == ("x",)
    assert made.columns[0].attribute.role is Role.QUASI


def test_kinds_come_from_the_rule_or_the_type_and_may_not_differ(
    load: Load, plan: MakePlan
) -> None:
    policy = load(
        """
classify:
  - {id: a, names: [a*], as: quasi, because: A.}
  - {id: b, names: [ab*], as: quasi, kind: age, because: B.}
  - {id: c, names: [abc], as: quasi, kind: code, because: C.}
"""
    )
    made = plan(policy, [profile("a", "date"), profile("ax"), profile("ab"), profile("abc")])
    assert [c.attribute.kind for c in made.columns][:3] == ["date", "other", "age"]
    assert made.blocks == (
        ("own", "column 'abc' cannot be two kinds at once: age (own/b) and code (own/c)"),
    )


def test_a_detector_classifies_whatever_the_name(load: Load, plan: MakePlan) -> None:
    policy = load("classify:\n  - {id: a, detects: [email], as: direct, because: A.}\n")
    made = plan(policy, [profile("x", detected=("email",)), profile("y", detected=("iban",))])
    assert (made.columns[0].attribute.role, made.unclassified) == (Role.DIRECT, ("y",))


def test_a_direct_identifier_that_nothing_removes_blocks(load: Load, plan: MakePlan) -> None:
    made = plan(load(CLASSIFY), ["name"])
    assert made.blocks[0][0] == "own/direct"
    assert "no rule that applies removes" in made.blocks[0][1]
    assert plan(load(CLASSIFY + "rules:" + REMOVE), ["name"]).blocks == ()


def test_an_order_that_no_other_does_is_applied_first(load: Load, plan: MakePlan) -> None:
    policy = load(
        CLASSIFY
        + """
rules:
  - {id: a, transform: [{columns: column.kind = 'date', apply: generalise, to: month}], because: A., cite: src}
  - {id: b, transform: [{columns: column.kind = 'date', apply: generalise, to: year}], because: B., cite: src}
  - {id: c, transform: [{columns: column.name = 'birth_date', apply: top-code, above: 5}], because: C., cite: src}
"""
    )
    made = plan(policy, [profile("birth_date", "date", granularity="day")])
    coded, coarse = made.columns[0].transforms
    assert (coded.name, coded.rules) == ("top-code", ("own/c",))
    assert (coarse.name, coarse.parameters) == ("generalise", {"to": "year"})
    assert set(coarse.rules) == {"own/a", "own/b"}
    assert not [w for w in made.warnings if w[0] == "own/c"]
    assert not made.blocks


def test_an_order_is_left_out_only_where_another_does_it_too(load: Load, plan: MakePlan) -> None:
    rules = """
rules:
  - {id: a, transform: [{columns: column.name = 'birth_date', apply: pseudonymise}], because: A., cite: src}
  - {id: b, transform: [{columns: column.kind = 'date', apply: %s}], because: B., cite: src}
"""
    columns = [profile("birth_date", "date", granularity="day")]
    made = plan(load(CLASSIFY + rules % "top-code, above: 5"), columns)
    assert [t.name for t in made.columns[0].transforms] == ["pseudonymise"]
    replaced = (
        "column 'birth_date': 'top-code' is replaced by 'pseudonymise' of own/a, which is stricter"
    )
    assert ("own/b", replaced) in made.warnings
    made = plan(load(CLASSIFY + rules % "generalise, to: month"), columns)
    assert made.columns[0].transforms == ()
    assert "own/a orders 'pseudonymise' and own/b orders 'generalise'" in made.blocks[0][1]


def test_transforms_that_cannot_be_ordered_block(load: Load, plan: MakePlan) -> None:
    policy = load(
        CLASSIFY
        + """
rules:
  - {id: a, transform: [{columns: column.kind = 'age', apply: top-code, above: 80}], because: A., cite: src}
  - {id: b, transform: [{columns: column.kind = 'age', apply: round, to: 5}], because: B., cite: src}
"""
    )
    made = plan(policy, [profile("age", "integer")])
    assert "own/a orders 'top-code' and own/b orders 'round'" in made.blocks[0][1]


def test_a_joined_transform_shows_its_own_parameters(load: Load, plan: MakePlan) -> None:
    policy = load(
        CLASSIFY
        + """
rules:
  - {id: a, transform: [{columns: column.kind = 'age', apply: round, to: 5}], because: A., cite: src}
  - {id: b, transform: [{columns: column.kind = 'age', apply: round, to: 2}], because: B., cite: src}
"""
    )
    made = plan(policy, [profile("age", "integer")])
    assert made.columns[0].transforms[0].parameters == {"to": 10}


def test_later_conditions_see_what_was_done(load: Load, plan: MakePlan) -> None:
    policy = load(
        CLASSIFY
        + "rules:"
        + REMOVE
        + """
  - {id: year, transform: [{columns: column.kind = 'date', apply: generalise, to: year}], because: A., cite: src}
  - {id: fine, when: "any column where column.granularity = 'day'", decide: block, because: B., cite: src}
  - {id: coarse, when: "any column where column.granularity = 'year'", decide: warn, because: C., cite: src}
  - {id: kept, when: "any column where column.role = 'direct' and column.action != 'remove'", decide: block, because: D., cite: src}
  - {id: quasi, when: "every column where column.role = 'quasi' has column.action = 'generalise'", decide: warn, because: E., cite: src}
"""
    )
    made = plan(policy, ["name", "age", profile("birth_date", "date", granularity="day")])
    assert [trace(made, r).status for r in ("coarse", "kept", "quasi")] == [
        "applies",
        "silent",
        "applies",
    ]
    # the age has no granularity, so whether a column is as fine as a day is not known
    assert trace(made, "fine").status == "undetermined"


def test_unknown_facts_apply_the_rule(load: Load, plan: MakePlan) -> None:
    policy = load(
        CLASSIFY
        + """
rules:
  - id: block
    when: data.children
    unless: release.access = 'internal'
    decide: block
    because: Children are protected.
    advice: Say whether children are in the data.
    cite: src
  - id: review
    title: Rare
    when: data.rare_condition
    decide: review
    because: Rare is risky.
    cite: src
"""
    )
    made = plan(policy, ["age"])
    first = trace(made, "block")
    assert first.status == "undetermined"
    assert first.conditions == (
        ("data.children", "unknown"),
        ("unless release.access = 'internal'", "unknown"),
    )
    assert first.facts == {"data.children": None, "release.access": None}
    assert first.citations[0].kind == "convention"
    assert first.place == "own.policy.yaml:17"
    assert made.blocks == (
        (
            "own/block",
            "Children are protected. (undetermined, hence applied; not known: data.children, "
            "release.access)",
        ),
    )
    decision = decide(made, ())
    assert decision.verdict is Verdict.REFUSE
    assert decision.advice == ("Say whether children are in the data.",)
    silent = plan(policy, ["age"], {"data.children": True, "release.access": "internal",
                                    "data.rare_condition": False})  # fmt: skip
    assert (silent.blocks, silent.reviews) == ((), ())


def test_facts_of_quantifiers_are_column_names(load: Load, plan: MakePlan) -> None:
    policy = load(
        CLASSIFY
        + "rules:\n  - {id: r, when: any column where column.special_category, decide: warn, because: A., cite: src}\n"
    )
    made = plan(policy, ["icd10", "age"])
    assert trace(made, "r").facts == {"any column where column.special_category": ["icd10"]}


DEMANDS = """
rules:
  - id: weak
    require:
      - k-anonymity: {at_least: 3}
      - l-diversity: {at_least: 2}
      - suppressed-records: {at_most: 10%}
    because: A.
    cite: src
  - id: strong
    when: data.children
    require:
      - k-anonymity: {at_least: 11}
      - l-diversity: {variant: distinct, at_least: 3, columns: column.special_category}
      - l-diversity: {variant: recursive, at_least: 2, c: 3}
      - suppressed-records: {at_most: 5%}
    because: B.
    cite: src
"""


def test_requirements_merge_to_the_strictest_bound_per_attribute(
    load: Load, plan: MakePlan
) -> None:
    policy = load(
        CLASSIFY + "  - {id: pay, names: [income], as: sensitive, because: Money.}\n" + DEMANDS
    )
    made = plan(policy, ["age", "icd10", "income"], {"data.children": True})
    got = {(c.label, c.rules) for c in clauses(made)}
    assert got == {
        ("k-anonymity at least 11", ("own/strong", "own/weak")),
        ("l-diversity(variant=distinct, icd10) at least 3", ("own/strong", "own/weak")),
        ("l-diversity(variant=distinct, income) at least 2", ("own/weak",)),
        ("l-diversity(c=3, variant=recursive, icd10) at least 2", ("own/strong",)),
        ("l-diversity(c=3, variant=recursive, income) at least 2", ("own/strong",)),
        ("suppressed-records at most 0.05", ("own/strong", "own/weak")),
    }
    both = next(r for r in made.requirements if len(r.attributes) == 2)
    assert both.attributes == ("icd10", "income")
    assert made.requirement("k-anonymity").at_least == 11  # type: ignore[union-attr]


def test_without_a_rule_on_suppression_no_record_may_be_suppressed(
    load: Load, plan: MakePlan
) -> None:
    body = "rules:\n  - {id: r, require: [{k-anonymity: {at_least: 3}}], because: A., cite: src}\n"
    made = plan(load(CLASSIFY + body), ["age"])
    suppressed = made.requirement("suppressed-records")
    assert suppressed is not None
    assert (suppressed.at_most, suppressed.rules) == (Fraction(0), ())


def test_a_demand_without_any_sensitive_attribute_is_a_warning(load: Load, plan: MakePlan) -> None:
    made = plan(load(CLASSIFY + DEMANDS), ["age"], {"data.children": False})
    assert (
        "own/weak",
        "l-diversity concerns no sensitive attribute of this table",
    ) in made.warnings
    assert all(c.measure != "l-diversity" for c in clauses(made))


def test_bounds_that_exclude_each_other_block(load: Load, plan: MakePlan) -> None:
    body = """
rules:
  - {id: a, require: [{delta-presence: {at_least: 0.5}}], because: A., cite: src}
  - {id: b, require: [{delta-presence: {at_most: 0.2}}], because: B., cite: src}
"""
    made = plan(load(CLASSIFY + body), ["age"])
    assert "at least 0.5 and at most 0.2" in made.blocks[0][1]


ATTEST = """
rules:
  - {id: a, require: [{attestation: {of: reading, max_age_days: 90}}], because: A., cite: src}
  - {id: b, require: [{attestation: {of: reading, max_age_days: 30}}], because: B., cite: src}
  - {id: c, decide: review, because: C., cite: src}
"""


@pytest.mark.parametrize(
    ("on", "met", "words"),
    [
        ("2026-11-24", True, "attested 0 days ago"),
        ("2026-10-25", True, "attested 30 days ago"),
        ("2026-10-24", False, "31 days old, but may be 30"),
        ("2026-11-25", False, "future"),
        (None, False, "nobody"),
    ],
)
def test_attestations_are_as_old_as_the_strictest_rule_allows(
    load: Load, plan: MakePlan, on: str | None, met: bool, words: str
) -> None:
    attested: dict[str, Any] = {"own/c": {"by": "A. Person", "on": TODAY}}
    if on:
        attested["reading"] = {"by": "B. Person", "on": on}
    made = plan(load(CLASSIFY + ATTEST), ["age"], {"attested": attested})
    found = {a.of: a for a in made.attestations}
    assert (found["reading"].met, found["reading"].max_age_days) == (met, 30)
    assert words in found["reading"].reason
    assert found["reading"].rules == ("own/a", "own/b")
    assert (found["own/c"].met, made.reviews) == (True, ())
    assert decide(made, ()).verdict is (Verdict.RELEASE if met else Verdict.REVIEW)


def test_a_review_waits_for_an_attestation_under_the_rules_name(load: Load, plan: MakePlan) -> None:
    made = plan(load(CLASSIFY + ATTEST), ["age"])
    assert made.reviews == (("own/c", "C."),)
    decision = decide(made, ())
    assert decision.verdict is Verdict.REVIEW
    assert decision.reasons[0] == "own/c asks for a review; attest 'own/c' once it is done: C."
    assert len(decision.reasons) == 2


def test_applies_decides_by_default_deny(load: Load, plan: MakePlan) -> None:
    policy = load("applies: release.access = 'public'\n" + CLASSIFY)
    assert plan(policy, ["age"], {"release.access": "public"}).blocks == ()
    no = plan(policy, ["age"], {"release.access": "internal"}).blocks
    assert no == (("own", "the policy does not apply because release.access = 'public' is false"),)
    unknown = plan(policy, ["age"]).blocks
    assert "release.access is not given" in unknown[0][1]


def test_facts_are_derived_from_the_table(load: Load, plan: MakePlan) -> None:
    policy = load(CLASSIFY)
    made = plan(policy, ["age", "icd10"], {"data.special_category": False})
    assert made.context["data.subjects"] == 100
    assert made.context["data.special_category"] is True
    texts = [text for _, text in made.warnings]
    assert "data.subjects is not given; the number of records, 100, stands for it" in texts
    assert any("denies special categories" in text and "icd10" in text for text in texts)
    given = plan(policy, ["age"], {"data.subjects": 7, "data.special_category": True})
    assert (given.context["data.subjects"], given.context["data.records"]) == (7, 100)
    assert given.context["data.special_category"] is True
    assert given.warnings == ()


HIERARCHIES = """
hierarchies:
  - {id: all, build: {values: {}}}
  - {id: dates, kinds: [date], build: {dates: {levels: [month, year]}}, levels: {min: month}}
  - {id: young, where: column.distinct_share < 0.05, build: {dates: {}}}
  - {id: ages, names: [age], build: {values: {}}, levels: {max: 1}}
"""


def test_the_most_specific_hierarchy_is_taken(load: Load, plan: MakePlan) -> None:
    policy = load(CLASSIFY + "  - {id: sex, names: [sex], as: quasi, because: S.}\n" + HIERARCHIES)
    made = plan(
        policy,
        [profile("age", n_distinct=2), profile("sex"), profile("birth_date"),
         profile("death_date", n_distinct=2), profile("icd10")],
    )  # fmt: skip
    rules = {c.name: c.hierarchy and c.hierarchy.rule for c in made.columns}
    assert rules == {
        "age": "own/ages",
        "sex": "own/all",
        "birth_date": "own/dates",
        "death_date": "own/young",
        "icd10": None,
    }
    limits = {c.name: c.levels for c in made.columns}
    assert limits["birth_date"] == ("month", None)
    assert limits["age"] == (None, 1)


def test_equally_specific_hierarchies_conflict(load: Load, plan: MakePlan) -> None:
    body = """
hierarchies:
  - {id: a, names: [age], build: {values: {}}}
  - {id: b, names: ["a*"], build: {dates: {}}}
"""
    made = plan(load(CLASSIFY + body), ["age"])
    assert "own/a and own/b name a hierarchy for it" in made.blocks[0][1]


PARENT = HEAD.replace("policy: own", "policy: parent").replace("src:", "par:")


def test_the_extending_policy_chooses_hierarchies_but_keeps_the_least_level(
    load: Load, plan: MakePlan
) -> None:
    policy = load(
        "extends: [parent@1]\nhierarchies:\n  - {id: mine, kinds: [date], build: {dates: {}}}\n"
        "output: {suppressed: star}\nnot_covered: [Mine.]\n",
        parent=PARENT + CLASSIFY + HIERARCHIES + "objective: {weights: {age: 3, '*date': 2}}\n"
        "not_covered: [Theirs.]\n",
    )
    made = plan(policy, ["age", "birth_date"])
    age, birth = made.columns
    assert birth.hierarchy is not None
    assert (birth.hierarchy.rule, birth.levels) == ("own/mine", ("month", None))
    assert (age.weight, birth.weight) == (3, 2)
    assert made.objective.parameters["weights"] == {"age": "3", "birth_date": "2"}
    assert made.suppressed == "star"
    assert made.not_covered == ("Mine.", "Theirs.")
    assert [p.name for p in made.policies] == ["own", "parent"]


def test_drop_beats_star(load: Load, plan: MakePlan) -> None:
    policy = load(
        "extends: [parent@1]\noutput: {suppressed: star}\n",
        parent=PARENT + CLASSIFY + "output: {suppressed: drop}\n",
    )
    assert plan(policy, ["age"]).suppressed == "drop"


def test_a_child_tightens_the_parameters_of_its_parent(load: Load, plan: MakePlan) -> None:
    parent = PARENT + (
        "parameters:\n  k: {type: integer, default: 3, stricter: higher}\n"
        "rules:\n  - {id: r, require: [{k-anonymity: {at_least: params.k}}], because: A., cite: par}\n"
    )
    policy = load("extends: [parent@1]\nparameters: {k: {default: 7}}\n" + CLASSIFY, parent=parent)
    assert plan(policy, ["age"]).requirement("k-anonymity").at_least == 7  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "today", "block"),
    [
        ("status: retired\n", TODAY, "retired"),
        ('effective: {from: "2026-11-25"}\n', TODAY, "holds from 2026-11-25"),
        ('effective: {until: "2026-11-23"}\n', TODAY, "ended on 2026-11-23"),
        ('effective: {from: "2026-11-24", until: "2026-11-24"}\n', TODAY, None),
    ],
)
def test_a_policy_holds_in_its_time(
    load: Load, plan: MakePlan, body: str, today: datetime.date, block: str | None
) -> None:
    blocks = plan(load(body + CLASSIFY), ["age"], today=today).blocks
    assert (block is None) == (blocks == ())
    assert block is None or block in blocks[0][1]


def test_a_wrong_context_names_every_fault(load: Load, plan: MakePlan) -> None:
    context = {"release.acces": "public", "release.access": "pubic", "data.subjects": -1}
    with pytest.raises(ContextError) as caught:
        plan(load(CLASSIFY), ["age"], context)
    for words in ("did you mean 'release.access'", "did you mean 'public'", "no whole number"):
        assert words in str(caught.value)


RULES = [
    "  - {id: r0, when: data.children, decide: block, because: A., cite: src}",
    "  - {id: r1, when: data.children, decide: review, because: A., cite: src}",
    "  - {id: r2, unless: data.children, decide: warn, because: A., cite: src}",
    "  - {id: r3, require: [{k-anonymity: {at_least: 3}}], because: A., cite: src}",
    "  - {id: r4, when: data.rare_condition, require: [{k-anonymity: {at_least: 9}}, {l-diversity: {at_least: 4}}], because: A., cite: src}",
    "  - {id: r5, transform: [{columns: column.kind = 'date', apply: generalise, to: month}], because: A., cite: src}",
    "  - {id: r6, transform: [{columns: column.kind = 'date', apply: generalise, to: year}], because: A., cite: src}",
    "  - {id: r7, require: [{attestation: {of: a}}, {suppressed-records: {at_most: 1%}}], because: A., cite: src}",
    "  - {id: r8, transform: [{columns: column.kind = 'age', apply: pseudonymise}], because: A., cite: src}",
    "  - {id: r9, transform: [{columns: column.special_category, apply: remove}], because: A., cite: src}",
]  # fmt: skip
FACT = st.sampled_from([True, False, None])
SEVERITY = [Verdict.RELEASE, Verdict.REVIEW, Verdict.REFUSE]


def _plan_of(load: Load, host: PluginHost, rules: list[str], context: dict[str, Any]) -> Plan:
    policy = load(CLASSIFY + REMOVE.join(["rules:", ""]) + "\n".join(rules) + "\n")
    columns = ["name", "age", "icd10", profile("birth_date", "date", granularity="day")]
    profiles = [profile(c) if isinstance(c, str) else c for c in columns]
    return evaluate(policy, context, profiles, host, TODAY)


@given(st.permutations(RULES), FACT, FACT)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_order_of_rules_changes_nothing(
    load: Load, host: PluginHost, rules: list[str], children: bool | None, rare: bool | None
) -> None:
    context = {"data.children": children, "data.rare_condition": rare}
    a = _plan_of(load, host, RULES, context)
    b = _plan_of(load, host, rules, context)

    def without_place(plan: Plan) -> Plan:
        refs = tuple(replace(p, digest="") for p in plan.policies)
        return replace(plan, policies=refs, rules=tuple(replace(t, place="") for t in plan.rules))

    assert replace(without_place(a), blocks=(), warnings=()) == replace(
        without_place(b), blocks=(), warnings=()
    )
    assert set(a.blocks) == set(b.blocks)
    assert set(a.warnings) == set(b.warnings)


@given(
    st.sets(st.integers(0, 9)), st.sampled_from([0, 1, 2, 3, 4, 7]), FACT, FACT, st.integers(2, 12)
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_adding_a_demand_or_decision_never_makes_the_verdict_milder(
    load: Load,
    host: PluginHost,
    some: set[int],
    more: int,
    children: bool | None,
    rare: bool | None,
    k: int,
) -> None:
    context = {"data.children": children, "data.rare_condition": rare}
    verdicts = []
    for chosen in (some, some | {more}):
        made = _plan_of(load, host, [RULES[i] for i in sorted(chosen)], context)
        findings = measured_everywhere(made, {"k-anonymity": k, "l-diversity": 3,
                                              "suppressed-records": 0.0})  # fmt: skip
        verdicts.append(SEVERITY.index(decide(made, findings).verdict))
    assert verdicts[0] <= verdicts[1]


def test_two_hundred_rules_on_three_hundred_columns_are_evaluated(
    load: Load, host: PluginHost
) -> None:
    rng = random.Random(0)
    names = "\n".join(
        f"  - {{id: c{i}, names: [col_{i}, '*_{i}x*'], as: {rng.choice(['quasi', 'sensitive'])}, because: A.}}"
        for i in range(300)
    )
    conditions = [
        "any column where column.role = 'quasi' and column.granularity in ['exact', 'day']",
        "data.subjects < 1000 or data.children",
        "(count column where column.role = 'quasi') > 8",
    ]
    rules = "\n".join(
        f'  - {{id: r{i}, when: "{conditions[i % 3]}", require: [{{k-anonymity: {{at_least: {2 + i}}}}}], because: A., cite: src}}'
        for i in range(200)
    )
    policy = load(f"classify:\n{names}\nrules:\n{rules}\n")
    profiles = [profile(f"Col-{i}", n_distinct=5) for i in range(300)]
    made = evaluate(policy, {"data.children": False}, profiles, host, TODAY)
    assert len(made.columns) == 300
