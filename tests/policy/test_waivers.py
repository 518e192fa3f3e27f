# ruff: noqa: E501 - policies in one line per rule
"""Waivers relax what they name where they say so, until their day, and nothing else."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kiaim_server.errors import PolicyError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.decision import Verdict
from kiaim_server.model.plan import Plan, WaiverTrace
from kiaim_server.policy import (
    Policy,
    PolicyLibrary,
    clauses,
    decide,
    deny_unprotected,
    evaluate,
    lint_text,
)
from tests.policy.conftest import HEAD, TODAY, profile
from tests.policy.test_decide import measured_everywhere
from tests.policy.test_lint import PARENT

Load = Callable[..., Policy]
MakePlan = Callable[..., Plan]

CLASSIFY = """
classify:
  - {id: direct, names: [name], as: direct, because: Names.}
  - {id: age, names: [age], as: quasi, kind: age, because: Known.}
  - {id: days, names: ["*_date"], as: sensitive, kind: date, because: Known.}
  - {id: illness, names: [icd*], as: sensitive, special_category: true, because: Health.}
"""
SIGNED = "reason: R., approved_by: [A. Person, B. Person], until: '2026-12-31', cite: src"
RESEARCH = {"release.purpose": "research"}
IN_RESEARCH = "scope: {when: release.purpose = 'research'}"
COLUMNS = ["age", "icd", "birth_date"]


def waiver(
    rule: str, old: str, new: str, *, scope: str = IN_RESEARCH, id: str = "w", signed: str = SIGNED
) -> str:
    """One waiver as a line of ``waivers``."""
    return (
        f"  - {{id: {id}, rule: {rule}, {scope}, replaces: {{{old}}}, by: {{{new}}}, {signed}}}\n"
    )


def k(at_least: int) -> str:
    return f"require: {{k-anonymity: {{at_least: {at_least}}}}}"


def bound(plan: Plan, measure: str) -> Fraction | None:
    """The one bound of the one requirement on a measure."""
    found = plan.requirement(measure)
    assert found is not None
    return found.at_least if found.at_least is not None else found.at_most


def only(plan: Plan) -> WaiverTrace:
    (found,) = plan.waivers
    return found


GROUPS = """
rules:
  - {id: groups, require: [{k-anonymity: {at_least: 11}}, {suppressed-records: {at_most: 10%}}], because: Singling out., cite: src}
