from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.contract import Objection
from kiaim_server.model.decision import Clause, Finding, Verdict
from kiaim_server.model.plan import Plan
from kiaim_server.policy import Policy, clauses, decide
from kiaim_server.policy.decide import label_of

BODY = """
classify:
  - {id: age, names: [age], as: quasi, because: Known.}
  - {id: ill, names: [icd], as: sensitive, because: Health.}
rules:
  - id: groups
    title: No record alone
    require:
      - k-anonymity: {at_least: 5}
      - l-diversity: {at_least: 2}
      - reidentification-risk: {attacker: prosecutor, measure: maximum, at_most: 1/5}
      - suppressed-records: {at_most: 10%}
    because: Singling out.
    advice: Allow coarser levels.
    cite: src
"""
GOOD = {
    "k-anonymity": 5,
    "l-diversity": 2,
    "reidentification-risk": 0.2,
    "suppressed-records": 0.1,
}


def measured_everywhere(plan: Plan, values: Mapping[str, float]) -> tuple[Finding, ...]:
    """Findings for all clauses that a value is given for, judged exactly."""
    found = []
    for clause in clauses(plan):
        value = values.get(clause.measure)
        if value is None:
            continue
        low = clause.at_least is None or value >= float(parse_bound(clause.at_least))
        high = clause.at_most is None or value <= float(parse_bound(clause.at_most))
        found.append(Finding(clause, float(value), low and high))
    return tuple(found)


@pytest.fixture
def ready(load: Callable[..., Policy], plan: Callable[..., Plan]) -> Plan:
    return plan(load(BODY), ["age", "icd"])


def test_everything_met_is_released(ready: Plan) -> None:
    decision = decide(ready, measured_everywhere(ready, GOOD))
    assert (decision.verdict, decision.reasons, decision.advice) == (Verdict.RELEASE, (), ())
    assert len(decision.findings) == 4


def test_an_unmet_clause_refuses_with_rule_bound_and_value(ready: Plan) -> None:
    decision = decide(ready, measured_everywhere(ready, {**GOOD, "k-anonymity": 4}))
    assert decision.verdict is Verdict.REFUSE
    assert decision.reasons == (
        "k-anonymity at least 5 is not met: measured 4 (asked for by own/groups).",
    )
    assert decision.advice == ("Allow coarser levels.",)


def test_a_missing_finding_is_not_met(ready: Plan) -> None:
    assert decide(ready, ()).verdict is Verdict.REFUSE
    assert len(decide(ready, ()).reasons) == 4
    partly = measured_everywhere(ready, {k: v for k, v in GOOD.items() if k != "l-diversity"})
    assert decide(ready, partly).reasons == (
        "l-diversity(variant=distinct, icd) at least 2 was not measured, so it counts as not met "
        "(asked for by own/groups).",
    )


def test_a_finding_cannot_claim_what_its_number_denies(ready: Plan) -> None:
    findings = list(measured_everywhere(ready, GOOD))
    for wrong in (4.0, None, float("nan")):
        k = replace(findings[0], measured=wrong, met=True)
        assert decide(ready, [k, *findings[1:]]).verdict is Verdict.REFUSE


def test_rounding_of_floats_does_not_refuse(ready: Plan) -> None:
    findings = measured_everywhere(ready, GOOD)
    rounded = [
        replace(f, measured=0.2 + 1e-15) if f.clause.measure == "reidentification-risk" else f
        for f in findings
    ]
    assert decide(ready, rounded).verdict is Verdict.RELEASE


def test_an_unmet_finding_beyond_the_plan_refuses_too(ready: Plan) -> None:
    findings = measured_everywhere(ready, GOOD)
    extra = replace(findings[0].clause, measure="structure", at_least=None, rules=())
    assert (
        decide(ready, [*findings, Finding(extra, None, False, "a column is missing")]).verdict
        is Verdict.REFUSE
    )


def test_one_objection_refuses(ready: Plan) -> None:
    objections = (Objection("four-eyes", "the recipient is on a list", "k-anonymity"),)
    decision = decide(ready, measured_everywhere(ready, GOOD), objections)
    assert decision.verdict is Verdict.REFUSE
    assert "'four-eyes' objects to k-anonymity: the recipient is on a list." in decision.reasons[0]


def test_a_plan_that_blocks_gives_its_own_reasons_only(
    load: Callable[..., Policy], plan: Callable[..., Plan]
) -> None:
    made = plan(load("applies: data.children\n" + BODY), ["age", "icd"])
    decision = decide(made, ())
    assert decision.verdict is Verdict.REFUSE
    assert len(decision.reasons) == 1


def test_a_review_does_not_hide_an_unmet_clause(
    load: Callable[..., Policy], plan: Callable[..., Plan]
) -> None:
    body = BODY + "  - {id: eyes, decide: review, because: Look., cite: src}\n"
    made = plan(load(body), ["age", "icd"])
    assert decide(made, measured_everywhere(made, GOOD)).verdict is Verdict.REVIEW
    bad = measured_everywhere(made, {**GOOD, "k-anonymity": 2})
    assert decide(made, bad).verdict is Verdict.REFUSE


def test_of_two_findings_on_one_clause_the_worse_counts(ready: Plan) -> None:
    findings = measured_everywhere(ready, GOOD)
    worse = [replace(f, measured=None, met=False) for f in findings[:1]]
    assert decide(ready, [*worse, *findings]).verdict is Verdict.REFUSE
    assert decide(ready, [*findings, *worse]).verdict is Verdict.REFUSE


def test_a_table_of_which_no_column_is_known_may_lack_its_header(
    load: Callable[..., Policy], plan: Callable[..., Plan]
) -> None:
    nothing = decide(plan(load(BODY), ["34", "f"]), ())
    assert any("header=false" in advice for advice in nothing.advice)
    partly = decide(plan(load(BODY), ["age", "f"]), ())
    assert not any("header=false" in advice for advice in partly.advice)


@pytest.mark.parametrize(
    "clause",
    [
        Clause("k-anonymity", {}, None, "5", None, ()),
        Clause("k-anonymity", {}, None, "1000", None, ()),
        Clause("l-diversity", {"variant": "distinct"}, "diagnosis", "2", None, ()),
        Clause("suppressed-records", {}, None, None, "1/11", ()),
        Clause("form-violations", {"form": "zip3", "sha256": "0"}, "zip", None, "0", ()),
        Clause("x", {"a": 1}, None, "0.25", "0.5", ()),
        Clause("x", {}, None, None, None, ()),
    ],
)
def test_a_clause_is_called_the_same_in_reasons_as_elsewhere(clause: Clause) -> None:
    assert label_of(clause) == clause.label
