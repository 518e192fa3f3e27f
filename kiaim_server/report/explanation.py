"""Builds the explanation of a decision from its plan and what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.decision import Decision, Finding
from kiaim_server.model.explanation import (
    EXPLANATION_SCHEMA,
    ExplainedAsk,
    ExplainedAttestation,
    ExplainedBound,
    ExplainedColumn,
    ExplainedColumns,
    ExplainedDemand,
    ExplainedFact,
    ExplainedHierarchy,
    ExplainedLevel,
    ExplainedLine,
    ExplainedMeasure,
    ExplainedNote,
    ExplainedOrder,
    ExplainedRule,
    ExplainedSource,
    ExplainedWaiver,
    Explanation,
)
from kiaim_server.model.plan import (
    Ask,
    Attestation,
    Change,
    Citation,
    ColumnPlan,
    Line,
    Plan,
    Requirement,
    RuleTrace,
    WaiverTrace,
)
from kiaim_server.model.prose import texts_of
from kiaim_server.report.plain import plain


@dataclass(frozen=True)
class Circumstances:
    """What an explanation says beside the plan.

    `columns` are those of the report (see `kiaim_server.report.summary`), for levels and what was
    released; `reasons` and `advice` where nothing was decided.
    """

    created: str
    software: str
    table: str | None = None
    records: int | None = None
    columns: Sequence[Mapping[str, Any]] = ()
    warnings: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


def build_explanation(
    plan: Plan,
    decision: Decision | None,
    around: Circumstances,
    findings: Sequence[Finding] = (),
    *,
    stage: Literal["decision", "plan", "context"] = "decision",
) -> Explanation:
    """Everything that led to a decision, as `kiaim_server.model.explanation` has it.

    Parameters
    ----------
    decision
        None where nothing was decided: what applies is explained all the same.
    findings
        What was measured, or is expected.
    """
    sources = Sources()
    rules = [_rule(trace, plan, sources) for trace in plan.rules]
    done = {str(column["name"]): column for column in around.columns}
    columns = [_column(column, done.get(column.name), sources) for column in plan.columns]
    demands = [_demand(r, findings, plan, sources) for r in plan.requirements]
    waivers = [_waiver(waiver, sources) for waiver in plan.waivers]
    return {
        "schema": EXPLANATION_SCHEMA,
        "stage": stage,
        "created": around.created,
        "software": around.software,
        "table": around.table,
        "records": around.records,
        "policies": [
            {
                "name": policy.name,
                "version": policy.version,
                "digest": policy.digest,
                "title": texts_of(policy.title),
            }
            for policy in plan.policies
        ],
        "verdict": None if decision is None else decision.verdict.value,
        "reasons": _texts(around.reasons if decision is None else decision.reasons),
        "advice": _texts(around.advice if decision is None else decision.advice),
        "facts": [
            _fact(name, value, plan) for name, value in plan.context.items() if name != "attested"
        ],
        "rules": rules,
        "columns": columns,
        "unclassified": list(plan.unclassified),
        "person": None if plan.person is None else plan.person.column,
        "demands": demands,
        "attestations": [_attestation(attestation) for attestation in plan.attestations],
        "waivers": waivers,
        "sources": sources.listed(),
        "notes": [
            *(_note(rule, text) for rule, text in plan.warnings),
            *(_note("", text) for text in around.warnings),
        ],
        "not_covered": _texts(plan.not_covered),
    }


@dataclass
class Sources:
    """Collects what was cited, by whom; two policies may give one id to different sources."""

    found: dict[tuple[str, str], tuple[Citation, dict[str, None]]] = field(default_factory=dict)

    def cited(self, citations: Iterable[Citation], by: str) -> list[str]:
        """Note citations, and give their ids."""
        ids = []
        for citation in citations:
            key = (citation.id, str(citation.cite))
            _, rules = self.found.setdefault(key, (citation, {}))
            rules[by] = None
            ids.append(self._id(key))
        return ids

    def _id(self, key: tuple[str, str]) -> str:
        """The id, told apart by the order of occurrence where it is not the only one."""
        same = [known for known in self.found if known[0] == key[0]]
        position = same.index(key)
        return key[0] if position == 0 else f"{key[0]}#{position + 1}"

    def listed(self) -> list[ExplainedSource]:
        """All sources in the order in which they were cited."""
        return [
            {
                "id": self._id(key),
                "cite": texts_of(citation.cite),
                "kind": citation.kind,
                "says": _optional(citation.says),
                "url": citation.url,
                "checked": citation.checked,
                "cited_by": list(rules),
            }
            for key, (citation, rules) in self.found.items()
        ]


def _texts(texts: Iterable[str]) -> list[dict[str, str]]:
    return [texts_of(text) for text in texts]


def _optional(text: str) -> dict[str, str]:
    """The text by language; nothing at all where there is none."""
    return texts_of(text) if text else {}


def _note(rule: str, text: str) -> ExplainedNote:
    return {"rule": rule, "text": texts_of(text)}


def _spelt(bound: Fraction | None) -> str | None:
    return None if bound is None else format_bound(bound)


def _fact(name: str, value: Any, plan: Plan) -> ExplainedFact:
    origin: Any = "unknown" if value is None else plan.origins.get(name, "given")
    return {"name": name, "value": plain(value), "origin": origin}


def _rule(trace: RuleTrace, plan: Plan, sources: Sources) -> ExplainedRule:
    decide: Any = trace.decide
    return {
        "id": trace.id,
        "title": _optional(trace.title),
        "status": trace.status,
        "lines": [_line(line, plan) for line in trace.lines],
        "decide": decide,
        "asks": [explained_ask(ask) for ask in trace.asks],
        "changes": [explained_order(change) for change in trace.changes],
        "because": texts_of(trace.because),
        "advice": _optional(trace.advice),
        "sources": sources.cited(trace.citations, trace.id),
        "tighten_only": trace.tighten_only,
        "waivers": list(trace.waivers),
        "place": trace.place,
    }


def _line(line: Line, plan: Plan) -> ExplainedLine:
    return {
        "clause": line.clause,
        "text": line.text,
        "form": plain(line.form),
        "value": line.value,
        "facts": [_fact(name, value, plan) for name, value in line.facts.items()],
        "found": [_found(quantifier, names) for quantifier, names in line.found],
    }


def _found(quantifier: str, names: Sequence[str]) -> ExplainedColumns:
    return {
        "quantifier": quantifier,
        "columns": [name for name in names if not name.endswith("?")],
        "undecided": [name.removesuffix("?") for name in names if name.endswith("?")],
    }


def explained_ask(ask: Ask) -> ExplainedAsk:
    """A demand of a rule as data."""
    return {
        "measure": ask.measure,
        "parameters": plain(ask.parameters),
        "at_least": _spelt(ask.at_least),
        "at_most": _spelt(ask.at_most),
        "each": ask.each,
        "columns": None if ask.columns is None else plain(ask.columns),
        "describe": _optional(ask.describe),
    }


def explained_order(change: Change) -> ExplainedOrder:
    """A transform of a rule as data."""
    return {
        "transform": change.transform,
        "parameters": plain(change.parameters),
        "columns": plain(change.columns),
        "describe": _optional(change.describe),
    }


def _column(
    column: ColumnPlan, done: Mapping[str, Any] | None, sources: Sources
) -> ExplainedColumn:
    attribute = column.attribute
    return {
        "name": attribute.name,
        "role": attribute.role.value,
        "kind": attribute.kind,
        "special_category": attribute.special_category,
        "reasons": [
            {
                "rule": reason.rule,
                "role": reason.role,
                "because": texts_of(reason.because),
                "sources": sources.cited(reason.citations, reason.rule),
            }
            for reason in column.reasons
        ],
        "changes": [
            {
                "transform": planned.name,
                "parameters": plain(planned.parameters),
                "rules": list(planned.rules),
                "describe": _optional(planned.describe),
            }
            for planned in column.transforms
        ],
        "hierarchy": _hierarchy(column, done),
        "levels": [] if done is None else _levels(done),
        "of": None if done is None or done["levels"] is None else int(done["levels"]) - 1,
        "released": None if done is None else done["released"],
    }


def _hierarchy(column: ColumnPlan, done: Mapping[str, Any] | None) -> ExplainedHierarchy | None:
    """The hierarchy that was taken, or where none was yet, the one that the policy names."""
    spec, taken = column.hierarchy, None if done is None else done["hierarchy_origin"]
    if taken is not None and taken["kind"] == "request":
        return {"kind": "request", "name": taken["name"], "rule": "", "chosen_by": {}}
    if spec is None:
        return None
    return {
        "kind": "shipped" if spec.builder is None else "builder",
        "name": spec.builder or spec.shipped or "",
        "rule": spec.rule,
        "chosen_by": _optional(spec.chosen_by),
    }


def _levels(done: Mapping[str, Any]) -> list[ExplainedLevel]:
    """The levels on which values are shown."""
    if done["level_shares"] is not None:
        return [
            {"level": own["level"], "name": own["name"], "share": own["share"]}
            for own in done["level_shares"]
            if own["share"]
        ]
    if done["level"] is None:
        return []
    return [{"level": done["level"], "name": done["level_name"], "share": 1.0}]


def _demand(
    requirement: Requirement, findings: Sequence[Finding], plan: Plan, sources: Sources
) -> ExplainedDemand:
    measured = [
        _measured(finding)
        for attribute in (requirement.attributes or (None,))
        for finding in findings
        if _is_about(finding, requirement, attribute)
    ]
    ids = {id_: None for rule in requirement.rules for id_ in _cited_by(rule, plan, sources)}
    state: Literal["met", "unmet", "unmeasured"] = "unmeasured"
    if measured:
        complete = len(measured) >= max(len(requirement.attributes), 1)
        state = "met" if complete and all(m["met"] for m in measured) else "unmet"
    return {
        "measure": requirement.measure,
        "parameters": plain(requirement.parameters),
        "attributes": list(requirement.attributes),
        "each": not requirement.attributes and _asked_of_each(requirement, plan),
        "at_least": _spelt(requirement.at_least),
        "at_most": _spelt(requirement.at_most),
        "bounds": [_bound(bound, requirement) for bound in requirement.bounds],
        "unit": "records" if plan.person is None else "persons",
        "measured": measured,
        "state": state,
        "sources": list(ids),
        "describe": _optional(requirement.describe),
    }


def _cited_by(rule: str, plan: Plan, sources: Sources) -> list[str]:
    traces = (trace for trace in plan.rules if trace.id == rule)
    return [id_ for trace in traces for id_ in sources.cited(trace.citations, trace.id)]


def _asked_of_each(requirement: Requirement, plan: Plan) -> bool:
    """Whether it is about sensitive attributes that are not known yet."""
    return any(
        ask.each and ask.measure == requirement.measure
        for trace in plan.rules
        if trace.id in requirement.rules
        for ask in trace.asks
    )


def _bound(bound: Any, requirement: Requirement) -> ExplainedBound:
    low = bound.at_least is not None and bound.at_least == requirement.at_least
    high = bound.at_most is not None and bound.at_most == requirement.at_most
    return {
        "rule": bound.rule,
        "at_least": _spelt(bound.at_least),
        "at_most": _spelt(bound.at_most),
        "strictest": low or high,
        "waivers": list(bound.waivers),
    }


def _is_about(finding: Finding, requirement: Requirement, attribute: str | None) -> bool:
    clause = finding.clause
    return (
        clause.measure == requirement.measure
        and plain(clause.parameters) == plain(requirement.parameters)
        and clause.attribute == attribute
        and clause.at_least == _spelt(requirement.at_least)
        and clause.at_most == _spelt(requirement.at_most)
    )


def _measured(finding: Finding) -> ExplainedMeasure:
    return {
        "attribute": finding.clause.attribute,
        "value": None if finding.measured is None else float(finding.measured),
        "met": finding.met,
        "note": _optional(finding.note),
    }


def _waiver(waiver: WaiverTrace, sources: Sources) -> ExplainedWaiver:
    values: list[Any] = [{"text": text, "value": value} for text, value in waiver.conditions]
    return {
        "id": waiver.id,
        "rule": waiver.rule,
        "status": waiver.status,
        "note": _optional(waiver.note),
        "subjects": list(waiver.subjects),
        "replaces": plain(waiver.replaces),
        "by": plain(waiver.by),
        "conditions": values,
        "reason": texts_of(waiver.reason),
        "approved_by": list(waiver.approved_by),
        "until": waiver.until,
        "sources": sources.cited(waiver.citations, waiver.id),
        "place": waiver.place,
    }


def _attestation(attestation: Attestation) -> ExplainedAttestation:
    return {
        "of": attestation.of,
        "max_age_days": attestation.max_age_days,
        "given_by": attestation.given_by,
        "given_on": attestation.given_on,
        "met": attestation.met,
        "reason": texts_of(attestation.reason),
        "rules": list(attestation.rules),
    }