"""
WAIVED = GROUPS + "waivers:\n" + waiver("own/groups", k(11), k(5))


def test_a_demand_is_relaxed_and_everything_of_it_is_said(load: Load, plan: MakePlan) -> None:
    made = plan(load(CLASSIFY + WAIVED), COLUMNS, RESEARCH)
    requirement = made.requirement("k-anonymity")
    assert requirement is not None
    assert (requirement.at_least, requirement.waivers) == (5, ("own/w",))
    assert bound(made, "suppressed-records") == Fraction(1, 10)
    (clause,) = (c for c in clauses(made) if c.measure == "k-anonymity")
    assert (clause.at_least, clause.rules, clause.waivers) == ("5", ("own/groups",), ("own/w",))
    (rule,) = made.rules
    assert rule.waivers == ("own/w",)
    found = only(made)
    assert (found.id, found.rule, found.status, found.note) == (
        "own/w",
        "own/groups",
        "relaxes",
        "",
    )
    assert found.replaces == {"require": {"k-anonymity": {"at_least": "11"}}}
    assert found.by == {"require": {"k-anonymity": {"at_least": "5"}}}
    assert found.conditions == (("release.purpose = 'research'", "true"),)
    assert (found.reason, found.approved_by, found.until) == (
        "R.",
        ("A. Person", "B. Person"),
        "2026-12-31",
    )
    assert [c.cite for c in found.citations] == ["A source"]
    assert all("waiver" not in text for _, text in made.warnings)


@pytest.mark.parametrize(
    ("context", "today", "status", "words"),
    [
        (
            {"release.purpose": "care"},
            TODAY,
            "out-of-scope",
            "\"release.purpose = 'research'\" is false",
        ),
        ({}, TODAY, "undetermined", "release.purpose is not given"),
        (RESEARCH, datetime.date(2027, 1, 1), "expired", "it expired on 2026-12-31"),
    ],
)
def test_where_it_does_not_hold_it_changes_nothing_and_warns(
    load: Load,
    plan: MakePlan,
    context: Mapping[str, Any],
    today: datetime.date,
    status: str,
    words: str,
) -> None:
    policy = load(CLASSIFY + WAIVED)
    made = plan(policy, COLUMNS, context, today)
    requirement = made.requirement("k-anonymity")
    assert requirement is not None
    assert (requirement.at_least, requirement.waivers) == (11, ())
    assert only(made).status == status
    assert words in only(made).note
    assert ("own/w", f"the waiver of own/groups has no effect: {only(made).note}") in made.warnings


def test_the_last_day_is_a_day_of_the_waiver(load: Load, plan: MakePlan) -> None:
    policy = load(CLASSIFY + WAIVED)
    assert bound(plan(policy, COLUMNS, RESEARCH, datetime.date(2026, 12, 31)), "k-anonymity") == 5


def test_a_rule_that_does_not_apply_needs_no_waiver_and_no_warning(
    load: Load, plan: MakePlan
) -> None:
    body = WAIVED.replace("{id: groups, ", "{id: groups, when: data.children, ")
    made = plan(load(CLASSIFY + body), COLUMNS, {"data.children": False, "data.subjects": 100})
    assert only(made).status == "idle"
    assert made.warnings == ()


@pytest.mark.parametrize(
    ("other", "k_holds", "status", "words"),
    [
        ("k-anonymity: {at_least: 11}", 11, "no-effect", "own/other demands as much"),
        ("k-anonymity: {at_least: 20}", 20, "no-effect", "own/other demands as much"),
        ("reidentification-risk: {attacker: prosecutor, measure: maximum, at_most: 9%}", 11, "no-effect",
         "reidentification-risk of own/other demands as much"),
        ("k-anonymity: {at_least: 7}", 7, "relaxes", "k-anonymity at least 7 is demanded (own/other, own/groups)"),
        ("reidentification-risk: {attacker: prosecutor, measure: average, at_most: 1/11}", 5, "relaxes", ""),
        ("k-anonymity: {at_least: 3}", 5, "relaxes", ""),
    ],
)  # fmt: skip
def test_the_strictest_of_all_other_rules_holds(
    load: Load, plan: MakePlan, other: str, k_holds: int, status: str, words: str
) -> None:
    rule = f"  - {{id: other, require: [{{{other}}}], because: B., cite: src}}\n"
    made = plan(load(CLASSIFY + WAIVED.replace("waivers:", rule + "waivers:")), COLUMNS, RESEARCH)
    assert bound(made, "k-anonymity") == k_holds
    assert (only(made).status, only(made).note) == (status, words)
    assert any("effect" in text for _, text in made.warnings) is bool(words)


def test_both_spellings_of_one_demand_can_be_waived_together(load: Load, plan: MakePlan) -> None:
    risk = "reidentification-risk: {{attacker: prosecutor, measure: maximum, at_most: {}}}"
    body = GROUPS.replace("{suppressed", "{" + risk.format("1/11") + "}, {suppressed")
    old, new = (f"require: {{{risk.format(r)}}}" for r in ("1/11", "1/5"))
    body += (
        "waivers:\n" + waiver("own/groups", k(11), k(5)) + waiver("own/groups", old, new, id="v")
    )
    made = plan(load(CLASSIFY + body), COLUMNS, RESEARCH)
    assert [w.status for w in made.waivers] == ["relaxes", "relaxes"]
    assert (bound(made, "k-anonymity"), bound(made, "reidentification-risk")) == (5, Fraction(1, 5))


def test_of_two_waivers_of_one_demand_the_stricter_holds(load: Load, plan: MakePlan) -> None:
    body = WAIVED + waiver("own/groups", k(11), k(3), id="v")
    made = plan(load(CLASSIFY + body), COLUMNS, RESEARCH)
    assert bound(made, "k-anonymity") == 5
    assert {w.id: w.note for w in made.waivers} == {
        "own/v": "k-anonymity at least 5 is demanded (own/groups)",
        "own/w": "",
    }


DIVERSITY = """
rules:
  - {id: various, require: [{k-anonymity: {at_least: 5}}, {l-diversity: {variant: distinct, at_least: 3}}], because: A., cite: src}
waivers:
"""


def test_of_demands_on_attributes_only_the_columns_in_scope_are_relaxed(
    load: Load, plan: MakePlan
) -> None:
    parts = [f"require: {{l-diversity: {{variant: distinct, at_least: {n}}}}}" for n in (3, 2)]
    body = DIVERSITY + waiver("own/various", *parts, scope="scope: {columns: column.name = 'icd'}")
    made = plan(load(CLASSIFY + body), COLUMNS)
    found = {
        c.attribute: (c.at_least, c.waivers) for c in clauses(made) if c.measure == "l-diversity"
    }
    assert found == {"icd": ("2", ("own/w",)), "birth_date": ("3", ())}
    assert (only(made).status, only(made).subjects) == ("relaxes", ("icd",))
    elsewhere = plan(load(CLASSIFY + body), ["age", "birth_date"])
    assert only(elsewhere).status == "out-of-scope"
    assert "no sensitive attribute" in only(elsewhere).note


def test_a_column_of_which_the_scope_is_unknown_is_not_relaxed(load: Load, plan: MakePlan) -> None:
    parts = [f"require: {{l-diversity: {{variant: distinct, at_least: {n}}}}}" for n in (3, 2)]
    body = DIVERSITY + waiver(
        "own/various", *parts, scope="scope: {columns: column.granularity = 'day'}"
    )
    made = plan(
        load(CLASSIFY + body), ["age", "icd", profile("birth_date", "date", granularity="day")]
    )
    found = {c.attribute: c.at_least for c in clauses(made) if c.measure == "l-diversity"}
    assert found == {"icd": "3", "birth_date": "2"}


DECIDING = """
rules:
  - {id: groups, require: [{k-anonymity: {at_least: 5}}, {suppressed-records: {at_most: 0}}], because: A., cite: src}
  - {id: never, decide: block, because: B., cite: src}
