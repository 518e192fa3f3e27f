"""From a plan and what the audit measured to a verdict. Default deny; refuse > review > release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kiaim_server.language import mapped, say
from kiaim_server.model.bounds import format_bound, parse_bound
from kiaim_server.model.contract import Objection
from kiaim_server.model.decision import Clause, Decision, Finding, Verdict
from kiaim_server.model.plan import Plan
from kiaim_server.model.prose import Prose

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
    refusals += [_objection(o) for o in objections]
    milder = Verdict.REVIEW if reviews else Verdict.RELEASE
    verdict = Verdict.REFUSE if refusals else milder
    reasons = tuple(dict.fromkeys([*refusals, *reviews]))
    return Decision(verdict, reasons, tuple(findings), tuple(_advice(plan, findings)))


def _objection(objection: Objection) -> Prose:
    reason = _sentence(objection.reason)
    if objection.clause:
        return say(
            "decide.objection_to", plugin=objection.plugin, clause=objection.clause, reason=reason
        )
    return say("decide.objection", plugin=objection.plugin, reason=reason)


def _plan_refusals(plan: Plan) -> Iterator[Prose]:
    for name in plan.unclassified:
        yield say("decide.unclassified", name=name)
    for rule, reason in plan.blocks:
        yield say("decide.blocked", rule=rule, reason=_sentence(reason))


def _reviews(plan: Plan) -> Iterator[Prose]:
    pending = dict(plan.reviews)
    for rule, reason in plan.reviews:
        yield say("decide.review", rule=rule, reason=_sentence(reason))
    for attestation in plan.attestations:
        if not attestation.met and attestation.of not in pending:
            yield say(
                "decide.attestation",
                of=attestation.of,
                reason=attestation.reason,
                rules=", ".join(attestation.rules),
            )


def _clause_refusals(plan: Plan, findings: Sequence[Finding]) -> Iterator[Prose]:
    worst: dict[object, Finding] = {}
    for finding in findings:
        key = _key(finding.clause)
        if key not in worst or not _met(finding):  # of several, one that is not met counts
            worst[key] = finding
    for clause in clauses(plan):
        label, asked = label_of(clause), _asked(clause)
        found = worst.pop(_key(clause), None)
        if found is None:
            yield say("decide.not_measured", label=label, asked=asked)
        elif not _met(found):
            if found.measured is None:
                reason = say("decide.undefined", label=label, asked=asked)
            else:
                reason = say(
                    "decide.not_met", label=label, measured=float(found.measured), asked=asked
                )
            yield _with_note(reason, found.note)
    for found in worst.values():
        if not _met(found):
            yield _with_note(say("decide.other_not_met", label=label_of(found.clause)), found.note)


def obstacles(plan: Plan) -> Decision:
    """What stands against a release already, whatever the table will measure; no verdict on it."""
    reasons = tuple(dict.fromkeys([*_plan_refusals(plan), *_reviews(plan)]))
    return Decision(Verdict.REFUSE, reasons, (), tuple(_advice(plan, ())))


def _with_note(reason: Prose, note: str) -> Prose:
    return say("decide.with_note", reason=reason, note=_sentence(note)) if note else reason


def _asked(clause: Clause) -> Prose:
    rules = ", ".join(clause.rules)
    return say("decide.asked_by", rules=rules) if rules else say("decide.default")


def label_of(clause: Clause) -> Prose:
    """The label of a clause, by language."""
    inner = [f"{k}={v}" for k, v in clause.parameters.items() if k != "sha256"]
    inner += [clause.attribute] if clause.attribute else []
    name: str = clause.measure
    if inner:
        name = say("clause.parameters", measure=name, inner=", ".join(inner))
    low, high = clause.at_least, clause.at_most
    bounds = [say("clause.at_least", bound=low)] if low else []
    bounds += [say("clause.at_most", bound=high)] if high else []
    if not bounds:
        return say("decide.with_note", reason=name, note="")
    bound = bounds[0] if len(bounds) == 1 else say("clause.both", low=bounds[0], high=bounds[1])
    return say("decide.with_note", reason=name, note=bound)


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
        yield say("decide.no_header")


def _sentence(text: str) -> str:
    """The text as a sentence, in each of its languages."""
    return mapped(text, _ended) if isinstance(text, Prose) else _ended(text)


def _ended(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."
