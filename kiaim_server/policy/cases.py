"""Runs the test cases of a policy: what is given, what the verdict has to be, which rules fire.

A case gives the release context, columns and measured values; the policy is evaluated and decided
as for a release. A column is classified by the policy; if the case says its ``role``, that is
taken instead, and likewise for ``action``.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from marshmallow import fields

from kiaim_server.errors import NotFoundError, PolicyError
from kiaim_server.model.attribute import KINDS, Attribute, ColumnProfile, Role
from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.decision import Clause, Decision, Finding
from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.model.plan import Plan
from kiaim_server.policy.classifying import Classification, ClassifierIndex
from kiaim_server.policy.context import read_context
from kiaim_server.policy.decide import clauses, decide
from kiaim_server.policy.document import Policy
from kiaim_server.policy.evaluate import counted, plan_for
from kiaim_server.policy.library import ENDING, PolicyLibrary
from kiaim_server.policy.persons import choose_person
from kiaim_server.policy.schema import Flag, OneOrMany, Scalar, Strict, Text, one_of
from kiaim_server.policy.source import plain, read_file
from kiaim_server.policy.structure import structural_faults

FORMAT: Final = "kiaim/policy-test/v1"
VERDICTS: Final = ("release", "review", "refuse", "block", "not-applicable")
_N_RECORDS: Final = 1000


class _Column(Strict):
    name = Text(required=True)
    type = Text()
    role = Text(validate=one_of(tuple(r.value for r in Role), "P114", "role"))
    kind = Text(validate=one_of(KINDS, "P114", "kind of column"))
    special_category = Flag()
    granularity = Text()
    action = Text()
    detected = OneOrMany()
    distinct = Scalar()


class _Expect(Strict):
    verdict = Text(required=True, validate=one_of(VERDICTS, "P117", "verdict"))
    fires = OneOrMany()
    silent = OneOrMany()
    unclassified = OneOrMany()
    roles = fields.Dict(keys=fields.String(), values=Text())


class _Case(Strict):
    name = Text(required=True)
    given = fields.Dict(keys=fields.String())
    measured = fields.Dict(keys=fields.String())
    attested = fields.Raw()
    columns = fields.List(fields.Nested(_Column), required=True)
    expect = fields.Nested(_Expect, required=True)


class _Cases(Strict):
    schema = Text(required=True, validate=one_of((FORMAT,), "P110", "format that is known"))
    policy = Text(required=True)
    given = fields.Dict(keys=fields.String())
    measured = fields.Dict(keys=fields.String())
    attested = fields.Raw()
    columns = fields.List(fields.Nested(_Column))
    cases = fields.List(fields.Nested(_Case), required=True)


@dataclass(frozen=True)
class CaseResult:
    """A case and what was wrong with it: nothing, if it passed."""

    name: str
    problems: tuple[str, ...]
    plan: Plan
    decision: Decision


def run_cases(
    path: Path, library: PolicyLibrary, today: datetime.date | None = None
) -> tuple[CaseResult, ...]:
    """Run all cases of a ``*.test.yaml`` file.

    Raises
    ------
    NotFoundError
        No such file or policy.
    PolicyError
        The file or the policy has faults.
    """
    if not path.is_file():
        raise NotFoundError(f"case file {str(path)!r} does not exist")
    source = read_file(path)
    faults = list(source.faults)
    if source.root is not None:
        faults += [
            Diagnostic(source.file, mark.line, mark.column, code, text)
            for mark, code, text in structural_faults(source.root, _Cases)
        ]
    if faults or source.root is None:
        faults.sort()
        raise PolicyError(f"the cases cannot be run: {faults[0]}", faults)
    content = plain(source.root)
    beside = path.parent / f"{content['policy']}{ENDING}"
    policy = library.get(
        beside
        if beside.is_file() and content["policy"] not in library.names()
        else content["policy"]
    )
    on = today or datetime.date.today()
    return tuple(_run(policy, _joined(content, case), on) for case in content["cases"])


def coverage(results: Sequence[CaseResult]) -> dict[str, frozenset[str]]:
    """Per rule the statuses that were seen; a tested rule was seen to apply and to be silent."""
    seen: dict[str, set[str]] = {}
    for result in results:
        for trace in result.plan.rules:
            seen.setdefault(trace.id, set()).add(trace.status)
    return {rule: frozenset(statuses) for rule, statuses in seen.items()}


def _joined(content: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """The case with what the file gives for all cases."""
    joined = dict(case)
    for key in ("given", "measured"):
        joined[key] = {**(content.get(key) or {}), **(case.get(key) or {})}
    joined["attested"] = case.get("attested", content.get("attested")) or []
    return joined


def _run(policy: Policy, case: Mapping[str, Any], today: datetime.date) -> CaseResult:
    context = dict(case["given"])
    attested = case["attested"]
    if isinstance(attested, list):
        attested = {name: {"by": "case", "on": today.isoformat()} for name in attested}
    given = read_context({**context, "attested": attested})
    profiles = [_profile(column) for column in case["columns"]]
    person = choose_person(policy.documents, profiles, given.facts)
    facts, notes = counted(given, profiles, policy.name, person)
    classified = [
        _classified(column, profile, policy, facts)
        for column, profile in zip(case["columns"], profiles, strict=True)
    ]
    actions = {c["name"]: c["action"] for c in case["columns"] if "action" in c}
    plan = plan_for(policy, given, facts, classified, today, notes, actions, person)
    decision = decide(plan, tuple(_findings(plan, case["measured"])))
    problems = tuple(_problems(case["expect"], plan, decision))
    return CaseResult(str(case["name"]), problems, plan, decision)


def _profile(column: Mapping[str, Any]) -> ColumnProfile:
    detected = column.get("detected", [])
    return ColumnProfile(
        name=column["name"],
        type=column.get("type", "text"),
        n_records=_N_RECORDS,
        n_missing=0,
        n_distinct=int(column.get("distinct", 10)),
        detected=(detected,) if isinstance(detected, str) else tuple(detected),
        granularity=column.get("granularity"),
    )


def _classified(
    column: Mapping[str, Any], profile: ColumnProfile, policy: Policy, facts: Mapping[str, Any]
) -> Classification:
    if "role" not in column:
        return ClassifierIndex(policy.documents).classify(profile, facts)
    attribute = Attribute(
        profile.name,
        Role(column["role"]),
        column.get("kind", "other"),
        bool(column.get("special_category", False)),
        (f"{policy.name}/case",),
    )
    return Classification(profile, attribute, None)


def _findings(plan: Plan, measured: Mapping[str, Any]) -> Iterator[Finding]:
    """Findings for the clauses that the case measures; a key is the measure and its parameters."""
    for clause in clauses(plan):
        words = {str(v) for v in clause.parameters.values()} | {str(clause.attribute)}
        keys = [k for k in measured if _names(k, clause, words)]
        if not keys:
            continue
        value = measured[max(keys, key=len)]
        if value is not None:
            number = float(parse_bound(value))
            yield Finding(clause, number, _within(number, clause))


def _names(key: str, clause: Clause, words: set[str]) -> bool:
    measure, *rest = key.split()
    return measure == clause.measure and set(rest) <= words


def _within(value: float, clause: Clause) -> bool:
    low, high = clause.at_least, clause.at_most
    return (low is None or value >= float(parse_bound(low)) - 1e-9) and (
        high is None or value <= float(parse_bound(high)) + 1e-9
    )


def _problems(expect: Mapping[str, Any], plan: Plan, decision: Decision) -> Iterator[str]:
    wanted = "refuse" if expect["verdict"] in ("block", "not-applicable") else expect["verdict"]
    if decision.verdict.value != wanted:
        reasons = " ".join(decision.reasons) or "nothing stands against it"
        yield f"expected {wanted}, got {decision.verdict.value}: {reasons}"
    if expect["verdict"] == "not-applicable" and not any(
        "does not apply" in reason for _, reason in plan.blocks
    ):
        yield "expected that the policy does not apply, but it does"
    fired = {t.id for t in plan.rules if t.status != "silent"}
    for name in _many(expect.get("fires")):
        if not any(_is(rule, name) for rule in fired):
            yield f"rule {name!r} was expected to fire, but did not"
    for name in _many(expect.get("silent")):
        if any(_is(rule, name) for rule in fired):
            yield f"rule {name!r} was expected to be silent, but fired"
        elif not any(_is(t.id, name) for t in plan.rules):
            yield f"no rule is called {name!r}"
    for name in _many(expect.get("unclassified")):
        if name not in plan.unclassified:
            yield f"column {name!r} was expected to be unclassified, but a rule covers it"
    roles = {c.name: c.attribute.role.value for c in plan.columns}
    for name, role in (expect.get("roles") or {}).items():
        if roles.get(name) != role:
            found = roles.get(name, "unclassified")
            yield f"column {name!r} was expected to be {role}, but is {found}"


def _is(rule: str, name: str) -> bool:
    return rule == name or rule.rpartition("/")[2] == name


def _many(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