waivers:
"""


@pytest.mark.parametrize(
    ("to", "verdict"), [("review", "review"), ("warn", "release"), ("none", "release")]
)
def test_a_decision_gives_way_to_a_milder_one(
    load: Load, plan: MakePlan, to: str, verdict: str
) -> None:
    body = DECIDING + waiver("own/never", "decide: block", f"decide: {to}")
    policy = load(CLASSIFY + body)
    made = plan(policy, ["age"], RESEARCH)
    found = measured_everywhere(made, {"k-anonymity": 5, "suppressed-records": 0})
    assert decide(made, found).verdict.value == verdict
    assert (("own/never", "B.") in made.warnings) is (to == "warn")
    assert {t.id: t.decide for t in made.rules}["own/never"] == (None if to == "none" else to)
    unwaived = plan(policy, ["age"])
    assert decide(unwaived, found).verdict is Verdict.REFUSE
    assert only(unwaived).status == "undetermined"


def test_a_decision_is_waived_in_vain_where_another_rule_refuses(
    load: Load, plan: MakePlan
) -> None:
    rule = "  - {id: neither, decide: block, because: C., cite: src}\n"
    body = DECIDING.replace("waivers:", rule + "waivers:") + waiver(
        "own/never", "decide: block", "decide: none"
    )
    made = plan(load(CLASSIFY + body), ["age"], RESEARCH)
    assert made.blocks == (("own/neither", "C."),)
    assert only(made).note == "own/neither refuses the release all the same"


def test_a_statement_may_be_older_where_that_is_waived(load: Load, plan: MakePlan) -> None:
    asked = "require: {{attestation: {{of: reading, max_age_days: {}}}}}"
    body = "rules:\n  - {id: a, require: [{attestation: {of: reading, max_age_days: 30}}], because: A., cite: src}\n"
    other = "  - {id: b, require: [{attestation: {of: reading, max_age_days: 20}}], because: B., cite: src}\n"
    waived = "waivers:\n" + waiver("own/a", asked.format(30), asked.format(90))
    attested = {**RESEARCH, "attested": {"reading": {"by": "A. Person", "on": "2026-10-01"}}}
    made = plan(load(CLASSIFY + body + waived), ["age"], attested)
    assert (made.attestations[0].met, only(made).status) == (True, "relaxes")
    made = plan(load(CLASSIFY + body + other + waived), ["age"], attested)
    assert (made.attestations[0].met, made.attestations[0].max_age_days) == (False, 20)
    assert (only(made).status, only(made).note) == ("no-effect", "own/b allows no older statement")


DATES = """
rules:
  - {id: groups, require: [{k-anonymity: {at_least: 5}}], because: A., cite: src}
  - {id: to-year, transform: [{columns: column.kind = 'date', apply: generalise, to: year}], because: B., cite: src}
