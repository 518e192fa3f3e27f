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

from kiaim_server.errors import ContextError
from kiaim_server.model.attribute import Attribute, ColumnProfile, Role
from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.decision import Clause, Decision, Finding
from kiaim_server.model.plan import Plan
from kiaim_server.policy.casefile import Cases, Given, read_cases
from kiaim_server.policy.classifying import Classification, ClassifierIndex
from kiaim_server.policy.context import read_context
from kiaim_server.policy.decide import clauses, decide
from kiaim_server.policy.document import Policy
from kiaim_server.policy.evaluate import counted, plan_for
from kiaim_server.policy.expecting import Problem, problems_of
from kiaim_server.policy.library import ENDING, PolicyLibrary
from kiaim_server.policy.measures import OWN_MEASURES
from kiaim_server.policy.persons import choose_person
from kiaim_server.policy.source import Mark
from kiaim_server.policy.spelling import did_you_mean

_N_RECORDS: Final = 1000


@dataclass(frozen=True)
class CaseResult:
    """A case and what was wrong with it: nothing, if it passed.

    `plan` and `decision` are None where the case could not be run: its context or its parameters
    cannot be.
    """

    name: str
    mark: Mark
    problems: tuple[Problem, ...]
    plan: Plan | None
    decision: Decision | None


@dataclass(frozen=True)
class Suite:
    """The cases of one file, run: `policy` is the one that they are about."""

    file: str
    policy: Policy
    results: tuple[CaseResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every case came to what it expects."""
        return all(not result.problems for result in self.results)


def run_cases(
    path: Path, library: PolicyLibrary, today: datetime.date | None = None
) -> tuple[CaseResult, ...]:
    """Run all cases of a ``*.test.yaml`` file; raises what `run_suite` does."""
    return run_suite(path, library, today).results


def run_suite(path: Path, library: PolicyLibrary, today: datetime.date | None = None) -> Suite:
    """Run all cases of a ``*.test.yaml`` file.

    The policy is the file ``NAME.policy.yaml`` beside the cases, or else the one of the library.

    Raises
    ------
    NotFoundError
        No such file or policy.
    PolicyError
        The file or the policy has faults.
    """
    cases = read_cases(path)
    beside = path.parent / f"{cases.policy}{ENDING}"
    policy = library.get(beside if beside.is_file() else cases.policy)
    run = _Run(cases, policy, library, path.parent, today or datetime.date.today())
    return Suite(cases.file, policy, tuple(map(run.case, cases.cases)))


@dataclass(frozen=True)
class _Run:
    """All that the cases of one file have in common."""

    cases: Cases
    policy: Policy
    library: PolicyLibrary
    folder: Path
    today: datetime.date

    def case(self, given: Given) -> CaseResult:
        faults = list(self._unknown_measures(given))
        policy: Policy | None = self.policy
        if given.parameters:
            policy, refused = self.library.tightened(self.policy, given.parameters, self.folder)
            faults += [Problem(given.place("params", key), text) for key, text in refused]
        if policy is None or faults:
            return CaseResult(given.name, given.mark, tuple(faults), None, None)
        try:
            plan = _plan(policy, given, given.on or self.today)
        except ContextError as error:
            problem = Problem(given.place("given"), str(error))
            return CaseResult(given.name, given.mark, (problem,), None, None)
        decision = decide(plan, tuple(_findings(plan, given.measured)))
        problems = tuple(problems_of(given, plan, decision))
        return CaseResult(given.name, given.mark, problems, plan, decision)

    def _unknown_measures(self, given: Given) -> Iterator[Problem]:
        """Measured values that no clause can ever be about: a misspelt one would be ignored."""
        known = [*self.library.host.classes["privacy model"], *OWN_MEASURES]
        for key, value in given.measured.items():
            name = str(key).partition(" ")[0]
            if name not in known:
                text = f"no measure is called {name!r}{did_you_mean(name, known)}"
                yield Problem(given.place("measured", key), text)
            elif value is not None:
                try:
                    parse_bound(value)
                except ValueError as error:
                    yield Problem(given.place("measured", key), f"{key}: {value!r} {error}")


def _plan(policy: Policy, case: Given, today: datetime.date) -> Plan:
    attested = case.attested
    if isinstance(attested, list):
        attested = {name: {"by": "case", "on": today.isoformat()} for name in attested}
    given = read_context({**case.context, "attested": attested})
    profiles = [_profile(column) for column in case.columns]
    person = choose_person(policy.documents, profiles, given.facts)
    facts, notes = counted(given, profiles, policy.name, person)
    classified = [
        _classified(column, profile, policy, facts)
        for column, profile in zip(case.columns, profiles, strict=True)
    ]
    actions = {c["name"]: c["action"] for c in case.columns if "action" in c}
    return plan_for(policy, given, facts, classified, today, notes, actions, person)


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


def coverage(results: Sequence[CaseResult]) -> dict[str, frozenset[str]]:
    """Per rule the statuses that were seen; a tested rule was seen to apply and to be silent."""
    seen: dict[str, set[str]] = {}
    for result in results:
        for trace in result.plan.rules if result.plan else ():
            seen.setdefault(trace.id, set()).add(trace.status)
    return {rule: frozenset(statuses) for rule, statuses in seen.items()}
