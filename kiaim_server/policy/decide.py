"""From a plan and what the audit measured to a verdict. Default deny; refuse > review > release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kiaim_server.model.bounds import format_bound, parse_bound
from kiaim_server.model.contract import Objection
from kiaim_server.model.decision import Clause, Decision, Finding, Verdict
from kiaim_server.model.plan import Plan

#: Relative slack when a finding is held against its bound: measures are floats, bounds exact.
_TOLERANCE: Final = 1e-9


def clauses(plan: Plan) -> tuple[Clause, ...]:
    """What the release promises: one clause per requirement and sensitive attribute."""
    return tuple(
        Clause(
            measure=requirement.measure,
            parameters=requirement.parameters,
            attribute=attribute,
            at_least=None if requirement.at_least is None else format_bound(requirement.at_least),
            at_most=None if requirement.at_most is None else format_bound(requirement.at_most),
            rules=requirement.rules,
            waivers=requirement.waivers,
        )
        for requirement in plan.requirements
        for attribute in (requirement.attributes or (None,))
    )


def decide(
    plan: Plan, findings: Sequence[Finding], objections: Sequence[Objection] = ()
) -> Decision:
    """The verdict with every reason that stands against a release.

    A clause without a finding counts as not met. Only where the plan alone forbids the release
    already and nothing was measured are the clauses left out of the reasons.
    """
    refusals = list(_plan_refusals(plan))
    reviews = list(_reviews(plan))
    if findings or not (refusals or reviews):
        refusals += _clause_refusals(plan, findings)
    refusals += [
        f"The reviewer {o.plugin!r} objects{f' to {o.clause}' if o.clause else ''}: "
        f"{_sentence(o.reason)}"
        for o in objections
    ]
    milder = Verdict.REVIEW if reviews else Verdict.RELEASE
    verdict = Verdict.REFUSE if refusals else milder
    reasons = tuple(dict.fromkeys([*refusals, *reviews]))
    return Decision(verdict, reasons, tuple(findings), tuple(_advice(plan, findings)))


def _plan_refusals(plan: Plan) -> Iterator[str]:
    for name in plan.unclassified:
        yield (
            f"Column {name!r} is covered by no rule of the policy; add a 'classify' entry that "
            "says what it is."
        )
    for rule, reason in plan.blocks:
        yield f"{rule} blocks the release: {_sentence(reason)}"


def _reviews(plan: Plan) -> Iterator[str]:
    pending = dict(plan.reviews)
    for rule, reason in plan.reviews:
        yield f"{rule} asks for a review; attest {rule!r} once it is done: {_sentence(reason)}"
    for attestation in plan.attestations:
        if not attestation.met and attestation.of not in pending:
            yield (
                f"The attestation {attestation.of!r} is missing ({attestation.reason}); "
                f"{', '.join(attestation.rules)} asks for it."
            )


def _clause_refusals(plan: Plan, findings: Sequence[Finding]) -> Iterator[str]:
    worst: dict[object, Finding] = {}
    for finding in findings:
        key = _key(finding.clause)
        if key not in worst or not _met(finding):  # of several, one that is not met counts
            worst[key] = finding
    for clause in clauses(plan):
        rules = f"asked for by {', '.join(clause.rules)}" if clause.rules else "the default"
        found = worst.pop(_key(clause), None)
        if found is None:
            yield f"{clause.label} was not measured, so it counts as not met ({rules})."
        elif not _met(found):
            measured = "undefined" if found.measured is None else f"{found.measured:.6g}"
            note = f" {_sentence(found.note)}" if found.note else ""
            yield f"{clause.label} is not met: measured {measured} ({rules}).{note}"
    for found in worst.values():
        if not _met(found):
            yield f"{found.clause.label} is not met. {_sentence(found.note)}".strip()


def _met(finding: Finding) -> bool:
    """Whether the finding says so and its own number agrees."""
    if not finding.met or finding.measured is None or finding.measured != finding.measured:
        return False
    slack = _TOLERANCE * max(1.0, abs(finding.measured))
    low, high = finding.clause.at_least, finding.clause.at_most
    return (low is None or finding.measured >= float(parse_bound(low)) - slack) and (
        high is None or finding.measured <= float(parse_bound(high)) + slack
    )


def _key(clause: Clause) -> tuple[str, str, str | None, str | None, str | None]:
    parameters = repr(sorted((k, str(v)) for k, v in clause.parameters.items()))
    return clause.measure, parameters, clause.attribute, clause.at_least, clause.at_most


def _advice(plan: Plan, findings: Sequence[Finding]) -> Iterator[str]:
    """Advice of the rules that stand against the release, each once."""
    unmet = {rule for f in findings if not _met(f) for rule in f.clause.rules}
    missing = {rule for a in plan.attestations if not a.met for rule in a.rules}
    standing = unmet | missing | {rule for rule, _ in (*plan.blocks, *plan.reviews)}
    said = {t.advice for t in plan.rules if t.id in standing and t.advice}
    yield from sorted(said)
    if plan.unclassified and not plan.columns:
        yield (
            "No column at all is covered. If the file has no header line, its first record was "
            "taken for one: read it with the option header=false."
        )


def _sentence(text: str) -> str:
    """The text as a sentence."""
    text = text.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."