"""
TO_DAY = waiver(
    "own/to-year", "transform: {apply: generalise, to: year}", "transform: {apply: generalise, to: day}",
    scope="scope: {columns: column.name = 'birth_date'}",
)  # fmt: skip


def test_a_transform_gives_way_to_a_milder_one_for_its_columns(load: Load, plan: MakePlan) -> None:
    made = plan(load(CLASSIFY + DATES + "waivers:\n" + TO_DAY), ["age", "birth_date", "death_date"])
    done = {c.name: [dict(t.parameters) for t in c.transforms] for c in made.columns}
    assert done == {"age": [], "birth_date": [{"to": "day"}], "death_date": [{"to": "year"}]}
    assert (only(made).status, only(made).subjects) == ("relaxes", ("birth_date",))


def test_a_transform_that_another_rule_orders_as_well_stays(load: Load, plan: MakePlan) -> None:
    other = "  - {id: z, transform: [{columns: column.kind = 'date', apply: generalise, to: year}], because: C., cite: src}\n"
    made = plan(load(CLASSIFY + DATES + other + "waivers:\n" + TO_DAY), ["age", "birth_date"])
    assert [dict(t.parameters) for t in made.columns[1].transforms] == [{"to": "year"}]
    assert (only(made).status, only(made).note) == (
        "no-effect",
        "own/to-year, own/z orders as much",
    )


def test_a_waived_transform_silences_no_other_rule(load: Load, plan: MakePlan) -> None:
    """A rule about columns by month would fall silent if a waiver left the day in one."""
    silenced = (
        "  - {id: coarse, when: any column where column.granularity = 'year', require: [{k-anonymity: {at_least: 20}}], because: C., cite: src}\n"
        "  - {id: narrow, require: [{l-diversity: {variant: distinct, at_least: 3, columns: column.granularity = 'year'}}], because: D., cite: src}\n"
    )
    policy = load(CLASSIFY + DATES + silenced + "waivers:\n" + TO_DAY)
    known = profile("age", granularity="exact")  # an unknown one would make the rule apply anyway
    made = plan(policy, [known, profile("birth_date", "date", granularity="day")])
    assert only(made).status == "relaxes"
    assert bound(made, "k-anonymity") == 20
    assert {c.attribute for c in clauses(made) if c.measure == "l-diversity"} == {"birth_date"}
    assert (
        "own/coarse",
        "applies as it would without the waivers: a waiver silences no other rule",
    ) in made.warnings


def test_a_waived_transform_undoes_no_least_level(load: Load, plan: MakePlan) -> None:
    classify = CLASSIFY.replace("as: sensitive, kind: date", "as: quasi, kind: date")
    levels = (
        "hierarchies:\n"
        "  - {id: a, where: column.granularity = 'year', build: {dates: {levels: [year]}}, levels: {min: 1}}\n"
        "  - {id: b, build: {dates: {levels: [month, year]}}}\n"
    )
    policy = load(classify + DATES + levels + "waivers:\n" + TO_DAY)
    made = plan(policy, ["age", profile("birth_date", "date", granularity="day")])
    assert any("undo the least level 1" in text for _, text in made.blocks)


def test_a_direct_identifier_leaves_under_no_waiver(load: Load, plan: MakePlan) -> None:
    body = "rules:\n  - {id: out, transform: [{columns: column.role = 'direct', apply: remove}], because: A., cite: src}\nwaivers:\n"
    body += waiver("own/out", "transform: {apply: remove}", "transform: {apply: keep}")
    made = plan(load(CLASSIFY + body), ["name"], RESEARCH)
    assert only(made).status == "relaxes"
    assert "is a direct identifier and no rule that applies removes" in made.blocks[0][1]
    assert plan(load(CLASSIFY + body), ["name"]).blocks == ()


def test_an_unclassified_column_blocks_whatever_is_waived(load: Load, plan: MakePlan) -> None:
    made = plan(load(CLASSIFY + WAIVED), [*COLUMNS, "quux"], RESEARCH)
    assert made.unclassified == ("quux",)
    assert decide(made, ()).verdict is Verdict.REFUSE


@pytest.mark.parametrize(
    ("rules", "blocked"),
    [
        ("", True),
        ("  - {id: k, require: [{k-anonymity: {at_least: 2}}], because: K., cite: src}\n", False),
    ],
)
def test_a_privacy_model_is_left_whatever_is_waived(
    load: Load, plan: MakePlan, host: PluginHost, rules: str, blocked: bool
) -> None:
    part = "reidentification-risk: {{attacker: prosecutor, measure: average, at_most: {}}}"
    body = f"rules:\n  - {{id: r, require: [{{{part.format('20%')}}}], because: A., cite: src}}\n{rules}"
    body += "waivers:\n" + waiver(
        "own/r", *(f"require: {{{part.format(share)}}}" for share in ("20%", "100%"))
    )
    policy = load(CLASSIFY + body)
    assert deny_unprotected(plan(policy, COLUMNS), host).blocks == ()
    made = deny_unprotected(plan(policy, COLUMNS, RESEARCH), host)
    assert (
        any("waivers (own/w) relax every privacy model" in text for _, text in made.blocks)
        is blocked
    )


def waived_parent(*waivers: str, name: str = "own") -> str:
    head = HEAD.replace("own", name).replace("Own", name)
    return head + "extends: [parent@2]\n" + "waivers:\n" + "".join(waivers)


def test_a_child_relaxes_its_parent_by_a_waiver_only(
    load: Load, plan: MakePlan, library: PolicyLibrary
) -> None:
    context = {**RESEARCH, "release.access": "public"}
    own = "extends: [parent@2]\n" + CLASSIFY
    policy = load(own + "waivers:\n" + waiver("parent/r", k(5), k(3)), parent=PARENT)
    made = plan(policy, ["age"], context)
    assert only(made).note == "reidentification-risk of parent/r demands as much"
    assert bound(made, "k-anonymity") == 5
    with pytest.raises(PolicyError, match="P402"):
        load(own + "parameters: {min_k: {default: 3}}\n", parent=PARENT)


def test_a_waiver_does_not_reach_what_is_extended_around_it(load: Load, plan: MakePlan) -> None:
    middle = waived_parent(
        waiver("parent/gone", "transform: {apply: remove}", "transform: {apply: keep}"),
        name="middle",
    )
    above = "extends: [middle@1]\n" + CLASSIFY
    reached = plan(load(above, parent=PARENT, middle=middle), ["name"], RESEARCH)
    assert only(reached).status == "relaxes"
    around = plan(
        load(above.replace("[middle@1]", "[middle@1, parent@2]"), parent=PARENT, middle=middle),
        ["name"],
        RESEARCH,
    )
    assert (only(around).status, only(around).note) == (
        "no-effect",
        "own extends parent as well, without this waiver",
    )
    assert around.columns[0].transforms[0].name == "remove"


def test_a_policy_that_tightens_is_not_undone_by_a_waiver_of_its_parent(
    load: Load, plan: MakePlan
) -> None:
    middle = waived_parent(waiver("parent/r", k(5), k(2)), name="middle")
    own = "extends: [middle@1]\nparameters: {min_k: {default: 20}}\n" + CLASSIFY
    policy = load(own, parent=PARENT, middle=middle)
    made = plan(policy, ["age"], {**RESEARCH, "release.access": "public"})
    assert bound(made, "k-anonymity") == 20
    assert only(made).status == "no-effect"
    assert only(made).note.startswith(
        "parent/r does not say 'k-anonymity at least 5', but 'k-anonymity at least 20'"
    )


#: A faulty waiver, the code, the text at whose first character it is found, words of the message.
FAULTS: list[tuple[str, str, str, str]] = [
    (waiver("own/grups", k(11), k(5)), "P208", "own/grups", "did you mean 'own/groups'"),
    (waiver("groups", k(11), k(5)), "P208", "groups,", "write policy/rule"),
    (waiver("own/fixed", k(11), k(5)), "P208", "own/fixed", "'tighten_only', so it cannot be waived"),
    (waiver("own/groups", k(10), k(5)), "P208", "{k-anonymity: {at_least: 10", "does not say 'k-anonymity at least 10', but 'k-anonymity at least 11'"),
    (waiver("own/groups", k(11), k(11)), "P208", "{k-anonymity: {at_least: 11}}}, reason", "is not surely milder"),
    (waiver("own/groups", k(11), k(12)), "P208", "{k-anonymity: {at_least: 12", "can only relax"),
    (waiver("own/groups", k(11), k(1)), "P121", "1}}}, reason", "below 2"),
    (waiver("own/groups", k(11), "require: {k-anonymity: {at_least: params.n}}"), "P208", "params.n", "can be set by other policies"),
    (waiver("own/groups", k(11), "require: {k-anonymity: {at_least: 5, columns: column.name = 'age'}}"), "P208", "column.name", "under 'scope'"),
    (waiver("own/groups", k(11), "decide: none"), "P208", "none", "can only give way to 'require'"),
    (waiver("own/groups", "decide: block", "decide: none"), "P208", "block", "does not say 'refusal'"),
    (waiver("own/never", "decide: review", "decide: none"), "P208", "review", "does not say 'review', but 'refusal'"),
    (waiver("own/never", "decide: block", "decide: block"), "P208", "block}, reason", "is not surely milder"),
    (waiver("own/never", "decide: none", "decide: none"), "P208", "none}, by", "no decision of a rule"),
    (waiver("own/groups", k(11), k(5) + ", decide: warn"), "P105", "{require: {k-anonymity: {at_least: 5", "exactly one of require, transform, decide"),
    (waiver("own/groups", k(11), k(5), scope="scope: {}"), "P105", "{}", "a scope for everything"),
    (waiver("own/groups", k(11), k(5), scope="scope: {columns: column.name = 'age'}"), "P120", "column.name", "'columns' has no meaning"),
    (waiver("own/groups", k(11), k(5), scope="scope: {when: data.subjects > params.n}"), "P208", "data.subjects", "parameters can be set"),
    (waiver("own/groups", k(11), k(5), scope="scope: {when: release.purpose = 'reserch'}"), "P301", "'reserch'", "did you mean 'research'"),
    (waiver("own/groups", k(11), k(5), scope="scope: {when: data.subjects >= 0}"), "P305", "0}, replaces", "always holds"),
    (waiver("own/groups", k(11), k(5), scope="scope: {wen: data.children}"), "P104", "wen", "did you mean 'when'"),
    (waiver("own/groups", k(11), k(5)).replace(IN_RESEARCH + ", ", ""), "P105", "id: w", "'scope' is missing"),
    (waiver("own/groups", k(11), k(5), signed=SIGNED.replace("2026-12-31", "2026-11-23")), "P209", "'2026-11-23'", "the waiver expired on 2026-11-23"),
    (waiver("own/groups", k(11), k(5), signed=SIGNED.replace("'2026-12-31'", "soon")), "P123", "soon", "is no date"),
    (waiver("own/groups", k(11), k(5), signed=SIGNED.replace("B. Person", "a.PERSON")), "P209", "[A.", "approved by 1 person(s)"),
    (waiver("own/groups", k(11), k(5), signed=SIGNED.replace(", B. Person", "")), "P209", "[A.", "name 2 different ones"),
    (waiver("own/groups", k(11), k(5), signed=SIGNED.replace("[A. Person, B. Person]", "['-', A.]")), "P209", "['-'", "approved by 1"),
    (waiver("own/groups", k(11), k(5), signed=SIGNED.replace("approved_by: [A. Person, B. Person], ", "")), "P105", "id: w", "'approved_by' is missing"),
    (waiver("own/groups", k(11), k(5), signed=SIGNED.replace("cite: src", "cite: scr")), "P204", "scr", "did you mean 'src'"),
]  # fmt: skip

FAULTY_HEAD = HEAD + (
    "parameters: {n: {type: integer, default: 3, stricter: higher}}\n"
    "rules: [{id: groups, when: data.subjects > params.n, require: [{k-anonymity: {at_least: 11}}], because: x, cite: src}, {id: fixed, tighten_only: true, decide: block, because: x, cite: src}, {id: never, decide: block, because: x, cite: src}]\n"
    "waivers:\n"
)  # fmt: skip


@pytest.mark.parametrize(("body", "code", "at", "words"), FAULTS)
def test_each_fault_of_a_waiver_is_found_at_its_place(
    body: str, code: str, at: str, words: str, library: PolicyLibrary, tmp_path: Path
) -> None:
    (tmp_path / "own.policy.yaml").write_text(FAULTY_HEAD + body, encoding="utf-8")
    found = lint_text(FAULTY_HEAD + body, "own.policy.yaml", library)
    # What is missing is reported at the start of the mapping, one character before its first key.
    place = (FAULTY_HEAD.count("\n") + 1, body.index(at) + (at != "id: w"))
    assert any((d.code, d.line, d.column) == (code, *place) and words in d.message for d in found), (
        place, "\n".join(map(str, found)),
    )  # fmt: skip
    with pytest.raises(PolicyError):
        library.get("own")


def test_a_scope_that_its_rule_rules_out_is_an_error(library: PolicyLibrary) -> None:
    body = GROUPS.replace("{id: groups, ", "{id: groups, when: release.access = 'public', ")
    line = waiver("own/groups", k(11), k(5), scope="scope: {when: release.access = 'internal'}")
    found = lint_text(HEAD + body + "waivers:\n" + line, "own.policy.yaml", library)
    assert [(d.code, d.column) for d in found] == [("P401", line.index("{when:") + 1)]
    applied = HEAD + "applies: release.access = 'public'\n" + GROUPS + "waivers:\n" + line
    assert [d.code for d in lint_text(applied, "own.policy.yaml", library)] == ["P401"]


@pytest.mark.timeout(60)  # two seconds on an idle machine
@pytest.mark.parametrize(
    "rules",
    [
        f"  - {{id: r, require: [{', '.join(['{k-anonymity: {at_least: 6}}'] * 1900)}], because: x, cite: src}}\n",
        "".join(f"  - {{id: r{n}, decide: block, because: x, cite: src}}\n" for n in range(2000)),
    ],
)
def test_many_waivers_of_many_rules_are_linted_in_bounded_time(
    library: PolicyLibrary, rules: str
) -> None:
    waivers = "".join(
        waiver(f"own/q{n}" if n % 2 else "own/r", k(5), k(2), id=f"w{n}") for n in range(550)
    )
    found = lint_text(f"{HEAD}rules:\n{rules}waivers:\n{waivers}", "own.policy.yaml", library)
    assert [d.code for d in found if "more than 100 waivers" in d.message] == ["P109"]
    assert len(found) == 101
    assert max(len(d.message) for d in found) < 400


def test_two_waivers_cannot_have_one_id(library: PolicyLibrary) -> None:
    twice = waiver("own/groups", k(11), k(5)) * 2
    found = lint_text(FAULTY_HEAD + twice, "own.policy.yaml", library)
    assert [(d.code, d.column) for d in found] == [("P125", 10)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("transform: {apply: generalise, to: month}", "transform: {apply: generalise, to: day}"),
        ("transform: {apply: generalise, to: year}", "transform: {apply: generalise, to: decade}"),
        ("transform: {apply: generalise, to: year}", "transform: {apply: remove}"),
        ("transform: {apply: generalise, to: year}", "transform: {apply: generalise, to: year}"),
    ],
)
def test_a_transform_gives_way_only_to_what_it_does_as_well(
    library: PolicyLibrary, old: str, new: str
) -> None:
    text = HEAD + CLASSIFY + DATES + "waivers:\n" + waiver("own/to-year", old, new)
    assert [d.code for d in lint_text(text, "own.policy.yaml", library)] == ["P208"]


def test_a_waiver_of_a_parent_that_has_expired_stops_its_child(load: Load) -> None:
    middle = waived_parent(
        waiver("parent/r", k(5), k(2), signed=SIGNED.replace("2026-12-31", "2026-11-01")),
        name="middle",
    )
    with pytest.raises(PolicyError, match=r"P202 'middle' does not pass.*P209 the waiver expired"):
        load("extends: [middle@1]\n", parent=PARENT, middle=middle)


def test_a_waiver_is_part_of_the_digest(load: Load) -> None:
    assert (
        load(CLASSIFY + WAIVED).digest
        != load(CLASSIFY + WAIVED.replace("reason: R.", "reason: Q.")).digest
    )


# ---- laws -------------------------------------------------------------------------------------

FACTS = ("data.children", "data.rare_condition", "data.criminal_records")
CONDITIONS = (None, *FACTS)
DECISIONS = ("warn", "review", "block")
RANK = {Verdict.RELEASE: 0, Verdict.REVIEW: 1, Verdict.REFUSE: 2}

rules = st.lists(
    st.fixed_dictionaries(
        {
            "when": st.sampled_from(CONDITIONS),
            "k": st.none() | st.integers(3, 20),
            "l": st.none() | st.integers(2, 5),
            "decide": st.none() | st.sampled_from(DECISIONS),
        }
    ).filter(lambda r: r["k"] or r["l"] or r["decide"]),
    min_size=1,
    max_size=4,
)
contexts = st.dictionaries(st.sampled_from(FACTS), st.booleans())


def rule_text(number: int, rule: Mapping[str, Any]) -> str:
    demands = [f"{{k-anonymity: {{at_least: {rule['k']}}}}}"] if rule["k"] else []
    demands += (
        [f"{{l-diversity: {{variant: distinct, at_least: {rule['l']}}}}}"] if rule["l"] else []
    )
    parts = [f"id: r{number}", f"when: {rule['when']}" if rule["when"] else ""]
    parts += [f"require: [{', '.join(demands)}]" if demands else ""]
    parts += [f"decide: {rule['decide']}" if rule["decide"] else ""]
    return f"  - {{{', '.join(p for p in parts if p)}, because: B., cite: src}}\n"


BASE = "rules:\n  - {id: base, require: [{k-anonymity: {at_least: 2}}, {l-diversity: {variant: distinct, at_least: 1}}, {suppressed-records: {at_most: 10%}}], because: A., cite: src}\n"


def policy_text(made: list[dict[str, Any]]) -> str:
    return CLASSIFY + BASE + "".join(rule_text(i, r) for i, r in enumerate(made))


def verdict(plan: Plan, k: float, l: float) -> Verdict:  # noqa: E741 - as the field writes it
    values = {"k-anonymity": k, "l-diversity": l, "suppressed-records": 0.05}
    return decide(plan, measured_everywhere(plan, values)).verdict


FUNCTION_SCOPED = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FUNCTION_SCOPED
@given(rules, rules, contexts, st.integers(2, 20), st.integers(1, 5))
def test_without_waivers_another_rule_never_makes_the_verdict_milder(
    load: Load, plan: MakePlan, some: list[Any], more: list[Any], context: dict[str, Any], k: int, l: int  # noqa: E741
) -> None:  # fmt: skip
    few = verdict(plan(load(policy_text(some)), COLUMNS, context), k, l)
    many = verdict(plan(load(policy_text(some + more)), COLUMNS, context), k, l)
    assert RANK[many] >= RANK[few]


class Asked:
    """What the drawn rules and waivers amount to, by the definitions and no code of the product."""

    def __init__(
        self,
        made: list[dict[str, Any]],
        waivers: list[dict[str, Any]],
        context: Mapping[str, Any],
        today: datetime.date,
    ) -> None:
        self.k, self.l, self.decisions = 2, {"icd": 1, "birth_date": 1}, {}
        for number, rule in enumerate(made):
            if rule["when"] and context.get(rule["when"]) is False:
                continue
            mine = [
                w
                for w in waivers
                if w["rule"] == number and today <= w["until"] and context.get(w["when"], False)
            ]
            if rule["k"]:
                self.k = max(
                    self.k, max((w["to"] for w in mine if w["what"] == "k"), default=rule["k"])
                )
            for name in self.l if rule["l"] else ():
                to = [w["to"] for w in mine if w["what"] == "l" and name == "icd"]
                self.l[name] = max(self.l[name], max(to, default=rule["l"]))
            if rule["decide"]:
                left = max(
                    (w["to"] for w in mine if w["what"] == "decide"),
                    default=rule["decide"],
                    key=("none", *DECISIONS).index,
                )
                self.decisions[f"own/r{number}"] = left


@st.composite
def waived(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rules, and waivers of parts of them with scopes and last days of their own."""
    made = draw(rules)
    found = []
    for number, rule in enumerate(made):
        for what in ("k", "l", "decide"):
            for _ in range(draw(st.integers(0, 2)) if rule[what] else 0):
                milder = (
                    ("none", *DECISIONS)[: DECISIONS.index(rule[what]) + 1]
                    if what == "decide"
                    else range({"k": 2, "l": 1}[what], rule[what])
                )
                found.append({
                    "rule": number, "what": what, "to": draw(st.sampled_from(list(milder))), "from": rule[what],
                    "when": draw(st.sampled_from(FACTS)),
                    "until": TODAY + datetime.timedelta(draw(st.integers(0, 20))),
                })  # fmt: skip
    return made, found


