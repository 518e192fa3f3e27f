"""What a policy says, as data: to be read aloud, or shown by an editor."""

from __future__ import annotations

from fractions import Fraction

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.policy_explanation import (
    POLICY_EXPLANATION_SCHEMA,
    PolicyExplanation,
    WrittenColumns,
    WrittenHierarchy,
    WrittenLine,
    WrittenParameter,
    WrittenRule,
)
from kiaim_server.model.prose import texts_of
from kiaim_server.policy import Policy
from kiaim_server.policy.choosing import choose_objective, choose_suppressed
from kiaim_server.policy.document import Classifier, HierarchyRule, Parameter, PersonSelector, Rule
from kiaim_server.policy.expression import Expression
from kiaim_server.policy.tracing import asks_of, changes_of
from kiaim_server.report.explanation import Sources, explained_ask, explained_order
from kiaim_server.report.plain import plain


def explain_policy(policy: Policy) -> PolicyExplanation:
    """Everything that a policy and those that it extends say, as data."""
    sources = Sources()
    own, documents = policy.documents[0], policy.documents
    validity = own.validity
    person = [_columns(d.person, sources) for d in documents if d.person is not None]
    columns = [_columns(c, sources) for d in documents for c in d.classifiers]
    rules = [_rule(rule, sources) for d in documents for rule in d.rules]
    weighting, _ = choose_objective(documents)
    return {
        "schema": POLICY_EXPLANATION_SCHEMA,
        "policies": [
            {
                "name": document.name,
                "version": document.version,
                "digest": policy.digest,
                "title": texts_of(document.title),
            }
            for document in documents
        ],
        "languages": list(own.languages),
        "summary": texts_of(policy.summary) if policy.summary else {},
        "status": own.status,
        "begins": plain(validity.begins),
        "ends": plain(validity.ends),
        "review_by": plain(validity.review_by),
        "applies": [
            {"policy": document.name, "line": _line(line)}
            for document in documents
            for line in document.applies
        ],
        "parameters": [_parameter(p) for p in policy.parameters.values()],
        "person": person,
        "columns": columns,
        "rules": rules,
        "hierarchies": [_hierarchy(entry) for d in documents for entry in d.hierarchies],
        "loss": weighting.objective.loss,
        "recoding": weighting.objective.recoding,
        "suppressed": choose_suppressed(documents),
        "sources": sources.listed(),
        "not_covered": [texts_of(text) for text in policy.not_covered],
    }


def _line(expression: Expression) -> WrittenLine:
    return {"text": " ".join(expression.text.split()), "form": plain(expression.form)}


def _optional_line(expression: Expression | None) -> WrittenLine | None:
    return None if expression is None else _line(expression)


def _parameter(parameter: Parameter) -> WrittenParameter:
    value = parameter.value
    return {
        "name": parameter.name,
        "type": parameter.type,
        "value": format_bound(value) if isinstance(value, Fraction) else value,
        "stricter": parameter.stricter,
        "declared_by": parameter.declared_by,
        "describe": texts_of(parameter.describe) if parameter.describe else {},
    }


def _columns(entry: Classifier | PersonSelector, sources: Sources) -> WrittenColumns:
    """What an entry says of the columns that it selects; a person key gives them no role."""
    classified = entry if isinstance(entry, Classifier) else None
    return {
        "id": entry.id,
        "names": list(entry.names.patterns) if entry.names else [],
        "detects": list(entry.detects),
        "where": _optional_line(entry.where),
        "role": classified.role.value if classified else None,
        "kind": classified.kind if classified else None,
        "special_category": classified.special_category if classified else False,
        "because": texts_of(entry.because),
        "sources": sources.cited(entry.citations, entry.id),
    }


def _rule(rule: Rule, sources: Sources) -> WrittenRule:
    return {
        "id": rule.id,
        "title": texts_of(rule.title) if rule.title else {},
        "when": [_line(line) for line in rule.when],
        "unless": [_line(line) for line in rule.unless],
        "decide": rule.decide,
        "asks": [explained_ask(ask) for ask in asks_of(rule)],
        "changes": [explained_order(change) for change in changes_of(rule)],
        "because": texts_of(rule.because),
        "advice": texts_of(rule.advice) if rule.advice else {},
        "sources": sources.cited(rule.citations, rule.id),
        "tighten_only": rule.tighten_only,
        "place": rule.place,
    }


def _hierarchy(entry: HierarchyRule) -> WrittenHierarchy:
    return {
        "id": entry.id,
        "names": list(entry.names.patterns) if entry.names else [],
        "kinds": list(entry.kinds),
        "where": _optional_line(entry.where),
        "builder": entry.spec.builder,
        "parameters": plain(entry.spec.parameters),
        "shipped": entry.spec.shipped,
    }