def waivers_text(found: list[dict[str, Any]]) -> str:
    lines = []
    for number, one in enumerate(found):
        form = {
            "k": "require: {{k-anonymity: {{at_least: {}}}}}",
            "l": "require: {{l-diversity: {{variant: distinct, at_least: {}}}}}",
            "decide": "decide: {}",
        }[one["what"]]
        scope = f"scope: {{when: {one['when']}" + (
            ", columns: column.name = 'icd'}" if one["what"] == "l" else "}"
        )
        signed = SIGNED.replace("2026-12-31", one["until"].isoformat())
        lines.append(
            waiver(
                f"own/r{one['rule']}",
                form.format(one["from"]),
                form.format(one["to"]),
                scope=scope,
                id=f"w{number}",
                signed=signed,
            )
        )
    return "waivers:\n" + "".join(lines) if lines else ""


def outcome(plan: Plan) -> tuple[int, dict[str | None, int], dict[str, str]]:
    """What is demanded and decided, read from the plan."""
    found = clauses(plan)
    (least,) = (int(c.at_least or 0) for c in found if c.measure == "k-anonymity")
    values = {c.attribute: int(c.at_least or 0) for c in found if c.measure == "l-diversity"}
    return (
        least,
        values,
        {
            t.id: t.decide or "none"
            for t in plan.rules
            if t.status != "silent" and (t.decide or t.waivers)
        },
    )


@FUNCTION_SCOPED
@given(waived(), contexts, st.integers(0, 25))
@example(
    ([{"when": None, "k": 11, "l": None, "decide": None}, {"when": None, "k": 11, "l": None, "decide": None}],
     [{"rule": 0, "what": "k", "to": 2, "from": 11, "when": FACTS[0], "until": TODAY}]),
    {FACTS[0]: True}, 0,
)  # fmt: skip
def test_a_waiver_changes_the_demand_that_it_names_and_nothing_else(
    load: Load,
    plan: MakePlan,
    drawn: tuple[list[Any], list[Any]],
    context: dict[str, Any],
    days: int,
) -> None:
    made, found = drawn
    today = TODAY + datetime.timedelta(days)
    asked = Asked(made, found, context, today)
    got = outcome(plan(load(policy_text(made) + waivers_text(found)), COLUMNS, context, today))
    assert got[:2] == (asked.k, asked.l)
    decided = {rule: decision for rule, decision in got[2].items() if rule in asked.decisions}
    assert decided == {r: d for r, d in asked.decisions.items() if d != "none" or r in decided}


@FUNCTION_SCOPED
@given(waived(), contexts, st.integers(0, 25))
def test_a_waiver_that_does_not_hold_changes_nothing(
    load: Load,
    plan: MakePlan,
    drawn: tuple[list[Any], list[Any]],
    context: dict[str, Any],
    days: int,
) -> None:
    made, found = drawn
    today = TODAY + datetime.timedelta(days)
    idle = [w for w in found if today > w["until"] or not context.get(w["when"], False)]
    bare = plan(load(policy_text(made)), COLUMNS, context, today)
    full = plan(load(policy_text(made) + waivers_text(idle)), COLUMNS, context, today)
    assert all(
        w.status in ("expired", "out-of-scope", "undetermined", "idle") for w in full.waivers
    )
    assert len(full.waivers) == len(idle)

    def rest(one: Plan) -> Plan:
        warnings = tuple(w for w in one.warnings if not w[0].startswith("own/w"))
        policies = tuple(replace(p, digest="") for p in one.policies)
        return replace(one, waivers=(), warnings=warnings, policies=policies)

    assert rest(full) == rest(bare)


def test_waivers_do_not_depend_on_their_order(load: Load, plan: MakePlan, host: PluginHost) -> None:
    lines = [waiver("own/groups", k(11), k(n), id=f"w{n}") for n in (3, 4, 5)]
    plans = [
        evaluate(
            load(CLASSIFY + GROUPS + "waivers:\n" + "".join(order)),
            RESEARCH,
            [profile("age")],
            host,
            TODAY,
        )
        for order in (lines, lines[::-1])
    ]
    assert plans[0].requirements == plans[1].requirements
    assert [[w.status for w in p.waivers] for p in plans] == [["relaxes"] * 3] * 2


PERIODS = ("day", "week", "month", "quarter", "year", "decade")
LOOKING = (
    *(f"{how} column where column.granularity = '{p}'" for how in ("any", "no") for p in PERIODS),
    "every column where column.kind = 'date' has column.granularity in ['year', 'decade']",
    "any column where column.action = 'generalise' and column.kind = 'date'",
    "no column where column.action = 'keep' and column.kind = 'date'",
    "(count column where column.granularity = 'year') > 1",
)
DATED = [profile("age", granularity="exact"), profile("icd", granularity="exact"),
         *(profile(c, "date", granularity="day") for c in ("birth_date", "death_date"))]  # fmt: skip


@st.composite
def transformed(draw: st.DrawFn) -> tuple[str, str, set[str]]:
    """Rules that order periods and rules that look at them; waivers of the former, and their columns."""
    lines, waivers, scopes = [], [], {}
    for number in range(draw(st.integers(1, 3))):
        to = draw(st.integers(1, len(PERIODS) - 1))
        lines.append(
            f"  - {{id: t{number}, transform: [{{columns: column.kind = 'date', apply: generalise, to: {PERIODS[to]}}}], because: B., cite: src}}\n"
        )
        if draw(st.booleans()):
            milder = draw(
                st.sampled_from(
                    [
                        "transform: {apply: keep}",
                        *(f"transform: {{apply: generalise, to: {p}}}" for p in PERIODS[:to]),
                    ]
                )
            )
            scope = draw(st.sampled_from(["birth_date", "death_date"]))
            scopes[f"w{number}"] = scope
            waivers.append(
                waiver(
                    f"own/t{number}",
                    f"transform: {{apply: generalise, to: {PERIODS[to]}}}",
                    milder,
                    scope=f"scope: {{columns: column.name = '{scope}'}}",
                    id=f"w{number}",
                )
            )
    for number in range(draw(st.integers(1, 4))):
        asked = f"k-anonymity: {{at_least: {draw(st.integers(3, 9))}}}"
        narrow = f"column.granularity = '{draw(st.sampled_from(PERIODS))}'"
        various = f"l-diversity: {{variant: distinct, at_least: 3, columns: {narrow}}}"
        demands = [f"require: [{{{demand}}}]" for demand in (asked, various)]
        what = draw(st.sampled_from([*demands, "decide: block", "decide: review"]))
        lines.append(
            f'  - {{id: r{number}, when: "{draw(st.sampled_from(LOOKING))}", {what}, because: B., cite: src}}\n'
        )
    text = CLASSIFY + BASE + "".join(lines)
    return text, "waivers:\n" + "".join(waivers) if waivers else "", set(scopes.values())


@FUNCTION_SCOPED
@given(transformed())
def test_a_waived_transform_loosens_no_demand_and_no_decision(
    load: Load, plan: MakePlan, drawn: tuple[str, str, set[str]]
) -> None:
    text, waivers, scopes = drawn
    bare, full = plan(load(text), DATED), plan(load(text + waivers), DATED)
    held = {(c.measure, c.attribute): c for c in clauses(full)}
    for clause in clauses(bare):
        now = held[clause.measure, clause.attribute]
        assert int(now.at_least or 0) >= int(clause.at_least or 0)
        assert now.at_most == clause.at_most
    assert {rule for rule, _ in bare.blocks} <= {rule for rule, _ in full.blocks}
    assert {rule for rule, _ in bare.reviews} <= {rule for rule, _ in full.reviews}
    before, after = (
        {c.name: [dict(t.parameters) for t in c.transforms] for c in p.columns}
        for p in (bare, full)
    )
    assert {c: after[c] for c in after if c not in scopes} == {
        c: before[c] for c in before if c not in scopes
    }
